"""The affected tests of a run: what of its base and of its tree the choice is made by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from jupiter.delivery.affected_tests import choose
from jupiter.delivery.pytest_settings import FILES
from jupiter.fold.file import File
from jupiter.index.cache import open_cache
from jupiter.index.index import build_index
from jupiter.index.reach import Reach
from jupiter.index.snapshot import Snapshot
from jupiter.model.run_events import ChosenTests

_SETTINGS = frozenset({*FILES, "setup.py"})

Changed = Mapping[str, File | None]


class RunTests:
    """Chooses tests by all Python files of a commit, whatever a recipe's codebase includes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._last: tuple[Sequence[str], Changed, ChosenTests] | None = None

    def chosen(self, command: Sequence[str], changed: Changed) -> ChosenTests:
        """The tests that the `changed` files may concern, for a command without them."""
        if self._last is None or self._last[:2] != (command, changed):
            after = Reach(build_index(self._texts(changed), open_cache()))
            tops = self._tops(changed)
            found = choose(self._before, after, changed, tops, command)
            self._last = command, dict(changed), found
        return self._last[2]

    def on_base(self, tests: ChosenTests) -> ChosenTests:
        """Those of the tests that the commit has."""
        return _there(tests, {path for path in tests.chosen if path in self._snapshot.entries})

    def on_result(self, tests: ChosenTests, changed: Changed) -> ChosenTests:
        """Those of the tests that are there with the changed files."""
        return _there(tests, {path for path in tests.chosen if changed.get(path, True) is not None})

    @cached_property
    def _before(self) -> Reach:
        return Reach(build_index(self._texts({}), open_cache()))

    def _texts(self, changed: Changed) -> dict[str, bytes]:
        return self._read((path for path in self._paths(changed) if path.endswith(".py")), changed)

    def _tops(self, changed: Changed) -> dict[str, bytes]:
        paths = (p for p in self._paths(changed) if PurePosixPath(p).name in _SETTINGS)
        return self._read(paths, changed)

    def _paths(self, changed: Changed) -> list[str]:
        there = [p for p, e in self._snapshot.entries.items() if e.kind == "file"]
        new = [path for path in changed if path not in self._snapshot.entries]
        return [path for path in (*there, *new) if changed.get(path, True) is not None]

    def _read(self, paths: Iterable[str], changed: Changed) -> dict[str, bytes]:
        wanted = list(paths)
        texts = self._snapshot.texts(path for path in wanted if path not in changed)
        return texts | {p: file.text for p in wanted if (file := changed.get(p)) is not None}


def _there(tests: ChosenTests, paths: Collection[str]) -> ChosenTests:
    return tests.model_copy(update={"chosen": tuple(p for p in tests.chosen if p in paths)})

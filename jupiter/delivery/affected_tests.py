"""Which files of tests may be red because of a change; all of them where that cannot be told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from jupiter.code.tiles import is_python
from jupiter.delivery.pytest_settings import Settings, settings, table
from jupiter.index.altered import altered
from jupiter.index.reach import Reach, Sought
from jupiter.model.run_events import ChosenTests

_FOR_EVERYBODY = frozenset({"conftest.py", "setup.py"})
"""Python files that concern tests which do not import them."""

_PLUGINS = ("pyproject.toml", "setup.cfg", "setup.py")
_FIRST = 3  # of what has changed


def choose(
    before: Reach,
    after: Reach,
    changed: Collection[str],
    tops: Mapping[str, bytes],
    command: Sequence[str],
) -> ChosenTests:
    """The files of tests that may run something of a change, by the codebase before and after it.

    `changed` are the paths that differ, also those of other files than Python's; `tops` are the files
    that may hold settings of pytest, by path; `command` is what pytest is called with. Nothing is
    chosen, so that everything is run, where a change may concern any test.
    """
    if why := next(_undecided(before, after, changed, tops, command), ""):
        return _everything(why)
    sides = tuple(zip((before, after), altered(before, after), strict=True))
    try:
        found = settings(tops)
        _judge_folders(tops, after, found)
        every = sorted({path for reach, _ in sides for path in _suites(reach, found)})
        chosen = _concerned(every, sides)
    except ValueError as error:
        return _everything(str(error))
    if not chosen:
        return _everything("no test is seen to reach what has changed")
    if not any(path in after.index.files for path in chosen):
        return _everything("the tests that reach it are gone")
    if len(chosen) == len(every):
        return _everything("all tests may reach what has changed")
    return ChosenTests(
        chosen=chosen,
        left_out=tuple(path for path in every if path not in chosen),
        reason=f"none is seen to reach {_named(sides)}",
    )


def _everything(why: str) -> ChosenTests:
    return ChosenTests(reason=f"everything is run: {why}")


def told(tests: ChosenTests) -> str:
    """Which tests are run, for a person."""
    if not tests.left_out:
        return tests.reason
    files = len(tests.chosen) + len(tests.left_out)
    return f"{len(tests.chosen)} of {files} files of tests; of the others {tests.reason}"


def _suites(reach: Reach, found: Settings) -> Iterator[str]:
    return (p for p in reach.index.names.paths if p.endswith(".py") and found.collects(p))


def _concerned(every: Sequence[str], sides: Sequence[tuple[Reach, Sought]]) -> tuple[str, ...]:
    """Those files of tests that may run something of a change; raises TooLargeError."""
    for reach, _ in sides:
        reach.begin()
    return tuple(
        path
        for path in every
        if any(path in reach.index.files and reach.runs(path, sought) for reach, sought in sides)
    )


def _named(sides: Sequence[tuple[Reach, Sought]]) -> str:
    """What has changed, for a person."""
    units = {
        f"{path}:{reach.index.files[path].tile_at(reach.wires(path).line(unit))}"
        for reach, change in sides
        for path, unit in change.units
    }
    files = {path for _, change in sides for path in change.files}
    named = sorted({*(u for u in units if u.partition(":")[0] not in files), *files})
    more = f" and {len(named) - _FIRST} more" if len(named) > _FIRST else ""
    return f"{', '.join(named[:_FIRST])}{more}"


def _undecided(
    before: Reach,
    after: Reach,
    changed: Collection[str],
    tops: Mapping[str, bytes],
    command: Sequence[str],
) -> Iterator[str]:
    """Why nothing can be left out."""
    if not changed:
        yield "nothing has changed"
    if any("doctest" in one for one in command):
        yield "the command collects doctests, which any file may have"
    for path in sorted(changed):
        yield from _alone(path, before, after)
    for name in _PLUGINS:
        if b"pytest11" in tops.get(name, b""):
            yield f"{name} makes the codebase a plugin of pytest"


def _alone(path: str, before: Reach, after: Reach) -> Iterator[str]:
    """Why a changed file by itself concerns all tests."""
    name = PurePosixPath(path).name
    if not path.endswith(".py"):
        yield f"{path} is not Python, and any test may read it"
    elif name in _FOR_EVERYBODY:
        yield f"{path} has changed"
    elif name == "__init__.py" and (path in before.index.files) != (path in after.index.files):
        yield f"{path} makes a package, or did"
    for reach in (before, after):
        facts = reach.index.files.get(path)
        text = reach.index.names.texts.get(path, b"")
        if facts is not None and is_python(path) and facts.kinds == ("file",) and text.strip():
            yield f"{path} does not parse"


def _judge_folders(tops: Mapping[str, bytes], after: Reach, found: Settings) -> None:
    """Raise ValueError when pytest has other settings for some of the files than for all of them."""
    folders = {str(f) for path in _suites(after, found) for f in PurePosixPath(path).parents}
    for path, text in tops.items():
        folder, _, name = path.rpartition("/")
        if folder in folders and table(name, text) is not None:
            raise ValueError(f"{path} holds settings of pytest for some tests alone")

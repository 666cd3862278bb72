"""What a parameter may be that its function says nothing of: a pytest fixture, or what its name means."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from jupiter.code.scopes import Expr
from jupiter.index.notation import called, last_name
from jupiter.index.scoping import Scoping
from jupiter.index.sight import Sight
from jupiter.index.values import NOTHING, Answer, Instance, Place, Value

_OFTEN = 3
"""How often a parameter's name must be annotated, and …"""
_ALIKE = 0.9
"""… how large a part of that alike, for the name to mean that class where it is not annotated."""

Annotated = Callable[[Expr, str, int], Answer]
"""What an annotation stands for, by expression, path and scope."""


class Conventions:
    """What parameters of a name are wherever they are annotated, if that is one class throughout."""

    def __init__(self, scoping: Scoping, sight: Sight, annotated: Annotated) -> None:
        """`annotated` must not guess in turn."""
        self._scoping = scoping
        self._sight = sight
        self._annotated = annotated
        self._known: dict[str, Answer] = {}

    def meaning(self, path: str, name: str) -> Answer:
        """What a parameter of that name in a file likely is."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._usual(name)
        sees = self._sight.sees
        near = any(isinstance(v, Instance) and sees(path, v.path) for v in found.values)
        return found if near else NOTHING

    def _usual(self, name: str) -> Answer:
        counted = Counter[tuple[Value, ...]]()
        notes = self._notes.get(name, ())
        if len(notes) < _OFTEN:
            return NOTHING
        counted.update(self._annotated(*note).values for note in notes)
        values, times = counted.most_common(1)[0]
        is_usual = times >= _OFTEN and times >= _ALIKE * len(notes)
        if is_usual and len(values) == 1 and isinstance(values[0], Instance):
            return Answer(values, sure=False)
        return NOTHING

    @cached_property
    def _notes(self) -> dict[str, list[tuple[Expr, str, int]]]:
        """The annotations of all parameters by name, each with its file and scope."""
        found: defaultdict[str, list[tuple[Expr, str, int]]] = defaultdict(list)
        for path in self._sight.modules.names:
            for scope in self._scoping.scopes(path):
                if scope.kind != "function":
                    continue
                for name, bindings in scope.bindings.items():
                    match bindings[0]:
                        case ("parameter", _, _, note, _, int(n)) if note is not None and n >= 0:
                            found[name].append((note, path, scope.parent))
                        case _:
                            pass
        return dict(found)


class Fixtures:
    """The pytest fixtures of a codebase."""

    def __init__(self, scoping: Scoping, sight: Sight) -> None:
        self._scoping = scoping
        self._sight = sight
        self._known: dict[str, dict[str, Place]] = {}

    def meant(self, path: str, name: str) -> Place | None:
        """The fixture that a parameter of a test means: of the file, else of the nearest conftest."""
        for file in (path, *(str(f / "conftest.py") for f in PurePosixPath(path).parents)):
            if (place := self._in_file(file).get(name)) is not None:
                return place
        return None

    def _in_file(self, path: str) -> dict[str, Place]:
        found = self._known.get(path)
        if found is None:
            is_worth = path in self._sight.modules.names and b"fixture" in self._sight.texts[path]
            found = {place.name: place for place in self._fixtures(path)} if is_worth else {}
            self._known[path] = found
        return found

    def _fixtures(self, path: str) -> Iterator[Place]:
        for scope in self._scoping.scopes(path):
            if scope.kind == "function" and any(_is_fixture(d) for d in scope.decorators):
                yield Place(path, scope.parent, scope.name)


def _is_fixture(decorator: Expr) -> bool:
    return last_name(called(decorator)) == "fixture"

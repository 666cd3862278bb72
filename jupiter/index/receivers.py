"""Which member is meant where one is looked up on a receiver, and how surely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from jupiter.index.asking import Ask
from jupiter.index.families import Families
from jupiter.index.members import owner
from jupiter.index.modules import Modules
from jupiter.index.sight import Sight
from jupiter.index.values import Answer, Class, External, Instance, Module, Place, Super, Value
from jupiter.model.reference import Certainty

_COMMON = frozenset(
    name
    for kind in (str, bytes, list, dict, set, tuple, int, object, BaseException)
    for name in dir(kind)
)
"""Names of members that a receiver of which nothing is known may well have from Python itself."""


class Meant(NamedTuple):
    """A place that a member may mean; `by_convention` is as for a reference."""

    place: Place
    certainty: Certainty
    by_convention: bool = False


class Receivers:
    """Looks members up on what receivers may be."""

    def __init__(self, ask: Ask, families: Families, modules: Modules, sight: Sight) -> None:
        self._ask = ask
        self._families = families
        self._modules = modules
        self._sight = sight

    def meant(
        self, path: str, receiver: Answer, name: str, targets: frozenset[Place]
    ) -> Iterator[Meant]:
        """Which targets a member `name` of a receiver in a file means."""
        if not receiver.values:
            yield from self._guessed(path, name, targets)
            return
        for value in receiver.values:
            for place in self._places(value, name):
                if isinstance(place, Place) and place in targets:
                    yield Meant(place, "certain" if receiver.sure else "likely")

    def dotted(self, text: str, user: str) -> list[Place]:
        """What a dotted name means in a file: a module, a name in it, a member of a class."""
        parts = text.split(".")
        for n in range(len(parts), 0, -1):
            path = self._modules.find(".".join(parts[:n]), user)
            if path is not None:
                return self._walk(Place(path, -1, ""), parts[n:])
        return []

    def _walk(self, start: Place, names: list[str]) -> list[Place]:
        places: list[Place | External] = [start]
        for name in names:
            values = [value for place in places for value in self._ask.place(place).values]
            places = [place for value in values for place in self._places(value, name)]
        return [place for place in places if isinstance(place, Place)]

    def _places(self, value: Value, name: str) -> tuple[Place | External, ...]:
        match value:
            case Module(path):
                return self._ask.scoping.exports(path, name)
            case Class() | Instance() | Super():
                cls = owner(self._ask, value, name)
                return (Place(cls.path, cls.scope, name),) if cls is not None else ()
            case _:
                return ()

    def _guessed(self, path: str, name: str, targets: frozenset[Place]) -> Iterator[Meant]:
        """Of a receiver nothing is known: a member name that is one family's alone is meant by convention."""
        members = self._families.members.get(name, [])
        mine = [place for place in members if place in targets]
        if not mine:
            return
        is_alone = len(mine) == len(members) and name not in _COMMON
        is_near = any(self._sight.sees(path, place.path) for place in mine)
        yield Meant(mine[0], "possible", by_convention=is_alone and is_near)

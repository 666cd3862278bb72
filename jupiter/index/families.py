"""Members that stand for each other: what a member overrides, and what overrides it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from jupiter.index.hierarchy import Hierarchy
from jupiter.index.scoping import Scoping
from jupiter.index.values import Class, Place
from jupiter.system.collection import collection_paused


class Families:
    """All classes of a codebase, with those that inherit from them."""

    def __init__(self, scoping: Scoping, hierarchy: Hierarchy, paths: Sequence[str]) -> None:
        """`paths` are those of the Python files."""
        self._scoping = scoping
        self._hierarchy = hierarchy
        self._paths = paths

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """All classes of the codebase."""
        return tuple(
            Class(path, number)
            for path in self._paths
            for number, scope in enumerate(self._scoping.scopes(path))
            if scope.kind == "class"
        )

    @cached_property
    def subclasses(self) -> dict[Class, list[Class]]:
        """All direct and indirect subclasses of each class that has any."""
        found: defaultdict[Class, list[Class]] = defaultdict(list)
        with collection_paused():
            for cls in self.classes:
                for base in self._hierarchy.order(cls)[1:]:
                    if isinstance(base, Class):
                        found[base].append(cls)
        return dict(found)

    @cached_property
    def members(self) -> dict[str, list[Place]]:
        """All members of classes by name."""
        found: defaultdict[str, list[Place]] = defaultdict(list)
        for cls in self.classes:
            scope = self._scoping.scopes(cls.path)[cls.scope]
            for name in {*scope.bindings, *scope.members}:
                found[name].append(Place(cls.path, cls.scope, name))
        return dict(found)

    def family(self, place: Place) -> tuple[Place, ...]:
        """A member with all that it overrides, and all that overrides it; others are alone.

        What Python itself looks for (`__init__`) is redefined rather than overridden, and alone too.
        """
        is_member = place.scope > 0 and self._kind(place) == "class"
        if not is_member or place.name.startswith("__"):
            return (place,)
        family: set[Place] = set()
        pending = [Class(place.path, place.scope)]
        seen: set[Class] = set()
        while pending:
            cls = pending.pop()
            if cls in seen:
                continue
            seen.add(cls)
            if self._hierarchy.members(cls, place.name):
                family.add(Place(cls.path, cls.scope, place.name))
                pending += self.subclasses.get(cls, ())
                pending += (one for one in self._hierarchy.order(cls) if isinstance(one, Class))
        return tuple(sorted(family, key=lambda one: (one.path, one.scope)))

    def _kind(self, place: Place) -> str:
        return self._scoping.scopes(place.path)[place.scope].kind

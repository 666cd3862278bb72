"""What a change may concern: the files that it touches, and in the others the names that it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jupiter.index.codebase import Codebase
from jupiter.index.values import Class


@dataclass(frozen=True, slots=True)
class Affected:
    """The changed files, and every name that they define or defined."""

    codebase: Codebase
    files: frozenset[str]
    names: frozenset[str]

    def may_concern(self, path: str) -> bool:
        """Whether a file has to be looked at."""
        if path in self.files:
            return True
        uses = self.codebase.uses(path)
        used = (uses.names, uses.attributes, uses.imported)
        return any(not self.names.isdisjoint(one) for one in used)

    def concerns(self, path: str, name: str) -> bool:
        """Whether the change may be why a use of a name in a file is broken."""
        return path in self.files or name in self.names


def affected(before: Codebase, after: Codebase) -> Affected:
    """What differs between two states of a codebase."""
    paths = {*before.texts, *after.texts}
    files = frozenset(p for p in paths if before.texts.get(p) != after.texts.get(p))
    names = {
        name
        for codebase in (before, after)
        for path in files
        if path in codebase.modules.names
        for name in _defined(codebase, path)
    }
    return Affected(after, files, frozenset(names))


def _defined(codebase: Codebase, path: str) -> Iterator[str]:
    """The names of a module, of its classes' members, and of the classes that inherit from them."""
    yield codebase.modules.names[path].rpartition(".")[2]
    for number, scope in enumerate(codebase.scoping.scopes(path)):
        if scope.kind not in {"module", "class"}:
            continue
        yield from scope.bindings
        yield from scope.members
        for cls in codebase.subclasses.get(Class(path, number), ()):
            yield codebase.scoping.scopes(cls.path)[cls.scope].name

"""Whether all is known of what a module or a class has, so that what is not there is missing."""

from __future__ import annotations

from collections.abc import Iterator

from jupiter.index.codebase import Codebase
from jupiter.index.notation import called, last_name
from jupiter.index.values import Class, External

_PLAIN_BASES = frozenset(
    {
        *("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"),
        "typing_extensions.Protocol",
    }
)
"""Bases that bring no member that is not a special one."""
_PLAIN_DECORATORS = frozenset({"final", "total_ordering", "runtime_checkable", "dataclass"})
_COMPILED = (".so", ".pyd", ".pyx", ".c", ".cpp", ".rs")
_DYNAMIC = frozenset({"setattr", "exec", "eval", "globals", "vars", "locals"})


def module_is_closed(codebase: Codebase, path: str) -> bool:
    """Whether a module has what its text binds, and nothing else."""
    return _is_closed(codebase, path, frozenset())


def has_lost(codebase: Codebase, before: Codebase | None, path: str, name: str) -> bool:
    """Whether the text of a module bound a name before and does no longer, and nothing stands for it.

    What makes names at run time had no need to make one that was written down.
    """
    if before is None or path not in before.texts:
        return False
    scopes = codebase.scoping.scopes(path)
    bindings = scopes[0].bindings
    if name not in before.scoping.scopes(path)[0].bindings or name in bindings:
        return False
    if any(one.bindings.get(name, (("",),))[0][0] == "global" for one in scopes):
        return False
    is_open = "__getattr__" in bindings or "*" in bindings or path.endswith(".pyi")
    return not is_open and not _has_twin(codebase, path)


def _is_closed(codebase: Codebase, path: str, seen: frozenset[str]) -> bool:
    bindings = codebase.scoping.scopes(path)[0].bindings
    if "__getattr__" in bindings or path.endswith(".pyi") or is_dynamic(codebase, path):
        return False
    for source in _starred(codebase, path):
        if source is None or source in seen:
            return False
        if not _is_closed(codebase, source, seen | {path}):
            return False
    return not _has_twin(codebase, path)


def is_dynamic(codebase: Codebase, path: str) -> bool:
    """Whether a file uses what gives names or members at run time."""
    uses = codebase.uses(path)
    attributes = uses.attributes
    return (
        not _DYNAMIC.isdisjoint(uses.names) or "__dict__" in attributes or "modules" in attributes
    )


def _starred(codebase: Codebase, path: str) -> Iterator[str | None]:
    """The modules that a file imports all names of; None for one that is not in the codebase."""
    for _, _, _, level, module, *_ in codebase.scoping.scopes(path)[0].bindings.get("*", ()):
        dotted = codebase.modules.absolute(path, level, module)
        yield codebase.modules.find(dotted, path) if dotted else None


def _has_twin(codebase: Codebase, path: str) -> bool:
    """Whether a stub, or a file that is compiled, stands for the module as well."""
    stem = path.rpartition(".")[0]
    return f"{path}i" in codebase.texts or any(
        f"{stem}{end}" in codebase.texts for end in _COMPILED
    )


def known_order(codebase: Codebase, cls: Class) -> tuple[Class, ...] | None:
    """A class with its bases, if all that it has is in them; else None."""
    order = codebase.hierarchy.order(cls)
    classes = tuple(one for one in order if isinstance(one, Class))
    if any(isinstance(one, External) and one.dotted not in _PLAIN_BASES for one in order):
        return None
    for one in classes:
        scope = codebase.scoping.scopes(one.path)[one.scope]
        names = {last_name(called(decorator)) for decorator in scope.decorators}
        if not names <= _PLAIN_DECORATORS or is_dynamic(codebase, one.path):
            return None
        if len(codebase.scoping.scopes(one.path)[scope.parent].bindings.get(scope.name, ())) != 1:
            return None
    return classes


def class_of(codebase: Codebase, path: str, name: str) -> Class | None:
    """The class of a module that has a name, if nothing else has it; None if there is no such module."""
    if path not in codebase.texts:
        return None
    bindings = codebase.scoping.scopes(path)[0].bindings.get(name, ())
    if len(bindings) == 1 and bindings[0][0] == "class":
        return Class(path, bindings[0][3])
    return None

"""Classes that give their own name away at run time: then a string that equals the name means the class."""

from __future__ import annotations

from jupiter.code.scopes import Scope
from jupiter.code.uses import attribute_uses
from jupiter.index.codebase import Codebase
from jupiter.index.values import Class, Place

_OWN = (("attribute", "self", "__class__"), ("call", "type", ("self",)), "cls")
"""What a method may ask for the name of its instance's class."""

_FOR_PEOPLE = frozenset({"__repr__", "__str__"})
"""Methods whose result is longer than the name alone."""


def says_its_name(codebase: Codebase, place: Place) -> bool:
    """Whether a method of a class, or of a base in the codebase, reads `type(self).__name__`.

    Only a name of two words, as `FloatRange`, can be told from other text: `"Style"` may be anything.
    """
    if sum(letter.isupper() for letter in place.name) < 2:
        return False
    scope = codebase.scoping.scopes(place.path)[place.scope]
    inner = next((b[3] for b in scope.bindings.get(place.name, ()) if b[0] == "class"), None)
    if inner is None:
        return False
    order = codebase.hierarchy.order(Class(place.path, inner))
    return any(isinstance(one, Class) and _reads_name(codebase, one) for one in order)


def _reads_name(codebase: Codebase, cls: Class) -> bool:
    scopes = codebase.scoping.scopes(cls.path)
    return any(
        receiver in _OWN and _method_of(scopes, scope, cls.scope) not in {None, *_FOR_PEOPLE}
        for scope, _, _, _, receiver in attribute_uses(codebase.uses(cls.path), "__name__")
    )


def _method_of(scopes: list[Scope], inner: int, cls: int) -> str | None:
    """The method of a class that a scope lies in; None if it lies elsewhere."""
    while inner > 0:
        above = scopes[inner].parent
        if above == cls:
            return scopes[inner].name
        inner = above
    return None

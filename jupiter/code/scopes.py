"""What one module binds and uses, scope by scope: all that the index must know to resolve a name.

The facts are plain tuples, lists and strings, so that `marshal` can keep them. An expression is kept
as far as it says what a value may be:

    name                                 a name, looked up in the scope
    ("attribute", EXPR, name)            a member of a value
    ("call", EXPR, (EXPR, …))            what a call gives; of keywords ("keyword", name, EXPR)
    ("item", EXPR, EXPR)                 `x[y]`, also in annotations
    ("element", EXPR)                    what iterating gives
    ("entered", EXPR)                    what `with` gives
    ("awaited", EXPR)
    ("any", (EXPR, …))                   one of several
    ("either", (EXPR, EXPR))             `x | y`: a union of classes, or what an operator makes
    ("tuple", (EXPR, …)), ("part", EXPR, n)
    ("constant", "str"), ("list", kind, EXPR)   a literal by its type, a display by an element
    ("caught", EXPR)                     what `except` binds
    ("sent", scope)                      what a `yield` of that scope gives
    ("within", scope, EXPR)              what holds the values of EXPR in an inner scope
    ("text", str)                        a string literal, for annotations and look-ups
    None                                 anything

A binding is a tuple `(kind, line, column, …)`:

    ("import", l, c, "a.b", whole)       whole: the name is `a.b` itself, else its first part
    ("from", l, c, level, "a.b", name)
    ("function", l, c, scope), ("class", l, c, scope)
    ("value", l, c, EXPR)                assigned
    ("declared", l, c, EXPR, EXPR)       an annotation, and the value if there is one
    ("parameter", l, c, EXPR, EXPR, n)   annotation, default, position
                                         (-1: `*args`, -2: `**kwargs`, -3: keyword only)
    ("slot", l, c)                       named in `__slots__`
    ("outer", l, c), ("global", l, c)    `nonlocal`, `global`
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

Expr = Any
"""As above; `Any`, for no checker follows a tagged union of nested tuples without a cast a line."""

Binding = tuple[Any, ...]

LOAD: Final = 0
CALL: Final = 1
STORE: Final = 2
BASE: Final = 3
DECORATOR: Final = 4
ANNOTATION: Final = 5
IMPORT: Final = 6
EXPORT: Final = 7
TEXT: Final = 8
KEYWORD: Final = 9


class Scope(NamedTuple):
    """A module (always scope 0), class, function, lambda or comprehension."""

    kind: str
    name: str
    parent: int
    line: int
    column: int
    bindings: dict[str, list[Binding]]
    narrowed: dict[str, list[Expr]]
    """Classes that `isinstance` tests a name for somewhere in the scope."""
    decorators: list[Expr]
    bases: list[Expr]
    """Of a class; of a function its returned expressions."""
    members: dict[str, list[Any]]
    """Of a class: the bindings that its methods assign to `self`, each with the method's scope at the end.
    Of a function: "return" (its annotation), "yield" (what it yields), "async"."""


class Names(NamedTuple):
    """The uses of one module by identifier; a list holds one use after another, flattened."""

    names: dict[str, list[Any]]
    """scope, line, column, how"""
    attributes: dict[str, list[Any]]
    """scope, line, column, how, receiver EXPR"""
    keywords: dict[str, list[Any]]
    """scope, line, column, callee EXPR"""
    imported: dict[str, list[Any]]
    """scope, line, column, level, module that the name is looked up in, alias"""
    texts: list[Any]
    """Strings that name something: scope, line, column, end line, end column, text,
    how ("export", "getattr", "member" or "dotted"), receiver EXPR"""


class ModuleFacts(NamedTuple):
    """All of one module."""

    scopes: list[Scope]
    uses: Names

"""What a walk over a module's syntax tree carries along: the facts found so far, and where it is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from jupiter.code.scopes import ANNOTATION, LOAD, Binding, Expr, Names, Scope

NODES = tuple(
    kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)
)

W = TypeVar("W", bound="Walk")
Visitors = Mapping[type[ast.AST], Callable[[W, Any], Expr]]
"""What visits a kind of node, and returns what is known of its value."""


class Walk:
    """A walk over one tree, once.

    Each layer of visitors is a subclass that knows only the layers below it; every visitor looks up
    the next one in `visit`, by the class of the node.
    """

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.names: dict[str, list[Any]] = {}
        self.attributes: dict[str, list[Any]] = {}
        self.uses = Names(self.names, self.attributes, {}, {}, [])
        self.visit: dict[type, Callable[[Any], Expr]] = dict.fromkeys(NODES, self.children)
        self.scope = 0
        """The number of the scope that the walk is in."""
        self.bindings: dict[str, list[Binding]] = {}
        """Those of that scope."""
        self.how = LOAD
        """How the expression that is walked is used."""
        self.receiver = ("", 0)
        """The first parameter of the method that is walked, and the scope of its class."""

    def body(self, body: Sequence[ast.AST]) -> None:
        """Visit nodes in order."""
        visit = self.visit
        for node in body:
            visit[node.__class__](node)

    def children(self, node: ast.AST) -> Expr:
        """What no rule is for: visit what is inside; nothing is known of its value."""
        visit = self.visit
        for name in node._fields:
            value: Any = getattr(node, name, None)
            if value.__class__ is list:
                for item in value:
                    rule = visit.get(item.__class__)
                    if rule is not None:
                        rule(item)
            elif (rule := visit.get(value.__class__)) is not None:
                rule(value)
        return None

    def value(self, node: ast.AST | None, how: int = LOAD) -> Expr:
        """Visit an expression that is used in a certain way."""
        if node is None:
            return None
        before, self.how = self.how, how
        found = self.visit[node.__class__](node)
        self.how = before
        return found

    def annotation(self, node: ast.AST | None) -> Expr:
        """Visit an annotation."""
        return self.value(node, ANNOTATION)

    def open(self, kind: str, name: str, line: int, column: int, *, parent: int) -> Scope:
        """Go into a new scope."""
        scope = Scope(kind, name, parent, line, column, {}, {}, [], [], {})
        self.scope, self.bindings = len(self.scopes), scope.bindings
        self.scopes.append(scope)
        return scope

    def leave(self, number: int) -> None:
        """Go back to a scope."""
        self.scope, self.bindings = number, self.scopes[number].bindings

    def bind(self, name: str, binding: Binding) -> None:
        """Bind a name in the scope."""
        found = self.bindings.get(name)
        if found is None:
            self.bindings[name] = [binding]
        else:
            found.append(binding)

    def use(self, name: str, line: int, column: int, how: int) -> None:
        """A use of a name, other than by the expression that a name is."""
        self.names.setdefault(name, []).extend((self.scope, line, column, how))

    def text(self, node: ast.Constant, what: str, receiver: Expr) -> None:
        """A string that names something."""
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        self.uses.texts.append((self.scope, *place, node.value, what, receiver))


def attribute_place(node: ast.Attribute) -> tuple[int, int]:
    """Where an attribute's own name begins."""
    attr = node.attr
    length = len(attr) if attr.isascii() else len(attr.encode())
    return node.end_lineno or node.lineno, (node.end_col_offset or 0) - length

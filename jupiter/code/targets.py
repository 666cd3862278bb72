"""What is assigned to: names, members of `self`, parts of what is unpacked."""

from __future__ import annotations

import ast
from typing import Any

from jupiter.code.scopes import LOAD, STORE, Binding, Expr
from jupiter.code.walk import Visitors, Walk, attribute_place


class Targets(Walk):
    """Visitors of what binds a name without being a definition."""

    def assign(self, target: ast.AST, value: Expr, note: Expr = None) -> None:
        """Bind a target to a value, under an annotation if there is one."""
        match target:
            case ast.Name(id=name):
                line, column = target.lineno, target.col_offset
                self.use(name, line, column, STORE)
                self.bind(name, _assigned(line, column, value, note))
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if owner == self.receiver[0]:
                self.value(target, STORE)
                member = (*_assigned(*attribute_place(target), value, note), self.scope)
                self.scopes[self.receiver[1]].members.setdefault(attr, []).append(member)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for n, item in enumerate(items):
                    self.assign(item, ("part", value, n) if value else None)
            case ast.Starred(value=inner):
                self.assign(inner, None)
            case _:
                self.value(target, STORE)

    def handler(self, node: ast.ExceptHandler) -> None:
        """`except … as name`."""
        caught = self.value(node.type)
        if node.name:
            value = ("caught", caught) if caught else None
            self.bind(node.name, ("value", node.lineno, node.col_offset, value))
        self.body(node.body)

    def capture(self, node: Any) -> None:
        """A name that a pattern of `match` binds."""
        name = node.rest if node.__class__ is ast.MatchMapping else node.name
        if name:
            self.bind(name, ("value", node.lineno, node.col_offset, None))
        self.children(node)

    def redirect(self, node: ast.Global | ast.Nonlocal) -> None:
        """`global` and `nonlocal`: the names stand one after another, one space between them."""
        kind, word = (
            ("global", "global ") if isinstance(node, ast.Global) else ("outer", "nonlocal ")
        )
        column = node.col_offset + len(word)
        for name in node.names:
            self.bind(name, (kind, node.lineno, node.col_offset))
            self.use(name, node.lineno, column, LOAD)
            column += len(name.encode()) + len(", ")

    def delete(self, node: ast.Delete) -> None:
        """`del`."""
        for target in node.targets:
            self.value(target, STORE)


def _assigned(line: int, column: int, value: Expr, note: Expr) -> Binding:
    if note is None:
        return ("value", line, column, value)
    return ("declared", line, column, note, value)


TARGETS: Visitors[Targets] = {
    ast.ExceptHandler: Targets.handler,
    ast.MatchAs: Targets.capture,
    ast.MatchStar: Targets.capture,
    ast.MatchMapping: Targets.capture,
    ast.Global: Targets.redirect,
    ast.Nonlocal: Targets.redirect,
    ast.Delete: Targets.delete,
}

"""What a statement binds: definitions, imports, assignments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from jupiter.code.expressions import Expressions
from jupiter.code.scopes import BASE, DECORATOR, IMPORT, STORE, Expr
from jupiter.code.walk import Visitors

_LISTS_OF_NAMES = frozenset({"__all__", "__slots__", "__match_args__"})


class Statements(Expressions):
    """Visitors of statements."""

    # Definitions

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """`def`."""
        decorators = [self.value(d, DECORATOR) for d in node.decorator_list]
        is_async = node.__class__ is ast.AsyncFunctionDef
        parameters = self.parameters(node.args)
        returns = self.annotation(node.returns)
        outer, receiver = self.scope, self.receiver
        place = (node.lineno, node.col_offset + len("async def " if is_async else "def "))
        self.bind(node.name, ("function", *place, len(self.scopes)))
        scope = self.open("function", node.name, *place, parent=outer)
        scope.decorators.extend(decorators)
        if returns is not None:
            scope.members["return"] = [returns]
        if is_async:
            scope.members["async"] = []
        for name, parameter in parameters:
            self.bind(name, parameter)
        if self.scopes[outer].kind == "class":
            self.receiver = _receiver(node.args, decorators, outer)
        self._type_parameters(node)
        self.body(node.body)
        self.leave(outer)
        self.receiver = receiver

    def class_(self, node: ast.ClassDef) -> None:
        """`class`."""
        decorators = [self.value(d, DECORATOR) for d in node.decorator_list]
        bases = [self.value(base, BASE) for base in node.bases]
        for keyword in node.keywords:
            self.value(keyword.value)
        outer, receiver = self.scope, self.receiver
        place = (node.lineno, node.col_offset + len("class "))
        self.bind(node.name, ("class", *place, len(self.scopes)))
        scope = self.open("class", node.name, *place, parent=outer)
        scope.decorators.extend(decorators)
        scope.bases.extend(bases)
        self.receiver = ("", 0)
        self._type_parameters(node)
        self.body(node.body)
        self.leave(outer)
        self.receiver = receiver

    def _type_parameters(self, node: ast.AST) -> None:
        """Those in brackets behind a name, which Python knows from 3.12 on."""
        parameters: Sequence[Any] = getattr(node, "type_params", ())
        for one in parameters:
            bound = self.annotation(getattr(one, "bound", None))
            self.bind(one.name, ("declared", one.lineno, one.col_offset, bound, None))

    def return_(self, node: ast.Return) -> None:
        """`return`."""
        value = self.value(node.value)
        scope = self.scopes[self.scope]
        if value is not None and scope.kind == "function":
            scope.bases.append(value)

    # Imports

    def import_(self, node: ast.Import) -> None:
        """`import a.b as c`: each part is a use of what it names in the parts before it."""
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            place = (alias.lineno, alias.col_offset)
            self.bind(name, ("import", *place, alias.name, alias.asname is not None))
            self._alias(alias)
            column = alias.col_offset
            parts = alias.name.split(".")
            for n, part in enumerate(parts):
                user = (self.scope, alias.lineno, column)
                self._imported(part, (*user, 0, ".".join(parts[:n]), alias.asname))
                column += len(part.encode()) + 1

    def import_from(self, node: ast.ImportFrom) -> None:
        """`from a.b import c as d`."""
        module = node.module or ""
        parts = module.split(".") if module else []
        for n, part in enumerate(parts):
            # the column is found in the text, for dots and spaces may stand before it
            user = (self.scope, node.lineno, -1)
            self._imported(part, (*user, node.level, ".".join(parts[:n]), None))
        for alias in node.names:
            place = (alias.lineno, alias.col_offset)
            name = alias.asname or alias.name
            self.bind(name, ("from", *place, node.level, module, alias.name))
            if alias.name != "*":
                self._alias(alias)
                user = (self.scope, *place)
                self._imported(alias.name, (*user, node.level, module, alias.asname))

    def _alias(self, alias: ast.alias) -> None:
        """The name behind `as` is a use of what is imported."""
        if alias.asname is not None:
            column = (alias.end_col_offset or 0) - len(alias.asname.encode())
            self.use(alias.asname, alias.end_lineno or alias.lineno, column, IMPORT)

    def _imported(self, name: str, use: tuple[Any, ...]) -> None:
        self.uses.imported.setdefault(name, []).extend(use)

    # Assignments

    def assignment(self, node: ast.Assign) -> None:
        """`x = y = z`."""
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)
            if isinstance(target, ast.Name) and target.id in _LISTS_OF_NAMES:
                self._named(target.id, node.value)

    def declaration(self, node: ast.AnnAssign) -> None:
        """`x: T = y`."""
        note = self.annotation(node.annotation)
        value = self.value(node.value)
        self.assign(node.target, value, note)
        if isinstance(node.target, ast.Name) and node.target.id in _LISTS_OF_NAMES and node.value:
            self._named(node.target.id, node.value)

    def augmentation(self, node: ast.AugAssign) -> None:
        """`x += y`."""
        self.value(node.value)
        self.value(node.target, STORE)
        if isinstance(node.target, ast.Name) and node.target.id in _LISTS_OF_NAMES:
            self._named(node.target.id, node.value)

    def _named(self, target: str, node: ast.AST) -> None:
        """The names that stand as strings in `__all__`, and in the `__slots__` of a class."""
        what = "export" if target == "__all__" else "slot"
        for item in _strings(node):
            self.text(item, what, None)
            if what == "slot" and self.scopes[self.scope].kind == "class":
                self.bind(str(item.value), ("slot", item.lineno, item.col_offset + 1))

    # Blocks

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        """`for x in y`."""
        value = self.value(node.iter)
        self.assign(node.target, ("element", value) if value else None)
        self.body(node.body)
        self.body(node.orelse)

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        """`with x as y`."""
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, ("entered", value) if value else None)
        self.body(node.body)


def _receiver(arguments: ast.arguments, decorators: Sequence[Expr], cls: int) -> tuple[str, int]:
    """What a method calls the object that it is called on, and the scope of its class."""
    first = next(iter((*arguments.posonlyargs, *arguments.args)), None)
    return (first.arg, cls) if first and "staticmethod" not in decorators else ("", 0)


def _strings(node: ast.AST) -> Iterator[ast.Constant]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner


STATEMENTS: Visitors[Statements] = {
    ast.FunctionDef: Statements.function,
    ast.AsyncFunctionDef: Statements.function,
    ast.ClassDef: Statements.class_,
    ast.Return: Statements.return_,
    ast.Import: Statements.import_,
    ast.ImportFrom: Statements.import_from,
    ast.Assign: Statements.assignment,
    ast.AnnAssign: Statements.declaration,
    ast.AugAssign: Statements.augmentation,
    ast.For: Statements.for_,
    ast.AsyncFor: Statements.for_,
    ast.With: Statements.with_,
    ast.AsyncWith: Statements.with_,
}

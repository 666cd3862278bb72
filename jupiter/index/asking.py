"""What the parts of the evaluator may ask of the whole."""

from __future__ import annotations

from typing import Protocol

from jupiter.code.scopes import Binding, Expr
from jupiter.index.hierarchy import Hierarchy
from jupiter.index.scoping import Scoping
from jupiter.index.values import Answer, External, Function, Place


class Ask(Protocol):
    """Questions about one codebase; each goes at least one step deeper."""

    @property
    def scoping(self) -> Scoping:
        """Where names are defined."""
        ...

    @property
    def hierarchy(self) -> Hierarchy:
        """Where members are looked up."""
        ...

    def value(self, expr: Expr, path: str, scope: int) -> Answer:
        """What an expression in a scope may be."""
        ...

    def annotated(self, expr: Expr, path: str, scope: int) -> Answer:
        """The instances that an annotation in a scope stands for."""
        ...

    def bound(self, path: str, scope: int, binding: Binding) -> Answer:
        """What a binding gives its name."""
        ...

    def place(self, place: Place | External) -> Answer:
        """What a defined name may be."""
        ...

    def result(self, function: Function) -> Answer:
        """What a call of a function gives."""
        ...

    def guess(self, path: str, scope: int, name: str) -> Answer:
        """What a parameter may be that its function says nothing of."""
        ...

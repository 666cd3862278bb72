"""Classes and what they inherit: the order in which members are looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupiter.code.scopes import Binding, Scope
from jupiter.index.steps import Steps
from jupiter.index.values import Class, External

Base = Class | External
BasesOf = Callable[[Class], Sequence[Base]]


class Hierarchy:
    """The classes of a codebase, each with its bases."""

    def __init__(self, scopes: Callable[[str], list[Scope]], bases: BasesOf, steps: Steps) -> None:
        """`bases` may ask for orders in turn: the steps are its own."""
        self._scopes = scopes
        self._bases = bases
        self._steps = steps

    def order(self, cls: Class) -> tuple[Base, ...]:
        """A class, then its bases in the order in which members are looked up (C3, else depth first)."""
        return self._steps.ask(("order", cls), lambda: self._order(cls), (cls,))

    def _order(self, cls: Class) -> tuple[Base, ...]:
        bases = self._bases(cls)
        orders = [self.order(base) if isinstance(base, Class) else (base,) for base in bases]
        merged = _merge([list(order) for order in [*orders, tuple(bases)]])
        return (cls, *(one for one in merged if one != cls))

    def members(self, cls: Class, name: str) -> tuple[Binding, ...]:
        """What a class itself binds a member name to: in its body, and through `self` in methods."""
        scope = self._scopes(cls.path)[cls.scope]
        return (*scope.bindings.get(name, ()), *scope.members.get(name, ()))

    def owner(self, cls: Class, name: str, *, behind: Class | None = None) -> Class | None:
        """The class that a member is found in, looked up on `cls`; only `behind` a class if given."""
        order = self.order(cls)
        if behind is not None and behind in order:
            order = order[order.index(behind) + 1 :]
        for one in order:
            if isinstance(one, Class):
                scope = self._scopes(one.path)[one.scope]
                if name in scope.bindings or name in scope.members:
                    return one
        return None


def _merge(orders: list[list[Base]]) -> list[Base]:
    """C3 linearization (Barrett et al., 1996); what cannot be merged is taken depth first."""
    merged: list[Base] = []
    orders = [order for order in orders if order]
    while orders:
        heads = (order[0] for order in orders)
        good = (h for h in heads if not any(h in other[1:] for other in orders))
        head = next(good, orders[0][0])
        merged.append(head)
        orders = [[one for one in order if one != head] for order in orders]
        orders = [order for order in orders if order]
    return merged

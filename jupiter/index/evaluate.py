"""Expressions to values: what a receiver may be, from imports, annotations, assignments and calls.

Nothing is executed. What goes round in circles is followed for a bounded number of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupiter.code.scopes import Binding, Expr
from jupiter.index.annotations import annotation, instances
from jupiter.index.calls import call
from jupiter.index.containers import awaited, element, entered, item, part, sent
from jupiter.index.functions import decorated, result
from jupiter.index.hierarchy import Hierarchy
from jupiter.index.members import member
from jupiter.index.notation import alternatives, without_index
from jupiter.index.parameters import parameter
from jupiter.index.scoping import Scoping
from jupiter.index.steps import Steps
from jupiter.index.values import (
    NOTHING,
    Answer,
    Class,
    External,
    Function,
    Generic,
    Instance,
    Module,
    Place,
    joined,
    shallow,
)

MOST_STEPS = 40
"""From question to question: `a.b` is one step from `a`, a name is one from what it was assigned."""

Guess = Callable[[str, int, str], Answer]
"""What a parameter may be that its function says nothing of, by path, scope and name."""


class Evaluator:
    """Evaluates expressions of a codebase; it is what its parts ask (`asking.Ask`)."""

    def __init__(self, scoping: Scoping, guess: Guess) -> None:
        self._scoping = scoping
        self._guess = guess
        self._steps = Steps(MOST_STEPS)
        self._hierarchy = Hierarchy(scoping.scopes, self._bases, self._steps)

    @property
    def scoping(self) -> Scoping:
        """Where names are defined."""
        return self._scoping

    @property
    def hierarchy(self) -> Hierarchy:
        """Where members are looked up."""
        return self._hierarchy

    def value(self, expr: Expr, path: str, scope: int) -> Answer:
        """What an expression in a scope may be."""
        if expr is None:
            return NOTHING
        key = (path, scope, expr)
        return self._steps.ask(key, lambda: shallow(self._value(expr, path, scope)), NOTHING)

    def annotated(self, expr: Expr, path: str, scope: int) -> Answer:
        """The instances that an annotation in a scope stands for."""
        if expr is None:
            return NOTHING
        key = ("annotated", path, scope, expr)
        return self._steps.ask(key, lambda: shallow(annotation(self, expr, path, scope)), NOTHING)

    def result(self, function: Function) -> Answer:
        """What a call of a function gives."""
        return result(self, function)

    def guess(self, path: str, scope: int, name: str) -> Answer:
        """What a parameter may be that its function says nothing of."""
        return self._guess(path, scope, name)

    def place(self, place: Place | External) -> Answer:
        """What a defined name may be."""
        match place:
            case External():
                return Answer((place,))
            case Place(path, -1, _):
                return Answer((Module(path),))
            case Place(path, scope, name):
                bindings = self._scoping.scopes(path)[scope].bindings.get(name, ())
                return joined([self.bound(path, scope, binding) for binding in bindings])

    def bound(self, path: str, scope: int, binding: Binding) -> Answer:
        """What a binding gives its name."""
        match binding:
            case ("function", _, _, inner):
                return decorated(self, path, inner)
            case ("class", _, _, inner):
                return Answer((Class(path, inner),))
            case ("value", _, _, expr, *within):
                return self.value(expr, path, within[0] if within else scope)
            case ("declared", _, _, note, expr, *within):
                at = within[0] if within else scope
                found = self.annotated(note, path, at)
                return found if found.values else self.value(expr, path, at)
            case ("parameter", *_):
                return parameter(self, path, scope, binding)
            case _:
                return joined([self.place(p) for p in self._scoping.meant(path, binding)])

    # Names

    def _name(self, name: str, path: str, scope: int) -> Answer:
        home = self._scoping.home(path, scope, name)
        if home is None or home == 0:
            found = joined([self.place(place) for place in self._scoping.places(path, scope, name)])
        else:
            bindings = self._scoping.scopes(path)[home].bindings[name]
            found = joined([self.bound(path, home, binding) for binding in bindings])
        narrowed = self._narrowed(path, scope, name)
        if not narrowed.values:
            return found
        return Answer(tuple(dict.fromkeys((*found.values, *narrowed.values))), sure=False)

    def _narrowed(self, path: str, scope: int, name: str) -> Answer:
        """What `isinstance` says of a name somewhere in its scopes."""
        scopes = self._scoping.scopes(path)
        found: list[Answer] = []
        while scope > 0:
            for expr in scopes[scope].narrowed.get(name, ()):
                classes = [self.value(option, path, scope) for option in alternatives(expr)]
                found += [instances(answer) for answer in classes]
            if name in scopes[scope].bindings:
                break
            scope = scopes[scope].parent
        return joined(found)

    def _bases(self, cls: Class) -> Sequence[Class | External]:
        """The bases of a class; one that nobody knows is called `?`."""
        here = self._scoping.scopes(cls.path)[cls.scope]
        found: list[Class | External] = []
        for base in here.bases:
            values = self.value(without_index(base), cls.path, here.parent).values
            known = [v for v in values if isinstance(v, Class | External) and v != cls]
            found += known[:1] or [External("?")]
        return found

    def _value(self, expr: Expr, path: str, scope: int) -> Answer:
        if isinstance(expr, str):
            return self._name(expr, path, scope)
        kind: str = expr[0]
        if (inner_rule := _OF_VALUE.get(kind)) is not None:
            return inner_rule(self, self.value(expr[1], path, scope), expr)
        rule = _RULES.get(kind)
        return rule(self, expr, path, scope) if rule is not None else NOTHING


def _call(ask: Evaluator, expr: Expr, path: str, scope: int) -> Answer:
    _, function, arguments = expr
    return call(ask, function, arguments, path, scope)


def _any(ask: Evaluator, expr: Expr, path: str, scope: int) -> Answer:
    return joined([ask.value(option, path, scope) for option in expr[1]])


def _either(ask: Evaluator, expr: Expr, path: str, scope: int) -> Answer:
    """What `x | y` gives of instances their class decides."""
    found = _any(ask, expr, path, scope)
    known = tuple(value for value in found.values if not isinstance(value, Instance))
    return Answer(known, found.sure)


def _tuple(ask: Evaluator, expr: Expr, path: str, scope: int) -> Answer:
    parts = tuple(ask.value(item, path, scope).values for item in expr[1])
    return Answer((Generic("tuple", parts),))


def _list(ask: Evaluator, expr: Expr, path: str, scope: int) -> Answer:
    _, kind, held = expr
    return _display(kind, ask.value(held, path, scope))


def _within(ask: Evaluator, expr: Expr, path: str, _: int) -> Answer:
    _, inner, of = expr
    return _display("list", ask.value(of, path, inner))


def _sent(ask: Evaluator, expr: Expr, path: str, _: int) -> Answer:
    return sent(ask, path, expr[1])


def _constant(_ask: Evaluator, expr: Expr, _path: str, _scope: int) -> Answer:
    return Answer((Generic(expr[1]),)) if expr[1] != "NoneType" else NOTHING


def _text(_ask: Evaluator, _expr: Expr, _path: str, _scope: int) -> Answer:
    return Answer((Generic("str"),))


def _display(kind: str, held: Answer) -> Answer:
    inner = ((), held.values) if kind == "dict" else (held.values,)
    return Answer((Generic(kind, inner),), held.sure)


_RULES: dict[str, Callable[[Evaluator, Expr, str, int], Answer]] = {
    "call": _call,
    "any": _any,
    "either": _either,
    "tuple": _tuple,
    "list": _list,
    "within": _within,
    "sent": _sent,
    "constant": _constant,
    "text": _text,
}

_OF_VALUE: dict[str, Callable[[Evaluator, Answer, Expr], Answer]] = {
    "attribute": lambda ask, of, expr: member(ask, of, expr[2]),
    "item": lambda ask, of, _: item(ask, of),
    "element": lambda ask, of, _: element(ask, of),
    "entered": lambda ask, of, _: entered(ask, of),
    "awaited": lambda _ask, of, _: awaited(of),
    "part": lambda ask, of, expr: part(ask, of, expr[2]),
    "caught": lambda _ask, of, _: instances(of),
}
"""What is worked out of the value of one inner expression."""

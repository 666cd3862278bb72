"""Functions: what a call of one gives, and what decorators make of it."""

from __future__ import annotations

from typing import Any

from jupiter.code.scopes import Expr, Scope
from jupiter.index.asking import Ask
from jupiter.index.containers import element
from jupiter.index.externals import WRAPPERS
from jupiter.index.notation import called, last_name
from jupiter.index.scoping import own_class
from jupiter.index.values import Answer, Class, Function, Generic, Instance, Value, joined
from jupiter.index.variables import decided


def result(ask: Ask, function: Function) -> Answer:
    """What a call of a function gives."""
    scope = ask.scoping.scopes(function.path)[function.scope]
    found = _returned(ask, function, scope)
    if any(last_name(decorator) in WRAPPERS for decorator in scope.decorators):
        held = element(ask, found).values
        return Answer((Generic("ContextManager", (held,)),), found.sure)
    return found


def _returned(ask: Ask, function: Function, scope: Scope) -> Answer:
    path = function.path
    if "return" in scope.members:
        return _declared(ask, function, scope, scope.members["return"][0])
    if "yield" in scope.members:
        found = joined([ask.value(e, path, function.scope) for e in scope.members["yield"]])
        return Answer((Generic("Iterator", (found.values,)),), sure=False)
    own = ""
    if function.receiver is not None and own_class(ask.scoping, path, function.scope):
        own = _first_parameter(scope)
    answers = [
        _of_receiver(function.receiver, expr, own) or ask.value(expr, path, function.scope)
        for expr in scope.bases
    ]
    return joined(answers)


def _of_receiver(receiver: Value | None, expr: Expr, own: str) -> Answer | None:
    """What `return self` and `return cls()` give of what a method is called on, called `own` there."""
    if receiver is None or not own:
        return None
    match expr:
        case str() if expr == own:
            return Answer((receiver,))
        case ("call", str(name), _) if name == own and isinstance(receiver, Class):
            return Answer((Instance(receiver.path, receiver.scope),))
        case _:
            return None


def _declared(ask: Ask, function: Function, scope: Scope, note: Expr) -> Answer:
    receiver = function.receiver
    if receiver is None or not _is_self(ask, function, scope, note):
        return ask.annotated(note, function.path, scope.parent)
    if isinstance(receiver, Class):
        receiver = Instance(receiver.path, receiver.scope)
    return Answer((receiver,))


def _is_self(ask: Ask, function: Function, scope: Scope, note: Expr) -> bool:
    """Whether a method's result is what it is called on: `Self`, or the type variable of `self`."""
    if last_name(note) == "Self":
        return True
    for bindings in scope.bindings.values():
        match bindings[0]:
            case ("parameter", _, _, str() as own, _, 0):
                return own == note and not ask.annotated(own, function.path, scope.parent).sure
            case _:
                pass
    return False


def _first_parameter(scope: Scope) -> str:
    for name, bindings in scope.bindings.items():
        if bindings[0][0] == "parameter" and bindings[0][5] == 0:
            return name
    return ""


def decorated(ask: Ask, path: str, inner: int) -> Answer:
    """A function as its decorators leave it; those that are not known leave it as it is."""
    scope = ask.scoping.scopes(path)[inner]
    for decorator in scope.decorators:
        if made := _decided(ask, decorator, path, scope.parent):
            return Answer(made, sure=False)
        for value in ask.value(called(decorator), path, scope.parent).values:
            if isinstance(value, Class):
                return Answer((Instance(value.path, value.scope),), sure=False)
            if isinstance(value, Function) and _is_annotated(ask, value):
                made = [v for v in ask.result(value).values if isinstance(v, Instance)]
                if made:
                    return Answer(tuple(made), sure=False)
    return Answer((Function(path, inner),))


def _decided(ask: Ask, decorator: Expr, path: str, scope: int) -> tuple[Instance, ...]:
    """What a decorator makes of a function when an argument says so: `@command(cls=Group)`."""
    match decorator:
        case ("call", function, arguments):
            found = [
                decided(ask, value, arguments, path, scope)
                for value in ask.value(function, path, scope).values
                if isinstance(value, Function)
            ]
        case _:
            return ()
    made = (
        inner
        for value in joined(found).values
        for inner in (value.arguments[-1] if isinstance(value, Generic) and value.arguments else ())
    )
    return tuple(value for value in made if isinstance(value, Instance))


def _is_annotated(ask: Ask, function: Function) -> bool:
    members: dict[str, Any] = ask.scoping.scopes(function.path)[function.scope].members
    return "return" in members

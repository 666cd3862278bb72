"""Calls: of classes, functions, instances, and of what the standard library has."""

from __future__ import annotations

from collections.abc import Callable

from jupiter.code.scopes import Expr
from jupiter.index.annotations import classes, instances
from jupiter.index.asking import Ask
from jupiter.index.containers import element
from jupiter.index.externals import CONTAINERS, FIRST, PASSING, is_own, method_result
from jupiter.index.members import call_method
from jupiter.index.notation import is_keyword
from jupiter.index.values import (
    NOTHING,
    Answer,
    Class,
    External,
    Function,
    Generic,
    Instance,
    Method,
    Super,
    Value,
    joined,
)
from jupiter.index.variables import decided

Arguments = tuple[Expr, ...]


def call(ask: Ask, function: Expr, arguments: Arguments, path: str, scope: int) -> Answer:
    """What a call in a scope may give."""
    called = ask.value(function, path, scope)
    found = joined([_called(ask, value, arguments, path, scope) for value in called.values])
    return Answer(found.values, found.sure and called.sure)


def _called(ask: Ask, value: Value, arguments: Arguments, path: str, scope: int) -> Answer:
    match value:
        case Class():
            return Answer((Instance(value.path, value.scope),))
        case Function():
            found = decided(ask, value, arguments, path, scope)
            return found if found.values else ask.result(value)
        case Instance():
            return call_method(ask, value, "__call__")
        case External(dotted):
            return _external(ask, dotted, arguments, path, scope)
        case Method(receiver, name):
            return method_result(receiver, name)
        case other:
            return _of_callable(other)


def _of_callable(value: Value) -> Answer:
    """What a call gives of what an annotation says is `Callable[[…], X]`."""
    match value:
        case Generic("Callable", (_, given)):
            return Answer(given)
        case _:
            return NOTHING


def _external(ask: Ask, dotted: str, arguments: Arguments, path: str, scope: int) -> Answer:
    short = dotted.removeprefix("builtins.")
    if (rule := _RULES.get(short)) is not None:
        return rule(ask, arguments, path, scope)
    if short in PASSING:
        return ask.value(_first(arguments), path, scope)
    if short in FIRST:
        return _first_element(ask, arguments, path, scope)
    if short in CONTAINERS:
        found = _first_element(ask, arguments, path, scope)
        return Answer((Generic(CONTAINERS[short], (found.values,)),), found.sure)
    return Answer((Generic(short),)) if is_own(dotted) else NOTHING


def _first(arguments: Arguments) -> Expr:
    return arguments[0] if arguments and not is_keyword(arguments[0]) else None


def _first_element(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    return element(ask, ask.value(_first(arguments), path, scope))


def _super(ask: Ask, _: Arguments, path: str, scope: int) -> Answer:
    scopes = ask.scoping.scopes(path)
    while scope > 0 and scopes[scopes[scope].parent].kind != "class":
        scope = scopes[scope].parent
    if scope <= 0:
        return NOTHING
    cls, method = scopes[scope].parent, scopes[scope]
    is_class = "classmethod" in method.decorators or method.name == "__new__"
    receiver = Class(path, cls) if is_class else Instance(path, cls)
    return Answer((Super(path, cls, receiver),))


def _cast(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    return ask.annotated(_first(arguments), path, scope)


def _type(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    if len(arguments) != 1:
        return NOTHING
    return classes(ask.value(_first(arguments), path, scope))


def _enumerate(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    found = _first_element(ask, arguments, path, scope)
    pair = Generic("tuple", ((), found.values))
    return Answer((Generic("list", ((pair,),)),), found.sure)


def _zip(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    values = [ask.value(a, path, scope) for a in arguments if not is_keyword(a)]
    parts = [element(ask, value) for value in values]
    row = Generic("tuple", tuple(part.values for part in parts))
    return Answer((Generic("list", ((row,),)),), all(part.sure for part in parts))


def _raises(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    """`with pytest.raises(E) as x`: `x.value` is an `E`."""
    raised = instances(ask.value(_first(arguments), path, scope))
    information = Generic("ExceptionInfo", (raised.values,))
    return Answer((Generic("ContextManager", ((information,),)),), raised.sure)


def _pickled(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    return Answer((Generic(_PICKLED, (ask.value(_first(arguments), path, scope).values,)),))


def _unpickled(ask: Ask, arguments: Arguments, path: str, scope: int) -> Answer:
    """What was pickled, where that can be seen."""
    held = [
        Answer(value.arguments[0], sure=False)
        for value in ask.value(_first(arguments), path, scope).values
        if isinstance(value, Generic) and value.dotted == _PICKLED
    ]
    return joined(held)


_PICKLED = "pickle.dumps"

_RULES: dict[str, Callable[[Ask, Arguments, str, int], Answer]] = {
    "super": _super,
    "typing.cast": _cast,
    "typing_extensions.cast": _cast,
    "type": _type,
    "enumerate": _enumerate,
    "zip": _zip,
    "pytest.raises": _raises,
    "pickle.dumps": _pickled,
    "pickle.loads": _unpickled,
}

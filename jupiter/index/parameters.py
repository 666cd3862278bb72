"""Parameters: by annotation, as `self` and `cls`, by default, by what a decorator or pytest passes."""

from __future__ import annotations

from jupiter.code.scopes import Binding, Expr, Scope
from jupiter.index.asking import Ask
from jupiter.index.containers import element, is_iterator
from jupiter.index.notation import last_name
from jupiter.index.scoping import own_class
from jupiter.index.values import NOTHING, Answer, Function, Generic, Instance, Place

_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})

_REST, _NAMED_REST, _KEYWORD = -1, -2, -3  # positions of `*args`, `**kwargs`, keyword-only ones


def parameter(ask: Ask, path: str, scope: int, binding: Binding) -> Answer:
    """What a parameter may be; `binding` as the scope of its function has it."""
    _, _, _, note, default, n = binding
    function = ask.scoping.scopes(path)[scope]
    noted = _noted(ask, path, function, note, n)
    if noted.values:
        return noted
    is_method = n == 0 and function.kind == "function"
    own = own_class(ask.scoping, path, scope) if is_method else None
    if own is not None:
        is_class = "classmethod" in function.decorators or function.name in _CLASS_METHODS
        return Answer((own if is_class else Instance(own.path, own.scope),))
    if note is not None:
        return noted
    if default is not None:
        return Answer(ask.value(default, path, function.parent).values, sure=False)
    if function.kind == "function" and (n >= 0 or n == _KEYWORD):
        return _given(ask, path, scope, binding)
    return NOTHING


def _noted(ask: Ask, path: str, function: Scope, note: Expr, n: int) -> Answer:
    if note is None:
        return NOTHING
    found = ask.annotated(note, path, function.parent)
    if n == _REST:
        return Answer((Generic("tuple", (found.values, ())),), found.sure)
    if n == _NAMED_REST:
        return Answer((Generic("dict", ((), found.values)),), found.sure)
    return found


def _given(ask: Ask, path: str, scope: int, binding: Binding) -> Answer:
    """What a parameter without annotation and default may be."""
    function = ask.scoping.scopes(path)[scope]
    injected = _injected(ask, path, function, binding[5])
    if injected.values:
        return injected
    name = next((n for n, found in function.bindings.items() if binding in found), "")
    return ask.guess(path, scope, name)


def _injected(ask: Ask, path: str, function: Scope, n: int) -> Answer:
    """What a decorator says that it calls the function with: its own parameter's `Callable[…]`."""
    for decorator in function.decorators:
        for value in ask.value(decorator, path, function.parent).values:
            if isinstance(value, Function) and (expected := _callable(ask, value)) is not None:
                parent = ask.scoping.scopes(value.path)[value.scope].parent
                found = ask.annotated(_argument(expected, n), value.path, parent)
                return Answer(found.values, sure=False)
    return NOTHING


def _callable(ask: Ask, decorator: Function) -> Expr:
    """The arguments that a decorator's annotation says its function takes."""
    for bindings in ask.scoping.scopes(decorator.path)[decorator.scope].bindings.values():
        match bindings[0]:
            case ("parameter", _, _, ("item", of, ("tuple", (expected, *_))), _, 0):
                if last_name(of) == "Callable":
                    return expected
            case _:
                pass
    return None


def _argument(expected: Expr, n: int) -> Expr:
    match expected:
        case ("item", _, ("tuple", items)) if n < len(items) - 1:  # Concatenate[A, B, P]
            return items[n]
        case ("list", _, item) if n == 0:
            return item
        case _:
            return None


def fixture(ask: Ask, place: Place, path: str, scope: int) -> Answer:
    """What pytest passes for the parameter of a function that bears a fixture's name."""
    scopes = ask.scoping.scopes(place.path)
    for kind, _, _, *rest in scopes[place.scope].bindings[place.name]:
        if kind == "function" and (place.path, rest[0]) != (path, scope):
            inner: int = rest[0]
            given = ask.result(Function(place.path, inner))
            if "yield" in scopes[inner].members or is_iterator(given):
                given = element(ask, given)
            return Answer(given.values, sure=False)
    return NOTHING

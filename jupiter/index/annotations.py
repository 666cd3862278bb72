"""Annotations: the instances that they stand for."""

from __future__ import annotations

from collections.abc import Sequence

from jupiter.code.scopes import Binding, Expr
from jupiter.index.asking import Ask
from jupiter.index.notation import items_of, last_name, unquoted
from jupiter.index.values import (
    NOTHING,
    Answer,
    Class,
    External,
    Generic,
    Instance,
    Value,
    joined,
)

_TRANSPARENT = frozenset(
    {
        *("Optional", "ClassVar", "Final", "Annotated", "Required", "NotRequired", "InitVar"),
        *("ReadOnly", "TypeGuard"),
    }
)
"""What stands for its first argument."""

_ANY_NUMBER = ("constant", "ellipsis")
"""The `...` of `tuple[X, ...]`."""


def annotation(ask: Ask, expr: Expr, path: str, scope: int) -> Answer:
    """The instances that an annotation in a scope stands for.

    Where a call decides a type variable, what is in its place says so (`variables`).
    """
    match unquoted(expr):
        case str(name):
            return _named(ask, name, path, scope)
        case ("any" | "either", options):
            return joined([ask.annotated(option, path, scope) for option in options])
        case ("item", of, index):
            return _subscripted(ask, of, index, path, scope)
        case ("call", function, arguments):
            return _type_variable(ask, function, arguments, path, scope)
        case ("attribute", _, _) as dotted:
            return instances(ask.value(dotted, path, scope))
        case given:
            return _given(ask, given)


def instances(answer: Answer) -> Answer:
    """The instances of classes; a tuple of classes, as `except` has it, gives those of each."""
    found: list[Value] = []
    for value in answer.values:
        match value:
            case Class(path, scope):
                found.append(Instance(path, scope))
            case External(dotted):
                name = dotted.rpartition(".")[2]
                found.append(Generic("tuple" if name == "Tuple" else name))
            case Generic("tuple", parts):
                for part in parts:
                    found += instances(Answer(part)).values
            case _:
                pass
    return Answer(tuple(found), answer.sure)


def classes(answer: Answer) -> Answer:
    """The classes of instances."""
    found = [Class(v.path, v.scope) for v in answer.values if isinstance(v, Instance)]
    return Answer(tuple(found), answer.sure)


def _given(ask: Ask, expr: Expr) -> Answer:
    """What stands for a type variable where a call has decided it."""
    match expr:
        case ("given", path, scope, argument):
            return ask.value(argument, path, scope)
        case _:
            return NOTHING


def _named(ask: Ask, name: str, path: str, scope: int) -> Answer:
    """An annotation that is a name: a class, or an alias of another annotation."""
    if name == "Self":
        return _self(ask, path, scope)
    found: list[Answer] = []
    for place in ask.scoping.places(path, scope, name):
        if isinstance(place, External):
            found.append(instances(Answer((place,))))
        elif place.scope >= 0:
            bindings = ask.scoping.scopes(place.path)[place.scope].bindings.get(place.name, ())
            found += [_alias(ask, place.path, place.scope, binding) for binding in bindings]
    return joined(found)


def _self(ask: Ask, path: str, scope: int) -> Answer:
    scopes = ask.scoping.scopes(path)
    while scope > 0 and scopes[scope].kind != "class":
        scope = scopes[scope].parent
    return Answer((Instance(path, scope),)) if scope > 0 else NOTHING


def _alias(ask: Ask, path: str, scope: int, binding: Binding) -> Answer:
    match binding:
        case ("value", _, _, alias):
            return ask.annotated(alias, path, scope)
        case ("declared", _, _, note, alias):
            return ask.annotated(alias or note, path, scope)
        case _:
            return instances(ask.bound(path, scope, binding))


def _type_variable(
    ask: Ask, function: Expr, arguments: Sequence[Expr], path: str, scope: int
) -> Answer:
    """`TypeVar("T", bound=…)` by its bound; a `NewType` by what it is made of."""
    match last_name(function):
        case "TypeVar":
            return Answer(ask.annotated(_bound(arguments), path, scope).values, sure=False)
        case "NewType" if len(arguments) == 2:
            return ask.annotated(arguments[1], path, scope)
        case _:
            return NOTHING


def _bound(arguments: Sequence[Expr]) -> Expr:
    for argument in arguments:
        match argument:
            case ("keyword", "bound", bound):
                return bound
            case _:
                pass
    return None


def _subscripted(ask: Ask, of: Expr, index: Expr, path: str, scope: int) -> Answer:
    items = items_of(index)
    match last_name(of):
        case name if name in _TRANSPARENT:
            return ask.annotated(items[0], path, scope)
        case "Union":
            return joined([ask.annotated(item, path, scope) for item in items])
        case "Type" | "type":
            return classes(ask.annotated(items[0], path, scope))
        case "tuple" | "Tuple" if items[1:] == (_ANY_NUMBER,):
            return Answer((Generic("list", (ask.annotated(items[0], path, scope).values,)),))
        case _:
            arguments = tuple(ask.annotated(item, path, scope).values for item in items)
            base = ask.annotated(of, path, scope)
            given = (
                Generic(v.dotted, arguments) if isinstance(v, Generic) else v for v in base.values
            )
            return Answer(tuple(given), base.sure)

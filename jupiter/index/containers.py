"""What comes out of values that hold others: elements, items, parts, what `with` and `await` give."""

from __future__ import annotations

from jupiter.code.scopes import Expr
from jupiter.index.asking import Ask
from jupiter.index.externals import elements
from jupiter.index.members import call_method, is_enum
from jupiter.index.values import NOTHING, Answer, Class, Generic, Instance, Value, joined

_ITERATORS = frozenset({"Iterator", "Generator", "Iterable", "AsyncIterator", "AsyncGenerator"})


def element(ask: Ask, answer: Answer) -> Answer:
    """What iterating over one of several values gives."""
    found: list[Answer] = []
    for value in answer.values:
        match value:
            case Generic():
                found.append(Answer(elements(value), answer.sure))
            case Instance():
                found += [_next(ask, v) for v in call_method(ask, value, "__iter__").values]
            case Class() if is_enum(ask, value):
                found.append(Answer((Instance(value.path, value.scope),)))
            case _:
                pass
    return joined(found)


def _next(ask: Ask, iterator: Value) -> Answer:
    match iterator:
        case Generic():
            return Answer(elements(iterator))
        case Instance():
            return call_method(ask, iterator, "__next__")
        case _:
            return NOTHING


def item(ask: Ask, answer: Answer) -> Answer:
    """What `x[…]` gives of one of several values."""
    found = joined([_item(ask, value) for value in answer.values])
    return Answer(found.values, found.sure and answer.sure)


def _item(ask: Ask, value: Value) -> Answer:
    match value:
        case Class() if is_enum(ask, value):
            return Answer((Instance(value.path, value.scope),))
        case Class():
            return Answer((value,))
        case Generic("dict" | "defaultdict", (_, held, *_)):
            return Answer(held)
        case Generic():
            return Answer(elements(value))
        case Instance():
            return call_method(ask, value, "__getitem__")
        case _:
            return NOTHING


def part(ask: Ask, answer: Answer, n: int) -> Answer:
    """What the n-th of several targets gets when one of several values is unpacked."""
    found: list[Answer] = []
    for value in answer.values:
        match value:
            case Generic("tuple", arguments) if n < len(arguments):
                found.append(Answer(arguments[n], answer.sure))
            case _:
                found.append(element(ask, Answer((value,), answer.sure)))
    return joined(found)


def entered(ask: Ask, answer: Answer) -> Answer:
    """What `with` gives of one of several values."""
    found: list[Answer] = []
    for value in answer.values:
        match value:
            case Instance():
                given = call_method(ask, value, "__enter__")
                found.append(given if given.values else call_method(ask, value, "__aenter__"))
            case Generic(_, (inner, *_)):
                found.append(Answer(inner, answer.sure))
            case Generic():
                found.append(Answer((value,), answer.sure))
            case _:
                pass
    return joined(found)


def awaited(answer: Answer) -> Answer:
    """What `await` gives of one of several values."""
    found: list[Value] = []
    for value in answer.values:
        match value:
            case Generic("Awaitable" | "Coroutine" | "Future" | "Task", (*_, last)):
                found += last
            case _:
                found.append(value)
    return Answer(tuple(found), answer.sure)


def sent(ask: Ask, path: str, scope: int) -> Answer:
    """What is sent into a generator, by its annotation."""
    function = ask.scoping.scopes(path)[scope]
    note: list[Expr] = function.members.get("return", [])
    if not note:
        return NOTHING
    noted = ask.annotated(note[0], path, function.parent)
    found = [
        Answer(value.arguments[1], noted.sure)
        for value in noted.values
        if isinstance(value, Generic) and value.dotted.endswith("Generator")
        if len(value.arguments) > 1
    ]
    return joined(found)


def is_iterator(answer: Answer) -> bool:
    """Whether one of several values is what a generator function gives."""
    return any(isinstance(v, Generic) and v.dotted in _ITERATORS for v in answer.values)

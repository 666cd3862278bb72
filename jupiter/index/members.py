"""Members of values: of modules, classes and their instances, of `super()`."""

from __future__ import annotations

from jupiter.index.asking import Ask
from jupiter.index.externals import (
    ENUMS,
    FIELD_BASES,
    FIELD_DECORATORS,
    PROPERTIES,
    attribute,
)
from jupiter.index.notation import last_name
from jupiter.index.values import (
    NOTHING,
    Answer,
    Class,
    External,
    Function,
    Generic,
    Instance,
    Method,
    Module,
    Super,
    Value,
    joined,
)


def member(ask: Ask, receivers: Answer, name: str) -> Answer:
    """What a member of one of several values may be."""
    answer = joined([_member(ask, value, name) for value in receivers.values])
    return Answer(answer.values, answer.sure and receivers.sure)


def _member(ask: Ask, value: Value, name: str) -> Answer:
    match value:
        case Module(path):
            return joined([ask.place(place) for place in ask.scoping.exports(path, name)])
        case External(dotted):
            return Answer((External(f"{dotted}.{name}"),))
        case Generic():
            held = attribute(value, name)
            return Answer(held) if held else Answer((Method(value, name),))
        case Class() | Instance() | Super():
            cls = owner(ask, value, name)
            return _of_class(ask, cls, name, value) if cls else NOTHING
        case Function() | Method():
            return NOTHING


def owner(ask: Ask, value: Value, name: str) -> Class | None:
    """The class of the codebase that a member of a value is found in."""
    match value:
        case Class() | Instance():
            return ask.hierarchy.owner(Class(value.path, value.scope), name)
        case Super(path, scope, receiver):
            here = Class(path, scope)
            start = here
            if isinstance(receiver, Instance | Class):
                start = Class(receiver.path, receiver.scope)
            return ask.hierarchy.owner(start, name, behind=here)
        case _:
            return None


def call_method(ask: Ask, value: Value, name: str) -> Answer:
    """What a call of a method of a value gives."""
    methods = _member(ask, value, name).values
    return joined([ask.result(method) for method in methods if isinstance(method, Function)])


def is_enum(ask: Ask, cls: Class) -> bool:
    """Whether the members of a class are instances of it."""
    order = ask.hierarchy.order(cls)
    return any(isinstance(one, External) and one.dotted in ENUMS for one in order)


def _of_class(ask: Ask, cls: Class, name: str, value: Value) -> Answer:
    receiver = value.receiver if isinstance(value, Super) else value
    bindings = ask.hierarchy.members(cls, name)
    if any(binding[0] == "value" for binding in bindings) and is_enum(ask, cls):
        return Answer((Instance(cls.path, cls.scope),))
    found = [
        _method(ask, Function(cls.path, binding[3], receiver))
        if binding[0] == "function"
        else ask.bound(cls.path, cls.scope, binding)
        for binding in bindings
    ]
    return joined(found)


def _method(ask: Ask, function: Function) -> Answer:
    decorators = ask.scoping.scopes(function.path)[function.scope].decorators
    is_property = any(last_name(decorator) in PROPERTIES for decorator in decorators)
    if is_property and not isinstance(function.receiver, Class):
        return ask.result(function)
    return Answer((function,))


def takes_fields(ask: Ask, cls: Class) -> bool:
    """Whether a class is called with its fields as keywords: a dataclass, a NamedTuple, the like."""
    if ask.hierarchy.owner(cls, "__init__") is not None:
        return False
    return any(_makes_fields(ask, one) for one in ask.hierarchy.order(cls))


def _makes_fields(ask: Ask, one: Class | External) -> bool:
    if isinstance(one, External):
        return one.dotted.rpartition(".")[2] in FIELD_BASES
    decorators = ask.scoping.scopes(one.path)[one.scope].decorators
    return any(last_name(decorator) in FIELD_DECORATORS for decorator in decorators)

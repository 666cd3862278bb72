"""What is known of code outside of the codebase: builtins, typing, contextlib, functools, enum."""

from __future__ import annotations

import sys

from jupiter.index.values import NOTHING, Answer, Generic, Value

PROPERTIES = frozenset(
    {"property", "cached_property", "abstractproperty", "getter", "setter", "deleter"}
)
WRAPPERS = frozenset({"contextmanager", "asynccontextmanager"})
ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum"})

FIELD_DECORATORS = frozenset(
    {"dataclass", "define", "frozen", "mutable", "attrs", "s", "dataclass_transform"}
)
FIELD_BASES = frozenset(
    {"NamedTuple", "TypedDict", "BaseModel", "Struct", "SQLModel", "BaseSettings"}
)

PASSING = frozenset({"copy.copy", "copy.deepcopy", "dataclasses.replace", "contextlib.closing"})
"""Functions that give what they are given, as far as its class goes."""

FIRST = frozenset({"next", "max", "min", "anext"})
"""Functions that give an element of their first argument."""

CONTAINERS = {
    "list": "list",
    "set": "set",
    "frozenset": "set",
    "tuple": "list",
    "sorted": "list",
    "reversed": "list",
    "iter": "list",
    "collections.deque": "list",
    "itertools.chain": "list",
}
"""Functions that give a container of what their first argument holds."""

_OWN_BUILTINS = frozenset(
    {
        *("str", "bytes", "bytearray", "int", "float", "bool", "complex", "open", "len", "repr"),
        *("input", "format", "hash", "id", "ord", "chr", "range", "dict", "memoryview", "round"),
    }
)
_GIVING_BACK = frozenset(
    {
        *("functools", "copy", "weakref", "contextlib", "typing", "operator", "itertools"),
        *("importlib", "concurrent", "asyncio", "collections", "queue", "unittest", "pickle"),
        *("inspect", "types", "threading", "contextvars", "dataclasses", "enum", "heapq"),
        *("bisect", "multiprocessing", "random", "atexit", "abc", "sys", "graphlib"),
    }
)
"""Modules of the standard library with functions that may hand out what they have been given."""

_HOLDING = frozenset({("ExceptionInfo", "value")})
_PAIRS = frozenset(
    {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"}
)
_SAME = frozenset({"copy", "__enter__", "__iter__", "union", "intersection", "difference"})
_ELEMENT = frozenset({"pop", "popleft", "get", "setdefault", "__getitem__", "__next__"})


def is_own(dotted: str) -> bool:
    """Whether a function outside of the codebase gives an object of its own, and never one of ours."""
    module, _, name = dotted.partition(".")
    if module == "builtins":
        return name in _OWN_BUILTINS
    return module in sys.stdlib_module_names and module not in _GIVING_BACK


def elements(value: Generic) -> tuple[Value, ...]:
    """What iterating over an external container gives."""
    if not value.arguments:
        return ()
    if value.dotted == "tuple":
        return tuple(dict.fromkeys(v for part in value.arguments for v in part))
    return value.arguments[0]


def attribute(receiver: Generic, name: str) -> tuple[Value, ...]:
    """What an attribute of an external object holds, of those that hold what its arguments say."""
    if (receiver.dotted.rpartition(".")[2], name) in _HOLDING and receiver.arguments:
        return receiver.arguments[0]
    return ()


def method_result(receiver: Generic, name: str) -> Answer:
    """What a method of an external container gives."""
    if name in _SAME:
        return Answer((receiver,))
    if not receiver.arguments:
        return NOTHING
    if receiver.dotted in _PAIRS and len(receiver.arguments) > 1:
        return _pairs_result(receiver.arguments, name)
    return Answer(elements(receiver)) if name in _ELEMENT else NOTHING


def _pairs_result(arguments: tuple[tuple[Value, ...], ...], name: str) -> Answer:
    keys, values, *_ = arguments
    match name:
        case "values":
            return Answer((Generic("list", (values,)),))
        case "items":
            return Answer((Generic("list", ((Generic("tuple", (keys, values)),),)),))
        case "keys":
            return Answer((Generic("list", (keys,)),))
        case "get" | "pop" | "setdefault":
            return Answer(values)
        case _:
            return NOTHING

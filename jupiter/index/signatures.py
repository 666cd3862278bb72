"""Signatures: what a function takes, by its text, and whether a call fits it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from inspect import Parameter, Signature

from jupiter.code.bound import Function

_TRANSPARENT = frozenset(
    {
        *("staticmethod", "classmethod", "abstractmethod", "override", "final", "property"),
        *("contextmanager", "asynccontextmanager", "lru_cache", "cache", "no_type_check"),
    }
)
"""Decorators that leave a function's parameters as they are."""


def signature_of(node: Function) -> Signature | None:
    """What a function takes; None when a decorator may have changed that."""
    names = {_last(decorator) for decorator in node.decorator_list}
    return Signature(list(_parameters(node.args))) if names <= _TRANSPARENT else None


def without_first(signature: Signature) -> Signature | None:
    """The signature of a method that has been looked up on an object; None if it takes none."""
    parameters = list(signature.parameters.values())
    if not parameters or parameters[0].kind is Parameter.KEYWORD_ONLY:
        return None
    if parameters[0].kind is Parameter.VAR_POSITIONAL:
        return signature
    return Signature(parameters[1:])


def misfit(signature: Signature, call: ast.Call) -> str:
    """Why a call does not fit a signature, as Python says it; empty when it does, or may."""
    positional = [one for one in call.args if not isinstance(one, ast.Starred)]
    keywords = {one.arg: None for one in call.keywords if one.arg is not None}
    is_whole = len(positional) == len(call.args)
    is_open = not is_whole or len(keywords) != len(call.keywords)
    try:
        if is_open:
            signature.bind_partial(*(positional if is_whole else ()), **keywords)
        else:
            signature.bind(*positional, **keywords)
    except TypeError as error:
        return str(error)
    return ""


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [
        *((one, Parameter.POSITIONAL_ONLY) for one in arguments.posonlyargs),
        *((one, Parameter.POSITIONAL_OR_KEYWORD) for one in arguments.args),
    ]
    required = len(positional) - len(arguments.defaults)
    for n, (one, kind) in enumerate(positional):
        yield Parameter(one.arg, kind, default=inspect.Parameter.empty if n < required else None)
    if arguments.vararg:
        yield Parameter(arguments.vararg.arg, Parameter.VAR_POSITIONAL)
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        empty = Parameter.empty if default is None else None
        yield Parameter(one.arg, Parameter.KEYWORD_ONLY, default=empty)
    if arguments.kwarg:
        yield Parameter(arguments.kwarg.arg, Parameter.VAR_KEYWORD)


def _last(decorator: ast.expr) -> str:
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _last(function)
        case _:
            return ""

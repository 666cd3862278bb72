"""The header of a function or class as one normalised text, as `ast.unparse` writes it."""

from __future__ import annotations

import ast
import copy

from jupiter.code.bound import Function

_Argument = tuple[ast.arg, ast.expr | None]


def header(node: Function | ast.ClassDef) -> str:
    """Decorators and signature, or decorators, bases and keywords.

    Raises RecursionError for what nests too deep and ValueError for too long an integer.
    """
    match node:
        case _ if getattr(node, "type_params", None):
            return _unparsed(node)
        case ast.FunctionDef():
            return "".join([_decorators(node), "def ", _signature(node)])
        case ast.ClassDef():
            return "".join([_decorators(node), "class ", node.name, _bases(node)])
        case _:
            return _unparsed(node)


def arguments_of(node: Function) -> list[ast.arg]:
    """All that a function takes, whatever it is given by."""
    given = node.args
    rest = (one for one in (given.vararg, given.kwarg) if one is not None)
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]


def _unparsed(node: Function | ast.ClassDef) -> str:
    without_body = copy.copy(node)
    without_body.body = []
    return ast.unparse(without_body).strip().removesuffix(":")


def _decorators(node: ast.FunctionDef | ast.ClassDef) -> str:
    return "".join([f"@{_expression(decorator)}\n" for decorator in node.decorator_list])


def _bases(node: ast.ClassDef) -> str:
    parts = [_expression(base) for base in node.bases]
    for keyword in node.keywords:
        name = "**" if keyword.arg is None else f"{keyword.arg}="
        parts.append(name + _expression(keyword.value))
    return f"({', '.join(parts)})" if parts else ""


def _signature(node: ast.FunctionDef) -> str:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    without_default = len(positional) - len(given.defaults)
    parts = [_argument(arg, None) for arg in positional[:without_default]]
    parts += map(_argument, positional[without_default:], given.defaults)
    if given.posonlyargs:
        parts.insert(len(given.posonlyargs), "/")
    if given.vararg:
        parts.append("*" + _argument(given.vararg, None))
    elif given.kwonlyargs:
        parts.append("*")
    parts += map(_argument, given.kwonlyargs, given.kw_defaults)
    if given.kwarg:
        parts.append("**" + _argument(given.kwarg, None))
    returns = f" -> {_expression(node.returns)}" if node.returns else ""
    return f"{node.name}({', '.join(parts)}){returns}"


def _argument(arg: ast.arg, default: ast.expr | None) -> str:
    text = f"{arg.arg}: {_expression(arg.annotation)}" if arg.annotation else arg.arg
    return f"{text}={_expression(default)}" if default else text


def _expression(node: ast.expr) -> str:
    """`ast.unparse`, whose start costs more than most of what headers hold."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return f"{name}.{attribute}"
        case ast.Constant(value=None | bool() | int() as value):
            return repr(value)
        case ast.Constant(value=str(value), kind=None):
            return repr(value)
        case _:
            return ast.unparse(node)

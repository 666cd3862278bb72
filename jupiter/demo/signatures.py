"""Signatures and calls, as scripted agents read and write them, and which calls of a tree are stale. Pure."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping

_KINDS = inspect.Parameter


def latest(name: str, text: str) -> str | None:
    """The signature of a function that stands last in a text, as `def name(…)`; None if there is none."""
    found = re.findall(rf"\bdef {name}\(([^()]*)\)", text)
    return f"def {name}({found[-1]})" if found else None


def call_by(signature: str) -> str:
    """A call that fits a signature: its own parameters' names are the arguments."""
    name = signature.removeprefix("def ").partition("(")[0]
    parts: list[str] = []
    for one in parameters(signature).values():
        if one.kind is _KINDS.KEYWORD_ONLY:
            parts.append(f"{one.name}={one.name!r}")
        elif one.kind in {_KINDS.POSITIONAL_ONLY, _KINDS.POSITIONAL_OR_KEYWORD}:
            parts.append(repr(one.name))
    return f"{name}({', '.join(parts)})"


def parameters(signature: str) -> Mapping[str, inspect.Parameter]:
    """The parameters of a signature."""
    function = ast.parse(f"{signature}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 # it was written as one
    return _signature(function).parameters


def stale_calls(texts: Mapping[str, str], path: str, name: str) -> list[str]:
    """The calls of a function, all over these files, that its definition in `path` does not take."""
    trees = {p: ast.parse(text) for p, text in texts.items() if p.endswith(".py")}
    definition = next(
        node
        for node in ast.walk(trees[path])
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    signature = _signature(definition)
    return [
        f"{p}, line {call.lineno}: {ast.unparse(call)}"
        for p, tree in trees.items()
        for call in _calls(tree, name)
        if not _fits(signature, call)
    ]


def _calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if word == name:
                yield node


def _fits(signature: inspect.Signature, call: ast.Call) -> bool:
    if any(isinstance(one, ast.Starred) for one in call.args) or any(
        one.arg is None for one in call.keywords
    ):
        return True  # nobody can say
    try:
        signature.bind(*call.args, **{one.arg: one.value for one in call.keywords if one.arg})
    except TypeError:
        return False
    return True


def _signature(function: ast.FunctionDef) -> inspect.Signature:
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    required = len(positional) - len(given.defaults)
    found = [
        _KINDS(
            one.arg,
            _KINDS.POSITIONAL_ONLY if n < len(given.posonlyargs) else _KINDS.POSITIONAL_OR_KEYWORD,
            default=_KINDS.empty if n < required else None,
        )
        for n, one in enumerate(positional)
    ]
    if given.vararg:
        found.append(_KINDS(given.vararg.arg, _KINDS.VAR_POSITIONAL))
    found += [
        _KINDS(one.arg, _KINDS.KEYWORD_ONLY, default=_KINDS.empty if default is None else None)
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    if given.kwarg:
        found.append(_KINDS(given.kwarg.arg, _KINDS.VAR_KEYWORD))
    return inspect.Signature(found)

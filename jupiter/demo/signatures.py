"""Signatures and calls, as scripted agents read and write them, and which calls of a tree are stale. Pure."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping

_KINDS = inspect.Parameter
_PARENTHESIS_OR_STRING = re.compile(r"""[()]|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\"""")


def latest(name: str, text: str) -> str | None:
    """The signature of a function that stands last in a text, as `def name(…)`; None if there is none."""
    found = signatures(name, text)
    return found[-1] if found else None


def signatures(name: str, text: str) -> list[str]:
    """The signatures of a function that stand in a text, in order, as `def name(…)`."""
    starts = re.finditer(rf"\bdef {name}\(", text)
    inside = (_inside(text, one.end()) for one in starts)
    return [f"def {name}({one})" for one in inside if one is not None]


def _inside(text: str, start: int) -> str | None:
    """What stands behind a parenthesis that opens, up to the one that closes it; None if none does."""
    depth = 1
    for found in _PARENTHESIS_OR_STRING.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:
            return text[start : found.start()]
    return None


def calls_in(name: str, text: str) -> list[str]:
    """The calls of a function in a text of any kind, but for those with parentheses in their arguments."""
    return [found[0] for found in re.finditer(_calls_of(name), text)]


def refitted(name: str, text: str, before: str, now: str, values: Mapping[str, str]) -> str:
    """A text whose calls of a function were written by one signature, with those calls by another.

    `values` is what parameters are given that must be given and were not.
    """
    old, new = parameters(before), parameters(now)

    def fit(found: re.Match[str]) -> str:
        return found[0] if before == now else refitted_call(found[0], old, new, values)

    return re.sub(_calls_of(name), fit, text)


def refitted_call(
    text: str,
    old: Mapping[str, inspect.Parameter],
    new: Mapping[str, inspect.Parameter],
    values: Mapping[str, str],
) -> str:
    """A call that was written by the parameters `old`, by those that are `new`; as it is if it is none.

    `values` is what parameters are given that must be given and were not.
    """
    call = _call(text)
    if call is None:
        return text
    positional = dict(zip(old, (_source(text, one) for one in call.args), strict=False))
    named = {one.arg: _source(text, one.value) for one in call.keywords if one.arg}
    arguments = ", ".join(_arguments(new, positional, named, values))
    return f"{_source(text, call.func)}({arguments})"


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
    return signature_of(function).parameters


def stale_calls(texts: Mapping[str, str], path: str, name: str) -> list[str]:
    """The calls of a function, all over these files, that its definition in `path` does not take.

    Where a file is not Python the calls are those that `calls_in` finds.
    """
    trees = {p: ast.parse(text) for p, text in texts.items() if p.endswith(".py")}
    definition = next(
        node
        for node in ast.walk(trees[path])
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    signature = signature_of(definition)
    code = [
        f"{p}, line {call.lineno}: {ast.unparse(call)}"
        for p, tree in trees.items()
        for call in sorted(_calls(tree, name), key=lambda one: one.lineno)
        if not takes(signature, call)
    ]
    prose = [
        f"{p}: {one}"
        for p, text in texts.items()
        if p not in trees
        for one in calls_in(name, text)
        if (call := _call(one)) and not takes(signature, call)
    ]
    return code + prose


def _calls_of(name: str) -> str:
    return rf"(?<!def )\b{name}\([^()]*\)"


def _call(text: str) -> ast.Call | None:
    """A text as a call; None if it is none, as `f(…)` in a sentence."""
    try:
        found = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    return found if isinstance(found, ast.Call) else None


def _source(text: str, node: ast.expr) -> str:
    return ast.get_source_segment(text, node) or ast.unparse(node)


def _arguments(
    new: Mapping[str, inspect.Parameter],
    positional: Mapping[str, str],
    named: Mapping[str, str],
    values: Mapping[str, str],
) -> Iterator[str]:
    """The arguments of a call, in the order of the parameters that take them."""
    given, in_order = {**positional, **named}, True
    for name, one in new.items():
        if name in positional and in_order and one.kind is _KINDS.POSITIONAL_OR_KEYWORD:
            yield positional[name]
            continue
        in_order = False
        if name in given or (one.default is _KINDS.empty and name in values):
            yield f"{name}={given.get(name, values.get(name))}"


def _calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == name:
            yield node


def called(call: ast.Call) -> str:
    """The word by which a call calls; empty if that is no word."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def takes(signature: inspect.Signature, call: ast.Call) -> bool:
    """Whether a call fits a signature, as far as anybody can say."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(
        one.arg is None for one in call.keywords
    ):
        return True  # nobody can say
    try:
        signature.bind(*call.args, **{one.arg: one.value for one in call.keywords if one.arg})
    except TypeError:
        return False
    return True


def signature_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> inspect.Signature:
    """The signature that a function is defined with, without annotations."""
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

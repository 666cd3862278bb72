"""How scripted agents read signatures, and write calls by them."""

import ast

import pytest

from jupiter.demo.signatures import (
    called,
    parameters,
    refitted_call,
    signature_of,
    signatures,
    takes,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("def f(a, b=1): ...", ["def f(a, b=1)"], id="plain"),
        pytest.param("def f(a=(), *, b=g()):", ["def f(a=(), *, b=g())"], id="parentheses within"),
        pytest.param("def f(a)\n… def f(\n    b,\n)", ["def f(a)", "def f(\n    b,\n)"], id="two"),
        pytest.param(
            """def f(a='[)', b=")\\"("):""", ["""def f(a='[)', b=")\\"(")"""], id="in strings"
        ),
        pytest.param("def ff(a): ...\nf(1)", [], id="another's, and a call"),
        pytest.param("def f(a, (", [], id="cut off"),
    ],
)
def test_signatures_are_found_in_any_text(text: str, expected: list[str]) -> None:
    assert signatures("f", text) == expected


@pytest.mark.parametrize(
    ("call", "old", "new", "expected"),
    [
        pytest.param("f(1, 2)", "def f(a, b)", "def f(a, *, b)", "f(1, b=2)", id="named now"),
        pytest.param("x.f(1, y=2)", "def f(a, y=0)", "def f(a)", "x.f(1)", id="gone"),
        pytest.param("f(g(1))", "def f(a)", "def f(a, b)", "f(g(1), b=None)", id="one more"),
        pytest.param("f(1", "def f(a)", "def f(b)", "f(1", id="no call"),
    ],
)
def test_a_call_is_written_by_another_signature(
    call: str, old: str, new: str, expected: str
) -> None:
    assert refitted_call(call, parameters(old), parameters(new), {"b": "None"}) == expected


@pytest.mark.parametrize(
    ("call", "fits"),
    [("f(1)", True), ("f(1, b=2)", True), ("f()", False), ("f(1, 2)", False), ("f(*x)", True)],
)
def test_a_definition_takes_a_call_or_does_not(call: str, *, fits: bool) -> None:
    function = ast.parse("async def f(a, *, b=1): ...").body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    assert takes(signature_of(function), node) is fits


@pytest.mark.parametrize(("text", "word"), [("f()", "f"), ("a.b.f()", "f"), ("f()()", "")])
def test_a_call_has_a_word(text: str, word: str) -> None:
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call)
    assert called(node) == word

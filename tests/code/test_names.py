"""What one module binds and uses: scopes, bindings, uses and their places."""

import ast
import marshal
import sys
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.code.names import names_of
from jupiter.code.parse import try_parse
from jupiter.code.scopes import ANNOTATION, BASE, CALL, DECORATOR, IMPORT, LOAD, STORE, ModuleFacts
from jupiter.code.uses import (
    attribute_uses,
    import_uses,
    keyword_uses,
    name_uses,
    text_uses,
)


def facts(text: str) -> ModuleFacts:
    return names_of(ast.parse(dedent(text)))


SCOPES = {
    "a module": ("x = 1", []),
    "a function": ("def f(): ...", [("function", "f", 0)]),
    "an async function": ("async def f(): ...", [("function", "f", 0)]),
    "a class and its method": (
        "class A:\n    def f(self): ...",
        [("class", "A", 0), ("function", "f", 1)],
    ),
    "a lambda": ("lambda x: x", [("lambda", "<lambda>", 0)]),
    "a comprehension in another": (
        "[[y for y in x] for x in z]",
        [("comprehension", "<comprehension>", 0), ("comprehension", "<comprehension>", 1)],
    ),
    "a default is evaluated outside": (
        "def f(a=lambda: 1): ...",
        [("lambda", "<lambda>", 0), ("function", "f", 0)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SCOPES.values(), ids=SCOPES)
def test_the_scopes_of_a_module(text: str, expected: list[tuple[str, str, int]]) -> None:
    found = [(scope.kind, scope.name, scope.parent) for scope in facts(text).scopes]
    assert found == [("module", "", -1), *expected]


JOB = ("call", "Job", ())

BINDINGS = {
    "an import": ("import a.b", 0, {"a": ("import", 1, 7, "a.b", False)}),
    "an import under another name": ("import a.b as c", 0, {"c": ("import", 1, 7, "a.b", True)}),
    "an import from": ("from ..a import b as c", 0, {"c": ("from", 1, 16, 2, "a", "b")}),
    "a star": ("from a import *", 0, {"*": ("from", 1, 14, 0, "a", "*")}),
    "a function": ("def f(): ...", 0, {"f": ("function", 1, 4, 1)}),
    "a decorated async function": ("@d\nasync def f(): ...", 0, {"f": ("function", 2, 10, 1)}),
    "a class": ("class A: ...", 0, {"A": ("class", 1, 6, 1)}),
    "an assignment": ("x = Job()", 0, {"x": ("value", 1, 0, JOB)}),
    "a chain": ("x = y = 1", 0, {"x": ("value", 1, 0, ("constant", "int"))}),
    "unpacking": ("a, (b, *c) = x", 0, {"b": ("value", 1, 4, ("part", ("part", "x", 1), 0))}),
    "an annotation": ("x: A = Job()", 0, {"x": ("declared", 1, 0, "A", JOB)}),
    "an annotation without a value": ("x: A", 0, {"x": ("declared", 1, 0, "A", None)}),
    "a loop": ("for x in y: ...", 0, {"x": ("value", 1, 4, ("element", "y"))}),
    "with": ("with f() as x: ...", 0, {"x": ("value", 1, 12, ("entered", ("call", "f", ())))}),
    "except": (
        "try: ...\nexcept E as e: ...",
        0,
        {"e": ("value", 2, 0, ("caught", "E"))},
    ),
    "a walrus": ("(x := y)", 0, {"x": ("value", 1, 1, "y")}),
    "a walrus in a comprehension binds outside": (
        "[x := y for y in z]",
        0,
        {"x": ("value", 1, 1, ("element", ("within", 1, "y")))},
    ),
    "a comprehension": ("[x for x in y]", 1, {"x": ("value", 1, 7, ("element", "y"))}),
    "match": (
        "match v:\n  case [a, *b]: ...\n  case {1: c, **d}: ...\n  case A(e) as f: ...",
        0,
        {
            "a": ("value", 2, 8, None),
            "b": ("value", 2, 11, None),
            "c": ("value", 3, 11, None),
            "d": ("value", 3, 7, None),
            "e": ("value", 4, 9, None),
            "f": ("value", 4, 7, None),
        },
    ),
    "parameters": (
        "def f(a: A, /, b=1, *c, d=2, **e): ...",
        1,
        {
            "a": ("parameter", 1, 6, "A", None, 0),
            "b": ("parameter", 1, 15, None, ("constant", "int"), 1),
            "c": ("parameter", 1, 21, None, None, -1),
            "d": ("parameter", 1, 24, None, ("constant", "int"), -3),
            "e": ("parameter", 1, 31, None, None, -2),
        },
    ),
    "global and nonlocal": (
        "def f():\n  global a\n  nonlocal b",
        1,
        {"a": ("global", 2, 2), "b": ("outer", 3, 2)},
    ),
    "slots": ("class A:\n  __slots__ = ('a',)", 1, {"a": ("slot", 2, 16)}),
}


@pytest.mark.parametrize(("text", "scope", "expected"), BINDINGS.values(), ids=BINDINGS)
def test_what_is_bound(text: str, scope: int, expected: dict[str, tuple[object, ...]]) -> None:
    bindings = facts(text).scopes[scope].bindings
    assert {name: bindings[name] for name in expected} == {n: [b] for n, b in expected.items()}


@pytest.mark.parametrize("text", ["def f[T: A](): ...", "class f[T: A]: ..."])
def test_a_type_parameter_is_bound_inside_where_the_python_that_runs_knows_it(text: str) -> None:
    if sys.version_info < (3, 12):
        assert try_parse(text) is None
        return
    ((kind, line, _, bound, value),) = facts(text).scopes[1].bindings["T"]
    assert (kind, line, bound, value) == ("declared", 1, "A", None)


def test_a_name_that_is_bound_twice_has_both() -> None:
    kinds = [binding[0] for binding in facts("def f(): ...\nf = d(f)").scopes[0].bindings["f"]]
    assert kinds == ["function", "value"]


def test_what_methods_assign_to_self_belongs_to_the_class() -> None:
    scope = facts(
        """\
        class A:
            def f(me, x):
                me.a = x
                me.b: B = x
                x.c = 1
                me.d.e = 1
            @staticmethod
            def g(me): me.h = 1
        """
    ).scopes[1]
    assert scope.members == {
        "a": [("value", 3, 11, "x", 2)],
        "b": [("declared", 4, 11, "B", "x", 2)],
    }


def test_a_function_has_what_it_returns_and_yields() -> None:
    _, f, g, h = facts(
        """\
        def f() -> R: return a
        def g():
            yield b
            yield from c
        async def h(): return d, e
        """
    ).scopes
    assert (f.members, f.bases) == ({"return": ["R"]}, ["a"])
    assert g.members == {"yield": ["b", ("element", "c")]}
    assert (h.members, h.bases) == ({"async": []}, [("tuple", ("d", "e"))])


USES = {
    "read": ("x", "x", [(0, 1, 0, LOAD)]),
    "called": ("x()", "x", [(0, 1, 0, CALL)]),
    "assigned": ("x = 1", "x", [(0, 1, 0, STORE)]),
    "added to": ("x += 1", "x", [(0, 1, 0, STORE)]),
    "deleted": ("del x", "x", [(0, 1, 4, STORE)]),
    "a base": ("class A(x): ...", "x", [(0, 1, 8, BASE)]),
    "a decorator": ("@x\ndef f(): ...", "x", [(0, 1, 1, DECORATOR)]),
    "a decorator with arguments": ("@x(1)\ndef f(): ...", "x", [(0, 1, 1, DECORATOR)]),
    "an annotation": (
        "def f(a: x) -> x: ...",
        "x",
        [(0, 1, 9, ANNOTATION), (0, 1, 15, ANNOTATION)],
    ),
    "an annotation in quotes": ("a: 'list[x]'", "x", [(0, 1, 9, ANNOTATION)]),
    "an annotation in a raw string has no place": ("a: r'x'", "x", [(0, 1, -100_000, ANNOTATION)]),
    "quotes in a literal type": ("a: Literal['x']", "x", []),
    "quotes in a cast": ("cast('x', 1)", "x", [(0, 1, 6, ANNOTATION)]),
    "quotes that are no annotation": ("a = 'x'", "x", []),
    "an alias": ("from a import b as x", "x", [(0, 1, 19, IMPORT)]),
    "in a function": ("def f():\n  return x", "x", [(1, 2, 9, LOAD)]),
    "what a comprehension iterates over": ("[a for a in x]", "x", [(0, 1, 12, LOAD)]),
    "in an f-string": ("f'{x}'", "x", [(0, 1, 3, LOAD)]),
    "global": ("def f():\n  global a, x", "x", [(1, 2, 12, LOAD)]),
    "behind what is not ASCII": ("'äö', x", "x", [(0, 1, 8, LOAD)]),
    "a name that is not ASCII": ("a, größe", "größe", [(0, 1, 3, LOAD)]),
}


@pytest.mark.parametrize(("text", "name", "expected"), USES.values(), ids=USES)
def test_how_a_name_is_used(text: str, name: str, expected: list[tuple[int, ...]]) -> None:
    found = [tuple(use) for use in name_uses(facts(text).uses, name)]
    if sys.version_info < (3, 12) and "f'" in text:  # places in f-strings are known from 3.12 on
        assert len(found) == len(expected)
    else:
        assert found == expected


ATTRIBUTES = {
    "read": ("a.x", [(0, 1, 2, LOAD, "a")]),
    "called": ("a.b().x()", [(0, 1, 6, CALL, ("call", ("attribute", "a", "b"), ()))]),
    "assigned": ("a.x = 1", [(0, 1, 2, STORE, "a")]),
    "on another line": ("(a\n  .x)", [(0, 2, 3, LOAD, "a")]),
    "on a string": ("'äö'.x", [(0, 1, 7, LOAD, ("text", "äö"))]),
    "on what nobody knows": ("(-a).x", [(0, 1, 5, LOAD, None)]),
    "an annotation": ("b: a.x", [(0, 1, 5, ANNOTATION, "a")]),
}


@pytest.mark.parametrize(("text", "expected"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_a_member_and_its_receiver(text: str, expected: list[tuple[object, ...]]) -> None:
    assert [tuple(use) for use in attribute_uses(facts(text).uses, "x")] == expected


def test_keywords_imports_and_strings_are_uses() -> None:
    uses = facts(
        """\
        import p.x
        from ..m import x as y
        f(x=1)
        getattr(a, "x")
        patch.object(a, "x")
        patch("p.m.x")
        __all__ = ["x"]
        """
    ).uses
    assert [tuple(use) for use in keyword_uses(uses, "x")] == [(0, 3, 2, "f")]
    assert [tuple(use) for use in import_uses(uses, "x")] == [
        (0, 1, 9, 0, "p", None),
        (0, 2, 16, 2, "m", "y"),
    ]
    assert [(use.line, use.column, use.text, use.what) for use in text_uses(uses)] == [
        (4, 11, "x", "getattr"),
        (5, 16, "x", "member"),
        (6, 6, "p.m.x", "dotted"),
        (7, 11, "x", "export"),
    ]


def test_what_nests_too_deep_is_a_recursion_error() -> None:
    tree: ast.expr = ast.Name("x", ast.Load(), lineno=1, col_offset=0)
    for _ in range(10_000):
        tree = ast.Await(tree, lineno=1, col_offset=0)
    body: list[ast.stmt] = [ast.Expr(tree, lineno=1, col_offset=0)]
    with pytest.raises(RecursionError):
        names_of(ast.Module(body, []))


@given(st.sampled_from(sorted({case[0] for case in (*BINDINGS.values(), *USES.values())})))
def test_facts_are_plain_values(text: str) -> None:
    found = facts(text)
    plain = ([tuple(scope) for scope in found.scopes], tuple(found.uses))
    assert marshal.loads(marshal.dumps(plain)) == plain

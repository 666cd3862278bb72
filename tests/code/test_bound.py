"""Which names a statement binds where it stands."""

import ast

import pytest

from jupiter.code.bound import bound_names

CASES = {
    "nothing": ("f(x)[y].z = 1", []),
    "targets at any depth": ("a, (b, [*c]) = d.e = f[g] = h", ["a", "b", "c"]),
    "a definition, not what is in it": ("def f(a=b):\n    c = 1", ["f"]),
    "imports": ("import a.b, c as d", ["a", "d"]),
    "imports from a module": ("from a import b as c, d", ["c", "d"]),
    "a star binds what nobody sees": ("from a import *", []),
    "a walrus": ("f(x := 1, y=[z := 2])", ["x", "z"]),
    "loops and contexts": ("for a in b:\n    with c as d:\n        e = 1\nelse: g = 1", list("adeg")),
    "lambdas and comprehensions keep theirs": ("f(lambda a: 1, [b for b in c], {d: 1 for d in e})", []),
    "patterns": (
        "match a:\n case [b, *c]: ...\n case {1: d, **e}: ...\n case F(g, h=i) as j: ...\n case _: ...",
        list("bcdegij"),
    ),
    "all branches": ("if a:\n    b = 1\nelif c:\n    b = 2\nelse:\n    d = 3", ["b", "b", "d"]),
}  # fmt: skip


@pytest.mark.parametrize(("source", "names"), CASES.values(), ids=CASES.keys())
def test_names_are_told_in_source_order(source: str, names: list[str]):
    [node] = ast.parse(source).body
    assert list(bound_names(node)) == names


def test_a_statement_that_nests_deep_is_no_matter():
    node = ast.Expr(ast.NamedExpr(ast.Name("x", ast.Store()), ast.Constant(1)))
    for _ in range(50_000):
        node = ast.Expr(ast.UnaryOp(ast.USub(), node.value))
    assert list(bound_names(node)) == ["x"]

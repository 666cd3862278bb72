"""The quick rendering of a header is the one that `ast.unparse` gives."""

import ast
import copy
import sysconfig
from pathlib import Path

import pytest

from jupiter.code.header import header
from jupiter.code.parse import try_parse

HEADERS = [
    "def f(): ...",
    "def f(a, /): ...",
    "def f(a, b=1, /, c=2, *d, e, g=3, **h): ...",
    "def f(a=-1, b=..., c=b'x', d=1.5, e=u'x', f=f'{x}', g='\\n\\'', h=(), i=(1,), j=True): ...",
    "def f(*, a: int, b: 'A' = None): ...",
    "def f(*a: *Ts, **k: P.kwargs) -> a.b.C[d, e]: ...",
    "def f(a: int | None = 0x10, b=1j, c=1e999): ...",
    "@a\n@a.b\n@a.b.c(d=1)\n@(yield)\ndef f() -> None: ...",
    "def f(a=lambda x: (y := x), b={**c}, d=[*e]) -> 'x': ...",
    "async def f(a): ...",
    "class A: ...",
    "@d\nclass A(B, *C, metaclass=D, **E): ...",
]


def unparsed(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    node = copy.copy(node)
    node.body = []
    return ast.unparse(node).strip().removesuffix(":")


@pytest.mark.parametrize("source", HEADERS)
def test_a_header_reads_as_unparsed(source: str):
    [node] = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    assert header(node) == unparsed(node)


def test_headers_of_the_standard_library_read_as_unparsed():
    folder = Path(sysconfig.get_paths()["stdlib"])
    trees = [try_parse(path.read_bytes()) for path in sorted(folder.glob("*.py"))]
    nodes = [
        node
        for tree in trees
        if tree
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert len(nodes) > 5000
    assert [n.name for n in nodes if header(n) != unparsed(n)] == []

"""Lines that expect to fail: in a `try` that catches it, under `pytest.raises`, behind a test of versions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from jupiter.model.finding import FindingKind

_ALL: frozenset[FindingKind] = frozenset(
    {"name", "import", "export", "attribute", "call", "abstract"}
)
_CAUGHT: Mapping[str, frozenset[FindingKind]] = MappingProxyType(
    {
        "NameError": frozenset({"name"}),
        "ImportError": frozenset({"import", "attribute"}),
        "ModuleNotFoundError": frozenset({"import"}),
        "AttributeError": frozenset({"attribute"}),
        "TypeError": frozenset({"call", "abstract"}),
        "Exception": _ALL,
        "BaseException": _ALL,
    }
)
_EXPECTING = frozenset({"raises", "suppress", "assertRaises", "assertRaisesRegex", "warns"})
_TESTING = re.compile(
    r"hasattr|TYPE_CHECKING|version_info|PY2|PY3|platform|os\.name|implementation|__debug__"
)
_SKIPPED = re.compile(r"\b(xfail|skip|skipif|expectedFailure|no_type_check)\b")
_SAID = re.compile(rb"#\s*(type:\s*ignore|noqa|pyright:|pylint:)")
"""Comments by which the author says that a checker is wrong about a line, or right and not heeded."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The parts of one file in which some kinds of findings are expected."""

    parts: Sequence[tuple[int, int, frozenset[FindingKind]]]
    lines: Sequence[bytes]

    def expect(self, kind: FindingKind, first: int, last: int) -> bool:
        """Whether a finding on these lines (from 1) is none."""
        if any(kind in kinds and begin <= first <= end for begin, end, kinds in self.parts):
            return True
        return any(_SAID.search(line) for line in self.lines[first - 1 : last])


def guards_of(tree: ast.Module, lines: Sequence[bytes]) -> Guards:
    """The guards of a file."""
    return Guards([part for node in ast.walk(tree) for part in _parts(node)], lines)


def _parts(node: ast.AST) -> Iterator[tuple[int, int, frozenset[FindingKind]]]:
    match node:
        case ast.Try(body=body, handlers=handlers) | ast.TryStar(body=body, handlers=handlers):
            kinds = frozenset[FindingKind]().union(*(_caught(one) for one in handlers))
            yield *_lines(body), kinds
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            if any(_expects(item.context_expr) for item in items):
                yield *_lines(body), _ALL
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            if _TESTING.search(ast.unparse(test)):
                yield node.lineno, node.end_lineno or node.lineno, _ALL
        case ast.BoolOp() | ast.Assert():
            if _TESTING.search(ast.unparse(node)):
                yield node.lineno, node.end_lineno or node.lineno, _ALL
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            if any(_SKIPPED.search(ast.unparse(one)) for one in node.decorator_list):
                yield node.lineno, node.end_lineno or node.lineno, _ALL
        case _:
            pass


def _caught(handler: ast.ExceptHandler) -> frozenset[FindingKind]:
    if handler.type is None:
        return _ALL
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset[FindingKind]().union(
        *(_CAUGHT.get(ast.unparse(one).rpartition(".")[2], frozenset()) for one in names)
    )


def _expects(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _EXPECTING
        case _:
            return False


def _lines(body: Sequence[ast.stmt]) -> tuple[int, int]:
    return body[0].lineno, body[-1].end_lineno or body[-1].lineno

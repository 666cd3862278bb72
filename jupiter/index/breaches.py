"""What is broken in one file: names, imports, `__all__`, attributes, calls, abstract classes."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import NamedTuple

from jupiter.code.lines import split_lines
from jupiter.code.parse import try_parse
from jupiter.code.scopes import IMPORT, STORE
from jupiter.code.uses import name_uses, text_uses
from jupiter.index.calling import Calling
from jupiter.index.closed import is_dynamic, module_is_closed
from jupiter.index.codebase import Codebase
from jupiter.index.guards import guards_of
from jupiter.index.having import Having
from jupiter.index.importing import broken_imports
from jupiter.model.finding import FindingKind

_EVERYWHERE = frozenset(
    {
        *("__file__", "__name__", "__doc__", "__spec__", "__loader__", "__package__", "__path__"),
        *("__builtins__", "__annotations__", "__dict__", "__class__", "__module__", "__qualname__"),
        *("__debug__", "reveal_type", "reveal_locals", "WindowsError", "ExceptionGroup"),
        *("BaseExceptionGroup", "PythonFinalizationError", "_"),
    }
)
"""Names that are there without being bound, in some Python, or by `gettext.install`."""


class Breach(NamedTuple):
    """A place that is broken, and the name that it says."""

    line: int
    column: int
    name: str
    kind: FindingKind
    message: str


class Sources:
    """The files of a codebase as the checks read them."""

    def __init__(self, codebase: Codebase, before: Codebase | None) -> None:
        self.codebase = codebase
        self.before = before
        self.having = Having(codebase, before)
        self.calling = Calling(codebase)


def breaches(sources: Sources, path: str) -> Iterator[Breach]:
    """What is broken in a file; a class is asked for what it was before, if that is known."""
    data = sources.codebase.texts[path]
    tree = try_parse(data)
    if tree is None or path.endswith(".pyi"):
        return
    guards = guards_of(tree, split_lines(data))
    for one, last in _every(sources, path, tree):
        if not guards.expect(one.kind, one.line, last):
            yield one


def _every(sources: Sources, path: str, tree: ast.Module) -> Iterator[tuple[Breach, int]]:
    """All breaches of a file, each with the last line that it stands on."""
    codebase = sources.codebase
    for line, column, name, message in broken_imports(codebase, path, sources.before):
        yield Breach(line, column, name, "import", message), line
    for one in (*_names(sources, path, tree), *_exports(codebase, path)):
        yield one, one.line
    for line, column, name, message in sources.having.missing(path):
        yield Breach(line, column, name, "attribute", message), line
    calls = sources.calling.calls(path, tree)
    for node, name, message in sources.calling.misfits(calls):
        place = (node.lineno, node.col_offset)
        yield Breach(*place, name, "call", message), node.end_lineno or node.lineno
    for node, name, message in sources.calling.abstract(path, tree, calls, sources.before):
        place = (node.lineno, node.col_offset)
        yield Breach(*place, name, "abstract", message), node.lineno


def _names(sources: Sources, path: str, tree: ast.Module) -> Iterator[Breach]:
    """Names that nothing binds; where more may be bound at run time, those that the module bound before."""
    codebase, before = sources.codebase, sources.before
    scopes = codebase.scoping.scopes(path)
    is_open = "*" in scopes[0].bindings or is_dynamic(codebase, path)
    is_known = before is not None and path in before.modules.names
    bound = before.scoping.scopes(path)[0].bindings if before is not None and is_known else {}
    declared = {name for one in scopes for name, b in one.bindings.items() if b[0][0] == "global"}
    real = {(n.lineno, n.col_offset) for n in ast.walk(tree) if isinstance(n, ast.Name)}
    for name in codebase.uses(path).names:
        if name in _EVERYWHERE or name in declared or hasattr(builtins, name):
            continue
        if is_open and name not in bound:
            continue
        for scope, line, column, how in name_uses(codebase.uses(path), name):
            is_use = how not in {STORE, IMPORT} and (line, column) in real
            if is_use and codebase.scoping.home(path, scope, name) is None:
                yield Breach(line, column, name, "name", f"{name} is not defined")


def _exports(codebase: Codebase, path: str) -> Iterator[Breach]:
    """Names in `__all__` that the module does not have."""
    if not module_is_closed(codebase, path):
        return
    for use in text_uses(codebase.uses(path)):
        if use.what == "export" and use.text.isidentifier():
            bound = codebase.scoping.scopes(path)[0].bindings
            if use.text not in bound and not codebase.scoping.exports(path, use.text):
                message = f"__all__ lists {use.text}, which the module does not have"
                yield Breach(use.line, use.column, use.text, "export", message)

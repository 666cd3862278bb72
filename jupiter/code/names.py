"""One walk over a module's syntax tree that collects its scopes, bindings and uses of names."""

from __future__ import annotations

import ast
from types import MethodType

from jupiter.code.expressions import EXPRESSIONS
from jupiter.code.scopes import ModuleFacts
from jupiter.code.statements import STATEMENTS, Statements
from jupiter.code.targets import TARGETS

_VISITORS = {**TARGETS, **EXPRESSIONS, **STATEMENTS}


def names_of(tree: ast.Module) -> ModuleFacts:
    """The scopes and uses of a module. Raises RecursionError for what nests too deep."""
    walk = Statements()
    walk.visit.update((kind, MethodType(visitor, walk)) for kind, visitor in _VISITORS.items())
    walk.open("module", "", 1, 0, parent=-1)
    walk.body(tree.body)
    return ModuleFacts(walk.scopes, walk.uses)

"""The names that a statement binds where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef

COMPOUND = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith),
    *(ast.Try, ast.TryStar, ast.Match),
)
"""The statements that hold statements."""

_OWN_SCOPE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound_names(node: ast.AST) -> Iterator[str]:
    """Names that a statement, or a part of one, binds, in source order, as often as it binds them.

    What functions, classes and comprehensions bind inside is theirs. The walk is lazy: the first
    name costs nothing but the way to it.
    """
    pending = [node]
    while pending:
        match pending.pop():
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() as definition:
                yield definition.name
            case ast.Import(names=names):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name for alias in names if alias.name != "*")
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case inner if not isinstance(inner, _OWN_SCOPE):
                pending.extend(reversed(list(ast.iter_child_nodes(inner))))
            case _:
                pass

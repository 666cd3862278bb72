"""What others can rely on of a symbol, as normalised text: it differs when a caller may care.

Bodies, comments, docstrings, formatting and the values of constants do not matter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from jupiter.code.bound import COMPOUND, bound_names
from jupiter.code.header import header
from jupiter.code.lines import split_mark
from jupiter.code.parse import UNPARSABLE, try_parse
from jupiter.code.piece import Kind, Piece
from jupiter.code.python import is_docstring, is_placeholder
from jupiter.code.skeleton import parse_head, parse_tile
from jupiter.code.tiles import Tile, is_python, pieces_of


def interfaces(path: str, data: bytes) -> dict[str, str]:
    """The interface of every symbol of a Python file by its tile's name; empty for other files.

    Imports, docstrings and comments have none; that of a statement that binds nothing is empty.
    """
    tree = try_parse(data) if is_python(path) else None
    if tree is None:
        return {}
    _, lines = split_mark(data)
    return interfaces_of(pieces_of(path, data, lines, tree))


def interfaces_of(pieces: Iterable[Piece]) -> dict[str, str]:
    """The interfaces of the symbols that are cut from one Python file, by their names."""
    found: dict[str, str] = {}
    for piece in pieces:
        last = piece.nodes[-1].end_lineno if piece.nodes else None
        whole = last is not None and last <= piece.end
        text = _interface(piece.kind, piece.nodes, is_member=bool(piece.container), whole=whole)
        if text is not None:
            found[piece.name] = text
    return found


def interface_of(tile: Tile) -> str | None:
    """The interface that one tile's text has alone; None when it has none or does not parse."""
    parse = parse_head if tile.kind == "class" else parse_tile
    try:
        nodes = parse(tile.text, is_member=bool(tile.container))
    except UNPARSABLE:
        return None
    return _interface(tile.kind, nodes, is_member=bool(tile.container), whole=True)


def _interface(
    kind: Kind, nodes: Sequence[ast.stmt], *, is_member: bool, whole: bool
) -> str | None:
    """`whole` says that a class's members have no tiles of their own."""
    if kind not in ("function", "class", "statement"):
        return None
    try:
        if kind == "class" and not whole:
            return "\n".join(header(node) for node in nodes if isinstance(node, ast.ClassDef))
        texts = [text for node in nodes for text in _texts(node, is_member=is_member)]
    except (RecursionError, ValueError):  # nests too deep, or has an integer too long to print
        return None
    return "\n".join(dict.fromkeys(texts))


def _texts(node: ast.AST, *, is_member: bool) -> Iterator[str]:
    """The interfaces of what a statement defines, at any depth but in functions."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield header(node)
        case ast.ClassDef():
            members = [n for n in node.body if not is_docstring(n) and not is_placeholder(n)]
            texts = [text for member in members for text in _texts(member, is_member=True)]
            yield "\n    ".join([header(node), *(t.replace("\n", "\n    ") for t in texts)])
        case ast.AnnAssign(target=ast.Name(id=name)) if name != "__all__":
            # whether a field has a default is part of the constructor that a dataclass gets
            default = " = ..." if is_member and node.value else ""
            yield f"{name}: {ast.unparse(node.annotation)}{default}"
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign() if _is_exports(node):
            yield _exports(node)
        case _ if isinstance(node, (*COMPOUND, ast.ExceptHandler, ast.match_case)):
            for child in ast.iter_child_nodes(node):
                yield from _texts(child, is_member=is_member)
        case _:
            yield from bound_names(node)


def _is_exports(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def _exports(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> str:
    """What a statement about `__all__` exports; the order of the names does not matter."""
    sign = "+=" if isinstance(node, ast.AugAssign) else "="
    match node.value:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return f"__all__ {sign} [{', '.join(sorted(ast.unparse(item) for item in items))}]"
        case None:
            return "__all__"
        case value:
            return f"__all__ {sign} {ast.unparse(value)}"

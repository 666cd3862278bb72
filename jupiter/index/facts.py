"""What one file tells of itself, from one parse: its outline, its scopes, its uses of names.

Facts depend on a file's ending and bytes alone, and are plain values that `marshal` writes, so that
they can be computed in another process and kept for the next run. Each part is unpacked only when it
is asked for.
"""

from __future__ import annotations

import ast
import marshal
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from jupiter.code.imports import Import, imports_in
from jupiter.code.interfaces import interfaces_of
from jupiter.code.lines import split_mark
from jupiter.code.names import names_of
from jupiter.code.parse import try_parse
from jupiter.code.piece import Kind
from jupiter.code.scopes import ModuleFacts, Names, Scope
from jupiter.code.tiles import is_python, pieces_of

File = tuple[str, bytes]
"""A file's ending, `.py`, and its bytes."""

_NOTHING: dict[str, list[Any]] = {}
_NONE: list[Any] = []
_EMPTY = ModuleFacts([Scope("module", "", -1, 1, 0, {}, {}, [], [], {})], Names({}, {}, {}, {}, []))


class Facts(NamedTuple):
    """The parts of one file's facts, packed."""

    outline: bytes
    scopes: bytes
    uses: bytes


class Outline(NamedTuple):
    """A file's tiles in order, its imports, and the interfaces of its symbols by their names."""

    lines: int
    symbols: tuple[str, ...]
    kinds: tuple[Kind, ...]
    gap_lines: tuple[int, ...]
    """The line, from 1, on which each tile's gap begins; the tile ends where the next gap begins."""
    text_lines: tuple[int, ...]
    """The line, from 1, on which each tile's text begins."""
    imports: tuple[Import, ...]
    interfaces: dict[str, str]


def ending_of(path: str) -> str:
    """The part of a path that decides how a file is read."""
    return PurePosixPath(path).suffix


def facts_of(ending: str, data: bytes) -> Facts:
    """All that is known of a file by itself; of what does not parse there are no names."""
    path = f"file{ending}"
    tree = try_parse(data) if is_python(path) else None
    names = _names(tree)
    return Facts(
        outline=marshal.dumps(tuple(_outline(path, data, tree))),
        scopes=pack_scopes(names.scopes),
        uses=marshal.dumps(tuple(names.uses)),
    )


def names_of_file(data: bytes) -> ModuleFacts:
    """The names of one Python file; none when it does not parse."""
    return _names(try_parse(data))


def unpack_outline(packed: bytes) -> Outline:
    """What `Facts.outline` holds."""
    return Outline(*marshal.loads(packed))  # noqa: S302 # our own bytes, held by a checksum


def pack_scopes(scopes: Iterable[Scope]) -> bytes:
    """Scopes as bytes."""
    return marshal.dumps(
        [
            (
                *(scope.kind, scope.name, scope.parent, scope.line, scope.column),
                *(scope.bindings or None, scope.narrowed or None),
                *(scope.decorators or None, scope.bases or None, scope.members or None),
            )
            for scope in scopes
        ]
    )


def unpack_scopes(packed: bytes) -> list[Scope]:
    """What `Facts.scopes` holds; what is empty, as most parts are, is shared and never written to."""
    return [
        Scope(
            *(kind, name, parent, line, column),
            *(bindings or _NOTHING, narrowed or _NOTHING),
            *(decorators or _NONE, bases or _NONE, members or _NOTHING),
        )
        for kind, name, parent, line, column, bindings, narrowed, decorators, bases, members in (
            marshal.loads(packed)  # noqa: S302 # our own bytes, held by a checksum
        )
    ]


def unpack_uses(packed: bytes) -> Names:
    """What `Facts.uses` holds."""
    return Names(*marshal.loads(packed))  # noqa: S302 # our own bytes, held by a checksum


def facts_of_all(files: Sequence[File]) -> list[Facts]:
    """The facts of many files, in their order.

    They are computed on a stack of their own: how deep a file may nest before it counts as one that
    cannot be read must not depend on who asks.
    """
    with ThreadPoolExecutor(1) as stack:
        return stack.submit(lambda: [facts_of(*file) for file in files]).result()


def key_of(ending: str, data: bytes) -> bytes:
    """What facts are found again by: the same for the same content, Python and Jupiter."""
    return sha256(b"%d%s\0%b" % (facts_format(), ending.encode(), data)).digest()


@cache
def facts_format() -> int:
    """A number that changes with the code that makes facts, and with the Python that runs it."""
    digest = sha256(sys.version.encode())
    for source in [*sorted((Path(__file__).parents[1] / "code").glob("*.py")), Path(__file__)]:
        digest.update(source.read_bytes())
    return int.from_bytes(digest.digest()[:4], "big") >> 1


def _outline(path: str, data: bytes, tree: ast.Module | None) -> Outline:
    _, lines = split_mark(data)
    pieces = pieces_of(path, data, lines, tree)
    return Outline(
        lines=len(lines),
        symbols=tuple([piece.name for piece in pieces]) or ("",),
        kinds=tuple([piece.kind for piece in pieces]) or ("file",),
        gap_lines=tuple([piece.top + 1 for piece in pieces]) or (1,),
        text_lines=tuple([piece.start + 1 for piece in pieces]) or (1,),
        imports=imports_in(tree) if tree is not None and b"import" in data else (),
        interfaces=interfaces_of(pieces) if tree is not None else {},
    )


def _names(tree: ast.Module | None) -> ModuleFacts:
    if tree is None:
        return _EMPTY
    try:
        return names_of(tree)
    except RecursionError:
        return _EMPTY

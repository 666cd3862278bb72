"""Where prose names a symbol: documentation, docstrings, comments, entry points.

A dotted name that resolves is likely meant; a bare name only in a role or a directive of Sphinx, and
only if no other definition of the kind that these name bears it.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from jupiter.code.lines import split_lines
from jupiter.index.class_names import says_its_name
from jupiter.index.codebase import Codebase
from jupiter.index.values import Place
from jupiter.model.reference import DefinitionKind, Reference, ReferenceKind

_PROSE = (".md", ".rst", ".txt")
_SETTINGS = ("pyproject.toml", "setup.cfg", "setup.py")
_ROLES: Mapping[str, frozenset[DefinitionKind]] = MappingProxyType(
    {
        "func": frozenset({"function"}),
        "meth": frozenset({"method", "property"}),
        "class": frozenset({"class"}),
        "attr": frozenset({"attribute", "property"}),
        "exc": frozenset({"class"}),
        "data": frozenset({"constant", "attribute"}),
        "const": frozenset({"constant", "attribute"}),
        "obj": frozenset({"function", "method", "class", "attribute", "property", "constant"}),
    }
)
"""The roles of Sphinx, and what they name; a directive has the name of one, or begins with it."""
_ROLE = rb":(?:py:)?(%s):`(?:[^`<]*<)?[~.!]?" % "|".join(_ROLES).encode()
_DIRECTIVE = rb"^\s*\.\. (?:py:)?(?:auto)?(func|meth|class|attr|exc|data)[a-z]*::\s+"

_HISTORY = re.compile(
    r"(?:.*/)?(?:change|changes|changelog|history|news|release)[^/]*$", re.IGNORECASE
)
"""What tells how things were called at the time: it stays as it is."""


class _Span(NamedTuple):
    """A piece of prose on one line: its line from 1, its first column, its bytes."""

    line: int
    column: int
    text: bytes


def mentions(
    codebase: Codebase, places: frozenset[Place], name: str, paths: Iterable[str] | None = None
) -> Iterator[Reference]:
    """References to any of `places`, all called `name`, that no syntax tree has; in `paths` if given."""
    search = _Search(codebase, places, name)
    for path in codebase.texts if paths is None else paths:
        if path.endswith((*_PROSE, *_SETTINGS, ".py", ".pyi")) and not _HISTORY.match(path):
            yield from search.file(path)


class _Search:
    def __init__(self, codebase: Codebase, places: frozenset[Place], name: str) -> None:
        self._codebase = codebase
        self._places = places
        self._symbols = {codebase.symbol(place): place for place in places}
        own = re.escape(name.encode())
        above = b"*" if any(_is_topmost(codebase, place) for place in places) else b"+"
        chain = rb"(?<![\w.])((?:[^\W\d]\w*[.:])%b)(%b)(?!\w)((?:[.:][^\W\d]\w*)*)"
        self._chain = re.compile(chain % (above, own))
        self._role = re.compile(
            rb"(?:" + _ROLE + rb"|" + _DIRECTIVE + rb")(" + own + rb")(?!\w)", re.MULTILINE
        )
        self._roles = frozenset(self._unambiguous(name))
        classes = [place for symbol, place in self._symbols.items() if self._is_class(symbol)]
        self._class = min(classes, key=str, default=None)
        self._is_said = self._class is not None and says_its_name(codebase, self._class)
        self._quoted = re.compile(rb"(['\"])(" + own + rb")\1")

    def _unambiguous(self, name: str) -> Iterator[str]:
        """The roles that can only mean one of the places when they say the bare name."""
        same = {
            symbol: one.kind
            for symbol, one in self._codebase.definitions.items()
            if _leaf(symbol) == name
        }
        for role, kinds in _ROLES.items():
            meant = {symbol for symbol, kind in same.items() if kind in kinds}
            if meant and meant <= set(self._symbols):
                yield role

    def file(self, path: str) -> Iterator[Reference]:
        text = self._codebase.texts[path]
        if not any(p.search(text) for p in (self._chain, self._role, self._quoted)):
            return
        kind: ReferenceKind = "entry_point" if path.endswith(_SETTINGS) else "doc"
        for span in _prose(path, text):
            for found in self._chain.finditer(span.text):
                before, said, rest = (found[n].decode(errors="replace") for n in (1, 2, 3))
                place = self._meant(before, said, path) if before or rest else None
                if place is not None and self._goes_on(place, rest):
                    yield self._reference(path, span, found.start(2), place, kind)
            for found in self._role.finditer(span.text):
                if (found[1] or found[2]).decode() in self._roles:
                    place = min(self._places, key=str)
                    yield self._reference(path, span, found.start(3), place, kind)
            if self._class is not None and path.endswith(".py"):
                for found in self._quoted.finditer(span.text):
                    yield self._name_of_class(path, span, found.start(2), self._class)

    def _is_class(self, symbol: str) -> bool:
        one = self._codebase.definitions.get(symbol)
        return one is not None and one.kind == "class"

    def _name_of_class(self, path: str, span: _Span, at: int, place: Place) -> Reference:
        """A string that is a class's name: something may compare it with `__name__`."""
        symbol = self._codebase.symbol(place)
        column = span.column + at
        return Reference(
            path, span.line, column, symbol, "string", "possible", by_convention=self._is_said
        )

    def _meant(self, chain: str, name: str, path: str) -> Place | None:
        dotted = chain.replace(":", ".") + name
        for place in self._codebase.dotted(dotted, path):
            if place in self._places:
                return place
        for symbol, place in self._symbols.items():
            qualified = symbol.rpartition(":")[2]
            if "." in qualified and dotted == qualified and self._is_only(qualified):
                return place
        return None

    def _goes_on(self, place: Place, rest: str) -> bool:
        return place.scope >= 0 or self._codebase.leads_on(place.path, rest)

    def _is_only(self, qualified: str) -> bool:
        ending = f":{qualified}"
        return sum(one.endswith(ending) for one in self._codebase.definitions) == 1

    def _reference(
        self, path: str, span: _Span, at: int, place: Place, kind: ReferenceKind
    ) -> Reference:
        symbol = self._codebase.symbol(place)
        return Reference(path, span.line, span.column + at, symbol, kind, "likely")


def _is_topmost(codebase: Codebase, place: Place) -> bool:
    """Whether nothing stands before the name of a place in its dotted name."""
    return place.scope < 0 and "." not in codebase.modules.names[place.path]


def _leaf(symbol: str) -> str:
    return symbol.rpartition(":")[2].rpartition(".")[2]


def _prose(path: str, data: bytes) -> Iterator[_Span]:
    if not path.endswith((".py", ".pyi")) or path.endswith("setup.py"):
        for number, line in enumerate(split_lines(data), start=1):
            yield _Span(number, 0, line)
        return
    lines = split_lines(data)
    for token in _tokens(data):
        if token.type != tokenize.COMMENT and "STRING" not in tokenize.tok_name[token.type]:
            continue
        (first, start), (last, end) = token.start, token.end
        for number in range(first, min(last, len(lines)) + 1):
            line = lines[number - 1]
            text = line.decode(errors="surrogateescape")
            low = len(text[:start].encode(errors="surrogateescape")) if number == first else 0
            high = len(text[:end].encode(errors="surrogateescape")) if number == last else len(line)
            yield _Span(number, low, line[low:high])


def _tokens(data: bytes) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a file, as far as it can be cut into them."""
    tokens = tokenize.tokenize(io.BytesIO(data).readline)
    while True:
        try:
            yield next(tokens)
        except (StopIteration, SyntaxError, tokenize.TokenError):
            return

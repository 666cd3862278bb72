"""Who refers to a symbol: the uses of its name in the files that have it, each resolved on its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from jupiter.code.lines import split_lines
from jupiter.code.scopes import (
    ANNOTATION,
    BASE,
    CALL,
    DECORATOR,
    IMPORT,
    LOAD,
    STORE,
    Expr,
    Names,
)
from jupiter.code.uses import (
    ImportUse,
    TextUse,
    attribute_uses,
    import_uses,
    keyword_uses,
    name_uses,
    text_uses,
)
from jupiter.index.codebase import Codebase
from jupiter.index.members import takes_fields
from jupiter.index.receivers import Meant
from jupiter.index.values import Class, External, Place
from jupiter.model.reference import Certainty, Reference, ReferenceKind

_KINDS: dict[int, ReferenceKind] = {
    LOAD: "read",
    CALL: "call",
    STORE: "write",
    BASE: "base",
    DECORATOR: "decorator",
    ANNOTATION: "annotation",
    IMPORT: "import",
}
_LONGEST_IMPORT = 8  # lines from `from` to the last part of the module's name
_PART = re.compile(r"[^.:]+")
_RANKS: dict[Certainty, int] = {"certain": 0, "likely": 1, "possible": 2}


def references(codebase: Codebase, symbol: str) -> tuple[Reference, ...]:
    """All places that name a symbol, in order; those of its override family with their own ids.

    Raises:
        KeyError: the codebase does not define the symbol.
    """
    places = codebase.family(codebase.place(symbol))
    search = _Search(codebase, frozenset(places))
    found: set[Reference] = set()
    for place in places:
        found.update(search.definitions(place))
    name = name_of(codebase, places[0])
    for path in codebase.files_with(name):
        found.update(search.file(path, name))
    found.update(search.under_aliases())
    return tuple(sorted(_best(found)))


def users(codebase: Codebase, places: Iterable[Place], paths: Iterable[str]) -> Iterator[Reference]:
    """All places in some files that name any of many symbols, each perhaps more than once."""
    search = _Search(codebase, frozenset(places))
    names = frozenset(name_of(codebase, place) for place in search.targets)
    wanted = dict.fromkeys(paths)
    for place in search.targets:
        if place.path in wanted:
            yield from search.definitions(place)
    for path in wanted:
        for name in sorted(names & _said(codebase.uses(path))):
            yield from search.file(path, name)
    yield from search.under_aliases()


def _said(uses: Names) -> set[str]:
    """All names that a file uses, in strings too."""
    in_texts = (part for use in text_uses(uses) for part in _PART.findall(use.text))
    return {*uses.names, *uses.attributes, *uses.keywords, *uses.imported, *in_texts}


def name_of(codebase: Codebase, place: Place) -> str:
    """The identifier of a place; that of a module is the last part of its dotted name."""
    return place.name or codebase.modules.names[place.path].rpartition(".")[2]


def _best(found: Iterable[Reference]) -> Iterable[Reference]:
    """One reference a place: the one that is known best."""
    best: dict[tuple[str, int, int], Reference] = {}
    for one in sorted(found):
        key = (one.path, one.line, one.column)
        if key not in best or _rank(one) < _rank(best[key]):
            best[key] = one
    return best.values()


def _rank(one: Reference) -> tuple[int, bool]:
    return _RANKS[one.certainty], not one.by_convention


@dataclass(slots=True)
class _Search:
    codebase: Codebase
    targets: frozenset[Place]
    aliases: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    """Names that stand for a target in a file: path and name."""

    def definitions(self, place: Place) -> Iterator[Reference]:
        """Where a place is bound by `def` and `class`; names and attributes are uses as well."""
        if place.scope < 0:
            return
        cls = Class(place.path, place.scope)
        for kind, line, column, *_ in self.codebase.hierarchy.members(cls, place.name):
            if kind in {"function", "class"}:
                yield self._reference((place.path, line, column), place, "definition")

    def file(self, path: str, name: str) -> Iterator[Reference]:
        """The references in one file."""
        uses = self.codebase.uses(path)
        yield from self._names(path, name, uses)
        yield from self._imports(path, name, uses)
        yield from self._attributes(path, name, uses)
        yield from self._keywords(path, name, uses)
        for use in text_uses(uses):
            if name in use.text and use.line == use.end_line:
                yield from self._text(path, name, use)

    def under_aliases(self) -> Iterator[Reference]:
        """What is reached under another name: `from m import x as y`, then `y`."""
        for path, name in self.aliases:
            yield from self._names(path, name, self.codebase.uses(path))

    def _names(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        known: dict[int, list[Place]] = {}
        for scope, line, column, how in name_uses(uses, name):
            places = known.get(scope)
            if places is None:
                places = self._hit(self.codebase.scoping.places(path, scope, name))
                known[scope] = places
            for place in places:
                yield self._reference((path, line, column), place, _KINDS[how])

    def _imports(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        for use in import_uses(uses, name):
            found = self.codebase.scoping.imported(path, use.level, use.module, name)
            for place in self._hit(found) or self._hit(self._module(path, name, use)):
                line, column = _place(self.codebase.texts[path], use, name)
                yield self._reference((path, line, column), place, "import")
                if use.alias and use.alias != name:
                    self.aliases[path, use.alias] = None

    def _module(self, path: str, name: str, use: ImportUse) -> Iterator[Place]:
        """The module that a part of a dotted name in an import means."""
        wanted = any(place.scope < 0 for place in self.targets)
        above = self.codebase.modules.absolute(path, use.level, use.module) if wanted else None
        if above is not None:
            found = self.codebase.modules.find(f"{above}.{name}" if above else name, path)
            if found is not None:
                yield Place(found, -1, "")

    def _attributes(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        for scope, line, column, how, receiver in attribute_uses(uses, name):
            for meant in self._members(receiver, path, scope, name):
                yield self._meant((path, line, column), meant, _KINDS[how])

    def _keywords(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        """`Point(x=1)` names the field `x` of a dataclass, a NamedTuple or the like."""
        evaluator = self.codebase.evaluator
        for scope, line, column, function in keyword_uses(uses, name):
            answer = evaluator.value(function, path, scope)
            for value in answer.values:
                if not isinstance(value, Class) or not takes_fields(evaluator, value):
                    continue
                owner = self.codebase.hierarchy.owner(value, name)
                for place in self._hit([Place(owner.path, owner.scope, name)] if owner else ()):
                    certainty: Certainty = "certain" if answer.sure else "likely"
                    yield self._reference((path, line, column), place, "write", certainty)

    def _text(self, path: str, name: str, use: TextUse) -> Iterator[Reference]:
        end = use.end_column - _quotes(use)
        for text in _leading(use.text, name) if use.what == "dotted" else [use.text]:
            column = end - len(use.text.removeprefix(text).encode()) - len(name.encode())
            rest = use.text.removeprefix(text)
            for meant, kind in self._named(path, name, use._replace(text=text), rest):
                yield self._meant((path, use.line, column), meant, kind)

    def _named(
        self, path: str, name: str, use: TextUse, rest: str
    ) -> Iterator[tuple[Meant, ReferenceKind]]:
        """What a string stands for that ends in the name, or goes on with more dotted names, the `rest`."""
        if use.what == "dotted":
            yield from self._dotted(path, use.text.replace(":", "."), rest)
        elif use.text != name:
            return
        elif use.what == "export":
            for place in self._hit(self.codebase.scoping.exports(path, name)):
                yield Meant(place, "certain"), "export"
        elif use.what == "slot":
            for place in self._hit([Place(path, use.scope, name)]):
                yield Meant(place, "certain"), "string"
        else:
            answer = self.codebase.evaluator.value(use.receiver, path, use.scope)
            # what `f(x, "name")` means is a guess that must know `x`, unless `f` is `getattr`
            if use.what == "getattr" or answer.values:
                kind: ReferenceKind = "string" if use.what == "getattr" else "patch"
                for meant in self._members(use.receiver, path, use.scope, name):
                    yield meant, kind

    def _dotted(self, path: str, text: str, rest: str) -> Iterator[tuple[Meant, ReferenceKind]]:
        for place in self._hit(self.codebase.dotted(text, path)):
            if place.scope >= 0 or self.codebase.leads_on(place.path, rest):
                yield Meant(place, "likely"), "patch"
            else:
                yield Meant(place, "possible"), "string"

    def _members(self, receiver: Expr, path: str, scope: int, name: str) -> Iterator[Meant]:
        """What a member of a receiver means; what needs a convention to be known is only possible."""
        answer = self.codebase.evaluator.value(receiver, path, scope)
        typed: set[Place] | None = None
        for one in self.codebase.receivers.meant(path, answer, name, self.targets):
            if one.certainty != "likely":
                yield one
                continue
            if typed is None:
                plain = self.codebase.without_conventions.value(receiver, path, scope)
                found = self.codebase.receivers.meant(path, plain, name, self.targets)
                typed = {known.place for known in found} if plain.values else set()
            yield one if one.place in typed else Meant(one.place, "possible", by_convention=True)

    def _hit(self, places: Iterable[Place | External]) -> list[Place]:
        return [p for p in places if isinstance(p, Place) and p in self.targets]

    def _meant(self, at: tuple[str, int, int], meant: Meant, kind: ReferenceKind) -> Reference:
        one = self._reference(at, meant.place, kind, meant.certainty)
        return replace(one, by_convention=meant.by_convention)

    def _reference(
        self,
        at: tuple[str, int, int],
        place: Place,
        kind: ReferenceKind,
        certainty: Certainty = "certain",
    ) -> Reference:
        return Reference(*at, self.codebase.symbol(place), kind, certainty)


def _leading(text: str, name: str) -> Iterator[str]:
    """The beginnings of a dotted text that end in a name: of `a.b.c` for `b` it is `a.b`."""
    for found in _PART.finditer(text):
        if found[0] == name:
            yield text[: found.end()]


def _place(data: bytes, use: ImportUse, name: str) -> tuple[int, int]:
    """Where an import says a name; for a part of `a.b` in `from a.b import c` only the text tells."""
    if use.column >= 0:
        return use.line, use.column
    lines = split_lines(data)[use.line - 1 :]
    parts = [re.escape(part.encode()) for part in (*use.module.split("."), name) if part]
    white = rb"(?:[ \t\f]|\\\r?\n)*"
    dotted = (white + rb"\." + white).join([*parts[:-1], b"(" + parts[-1] + b")"])
    pattern = rb"(?<!\w)from" + white + (rb"\." + white) * use.level + dotted + rb"(?!\w)"
    text = b"".join(lines[:_LONGEST_IMPORT])
    found = re.search(pattern, text)
    if found is None:
        return use.line, -1
    above = split_lines(text[: found.start(1)])
    if above and not above[-1].endswith((b"\n", b"\r")):
        return use.line + len(above) - 1, len(above[-1])
    return use.line + len(above), 0


def _quotes(use: TextUse) -> int:
    """How many quotes stand behind a text: three when there is room for six."""
    room = use.end_column - use.column - len(use.text.encode())
    return 3 if room >= 6 else 1

"""Text → nodes: YAML's event stream, bounded in size, depth and aliases while it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from jupiter.recipe.codes import Code
from jupiter.recipe.diagnostics import Diagnostic
from jupiter.recipe.nodes import Entry, Fields, Listing, Mark, Node, Scalar
from jupiter.recipe.problems import Path, quoted
from jupiter.recipe.scalars import Ambiguous, resolve_plain
from jupiter.recipe.traps import begins, explain

LARGEST = 1024 * 1024
"""Bytes of a recipe."""
DEEPEST = 32
"""Mappings and lists within each other."""
MOST = 10_000
"""Nodes of a recipe, each alias counted as all that it stands for."""

# A comment needs a space after its `#`: without one, `fix #12` would silently be `fix`.
_EATEN = re.compile(r"[ \t]+#+[^\s#]")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Unreadable(Exception):  # noqa: N818 # it ends the reading and never leaves the room
    """The text ends here for us; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def decode(content: bytes) -> str:
    """The text of a recipe's bytes.

    Raises:
        Unreadable: it is too large, not UTF-8, or begins with a byte order mark.
    """
    if len(content) > LARGEST:
        raise _stop(Code.TOO_BIG, 0, 0, f"more than {LARGEST} bytes; expected a smaller file")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _stop(Code.UNREADABLE, 0, 0, "the file is UTF-16; save it as UTF-8")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line, column = before.count("\n"), len(before.rpartition("\n")[2])
        found = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise _stop(Code.UNREADABLE, line, column, found) from error


def read(text: str) -> tuple[Node | None, list[Diagnostic]]:
    """The document's root (None: it is empty), and what YAML allows but a recipe does not.

    Raises:
        Unreadable: the text is not YAML, or larger, deeper or longer than a recipe can be.
    """
    if text.startswith("\ufeff"):
        advice = "the file begins with a byte order mark; save it as UTF-8 without one"
        raise _stop(Code.UNREADABLE, 0, 0, advice)
    reader = _Reader(text)
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.reader.ReaderError as error:
        raise _control(text, error) from error
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(text, error) from error
    return reader.root, reader.found


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=yaml.SafeLoader)  # pyright: ignore[reportUnknownMemberType] # the stubs leave its result open


def _stop(code: Code, line: int, column: int, message: str, path: Path = ()) -> Unreadable:
    return Unreadable(Diagnostic(code, line, column, path, message))


def _not_yaml(text: str, error: yaml.MarkedYAMLError) -> Unreadable:
    context, problem = error.context or "", error.problem or ""
    mark = error.context_mark if begins(context, problem) else error.problem_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return _stop(Code.SYNTAX, *explain(text, line, column, context, problem))


def _control(text: str, error: yaml.reader.ReaderError) -> Unreadable:
    position = int(error.position)
    before = text[:position]
    line, column = before.count("\n"), len(before.rpartition("\n")[2])
    found = f"control character U+{ord(text[position]):04X}; remove it"
    return _stop(Code.UNREADABLE, line, column, found)


@dataclass(slots=True)
class _Open:
    """A mapping or list that has begun: what it holds so far, and how many nodes that is."""

    start: Mark
    anchor: str | None
    mapping: bool
    path: Path
    nodes: list[Node] = field(default_factory=list[Node])
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    key: Scalar | None = None
    dropped: bool = False  # the key is refused: its value is read and forgotten
    size: int = 1


@dataclass(slots=True)
class _Reader:
    """Folds events into nodes; the stack of open containers is the only state of the grammar."""

    text: str
    root: Node | None = None
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])
    stack: list[_Open] = field(default_factory=list[_Open])
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict[str, tuple[Node, int]])
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        """Fold one event in."""
        match event:
            case yaml.DocumentStartEvent():
                self._document(event)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.ScalarEvent():
                self._tag(event.tag, event)
                node = self._scalar(event)
                self._place(node, 1, event.anchor, node.start)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._tag(event.tag, event)
                self._open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()
            case _:
                pass

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        mark = _mark(event.start_mark)
        if self.documents > 1:
            advice = "a second document begins; expected one document a file"
            raise _stop(Code.YAML_FEATURE, mark.line, mark.column, advice)
        if event.version is not None and tuple(event.version) != (1, 2):
            advice = "recipes are YAML 1.2; remove the %YAML line"
            raise _stop(Code.YAML_FEATURE, mark.line, mark.column, advice)

    def _tag(self, tag: str | None, event: yaml.NodeEvent) -> None:
        if tag is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            advice = f"tag {quoted(shown)}; recipes have no tags: remove it"
            self._refuse(Code.YAML_FEATURE, _mark(event.start_mark), advice)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        start, end = _mark(event.start_mark), _mark(event.end_mark)
        value = resolve_plain(event.value) if event.style is None else event.value
        if isinstance(value, Ambiguous):
            self._refuse(
                Code.AMBIGUOUS, start, f"{quoted(event.value)} is ambiguous; {value.advice}"
            )
            value = event.value
        if unsafe := _UNSAFE.search(event.value):
            advice = f"control character U+{ord(unsafe[0]):04X} in the text; remove it"
            self._refuse(Code.UNREADABLE, start, advice)
        if event.style is None and event.value and _EATEN.match(self.text, end.index):
            self._refuse(Code.AMBIGUOUS, end, self._eaten(start, end))
        return Scalar(value, event.value, start, end)

    def _eaten(self, start: Mark, end: Mark) -> str:
        rest = re.split("[\r\n]", self.text[end.index : end.index + 200], maxsplit=1)[0]
        kept = self.text[start.index : end.index]
        return (
            f"{quoted(rest.strip())} would be a comment and the value {quoted(kept)}; "
            "put all of it in quotes, or a space after the # of a comment"
        )

    def _alias(self, event: yaml.AliasEvent) -> None:
        name, mark = str(event.anchor), _mark(event.start_mark)
        if name in self.anchors:
            node, size = self.anchors[name]
            self._place(node, size, None, mark)
            return
        if any(level.anchor == name for level in self.stack):
            advice = f"alias *{name} stands within what it repeats; write the value out"
        else:
            advice = f'*{name} is an alias of nothing; put it in quotes if it is text: "*{name}"'
        raise _stop(Code.YAML_FEATURE, mark.line, mark.column, advice, self._path())

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        mark, mapping = _mark(event.start_mark), isinstance(event, yaml.MappingStartEvent)
        if self._expects_key():
            raise _stop(Code.YAML_FEATURE, mark.line, mark.column, self._odd_key(), self._path())
        if len(self.stack) == DEEPEST:
            advice = f"more than {DEEPEST} lists and mappings within each other; write it flatter"
            raise _stop(Code.TOO_BIG, mark.line, mark.column, advice, self._path())
        self.stack.append(_Open(mark, event.anchor, mapping, self._path()))

    def _odd_key(self) -> str:
        if self.text[self.stack[-1].start.index :].startswith("{{"):
            return "an unquoted {{ … }} is a mapping in YAML; put the text in quotes"
        return "a list or mapping as a key; expected text, put it in quotes"

    def _close(self) -> None:
        level = self.stack.pop()
        node = (
            Fields(level.entries, level.start)
            if level.mapping
            else Listing(tuple(level.nodes), level.start)
        )
        self._place(node, level.size, level.anchor, level.start)

    def _place(self, node: Node, size: int, anchor: str | None, mark: Mark) -> None:
        """Put a finished node where it belongs; an alias counts as if it were written out."""
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.root = node
            return
        level = self.stack[-1]
        level.size += size
        if level.size + sum(outer.size for outer in self.stack[:-1]) > MOST:
            advice = f"more than {MOST} values, each alias counted as what it stands for"
            raise _stop(Code.TOO_BIG, mark.line, mark.column, advice, self._path())
        if not level.mapping:
            level.nodes.append(node)
        elif level.key is None:
            self._key(level, node)
        else:
            if not level.dropped:
                level.entries[level.key.raw] = Entry(level.key, node)
            level.key, level.dropped = None, False

    def _key(self, level: _Open, node: Node) -> None:
        if not isinstance(node, Scalar):
            advice = "an alias of a list or mapping as a key; expected text"
            start = node.start
            raise _stop(Code.YAML_FEATURE, start.line, start.column, advice, level.path)
        level.key = node
        plain = self.text[node.start.index : node.start.index + 1] not in {'"', "'"}
        if plain and node.raw == "<<":
            level.dropped = True
            advice = "merge key <<; recipes have none: write the keys out"
            self._refuse(Code.YAML_FEATURE, node.start, advice, (*level.path, node.raw))
        elif node.raw in level.entries:
            level.dropped = True
            first = level.entries[node.raw].key.start
            advice = f"key {quoted(node.raw)} stands twice; the first is on line {first.line + 1}"
            self._refuse(Code.DUPLICATE_KEY, node.start, advice, (*level.path, node.raw))
        elif not isinstance(node.value, str):
            advice = f"the key {node.raw or 'null'} is not text; put it in quotes"
            self._refuse(Code.YAML_FEATURE, node.start, advice, (*level.path, node.raw))

    def _refuse(self, code: Code, mark: Mark, message: str, path: Path | None = None) -> None:
        place = self._path() if path is None else path
        self.found.append(Diagnostic(code, mark.line, mark.column, place, message))

    def _expects_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].mapping and self.stack[-1].key is None

    def _path(self) -> Path:
        """The path of the value that is being read."""
        if not self.stack:
            return ()
        level = self.stack[-1]
        if level.mapping:
            return (*level.path, level.key.raw) if level.key is not None else level.path
        return (*level.path, len(level.nodes))


def _mark(mark: object) -> Mark:
    """A mark of PyYAML (untyped there) as ours."""
    assert isinstance(mark, yaml.Mark)  # noqa: S101 # the pure parser always gives its own marks
    return Mark(mark.index, mark.line, mark.column)

"""The scripted agents of `mended.py`: they make wrong edits, and put right what is given back to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seeds import Seed

from jupiter.demo.conversation import Conversation, Reply, call
from jupiter.model.repair import Attributed
from jupiter.model.symbol import SymbolId

_FINDING = re.compile(r"^- (\S+:.+?) \([^,()]+, line \d+\): (.*)$", re.MULTILINE)
_MORE = re.compile(r"(\w+)\(\): missing a required argument: 'zq_more'")
_KEYWORDS = (
    re.compile(r"(\w+)\(\): got an unexpected keyword argument '(\w+)'"),
    re.compile(r"(\w+)\(\): missing a required argument: 'zq_(?!more)(\w+)'"),
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong edit of one symbol; without `after` the symbol goes."""

    seed: Seed
    symbol: str
    before: str
    after: str | None
    behind: str
    broken: frozenset[str]
    """The symbols that it breaks."""

    @property
    def by(self) -> str:
        """The symbol whose owner makes it: imports are planned for nobody, somebody claims them."""
        return min(self.broken) if self.is_import else self.symbol

    @property
    def word(self) -> str:
        """The name that it is about."""
        return re.split(r"[.:]", self.seed.what.partition("(")[0])[-1]

    @property
    def is_import(self) -> bool:
        """Whether it takes a name out of the imports."""
        return self.symbol.endswith(":<imports>")

    def is_about(self, found: Attributed) -> bool:
        """Whether a finding is about it."""
        return found.symbol in self.broken or found.name == self.word

    @property
    def is_gone(self) -> bool:
        """Whether it takes something away, so that one finding is enough to have it put back."""
        return self.seed.kind not in {"arity", "keyword"}

    def is_found(self, about: Sequence[Attributed]) -> bool:
        """Whether what is found about it is all that is to be repaired: of calls each one."""
        symbols = {one.symbol for one in about}
        return bool(symbols) if self.is_gone else self.broken <= symbols

    def is_named(self, given: Mapping[str, str]) -> bool:
        """Whether something of what is given back, messages by symbol, is about it."""
        word = re.compile(rf"\b{re.escape(self.word)}\b")
        return any(symbol in self.broken or word.search(text) for symbol, text in given.items())


@dataclass(frozen=True, slots=True)
class Script:
    """What the agents of one package do, each with what it owns."""

    wrong: Sequence[Wrong]
    texts: Mapping[str, str]
    """Of all symbols, by id, as they were."""

    def __call__(self, conversation: Conversation) -> Reply:
        """Make the wrong edits, then put right what is given back, then be done."""
        back = conversation.given.partition("The result does not fit together")[2]
        for name, symbol, wanted in (
            *self._edits(conversation),
            *self._repairs(conversation, back),
        ):
            step = (name, symbol, wanted.get("text"))
            if all(step != _said(one.name, one.input) for one in conversation.calls):
                return call(name, symbol=symbol, **wanted)
        return call("done", summary="All edits are made.")

    def _edits(self, conversation: Conversation) -> Iterator[_Step]:
        for one in self.wrong:
            if _owns(conversation, one.by):
                if one.is_import:
                    yield "claim", one.symbol, {}
                if one.after is None:
                    yield "delete_symbol", one.symbol, {}
                else:
                    yield "write_symbol", one.symbol, {"text": one.after}

    def _repairs(self, conversation: Conversation, back: str) -> Iterator[_Step]:
        given: dict[str, str] = {}
        for symbol, message in _FINDING.findall(back):
            given[symbol] = f"{given.get(symbol, '')}\n{message}"
        for symbol, messages in given.items():
            text = self._adapted(symbol, messages)
            if text is not None and _owns(conversation, symbol):
                yield "write_symbol", symbol, {"text": text}
        for one in self.wrong:
            if one.is_gone and _owns(conversation, one.by) and one.is_named(given):
                if one.after is None:
                    yield "create_symbol", one.symbol, {"text": one.before, "after": one.behind}
                else:
                    yield "write_symbol", one.symbol, {"text": one.before}

    def _adapted(self, symbol: str, messages: str) -> str | None:
        """The symbol with its calls in line; None when no call of it is named."""
        more = set(_MORE.findall(messages))
        keywords = {found for one in _KEYWORDS for found in one.findall(messages)}
        edited = (one.after for one in self.wrong if one.symbol == symbol and one.after)
        text = next(edited, self.texts[symbol])
        return with_calls(text, more, keywords) if more or keywords else None


_Step = tuple[str, str, dict[str, str]]


def with_calls(text: str, more: set[str], keywords: set[tuple[str, str]]) -> str:
    """A symbol's text whose calls give one argument more, or name a keyword as it is called now.

    By the text alone: the syntax tree of Python 3.11 does not say where a call in an f-string stands.
    """
    for name in {*more, *(called for called, _ in keywords)}:
        begins = [one.end() for one in re.finditer(rf"(?<!def )\b{name}\(", text)]
        for begin in reversed(begins):
            end = _closing(text, begin)
            given = text[begin:end]
            for called, keyword in keywords:
                if called == name:
                    given = re.sub(rf"(^|[(,\s]){keyword}(?=\s*=[^=])", rf"\1zq_{keyword}", given)
            if name in more:
                before = re.sub("#.*", "", given).rstrip()
                given += ", zq_more=None" if before and before[-1] != "," else "zq_more=None"
            text = text[:begin] + given + text[end:]
    return text


def _closing(text: str, begin: int) -> int:
    """Where the parenthesis closes that is open at a place of a text."""
    depth, quote = 1, ""
    for at, character in enumerate(text[begin:], start=begin):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return at
    return len(text)


def _said(name: str, given: Mapping[str, object]) -> tuple[object, ...]:
    return name, given.get("symbol"), given.get("text")


def _owns(conversation: Conversation, symbol: str) -> bool:
    path = SymbolId.parse(symbol).path
    opening = f"{conversation.opening}\n"
    return f"\n- {symbol}\n" in opening or f"\n- {path}\n" in opening

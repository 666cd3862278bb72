"""Calls that need a signature which is new in AFTER: what they are by BEFORE's, and which a tree has so.

A function is known by the word that calls it, a constructor by its class; where several definitions have one
word, any of them may be meant. Pure.
"""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jupiter.code.parse import try_parse
from jupiter.demo.signatures import called, refitted_call, signature_of, signatures, takes
from jupiter.demo.signatures import parameters as parameters_of
from jupiter.fold.file import File
from jupiter.model.symbol import SymbolId

Files = Mapping[str, File]
_FIRST = frozenset({"self", "cls", "mcs"})
_CONSTRUCTOR = "__init__"


@dataclass(frozen=True, slots=True)
class Definition:
    """A function of a tree, as it is called: without what it is called on."""

    symbol: str
    signature: inspect.Signature


Definitions = Mapping[str, Sequence[Definition]]
"""By the word that calls them."""


@dataclass(frozen=True, slots=True)
class Needing:
    """A call of AFTER that no definition of BEFORE takes, and what it would be by BEFORE's."""

    word: str
    after: str
    before: str
    definition: str
    """The symbol that takes it in AFTER."""

    def is_known(self, text: str) -> bool:
        """Whether a text shows a signature that takes the call."""
        call = ast.parse(self.after.strip(), mode="eval").body
        assert isinstance(call, ast.Call)  # it was found as one
        return any(takes(one, call) for one in self._shown(text))

    def _shown(self, text: str) -> Iterator[inspect.Signature]:
        name = SymbolId.parse(self.definition).name.rpartition(".")[2]
        if name == _CONSTRUCTOR and f"{self.word}.{name}" not in text:
            return
        for one in signatures(name, text):
            try:
                yield _bound(inspect.Signature(list(parameters_of(one).values())))
            except SyntaxError:  # `def f(...)`, as in a sentence
                continue


def needing(before: Files, after: Files) -> dict[str, tuple[Needing, ...]]:
    """The calls in files that change, by path, that need a signature that is new."""
    old, new = definitions(before), definitions(after)
    found = {
        path: tuple(dict.fromkeys(_needing(file.text, old, new)))
        for path, file in after.items()
        if path.endswith(".py") and before.get(path) != file
    }
    return {path: calls for path, calls in found.items() if calls}


def _needing(text: bytes, old: Definitions, new: Definitions) -> Iterator[Needing]:
    source = text.decode(errors="replace")
    for call in _calls(text):
        word = called(call)
        if not old.get(word) or any(takes(one.signature, call) for one in old[word]):
            continue
        taker = next((one for one in new.get(word, ()) if takes(one.signature, call)), None)
        segment = ast.get_source_segment(source, call)
        if taker and segment:
            was = old[word][0].signature.parameters
            values = dict.fromkeys(was, "None")
            old_call = refitted_call(segment, taker.signature.parameters, was, values)
            yield Needing(word, segment, old_call, taker.symbol)


def stale(tree: Files, after: Files, calls: Mapping[str, Sequence[Needing]]) -> list[str]:
    """The calls of a tree that need a new signature and are written by the old one, by path."""
    found: list[str] = []
    for path, some in calls.items():
        now = tree[path].text.decode(errors="replace") if path in tree else ""
        then = after[path].text.decode(errors="replace")
        for one in some:
            missing = then.count(one.after) - now.count(one.after)
            found += [f"{path}: {one.before}"] * (missing if path in tree else 0)
    return found


def misfits(tree: Files) -> list[str]:
    """The calls of a tree that none of its definitions takes, by path, in order."""
    there = definitions(tree)
    return sorted(
        f"{path}: {ast.unparse(call)}"
        for path, file in tree.items()
        if path.endswith(".py")
        for call in _calls(file.text)
        if (known := there.get(called(call)))
        and not any(takes(one.signature, call) for one in known)
    )


def definitions(tree: Files) -> Definitions:
    """The functions of a tree, by the words that call them."""
    found: defaultdict[str, list[Definition]] = defaultdict(list)
    for path, file in tree.items():
        if path.endswith(".py") and (parsed := try_parse(file.text)) is not None:
            for name, function in _functions(parsed, ""):
                holder, _, last = name.rpartition(".")
                word = holder.rpartition(".")[2] if last == _CONSTRUCTOR and holder else last
                made = Definition(str(SymbolId(path, name)), _bound(signature_of(function)))
                found[word].append(made)
    return found


def _functions(
    node: ast.AST, inside: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef(name=name):
                yield from _functions(child, f"{inside}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield f"{inside}{name}", child
                yield from _functions(child, "")
            case _:
                yield from _functions(child, inside)


def _calls(text: bytes) -> Iterator[ast.Call]:
    parsed = try_parse(text)
    if parsed is not None:
        yield from (node for node in ast.walk(parsed) if isinstance(node, ast.Call))


def _bound(signature: inspect.Signature) -> inspect.Signature:
    """Without the parameter that takes what a method is called on."""
    all_ = list(signature.parameters.values())
    return signature.replace(parameters=all_[1:] if all_ and all_[0].name in _FIRST else all_)

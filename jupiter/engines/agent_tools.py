"""The tools of an agent: what each does at the worker's desk."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex
from pydantic import ValidationError

from jupiter.code.parse import UNPARSABLE, parse
from jupiter.code.placement import newline_of
from jupiter.code.tiles import is_python
from jupiter.engines.agent_arguments import (
    AddImport,
    Answer,
    Arguments,
    Board,
    Briefing,
    Check,
    Claim,
    CreateSymbol,
    DeleteFile,
    DeleteSymbol,
    Done,
    DropImport,
    FindReferences,
    MoveSymbol,
    Note,
    Outline,
    ProposeInterface,
    ReadSymbol,
    RenameFile,
    RequestChange,
    Search,
    SetGap,
    SetMode,
    WriteFile,
    WriteSymbol,
)
from jupiter.engines.agent_desk import Desk, Refused, accepted, fitted, fitted_new
from jupiter.engines.agent_views import board_text, bullets, data, readable
from jupiter.errors import RequestError
from jupiter.index.references import references
from jupiter.model.name import ImportedName, written
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import ClaimRefused, NameAdded, NameDropped, NameRefused
from jupiter.system.paths import matches

_FOUND = 60  # places that one answer shows
_LONGEST = 60_000  # characters of texts that one answer shows
_LINE = 300  # characters of a line that was found
_MATCHING = 5.0  # seconds that a search may take: a model's pattern may need for ever on a line


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: its name, what it takes, what it does."""

    name: str
    takes: type[Arguments]
    run: Callable[[Desk, Any], str]

    @property
    def definition(self) -> dict[str, Any]:
        """The tool as a request names it."""
        description, schema = _described(self.takes)
        return {"name": self.name, "description": description, "input_schema": schema}

    def call(self, desk: Desk, given: object) -> str:
        """Carry out one call; Refused says what was wrong with it."""
        try:
            arguments = self.takes.model_validate(given)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, one['loc'])) or 'input'}: {one['msg']}"
                for one in error.errors()
            )
            raise Refused(f"{self.name} was called with a wrong input: {wrong}") from error
        try:
            return self.run(desk, arguments)
        except RequestError as error:
            raise Refused(str(error)) from error


@cache
def _described(takes: type[Arguments]) -> tuple[str, dict[str, Any]]:
    """A tool's description, and the JSON Schema of what it takes."""
    schema = takes.model_json_schema()
    description = " ".join(schema.pop("description").split())
    schema.pop("title")
    for one in schema.setdefault("properties", {}).values():
        one.pop("title", None)
    return description, schema


def _briefing(desk: Desk, _arguments: Briefing) -> str:
    briefing = desk.session.briefing
    sources = "\n\n".join(data("source", text, name) for name, text in desk.owned_texts().items())
    return f"{briefing.task.goal}\n\nYou own:\n{bullets(briefing.symbols_owned)}\n\n{sources}"


def _board(desk: Desk, _arguments: Board) -> str:
    if not desk.around.shares:
        return "There are no others."
    return desk.session.log.look(lambda state: board_text(state, desk.around.goals))


def _note(desk: Desk, arguments: Note) -> str:
    own, text = desk.session.briefing.id, arguments.text
    known = desk.session.log.look(
        lambda state: any(
            (one.briefing, one.text) == (own, text) and one.seq > desk.answers
            for one in state.notes
        )
    )
    if not known:
        desk.session.note(text)
    return "Noted."


def _read_symbol(desk: Desk, arguments: ReadSymbol) -> str:
    path, parts, room = SymbolId.parse(arguments.symbol).path, list[str](), _LONGEST
    for one in desk.symbol(arguments.symbol):
        symbol, text = str(SymbolId(path, one.name)), readable(one.text)
        if parts and len(text) > room:
            parts.append(
                f"There is more, from {symbol} on: `outline` lists it; read it one by one."
            )
            break
        desk.show(symbol)
        parts.append(data("source", text[:room], symbol))
        if len(text) > room:
            parts.append("It goes on: it is too long to be shown, and to be written, as a whole.")
            break
        desk.seen[symbol] = one.text
        room -= len(text)
    return "\n".join(parts)


def _outline(desk: Desk, arguments: Outline) -> str:
    lines = (f"{one.name or '(the file)'} ({one.kind})" for one in desk.tiles(arguments.path))
    return data("outline", bullets(lines), arguments.path)


def _search(desk: Desk, arguments: Search) -> str:
    try:
        found = list(_lines(desk, regex.compile(arguments.pattern), arguments.path))
    except regex.error as error:
        raise Refused(f"{arguments.pattern!r} is no regular expression: {error}") from error
    except TimeoutError as error:
        raise Refused(
            f"{arguments.pattern!r} takes too long; search for something simpler, or under `path`"
        ) from error
    more = f"\n- and more: only {_FOUND} are shown" if len(found) > _FOUND else ""
    return data("found", bullets(found[:_FOUND], "Nothing is found.") + more)


def _lines(desk: Desk, pattern: regex.Pattern[str], glob: str) -> Iterator[str]:
    number = 0
    until = time.monotonic() + _MATCHING
    for path in desk.around.paths:
        if glob != "**" and not matches(path, (glob,)):
            continue
        for one in desk.tiles(path):
            for line in readable(one.text).splitlines():
                if pattern.search(line, timeout=max(0.001, until - time.monotonic())):
                    desk.show(str(SymbolId(path, one.name)))
                    yield f"{SymbolId(path, one.name)}: {line.strip()[:_LINE]}"
                    number += 1
                    if number > _FOUND:
                        return


def _find_references(desk: Desk, arguments: FindReferences) -> str:
    try:
        found = references(desk.around.names, arguments.symbol)
    except KeyError as error:
        raise Refused(
            f"the codebase defines no {arguments.symbol}; `search` for its name"
        ) from error
    desk.show(arguments.symbol)
    lines = [f"{one.path}, line {one.line}: {one.kind}, {one.certainty}" for one in found]
    return data("references", bullets(lines[:_FOUND]), arguments.symbol)


def _write_symbol(desk: Desk, arguments: WriteSymbol) -> str:
    return desk.write(arguments.symbol, arguments.text)


def _create_symbol(desk: Desk, arguments: CreateSymbol) -> str:
    tiles = desk.tiles(SymbolId.parse(arguments.symbol).path)
    made = fitted_new(arguments.text, arguments.symbol, newline_of(tiles))
    for planned in desk.session.briefing.task.creates:
        if planned.symbol == arguments.symbol:
            gap = arguments.gap if planned.gap is None else planned.gap
            new = planned.model_copy(update={"text": made.decode(), "gap": gap})
            accepted(desk.session.create(new, follows=desk.follows(new.symbol, made)))
            desk.seen[arguments.symbol] = made
            return f"{arguments.symbol} is made."
    verdict = desk.session.create_behind(
        *(arguments.symbol, made),
        after=arguments.after,
        gap=arguments.gap,
        follows=desk.follows(arguments.symbol, made),
    )
    accepted(verdict)
    desk.seen[arguments.symbol] = made
    return f"{arguments.symbol} is made, and yours."


def _move_symbol(desk: Desk, arguments: MoveSymbol) -> str:
    before = desk.before(arguments.symbol)
    for planned in desk.session.briefing.task.moves:
        if planned.symbol == arguments.symbol:
            accepted(desk.session.move_as_planned(planned, before))
            return f"{arguments.symbol} is moved to its place."
    accepted(desk.session.move(arguments.symbol, before, after=arguments.after, gap=arguments.gap))
    return f"{arguments.symbol} is moved."


def _set_gap(desk: Desk, arguments: SetGap) -> str:
    accepted(desk.session.set_gap(arguments.symbol, desk.before(arguments.symbol), arguments.lines))
    return f"{arguments.lines} blank lines stand above {arguments.symbol}."


def _delete_symbol(desk: Desk, arguments: DeleteSymbol) -> str:
    accepted(desk.session.delete(arguments.symbol, desk.before(arguments.symbol)))
    return f"{arguments.symbol} is deleted."


def _write_file(desk: Desk, arguments: WriteFile) -> str:
    before, after = desk.file(arguments.path), _encoded(arguments)
    if before != after:
        follows = desk.follows(arguments.path, after)
        accepted(desk.session.write_file(arguments.path, before, after, follows=follows))
    desk.seen[arguments.path] = after
    return f"{arguments.path} is written."


def _encoded(arguments: WriteFile) -> bytes:
    try:
        if arguments.encoding == "base64":
            return b64decode(arguments.text, validate=True)
        return arguments.text.encode(arguments.encoding)
    except (LookupError, ValueError) as error:  # as that of an alphabet is
        raise Refused(f"the text is no {arguments.encoding}: {error}") from error


def _rename_file(desk: Desk, arguments: RenameFile) -> str:
    text = desk.text(arguments.path)
    owner = desk.session.log.look(lambda state: state.owner(arguments.path))
    if owner == desk.session.briefing.id:
        _claim(desk, Claim(symbol=arguments.to))
    accepted(desk.session.write_file(arguments.path, text, text, to=arguments.to))
    return f"{arguments.path} is {arguments.to} now."


def _delete_file(desk: Desk, arguments: DeleteFile) -> str:
    accepted(desk.session.write_file(arguments.path, desk.text(arguments.path), None))
    return f"{arguments.path} is deleted."


def _set_mode(desk: Desk, arguments: SetMode) -> str:
    text, mode = desk.text(arguments.path), "100755" if arguments.executable else "100644"
    accepted(desk.session.write_file(arguments.path, text, text, mode=mode))
    return f"{arguments.path} is {'' if arguments.executable else 'not '}executable."


def _add_import(desk: Desk, arguments: AddImport) -> str:
    return _share(desk.session.add_name(arguments.path, _imported(arguments)), "there")


def _drop_import(desk: Desk, arguments: DropImport) -> str:
    return _share(desk.session.drop_name(arguments.path, _imported(arguments)), "not needed")


def _imported(arguments: AddImport | DropImport) -> ImportedName:
    try:
        return ImportedName.model_validate(arguments.model_dump(exclude={"path"}))
    except ValidationError as error:
        raise Refused(f"that is no import: {error.errors()[0]['msg']}") from error


def _share(verdict: NameAdded | NameDropped | NameRefused, what: str) -> str:
    if isinstance(verdict, NameRefused):
        raise Refused(f"{verdict.reason}: {verdict.message}")
    return f"`{written(verdict.name)}` is {what}."


def _propose_interface(desk: Desk, arguments: ProposeInterface) -> str:
    target = desk.symbol(arguments.symbol)[0]
    desk.session.propose(arguments.symbol, fitted(arguments.text, target))
    return "Proposed. Now write it."


def _claim(desk: Desk, arguments: Claim) -> str:
    verdict = desk.session.claim(arguments.symbol)
    if isinstance(verdict, ClaimRefused):
        raise Refused(verdict.message)
    return f"{arguments.symbol} is yours."


def _request_change(desk: Desk, arguments: RequestChange) -> str:
    own, wanted = desk.session.briefing.id, (arguments.symbol, arguments.text)
    made = desk.session.log.look(
        lambda state: any(
            one.asker == own and (one.symbol, one.text) == wanted and one.seq > desk.answers
            for one in state.requests.values()
        )
    )
    if not made:
        desk.session.request(arguments.symbol, arguments.text)
    return "Asked. The answer comes with the updates."


def _answer(desk: Desk, arguments: Answer) -> str:
    desk.session.answer(arguments.request, arguments.text, granted=arguments.granted)
    return "Answered."


def _check(desk: Desk, _arguments: Check) -> str:
    problems = [
        f"{path}: line {error.lineno}: {error.msg}"
        for path in sorted(desk.session.written())
        if is_python(path)
        for error in _errors(desk.text(path))
    ]
    parses = bullets(problems, "What you have written parses.")
    output = "" if problems else desk.around.check(desk.session)
    return f"{parses}\n{data('output', output)}" if output else parses


def _errors(text: bytes) -> Iterator[SyntaxError]:
    try:
        parse(text)
    except SyntaxError as error:
        yield error
    except UNPARSABLE as error:
        yield SyntaxError(str(error))


def _done(desk: Desk, arguments: Done) -> str:
    if desk.is_broken():
        raise Refused(
            "not yet: something that you have not read touches your symbols; "
            "see to it, then call `done` again"
        )
    desk.summary = arguments.summary
    return "Done."


TOOLS: tuple[Tool, ...] = (
    Tool("briefing", Briefing, _briefing),
    Tool("board", Board, _board),
    Tool("note", Note, _note),
    Tool("read_symbol", ReadSymbol, _read_symbol),
    Tool("outline", Outline, _outline),
    Tool("search", Search, _search),
    Tool("find_references", FindReferences, _find_references),
    Tool("write_symbol", WriteSymbol, _write_symbol),
    Tool("create_symbol", CreateSymbol, _create_symbol),
    Tool("move_symbol", MoveSymbol, _move_symbol),
    Tool("set_gap", SetGap, _set_gap),
    Tool("delete_symbol", DeleteSymbol, _delete_symbol),
    Tool("write_file", WriteFile, _write_file),
    Tool("rename_file", RenameFile, _rename_file),
    Tool("delete_file", DeleteFile, _delete_file),
    Tool("set_mode", SetMode, _set_mode),
    Tool("add_import", AddImport, _add_import),
    Tool("drop_import", DropImport, _drop_import),
    Tool("claim", Claim, _claim),
    Tool("propose_interface", ProposeInterface, _propose_interface),
    Tool("request_change", RequestChange, _request_change),
    Tool("answer", Answer, _answer),
    Tool("check", Check, _check),
    Tool("done", Done, _done),
)
"""All tools, in the order in which a request names them."""

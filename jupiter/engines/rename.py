"""The rename engine: each owner of a use writes its own symbols anew, from the places in its briefing.

Nobody waits: what the new name is stands in the plan. The owner of the definition publishes the new
interface; every other edit says which publication it follows.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jupiter.code.substitute import Substitution, changed_file, changed_tiles, tile_names
from jupiter.errors import CodemodError
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import BriefingFinished
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import EditAccepted, EditRefused
from jupiter.session.session import Session


@dataclass(frozen=True, slots=True)
class RenameEngine:
    """Carries out briefings of rename steps; `read` gives a path's text at the start of the wave."""

    read: Callable[[str], bytes]

    def is_woken(self, briefing: WorkerBriefing, session: Session) -> bool:  # noqa: ARG002 # no change concerns it
        """Never: see `jupiter.engines.work.Engine`."""
        return False

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Write every symbol that the briefing owns; raises CodemodError when one cannot be written.

        A rename that is not made everywhere breaks the code, so one refused edit fails the briefing.
        """
        begun = time.thread_time()
        moves = dict(move for change in briefing.task.renames for move in change.moves)
        names: defaultdict[str, list[str]] = defaultdict(list)
        for symbol in briefing.symbols_owned:
            path, name = SymbolId.parse(symbol)
            names[path].append(name)
        for path, own in names.items():
            if path in moves:
                self._move(path, moves[path], _substitutions(briefing, path), session)
            elif path not in moves.values():
                self._write(path, own, _substitutions(briefing, path), session)
        for change in briefing.task.renames:
            for alias in change.aliases:
                _accepted(alias.symbol, session.create(alias, follows=(change.symbol,)))
        return BriefingFinished(cpu=round(time.thread_time() - begun, 3))

    def _write(
        self, path: str, own: Sequence[str], wanted: Mapping[Substitution, str], session: Session
    ) -> None:
        data = self.read(path)
        try:
            tiles = changed_tiles(path, data, list(wanted), own)
        except ValueError as error:
            raise CodemodError(f"{path}: {error}") from error
        follows = _follows(path, data, wanted)
        for tile in tiles:
            symbol = str(SymbolId(path, tile.name))
            verdict = session.write(
                symbol, tile.before, tile.after, to=tile.to, follows=tuple(follows[tile.name])
            )
            _accepted(symbol, verdict)

    def _move(
        self, path: str, to: str, wanted: Mapping[Substitution, str], session: Session
    ) -> None:
        data = self.read(path)
        try:
            after = changed_file(path, data, list(wanted))
        except ValueError as error:
            raise CodemodError(f"{path}: {error}") from error
        follows = tuple(dict.fromkeys(wanted.values()))
        _accepted(path, session.write_file(path, data, after, to=to, follows=follows))


def _substitutions(briefing: WorkerBriefing, path: str) -> dict[Substitution, str]:
    """The substitutions in one file, each with the symbol that is renamed."""
    return {
        Substitution(site.line, site.column, change.old, site.text or change.new): change.symbol
        for change in briefing.task.renames
        for site in change.sites
        if site.path == path
    }


def _follows(
    path: str, data: bytes, wanted: Mapping[Substitution, str]
) -> defaultdict[str, dict[str, None]]:
    """The symbols that are renamed in each tile, in the order of their places."""
    names = tile_names(path, data, (one.line for one in wanted))
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for one, symbol in sorted(wanted.items()):
        found[names[one.line]][symbol] = None
    return found


def _accepted(symbol: str, verdict: EditAccepted | EditRefused) -> None:
    if not isinstance(verdict, EditAccepted):
        raise CodemodError(f"{symbol}: refused: {verdict.message}")

"""The rename engine: each owner of a use writes its own symbols anew, from the places in its briefing.

Nobody waits: what the new name is stands in the plan. The owner of the definition publishes the new
interface; every other edit says which publication it follows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jupiter.code.substitute import ChangedTile, Substitution, changed_tiles, tile_names
from jupiter.errors import CodemodError
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.event import BriefingFinished, EditAccepted
from jupiter.model.symbol import SymbolId
from jupiter.session.session import Session


@dataclass(frozen=True, slots=True)
class RenameEngine:
    """Carries out briefings of rename steps; `read` gives a path's text at the start of the wave."""

    read: Callable[[str], bytes]

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Write every symbol that the briefing owns; raises CodemodError when one cannot be written.

        A rename that is not made everywhere breaks the code, so one refused edit fails the briefing.
        """
        names: defaultdict[str, list[str]] = defaultdict(list)
        for symbol in briefing.symbols_owned:
            path, name = SymbolId.parse(symbol)
            names[path].append(name)
        for path, own in names.items():
            data, wanted = self.read(path), _substitutions(briefing, path)
            try:
                tiles = changed_tiles(path, data, list(wanted), own)
            except ValueError as error:
                raise CodemodError(f"{path}: {error}") from error
            follows = _follows(path, data, wanted)
            for tile in tiles:
                _write(path, tile, tuple(follows[tile.name]), session)
        return BriefingFinished()


def _substitutions(briefing: WorkerBriefing, path: str) -> dict[Substitution, str]:
    """The substitutions in one file, each with the symbol that is renamed."""
    return {
        Substitution(site.line, site.column, change.old, change.new): change.symbol
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


def _write(path: str, tile: ChangedTile, follows: tuple[str, ...], session: Session) -> None:
    symbol = str(SymbolId(path, tile.name))
    verdict = session.write(symbol, tile.before, tile.after, to=tile.to, follows=follows)
    if not isinstance(verdict, EditAccepted):
        raise CodemodError(f"{symbol}: refused: {verdict.message}")

"""The board: what every worker can see of all the others. A projection of the log; pure."""

from __future__ import annotations

from dataclasses import dataclass

from jupiter.fold.records import Note, Progress, Published
from jupiter.fold.state import State


@dataclass(frozen=True, slots=True)
class Row:
    """A briefing of the wave: who works on it, how far it is, what it owns now, what it has changed."""

    briefing: int
    steps: tuple[str, ...]
    progress: Progress
    worker: str | None
    owns: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The briefings of the wave, the interfaces that have changed in it, and the notes, in log order."""

    briefings: tuple[Row, ...]
    published: tuple[Published, ...]
    notes: tuple[Note, ...]


def board_of(state: State) -> Board:
    """The board of the wave that is under way."""
    numbers = [n for n, briefing in state.briefings.items() if briefing.wave == state.wave]
    return Board(
        briefings=tuple(_row(state, number) for number in sorted(numbers)),
        published=tuple(one for one in state.published if one.briefing in numbers),
        notes=tuple(note for note in state.notes if note.briefing in numbers),
    )


def _row(state: State, number: int) -> Row:
    briefing = state.briefings[number]
    return Row(
        briefing=number,
        steps=briefing.steps,
        progress=briefing.progress,
        worker=briefing.worker,
        owns=tuple(sorted(one for one, owner in state.owners.items() if owner == number)),
        changed=tuple(sorted(briefing.symbols_changed)),
    )

"""From the folded log to commits: one change a briefing, in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator

from jupiter.delivery.branch import Change
from jupiter.fold.records import BriefingState
from jupiter.fold.state import State
from jupiter.fold.tree import Base, Blob, Files, commits


def changes(state: State, run: str, base: Base, blob: Blob) -> tuple[Change, ...]:
    """One change for each briefing that has changed something; applied in order they give the tree."""
    return tuple(_changes(state, run, base, blob))


def _changes(state: State, run: str, base: Base, blob: Blob) -> Iterator[Change]:
    done: Files = {}
    for number, made in commits(state, base, blob):
        files = {
            path: file
            for path, file in sorted(made.items())
            if file != (done[path] if path in done else base(path))
        }
        done.update(files)
        if files:
            yield _change(number, state.briefings[number], state, run, files)


def _change(number: int, briefing: BriefingState, state: State, run: str, files: Files) -> Change:
    symbols = briefing.symbols_changed
    steps = ", ".join(briefing.steps)
    noun = "symbol" if len(symbols) == 1 else "symbols"
    where = next(iter(files)) if len(files) == 1 else f"{len(files)} files"
    recipe = state.started.recipe if state.started else ""
    return Change(
        message=f"{steps}: {len(symbols)} {noun} in {where}",
        trailers=(
            ("Jupiter-Run", run),
            ("Jupiter-Recipe", recipe),
            ("Jupiter-Briefing", str(number)),
        ),
        files=files,
    )

"""From the folded log to commits: one change a briefing, in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator

from jupiter.delivery.branch import Change
from jupiter.fold.state import BriefingState, State
from jupiter.fold.tree import Read, text_after
from jupiter.model.edit import path_of, symbols_of


def changes(state: State, run: str, base: Read, blob: Read) -> tuple[Change, ...]:
    """One change for each briefing that has changed something; applied in order they give the tree."""
    return tuple(_changes(state, run, base, blob))


def _changes(state: State, run: str, base: Read, blob: Read) -> Iterator[Change]:
    texts: dict[str, bytes] = {}
    for number in sorted(state.briefings):
        briefing = state.briefings[number]
        if not briefing.counts:
            continue
        files: dict[str, bytes | None] = {}
        for path in sorted({path_of(edit) for edit in briefing.edits}):
            text = text_after(state, path, number, base, blob)
            if text != texts.get(path, base(path)):
                files[path] = texts[path] = text
        if files:
            yield _change(number, briefing, state, run, files)


def _change(
    number: int, briefing: BriefingState, state: State, run: str, files: dict[str, bytes | None]
) -> Change:
    symbols = {symbol for edit in briefing.edits for symbol in symbols_of(edit)}
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

"""The recipe of a job: what changes, what is new and where, what moves, what goes. It has no new text."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from replay_job import Job

from jupiter.code.tiles import tile
from jupiter.model.edit import Create, Delete, Gap, Move, OfSymbol, Replace
from jupiter.model.symbol import SymbolId
from jupiter.system.paths import protected

Goal = dict[str, Any]

STEP = "replay"
_RENAMES = 3  # in one goal


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


ALL = _Everything()


def recipe_of(
    job: Job, only: Container[str] = ALL, *, is_contested: bool = False, rounds: int = 0
) -> dict[str, Any]:
    """The recipe of a job, or of those symbols and files of it, as data that YAML can say.

    A contested one has a second goal, which wants every other symbol that the first one changes.
    """
    edits = [one for some in job.edits.values() for one in some if one.symbol in only]
    heads = _heads(job, edits)
    both = [one for one in edits if isinstance(one, Replace) and one.symbol not in heads][::2]
    goals = [
        _again(both) if is_contested else None,
        _symbols([one for one in edits if one.symbol not in heads]),
        _class_heads(sorted(heads)),
        _files(job, [path for path in job.files if path in only]),
        *_renames({old: new for old, new in job.renamed.items() if old in only}),
    ]
    literal = sorted({glob(p) for p in (*job.before, *job.after) if protected(p)})
    step = {
        "agent": [goal for goal in goals if goal is not None],
        "max_tokens": 64000,
        "allow_empty": True,
    }
    return {
        "version": 1,
        "name": STEP,
        "description": f"{job.name}: what people changed from one release to the next.",
        "codebase": {"include": ["**/*", *literal]},
        "repair": {"rounds": rounds},  # none: what people released is right, whatever a check says
        "steps": {STEP: step},
    }


def glob(path: str) -> str:
    """A glob that takes in one path alone."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in path)


def _pattern(symbol: str) -> str:
    path, name = SymbolId.parse(symbol)
    return str(SymbolId(glob(path), name))


def _heads(job: Job, edits: Iterable[OfSymbol]) -> set[str]:
    """Of symbols that change where they are those that are classes: of these it is the head alone."""
    changed = {one.symbol for one in edits if isinstance(one, Replace | Gap)}
    kinds = {
        str(SymbolId(path, one.name)): one.kind
        for path in job.edits
        for one in tile(path, job.before[path].text)
    }
    return {symbol for symbol in changed if kinds[symbol] == "class"}


def _symbols(edits: Sequence[OfSymbol]) -> Goal | None:
    changed = [_pattern(one.symbol) for one in edits if isinstance(one, Replace | Gap)]
    placed = [one for one in edits if isinstance(one, Create | Move)]
    goal: Goal = {
        "goal": "Bring these symbols to what they are in the next release.",
        "creates": [one.symbol for one in edits if isinstance(one, Create)],
        "places": [_place(one) for one in sorted(placed, key=lambda one: one.rank or 0)],
        "deletes": [one.symbol for one in edits if isinstance(one, Delete)],
    }
    if changed:
        goal["select"] = {"symbols": list(dict.fromkeys(changed))}
    return goal if edits else None


def _again(edits: Sequence[OfSymbol]) -> Goal | None:
    """A second goal that needs the same symbols."""
    if not edits:
        return None
    symbols = list(dict.fromkeys(_pattern(one.symbol) for one in edits))
    return {"goal": "See to it that these fit together.", "select": {"symbols": symbols}}


def _place(edit: Create | Move) -> dict[str, Any]:
    path = SymbolId.parse(edit.symbol).path
    place: dict[str, Any] = {"symbol": edit.symbol}
    if edit.slot:
        place["after"] = str(SymbolId(path, edit.slot))
    return place | {"gap": edit.gap}


def _class_heads(symbols: Sequence[str]) -> Goal | None:
    if not symbols:
        return None
    select = {"symbols": [_pattern(one) for one in symbols], "kind": "class"}
    return {"goal": "Bring these class heads to what they are then.", "select": select}


def _files(job: Job, paths: Sequence[str]) -> Goal | None:
    if not paths:
        return None
    new = [path for path in paths if path not in job.before]
    gone = [path for path in paths if path not in job.after or path in job.rewritten]
    changed = [glob(path) for path in paths if path not in {*new, *gone}]
    goal: Goal = {
        "goal": "Bring these files to what they are then; make what is new, delete what is gone.",
        "creates": new,
        "deletes": gone,
    }
    return goal | ({"select": {"paths": changed}} if changed else {})


def _renames(paths: Mapping[str, str]) -> Iterator[Goal]:
    """Goals so small that each stays with one worker: old and new path have one owner."""
    olds = list(paths)
    for start in range(0, len(olds), _RENAMES):
        some = [(old, paths[old]) for old in olds[start : start + _RENAMES]]
        yield {
            "goal": f"Give files other paths: {', '.join(f'{old} is {new}' for old, new in some)}.",
            "select": {"paths": [glob(old) for old, _ in some]},
            "creates": [new for _, new in some],
        }

"""The outline of a codebase for those who have never seen it: a line a file, bounded."""

from __future__ import annotations

from collections import Counter

from jupiter.index.index import FileFacts, Index
from jupiter.planner.tokens import tokens
from jupiter.system.paths import safe_path

NAMED = 12
"""Of the top-level symbols of a file, how many its line names."""


def outline_of(index: Index, most: int) -> tuple[str, ...]:
    """A line a file with its top-level symbols; without them, or a line a folder, where that is too long.

    It depends on the codebase alone, and is at most `most` tokens long, or a single line.
    """
    files = [facts for path, facts in sorted(index.files.items()) if safe_path(path)]
    for lines in (
        [_with_names(facts) for facts in files],
        [f"{facts.path}: {facts.lines} lines" for facts in files],
        *(_folders(files, depth) for depth in range(8, 1, -1)),
    ):
        if tokens(sum(len(line) + 1 for line in lines)) <= most:
            return tuple(lines)
    return tuple(_folders(files, 1)[: most // 20])


def _with_names(facts: FileFacts) -> str:
    names = [
        name
        for name, kind in zip(facts.symbols, facts.kinds, strict=True)
        if kind in {"function", "class", "section", "rst section"} and "." not in name
    ]
    more = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
    said = f"; {', '.join(names[:NAMED])}{more}" if names else ""
    return f"{facts.path}: {facts.lines} lines{said}"


def _folders(files: list[FileFacts], depth: int) -> list[str]:
    count: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for facts in files:
        folder = "/".join(facts.path.split("/")[:-1][:depth]) or "."
        count[folder] += 1
        lines[folder] += facts.lines
    return [f"{f}/: {count[f]} files, {lines[f]} lines" for f in sorted(count)]

"""What failed, from the output of a check: tests by name, and the symbols that their tracebacks name. Pure.

pytest's output is read block by block, a failing test each; of any other command all of it is one failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from jupiter.code.substitute import tile_names
from jupiter.model.repair import FAILURE_TEXT, Failure
from jupiter.model.symbol import SymbolId

Read = Callable[[str], bytes | None]
"""Gives the text of a path of the tree that was checked; None where there is none."""

_HEAD = re.compile(r"^_{3,} (.+?) _{3,}$", re.MULTILINE)
_SECTION = re.compile(r"^={3,}.*={3,}$", re.MULTILINE)
_SUMMARY = re.compile(r"^(?:FAILED|ERROR) (\S+?\.py)(?:::(\S+))?(?: - .*)?$", re.MULTILINE)
_FRAMES = (
    re.compile(r'^\s*File "(?P<path>[^"\n]+)", line (?P<line>\d+)', re.MULTILINE),
    re.compile(r"^(?:E\s+)?(?P<path>[^\s:]+\.py):(?P<line>\d+): ", re.MULTILINE),
)


class _Block(NamedTuple):
    """A failing test, or all of an output, with the text that tells of it."""

    title: str
    text: str


def failures(title: str, output: str, root: str, read: Read) -> tuple[Failure, ...]:
    """What an output tells of; `title` is its command, `root` the folder that it ran in."""
    blocks = list(_blocks(output))
    summed = {_title(path, name): _tests(path, name, read) for path, name in _summaries(output)}
    blocks += _untold(summed, blocks) or ([] if blocks else [_Block(title, output)])
    return tuple(
        Failure(
            title=one.title,
            text=_end(one.text),
            symbols=tuple(
                dict.fromkeys((*_named(one.text, root, read), *summed.get(one.title, ())))
            ),
        )
        for one in blocks
    )


def _blocks(output: str) -> Iterator[_Block]:
    heads = list(_HEAD.finditer(output))
    ends = [*(head.start() for head in heads[1:]), len(output)]
    for head, end in zip(heads, ends, strict=False):  # no head, and one end
        section = _SECTION.search(output, head.end(), end)
        yield _Block(head[1], output[head.end() : section.start() if section else end])


def _untold(summed: Iterable[str], blocks: Iterable[_Block]) -> list[_Block]:
    """The tests of the summary whose tracebacks are not shown."""
    told = {one.title for one in blocks}
    return [_Block(title, "") for title in summed if title not in told]


def _summaries(output: str) -> Iterator[tuple[str, str]]:
    return ((found[1], found[2] or "") for found in _SUMMARY.finditer(output))


def _title(path: str, name: str) -> str:
    """What pytest heads the block of a test with."""
    return name.replace("::", ".") if name else f"ERROR collecting {path}"


def _tests(path: str, name: str, read: Read) -> tuple[str, ...]:
    """The symbol of a test, by its id."""
    symbol = str(SymbolId(path, name.partition("[")[0].replace("::", ".")))
    return (symbol,) if name and read(path) is not None else ()


def _named(text: str, root: str, read: Read) -> Iterator[str]:
    """The symbols of the places that a text names, the innermost of a traceback last."""
    frames = sorted((m.start(), m) for pattern in _FRAMES for m in pattern.finditer(text))
    for _, frame in frames:
        path = frame["path"].replace("\\", "/").removeprefix(f"{root}/").removeprefix("./")
        data, line = read(path), int(frame["line"])
        if data is not None and 0 < line <= data.count(b"\n") + 1:
            yield str(SymbolId(path, tile_names(path, data, [line])[line]))


def _end(text: str) -> str:
    text = text.strip("\n")
    return text if len(text) <= FAILURE_TEXT else f"…{text[1 - FAILURE_TEXT :]}"

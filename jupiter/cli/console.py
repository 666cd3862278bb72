"""The one door to the terminal: results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from pydantic import BaseModel

from jupiter.model.plan import Estimate, Hazard
from jupiter.model.repair import Attributed


def result(text: str) -> None:
    """A result, for a person or a pipe."""
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def result_json(value: object) -> None:
    """One JSON document."""
    data = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    result(json.dumps(data, indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """A line about what is going on."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def error(message: str) -> None:
    """What went wrong; a message with several lines is shown as it is."""
    first = message.splitlines()[0] if message else "unknown error"
    prefix = "" if ": error[" in first else f"{red('error')}: "
    say(f"{prefix}{message}")


def columns(rows: Sequence[Sequence[object]], indent: str = "") -> str:
    """Rows as aligned columns; numbers to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    right = [all(isinstance(row[i], int | float) for row in rows[1:]) for i in range(len(widths))]
    lines = [
        "  ".join(
            cell.rjust(width) if to_right and len(rows) > 1 else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in texts
    ]
    return "\n".join(indent + line for line in lines)


def hazards(found: Sequence[Hazard], most: int = 20) -> list[str]:
    """Places that a rename leaves as they are, for a person: how many, and the first of them."""
    if not found:
        return []
    what = "1 place that a rename" if len(found) == 1 else f"{len(found)} places that a rename"
    rows = [(f"{h.path}:{h.line}", _short(h.text), h.reason) for h in found[:most]]
    more = [f"{'':10}and {len(found) - most} more: --json has all"] if len(found) > most else []
    head = f"hazards   {what} may concern, left as they are; look at them:"
    return [head, columns(rows, " " * 10), *more]


def needs(one: Estimate) -> str:
    """An estimate, or what it has become, for a person."""
    time = "no run measured yet" if one.seconds is None else f"{one.seconds:.1f} s"
    if one.cpu is not None:
        time = f"{time}, {one.cpu:.1f} CPU s"
    if not one.output_tokens:
        return time
    cost = "no price known" if one.usd is None else f"{one.usd:.2f} USD"
    return f"{time}, {one.output_tokens} tokens of output, {cost}"


def risks(found: Sequence[Hazard], most: int = 10) -> list[str]:
    """Places whose effects nobody sees, for a person: how many, and the first of them."""
    if not found:
        return []
    what = "1 place has" if len(found) == 1 else f"{len(found)} places have"
    rows = [(f"{h.path}:{h.line}", _short(one_line(h.text)), one_line(h.reason)) for h in found]
    more = [f"{'':10}and {len(found) - most} more: --json has all"] if len(found) > most else []
    return [f"risks     {what} effects that are not seen:", columns(rows[:most], " " * 10), *more]


def findings(found: Sequence[Attributed], most: int) -> list[str]:
    """What does not fit together, for a person: how many places, and the first of them."""
    if not found:
        return []
    what = "1 place does" if len(found) == 1 else f"{len(found)} places do"
    rows = [
        (f"{f.path}:{f.line}", one_line(f.message), f"#{f.briefing}" if f.briefing else "")
        for f in found[:most]
    ]
    more = [f"{'':10}and {len(found) - most} more: --json has all"] if len(found) > most else []
    return [f"contracts {what} not fit together any more:", columns(rows, " " * 10), *more]


def one_line(text: str) -> str:
    """The text without line ends, and without what a terminal would obey: repositories name things."""
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def colourful() -> bool:
    """Whether stderr is a terminal that wants colour."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def red(text: str) -> str:
    """The text in red where that is wanted."""
    return f"\x1b[31m{text}\x1b[0m" if colourful() else text


def green(text: str) -> str:
    """The text in green where that is wanted."""
    return f"\x1b[32m{text}\x1b[0m" if colourful() else text


def dim(text: str) -> str:
    """The text in grey where that is wanted."""
    return f"\x1b[2m{text}\x1b[0m" if colourful() else text

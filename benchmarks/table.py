"""How a benchmark tells its results: a table for people, a JSON document for programs."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that was aimed at: `value` is to be at most, or at least, `goal`."""

    id: str
    value: float
    unit: str
    goal: float
    sense: Literal["at most", "at least"] = "at most"

    @property
    def holds(self) -> bool:
        """Whether the goal is reached."""
        return self.value <= self.goal if self.sense == "at most" else self.value >= self.goal


@dataclass(slots=True)
class Results:
    """Rows with raw samples, and the goals that they are held to."""

    rows: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    goals: list[Goal] = field(default_factory=list[Goal])

    def write(self, path: Path) -> None:
        """Write the JSON document."""
        goals = [asdict(goal) | {"holds": goal.holds} for goal in self.goals]
        document = {"machine": machine(), "rows": self.rows, "goals": goals}
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def arguments(description: str) -> argparse.ArgumentParser:
    """The arguments that every benchmark takes: `--quick` and `--json FILE`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="under 45 s on two cores")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and goals as JSON")
    return parser


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
    }


def aligned(rows: Sequence[Sequence[object]]) -> str:
    """Rows as text: the first is the head; numbers stand to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    right = [all(isinstance(row[n], int | float) for row in rows[1:]) for n in range(len(cells[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def goals(results: Results) -> str:
    """The goals as text, a line each."""
    return "\n".join(
        f"{'reached' if goal.holds else 'missed '}  {goal.id}: {goal.value:.3g} {goal.unit}, "
        f"goal {goal.sense} {goal.goal:g}"
        for goal in results.goals
    )


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)

"""One run of a recipe on plain threads, without Prefect, in a process of its own.

    python benchmarks/alone.py RECIPE REPOSITORY WORKERS

Prints one JSON document: the `report`, and the CPU seconds `pool_cpu` of the processes that nobody
waits for, which the caller's own accounts therefore do not have.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from jupiter.conductor import Notice, Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute


def main(recipe: str, repository: str, workers: str) -> int:
    """Carry the recipe out; the exit code says only whether there is a document."""
    spent: list[float] = []

    def listen(notice: Notice) -> None:
        if notice.part == "integrate":  # the work is done, and the pool is still there
            spent.append(pool_cpu())

    request = Request(Path(recipe), Path(repository), workers=int(workers))
    report = execute(start(load(request), listen), Threads())
    print(json.dumps({"report": report.model_dump(mode="json"), "pool_cpu": max(spent)}))
    return 0


def pool_cpu() -> float:
    """CPU seconds of the children of our children that are alive."""
    stats = [stat for entry in Path("/proc").iterdir() if (stat := _stat(entry))]
    children = {pid for pid, parent, _ in stats if parent == os.getpid()}
    return sum(ticks for _, parent, ticks in stats if parent in children) / os.sysconf("SC_CLK_TCK")


def _stat(folder: Path) -> tuple[int, int, int] | None:
    """A process, its parent, and its ticks of user and system time; None when it has gone."""
    if not folder.name.isdecimal():
        return None
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(folder.name), int(fields[1]), int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

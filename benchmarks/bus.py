"""The log beside SQLite: appends by several processes, publish-to-seen, opening and verifying a long log.

    python benchmarks/bus.py [--quick] [--json FILE]

All on the disk that holds the temporary folder, in the same run. A row of appends: each process appends
one event after the other and waits until it is written. SQLite writes one row a transaction, in WAL mode.
`record` appends without a decision, `append` folds and decides.
"""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from table import Goal, Results, aligned, arguments, goals

from jupiter.bus.codec import encode
from jupiter.bus.file import FileLog
from jupiter.bus.log import placed
from jupiter.bus.verify import verify
from jupiter.model.edit import Replace
from jupiter.model.event import Draft
from jupiter.model.run_events import Owned, RunFinished, RunStopped, WavePlanned
from jupiter.model.tree_events import EditAccepted, InterfacePublished

RUN = "20261123-1412-click-7f3a"
SYMBOLS = 2_000
WRITERS = (1, 4, 16)
KINDS = (
    "write + fdatasync",
    "jupiter record, disk",
    "jupiter append, disk",
    "SQLite FULL",
    "jupiter record, flush",
    "jupiter append, flush",
    "SQLite NORMAL",
)
LIMIT, DISK, DECIDED, FULL, FLUSH, DECIDED_FLUSH, NORMAL = KINDS

_PLAN = Draft(
    data=WavePlanned(
        wave=1,
        steps=("a",),
        workers=3,
        owned=(
            Owned(
                briefing=1,
                steps=("a",),
                symbols=tuple(f"src/m.py:f{n}" for n in range(SYMBOLS)),
                constraints=(),
            ),
        ),
    )
)


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    options = arguments("The log, beside SQLite.").parse_args()
    seconds, rounds, length = (0.4, 1, 100_000) if options.quick else (1.0, 3, 1_000_000)
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            for writers in WRITERS:
                for kind in KINDS:
                    one = Path(folder) / f"{turn}-{writers}-{KINDS.index(kind)}"
                    results.rows.append(appending(one, kind, writers, seconds))
        results.rows += [publishing(Path(folder) / "seen", 200 if options.quick else 1000)]
        results.rows += long_log(Path(folder) / "long" / RUN, length)
    print(appends_table(results.rows))
    for row in results.rows:
        if row["what"] != "appends":
            print(
                "  ".join(f"{key} {shown(value)}" for key, value in row.items() if key != "samples")
            )
    results.goals += goals_of(results.rows, length)
    print(goals(results))
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


# Appends


def appending(folder: Path, kind: str, writers: int, seconds: float) -> dict[str, Any]:
    """One row: appends a second of so many processes at once, and how long one takes."""
    prepare(folder, kind)
    context = processes_context()
    ready, answers = context.Barrier(writers), context.Queue()
    processes = [
        context.Process(target=append_for, args=(folder, kind, seconds, ready, answers))
        for _ in range(writers)
    ]
    for process in processes:
        process.start()
    found = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    latencies = sorted(one for answer in found for one in answer[0])
    wall = max(answer[2] for answer in found) - min(answer[1] for answer in found)
    return {
        "what": "appends",
        "kind": kind,
        "writers": writers,
        "per_second": len(latencies) / wall,
        "p50_ms": at(latencies, 0.5) * 1000,
        "p99_ms": at(latencies, 0.99) * 1000,
        "samples": len(latencies),
    }


def processes_context() -> Any:
    """Processes as a run has them: forked from a server that has imported Jupiter."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["jupiter.bus.file", "sqlite3"])
    return context


def prepare(folder: Path, kind: str) -> None:
    """Make what the writers of one row append to."""
    if kind in {FULL, NORMAL}:
        folder.mkdir()
        with database(folder, kind) as made:
            made.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, line BLOB)")
    elif kind == LIMIT:
        folder.mkdir()
    else:
        log = FileLog.create(folder, RUN, "flush" if "flush" in kind else "disk")
        log.record(_PLAN)


def append_for(folder: Path, kind: str, seconds: float, ready: Any, answers: Any) -> None:
    """In a process of its own: append for so many seconds; the latencies, the begin, the end."""
    one = appender(folder, kind)
    one(0)
    ready.wait()
    latencies: list[float] = []
    begun = now = time.monotonic()
    while now < begun + seconds:
        one(len(latencies))
        latencies.append(time.monotonic() - now)
        now = time.monotonic()
    answers.put((latencies, begun, now))


def appender(folder: Path, kind: str) -> Callable[[int], object]:
    """What appends one event the number of which it is given."""
    line = encode(placed([published(0)], RUN, 0)[0])
    if kind in {FULL, NORMAL}:
        made = database(folder, kind)
        return lambda _n: made.execute("INSERT INTO events (line) VALUES (?)", (line,))
    if kind == LIMIT:
        file = os.open(folder / f"{os.getpid()}", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

        def write(_n: int) -> None:
            os.write(file, line)
            os.fdatasync(file)

        return write
    log = FileLog.open(folder)
    if kind in {DECIDED, DECIDED_FLUSH}:
        return lambda n: log.append(lambda _state: [published(n)])
    return lambda n: log.record(published(n))


def published(number: int) -> Draft:
    """An event as a run has many."""
    symbol = f"src/m.py:f{number % SYMBOLS}"
    data = InterfacePublished(symbol=symbol, before="def f(x: int)", after="def f(x: int, y: int)")
    return Draft(data=data, step="a", briefing=1, worker="worker-1")


def database(folder: Path, kind: str) -> sqlite3.Connection:
    """A connection of one process."""
    made = sqlite3.connect(folder / "events.sqlite", timeout=60, isolation_level=None)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute(f"PRAGMA synchronous={'FULL' if kind == FULL else 'NORMAL'}")
    return made


# Following


def publishing(folder: Path, count: int) -> dict[str, Any]:
    """One row: from the call of `record` in one process to the event in another, and the idle CPU."""
    log = FileLog.create(folder, RUN, "flush")
    context = processes_context()
    answers = context.Queue()
    follower = context.Process(target=follow, args=(folder, answers))
    follower.start()
    idle = answers.get()
    sent: list[float] = []
    for number in range(count):
        sent.append(time.monotonic())
        log.record(published(number))
        time.sleep(0.002)
    log.record(Draft(data=RunFinished(status="done")))
    seen = answers.get()
    follower.join()
    latencies = sorted(s - b for s, b in zip(seen, sent, strict=False))
    return {
        "what": "publish-to-seen",
        "p50_ms": at(latencies, 0.5) * 1000,
        "p99_ms": at(latencies, 0.99) * 1000,
        "idle_cpu_percent": idle * 100,
        "samples": [round(one * 1000, 3) for one in latencies],
    }


def follow(folder: Path, answers: Any) -> None:
    """In a process of its own: what share of a core waiting takes, then when each event was seen."""
    seen: list[float] = []
    follower = threading.Thread(
        target=lambda: seen.extend(time.monotonic() for _ in FileLog.open(folder).follow())
    )
    follower.start()
    time.sleep(0.5)
    begun = time.process_time()
    time.sleep(3)
    answers.put((time.process_time() - begun) / 3)
    follower.join()
    answers.put(seen)


# A long log


def long_log(folder: Path, length: int) -> list[dict[str, Any]]:
    """Rows: opening a long log for `record` and for `append`, and verifying it."""
    written = FileLog.create(folder, RUN, "flush")
    written.record(_PLAN)
    written.put(b"text")
    for start in range(0, length, 1000):
        written.append(lambda _s, a=start: [long_event(n) for n in range(a, a + 1000)])
    rows = [
        timed("open and record", 5, lambda: FileLog.open(folder).record(published(0))),
        timed("open and append", 5, lambda: FileLog.open(folder).append(lambda _s: [published(0)])),
        timed("verify", 1, lambda: verify(folder)),
    ]
    return [{**row, "events": length, "mib": size_of(folder) / 2**20} for row in rows]


def long_event(number: int) -> Draft:
    """One in a hundred is an edit, one in a hundred a publication; the rest tells of the run itself."""
    if number % 50:
        return Draft(
            data=RunStopped(reason="as long as the reason of an event that tells of a run")
        )
    return published(number) if number % 100 else edited(number)


def edited(number: int) -> Draft:
    """An accepted edit, of one of so many symbols."""
    edit = Replace(
        symbol=f"src/m.py:f{number % SYMBOLS}", base="0" * 64, text=sha256(b"text").hexdigest()
    )
    return Draft(data=EditAccepted(edit=edit), step="a", briefing=1, worker="worker-1")


def timed(what: str, rounds: int, act: Callable[[], object]) -> dict[str, Any]:
    """One row: the median of some rounds, in milliseconds."""
    samples: list[float] = []
    for _ in range(rounds):
        begun = time.monotonic()
        act()
        samples.append((time.monotonic() - begun) * 1000)
    return {"what": what, "ms": median(samples), "samples": samples}


def size_of(folder: Path) -> int:
    """The bytes of the events alone."""
    return (folder / "events.jsonl").stat().st_size


# Telling


def goals_of(rows: Sequence[Any], length: int) -> list[Goal]:
    """What the issue asks for, each a ratio within this run where that is possible."""
    seen = next(row for row in rows if row["what"] == "publish-to-seen")
    verified = next(row for row in rows if row["what"] == "verify")
    one, many = (rate(rows, DISK, n) / rate(rows, FULL, n) for n in (1, 16))
    return [
        Goal("durable, 16 writers", many, "times SQLite FULL", 3, "at least"),
        Goal("durable, one writer", one, "times SQLite FULL", 0.7, "at least"),
        Goal("publish-to-seen, p50", seen["p50_ms"], "ms", 2),
        Goal("publish-to-seen, p99", seen["p99_ms"], "ms", 10),
        Goal("idle follower", seen["idle_cpu_percent"], "% of a core", 1),
        Goal("a million events verified", verified["ms"] / 1000 * 1e6 / length, "s", 20),
    ]


def rate(rows: Sequence[Any], kind: str, writers: int) -> float:
    """Appends a second, the median of the rounds."""
    return median(
        row["per_second"]
        for row in rows
        if row["what"] == "appends" and row["kind"] == kind and row["writers"] == writers
    )


def appends_table(rows: Sequence[Any]) -> str:
    """One line a kind and number of writers, medians of the rounds."""
    table: list[list[object]] = [["appends", "writers", "per second", "p50 ms", "p99 ms"]]
    for writers in WRITERS:
        for kind in KINDS:
            same = [
                r
                for r in rows
                if (r["what"], r.get("kind"), r.get("writers")) == ("appends", kind, writers)
            ]
            figures = [median(r[key] for r in same) for key in ("per_second", "p50_ms", "p99_ms")]
            table.append([kind, writers, round(figures[0]), *figures[1:]])
    return aligned(table)


def shown(value: object) -> str:
    """A figure for a person."""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def at(ordered: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    sys.exit(main())

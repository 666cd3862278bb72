"""What Prefect costs a run: until the first edit, and in all, beside a bare flow of as many empty tasks.

    python benchmarks/overhead.py [--quick] [--json FILE] [--briefings N …] [--repeats N]

A recipe with one LibCST command on N small files, N briefings; the bare Prefect flow maps N empty tasks
with a progress artifact each, on as many threads. Each is run with a server of its own and at a server that
is running, in homes that have been used before. What the engine itself takes is the work of the same
recipe without Prefect, and is taken off. Seconds are wall seconds: run it on a quiet machine.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))

from processes import as_installed, cost_of
from table import Goal, Results, aligned, arguments, goals

from jupiter.bus.file import FileLog
from jupiter.model.tree_events import EditAccepted

RECIPE = """\
version: 1
name: overhead
steps: {commas: {codemod: add_trailing_commas.AddTrailingCommas, workers: WORKERS}}
deliver: {patch: PATCH}
"""
BARE = """\
import sys
from prefect import flow, task
from prefect.artifacts import create_progress_artifact
from prefect.task_runners import ThreadPoolTaskRunner

@task
def empty(number):
    create_progress_artifact(100.0, key=f"task-{number}")

@flow(task_runner=ThreadPoolTaskRunner(max_workers=int(sys.argv[2])))
def bare():
    for future in empty.map(range(int(sys.argv[1]))):
        future.wait()

bare()
"""
PER_WORKER = 4  # briefings: what the planner makes of a step's workers
RATIO = 1.1
PER_BRIEFING = 0.005  # seconds
ALONE = Path(__file__).with_name("alone.py")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one size is measured: a repository of as many files as briefings, and its recipe."""

    folder: Path
    repository: Path
    recipe: Path
    count: int
    workers: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of ours: wall seconds of the process and until its first edit, and its report."""

    wall: float
    first_edit: float
    report: Mapping[str, Any]


def main() -> int:
    """Print the table and the goals; the exit code says only whether it ran."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--briefings", type=int, nargs="+", metavar="N", help="so many")
    parser.add_argument("--repeats", type=int, metavar="N", help="so often")
    options = parser.parse_args()
    counts = options.briefings or ((10,) if options.quick else (1, 10, 100, 1000))
    repeats = options.repeats or (1 if options.quick else 3)
    results = Results()
    with tempfile.TemporaryDirectory(prefix="jupiter-overhead-") as folder:
        top = Path(folder)
        with running(environment(top, None), top) as url:
            for count in counts:
                measure(results, place(top, count), repeats, url)
    print(aligned([list(results.rows[0])[:9], *(list(row.values())[:9] for row in results.rows)]))
    print(goals(results))
    if options.json:
        results.write(options.json)
    return 0


def measure(results: Results, at: Place, repeats: int, url: str) -> None:
    """Both programs, in turn, with both kinds of servers."""
    engine = alone(at)
    for kind, address in (("embedded", None), ("server", url)):
        variables = environment(at.folder, address)
        if at.count == 1:  # the first of each warms its home; --quick has no time for that
            bare(at, variables)
            jupiter(at, variables)
        pairs = [(bare(at, variables), jupiter(at, variables)) for _ in range(repeats)]
        others, ours = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        total = median(one.wall for one in ours)
        seconds = ours[-1].report["seconds"]
        beside, planned = median(others), seconds["index"] + seconds["plan"]
        overhead = total - engine
        results.rows.append(
            {
                "server": kind,
                "briefings": ours[-1].report["briefings"],
                "first edit s": median(one.first_edit for one in ours),
                "total s": total,
                "engine s": engine,
                "overhead s": overhead,
                "bare flow s": beside,
                "index+plan s": planned,
                "ratio": overhead / beside,
                "samples": [one.wall for one in ours],
                "bare": others,
            }
        )
        print(results.rows[-1], file=sys.stderr)  # what was measured stays if a later size fails
        results.goals.append(goal(kind, at.count, overhead, beside, planned))


def goal(kind: str, count: int, overhead: float, beside: float, planned: float) -> Goal:
    """What the issue asks for: a ratio with a server of one's own, else a sum of seconds."""
    if kind == "embedded":
        return Goal(f"embedded, {count} briefings", overhead / beside, "times the bare flow", RATIO)
    allowed = beside + planned + PER_BRIEFING * count
    return Goal(f"at a server, {count} briefings", overhead, "s", round(allowed, 3))


def place(top: Path, count: int) -> Place:
    """A repository of `count` files, each with something to do."""
    folder = top / str(count)
    repository = folder / "repository"
    repository.mkdir(parents=True)
    for number in range(count):
        (repository / f"m{number}.py").write_text("x = f(\n    1, 2\n)\n")
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@localhost")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "base")):
        subprocess.run([*git, *words], cwd=repository, check=True)
    workers = max(1, -(-count // PER_WORKER))
    recipe = folder / "recipe.yaml"
    patch = json.dumps(str(folder / "result.patch"))
    recipe.write_text(RECIPE.replace("WORKERS", str(workers)).replace("PATCH", patch))
    return Place(folder, repository, recipe, count, workers)


def environment(folder: Path, url: str | None) -> dict[str, str]:
    """Homes of the benchmark's own; nothing is told to anybody."""
    top = folder if folder.name.startswith("jupiter-overhead-") else folder.parent
    named = {} if url is None else {"PREFECT_API_URL": url}
    left = {
        name: value for name, value in as_installed().items() if not name.startswith("PREFECT_")
    }
    return (
        left
        | named
        | {
            "JUPITER_HOME": str(top / "jupiter"),
            "PREFECT_HOME": str(top / "prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            "DO_NOT_TRACK": "1",
        }
    )


def jupiter(at: Place, variables: dict[str, str]) -> Sample:
    """One `jupiter run`, from the start of its process to its end."""
    command = [sys.executable, "-m", "jupiter", "run", str(at.recipe), "--json"]
    begun = time.time()
    done = subprocess.run(
        [*command, "--repo", str(at.repository)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.time() - begun
    if done.returncode:
        raise RuntimeError(done.stderr)
    report = json.loads(done.stdout)
    events = FileLog.open(Path(report["log"])).events()
    first = next(event.time for event in events if isinstance(event.data, EditAccepted))
    return Sample(wall, first.timestamp() - begun, report)


def bare(at: Place, variables: dict[str, str]) -> float:
    """The wall seconds of the bare flow."""
    program = [sys.executable, "-c", BARE, str(at.count), str(at.workers)]
    cost = cost_of(program, at.folder, variables)
    if cost.exit_code:
        raise RuntimeError(cost.said)
    return cost.wall


def alone(at: Place) -> float:
    """The seconds of the work itself, without Prefect."""
    program = [sys.executable, str(ALONE), str(at.recipe), str(at.repository), str(at.workers)]
    done = subprocess.run(
        program, env=environment(at.folder, None), capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout)["report"]["seconds"]["work"])


@contextmanager
def running(variables: dict[str, str], folder: Path) -> Generator[str]:
    """A real `prefect server start`, for as long as the block lasts; its API's URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("prefect")),
        "server",
        "start",
        "--port",
        str(port),
    ]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=variables | {"PREFECT_HOME": str(folder / "server")},
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}/api"
    try:
        until_healthy(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def until_healthy(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(url)


if __name__ == "__main__":
    sys.exit(main())

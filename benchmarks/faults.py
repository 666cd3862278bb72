"""Runs that are killed at a random moment and resumed: the tree is that of the undisturbed run.

    python benchmarks/faults.py [--quick] [--json FILE] [--runs N N N] [--seed N]

A recipe with a LibCST command, then five renames, on click 8.1.7. Of 200 runs 180 go through `jupiter.run`
without Prefect, 15 through `jupiter run` at one long-lived Prefect server, which is killed as well, and 5
through `jupiter run` with a server of its own. Each gets one `kill -9`, of the whole run or of one process
of its pool, at a moment that a seed draws; then `resume` carries it to its end. What is compared is the
delivered tree, what was read of the log before the resumption, and the edits.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))

from material import copy_of, repository
from table import Goal, Results, aligned, arguments, goals

from jupiter.bus.file import FileLog
from jupiter.bus.verify import verify
from jupiter.fold.state import fold
from jupiter.resume import finished

RECIPE = """\
version: 1
name: faults
codebase: {include: ["src/**/*.py", "tests/**/*.py", "docs/**/*.rst", "examples/**/*.py"]}
environment: {pythonpath: [src]}
steps:
  commas: {codemod: add_trailing_commas.AddTrailingCommas, workers: 3}
  say: {needs: [commas], codemod: rename, with: {symbol: "src/click/utils.py:echo", to: say}, workers: 3}
  ask: {needs: [commas], codemod: rename, with: {symbol: "src/click/termui.py:prompt", to: ask}}
  check: {needs: [say, ask], run: python -m compileall -q src}
"""
BRANCH = "jupiter/faults"

By = Literal["threads", "server", "embedded"]
COUNTS: Mapping[By, int] = {"threads": 180, "server": 15, "embedded": 5}
QUICK: Mapping[By, int] = {"threads": 20, "server": 1, "embedded": 0}

ALONE = Path(__file__).with_name("alone.py")
RESUMING = """\
import sys
from pathlib import Path
from jupiter.resume import resume, source_of
from jupiter.conductor import Threads
from jupiter.run import execute
folder = Path(sys.argv[1])
execute(resume(source_of(folder), folder, lambda notice: None), Threads())
"""


@dataclass(slots=True)
class Bench:
    """Where the runs are made; `server` is the long-lived Prefect server, once there is one."""

    folder: Path
    recipe: Path
    repository: Path
    expected: str
    port: int
    server: subprocess.Popen[bytes] | None = None

    def environment(self, by: By, home: Path) -> dict[str, str]:
        """The environment of one run, with a state folder of its own."""
        found = {**os.environ, "JUPITER_HOME": str(home)}
        found.pop("PREFECT_API_URL", None)
        found["PYTHONPATH"] = str(Path(__file__).parent.parent)
        if by == "server":
            found["PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"
        return found


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    parser = arguments("Runs that are killed and resumed.")
    parser.add_argument(
        "--runs",
        type=int,
        nargs=3,
        metavar="N",
        help="so many without Prefect, at a server, embedded",
    )
    parser.add_argument("--seed", type=int, default=10)
    options = parser.parse_args()
    counts: Mapping[By, int] = QUICK if options.quick else COUNTS
    if options.runs is not None:
        counts = dict(zip(COUNTS, options.runs, strict=True))
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        bench, seconds = prepared(Path(folder))
        chance = random.Random(options.seed)
        try:
            for by, count in counts.items():
                for number in range(count):
                    row = one(bench, by, number, chance, seconds[by])
                    results.rows.append(row)
                    what = f"{row['fault']}, {row['verdict']}"
                    print(f"{by} {number + 1} of {count}: {what}", file=sys.stderr)
        finally:
            stop_server(bench)
    print(table(results.rows))
    results.goals += goals_of(results.rows)
    print(goals(results))
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def prepared(folder: Path) -> tuple[Bench, dict[By, float]]:
    """The bench with the tree of an undisturbed run, and about how long a run of each kind takes."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE)
    bench = Bench(folder, recipe, repository("click", "8.1.7"), "", free_port())
    begun = time.monotonic()
    home = folder / "undisturbed"
    place = copy_of(bench.repository, folder / "undisturbed-click")
    environment = bench.environment("threads", home)
    started(command(bench, "threads", place), environment).wait()
    seconds = time.monotonic() - begun
    bench.expected = tree(place)
    return bench, {"threads": seconds, "server": seconds + 8, "embedded": seconds + 12}


def one(bench: Bench, by: By, number: int, chance: random.Random, seconds: float) -> dict[str, Any]:
    """One row: a run that was killed and resumed, and what came of it."""
    place = copy_of(bench.repository, bench.folder / f"{by}-{number}")
    home = bench.folder / f"home-{by}-{number}"
    at, fault = chance.uniform(0.3, seconds), chance.choice(["run", "run", "worker"])
    if by == "server":
        fault = chance.choice(["run", "worker", "server"])
        start_server(bench)
    process = started(command(bench, by, place), bench.environment(by, home))
    time.sleep(at)
    hit = killed(bench, process, fault)
    process.wait()
    row = {"by": by, "at": at, "fault": fault, "hit": hit, "resumed": False, "events": 0}
    folders = begun_in(home)
    before = list(FileLog.open(folders[0]).events()) if folders else []
    row["events"] = len(before)
    if (
        not before
    ):  # too early: there is nothing to resume, and the run is made as if for the first time
        started(command(bench, by, place), bench.environment(by, home)).wait()
        folders = begun_in(home)[-1:]
    for _ in range(2):
        if finished(folders[0]) is not None:
            break
        row["resumed"] = True
        if by == "server":
            start_server(bench)
        started(resuming(by, folders[0]), bench.environment(by, home)).wait()
    return {**row, "verdict": verdict(bench, place, folders[0], before)}


def begun_in(home: Path) -> list[Path]:
    """The folders of the runs in a state folder, in the order in which they began."""
    return sorted((home / "runs").iterdir()) if (home / "runs").is_dir() else []


def verdict(bench: Bench, place: Path, folder: Path, before: Sequence[object]) -> str:
    """`ok`, or what is wrong with a resumed run."""
    after = list(FileLog.open(folder).events())
    if after[: len(before)] != list(before):
        return "an acknowledged event is lost"
    if problems := verify(folder).problems:
        return problems[0]
    state = fold(after)
    if any(edit in state.changes[:place_] for place_, edit in enumerate(state.changes)):
        return "an edit was applied twice"
    if state.status == "partial":
        return "partial"
    return "ok" if tree(place) == bench.expected else f"another tree: {state.status}"


def command(bench: Bench, by: By, place: Path) -> list[str]:
    """What carries a run out."""
    if by == "threads":
        return [sys.executable, str(ALONE), str(bench.recipe), str(place), "3"]
    return [sys.executable, "-m", "jupiter", "run", str(bench.recipe), "--repo", str(place)]


def resuming(by: By, folder: Path) -> list[str]:
    """What carries it on."""
    if by == "threads":
        return [sys.executable, "-c", RESUMING, str(folder)]
    return [sys.executable, "-m", "jupiter", "resume", folder.name]


def started(arguments_: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A process in a session of its own, silent."""
    return subprocess.Popen(
        arguments_,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def killed(bench: Bench, process: subprocess.Popen[bytes], fault: str) -> bool:
    """Kill what the fault says; whether there was anything to kill."""
    if process.poll() is not None:
        return False
    if fault == "server" and bench.server is not None:
        stop_server(bench)
        return True
    if fault == "worker":
        workers = [pid for child in children(process.pid) for pid in children(child)]
        if workers:
            os.kill(workers[0], signal.SIGKILL)
            return True
    os.killpg(process.pid, signal.SIGKILL)
    return True


def children(pid: int) -> list[int]:
    """The children of a process; none when it has gone."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in found.split()]


def start_server(bench: Bench) -> None:
    """Start the long-lived server when it is not there; returns when it answers."""
    if bench.server is not None and bench.server.poll() is None:
        return
    environment = {**os.environ, "PREFECT_HOME": str(bench.folder / "prefect")}
    environment["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    bench.server = started(
        [sys.executable, "-m", "prefect", "server", "start", "--port", str(bench.port)], environment
    )
    wait_for_server(bench.port)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for_server(port: int) -> None:
    """Until the health check answers; raises SystemExit after a minute and a half."""
    for _ in range(180):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=1).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise SystemExit("the Prefect server did not start")


def stop_server(bench: Bench) -> None:
    """Kill the long-lived server, if it is there."""
    if bench.server is not None and bench.server.poll() is None:
        os.killpg(bench.server.pid, signal.SIGKILL)
        bench.server.wait()


def tree(place: Path) -> str:
    """The tree of the delivered branch; empty if there is none."""
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", f"{BRANCH}^{{tree}}"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line for each kind of run and fault."""
    heads: list[list[object]] = [
        ["through", "killed", "runs", "too early", "resumed", "right", "wrong", "events then"]
    ]
    for by, fault in dict.fromkeys((row["by"], row["fault"]) for row in rows):
        same = [row for row in rows if (row["by"], row["fault"]) == (by, fault)]
        early = [row for row in same if not row["events"]]
        right = [row for row in same if row["verdict"] == "ok"]
        heads.append(
            [
                by,
                fault,
                len(same),
                len(early),
                sum(row["resumed"] for row in same),
                len(right),
                len(same) - len(right),
                round(median(row["events"] for row in same)),
            ]
        )
    return aligned(heads)


def goals_of(rows: Sequence[Mapping[str, Any]]) -> list[Goal]:
    """Every run comes to the tree of the undisturbed one."""
    share = sum(row["verdict"] == "ok" for row in rows) / len(rows)
    return [Goal("runs that come to the same tree", share, "share", 1, "at least")]


if __name__ == "__main__":
    sys.exit(main())

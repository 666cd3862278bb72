"""One job for one agent, three Jupiter workers, three isolated agents: requests, tokens, what they cost.

    python benchmarks/tokens.py [--quick] [--json FILE]

The job is that of `jupiter demo --agents`: `open_file` of click 8.1.7, its tests and its documentation.
Agents are scripts at the local Messages server, whose prompt cache follows the rules of the real one;
tokens are about four bytes each. Before they write they read: what `reads` says, of which a third is what
all of them want to see and the rest is each one's own; the single agent reads the union. Isolated agents
have a goal, a conversation and a prefix each and see nothing of the others; those who wrote by the old
interface have to do it again on the first one's result, in the last row.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from table import Goal, Results, aligned, arguments, goals

from jupiter.conductor import Threads
from jupiter.demo.agents import brought_in_line, follower, proposer
from jupiter.demo.conversation import Agent, Conversation, Reply, after, call
from jupiter.demo.material import CLICK, repository_of
from jupiter.demo.server import MessagesServer
from jupiter.demo.signatures import signatures, stale_calls
from jupiter.demo.story import FUNCTION, NEW, NEW_TEST, PATH, SYMBOL, VALUES, changed
from jupiter.demo.weather import Timing
from jupiter.engines.agent_prices import Price, price_of
from jupiter.errors import SurroundingsError
from jupiter.execution import Run, start
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import UsageRecorded
from jupiter.run import execute

MODEL = "claude-sonnet-5-5"
READS = (6, 0, 18)
"""How many symbols each agent reads before it writes; the first is the job of `--quick`."""
MOST_TIMES, LEAST_READ = 1.2, 0.8

SHARED = [f"src/click/types.py:File.{name}" for name in ("convert", "__init__", "to_info_dict")] + [
    f"src/click/utils.py:{name}" for name in ("LazyFile.open", "KeepOpenFile", "get_os_args")
]
"""What each of the agents wants to see."""
OWN = {
    "code": [f"src/click/_compat.py:{n}" for n in (
        "open_stream", "_wrap_io_open", "_AtomicFile.__init__", "_AtomicFile.close", "get_best_encoding",
        "_is_compat_stream_attr", "_is_compatible_text_stream", "_force_correct_text_stream",
        "_find_binary_reader", "_find_binary_writer", "_stream_is_misconfigured", "is_ascii_encoding",
    )],
    "tests": [f"tests/test_utils.py:{n}" for n in (
        "test_echo", "test_echo_with_capsys", "test_filename_formatting", "test_unstyle_other_ansi",
        "test_prompts", "test_prompts_abort", "test_iter_keepopenfile", "test_iter_lazyfile",
        "test_echo_via_pager", "test_echo_custom_file", "test_echo_writing_to_standard_error",
        "test_confirm_repeat",
    )],
    "docs": [f"docs/{n}" for n in (
        "utils.rst#ANSI-Colors", "utils.rst#Printing-to-Stdout", "utils.rst#Pager-Support",
        "utils.rst#Printing-Filenames", "utils.rst#Standard-Streams", "utils.rst#Screen-Clearing",
        "arguments.rst#File-Arguments", "arguments.rst#File-Path-Arguments",
        "arguments.rst#File-Opening-Safety", "utils.rst#Launching-Editors",
        "utils.rst#Launching-Applications", "utils.rst#Finding-Application-Folders",
    )],
}  # fmt: skip
"""What only one of them wants to see."""

GOALS = {
    "code": "Whoever calls click.open_file is to say what for: `mode` is to be named.",
    "tests": "Bring the tests of click.open_file in line with its interface, and test that it writes.",
    "docs": "Bring the documentation of click.open_file in line with its interface.",
}
SELECT: Mapping[str, Mapping[str, Any]] = {
    "code": {"symbols": [SYMBOL]},
    "tests": {"paths": ["tests/**/*.py"], "references": SYMBOL},
    "docs": {"paths": ["docs/**/*.rst"], "references": SYMBOL},
}
ALL = "Do all of this, in this order. "


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have the job done, measured: tokens as the server's usage counts them."""

    reads: int
    way: str
    requests: int
    uncached: int
    written: int
    read: int
    output: int
    stale: int
    """Calls that do not fit, in the trees that have come out."""

    @property
    def input(self) -> int:
        """All tokens that were sent."""
        return self.uncached + self.written + self.read

    @property
    def priced(self) -> float:
        """What was sent, in tokens at the price of input that is not cached."""
        price = _price()
        return price.of(self.uncached, self.written, self.read, 0) / price.input * 1e6

    @property
    def share(self) -> float:
        """How much of what was sent was read from the cache."""
        return self.read / self.input


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    options = arguments("Tokens of one agent, three workers, three isolated agents.").parse_args()
    rows: list[Mapping[str, Any]] = []
    ways: list[Way] = []
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "click"
        try:
            shutil.copytree(repository_of(CLICK), repository)
        except SurroundingsError as error:
            print(f"left out: everything, {error}")
            return 1
        for reads in READS[:1] if options.quick else READS:
            for way, samples in measured(repository, reads):
                ways.append(way)
                rows.append(asdict(way) | {"priced": round(way.priced), "samples": samples})
    print(aligned([HEAD, *(_cells(one) for one in ways)]))
    results = Results(rows, list(_goals(ways)))
    print(f"\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


HEAD = (
    "reads",
    "way",
    "requests",
    "uncached",
    "written",
    "read",
    "read %",
    "priced",
    "output",
    "stale",
)


def _cells(one: Way) -> tuple[object, ...]:
    return (
        *(one.reads, one.way, one.requests, one.uncached, one.written, one.read),
        *(round(100 * one.share), round(one.priced), one.output, one.stale),
    )


def _goals(ways: Sequence[Way]) -> Iterator[Goal]:
    by_way = {(one.reads, one.way): one for one in ways}
    for reads in dict.fromkeys(one.reads for one in ways):
        mine, single = by_way[reads, "3 workers"], by_way[reads, "1 agent"]
        times = mine.priced / single.priced
        name = f"{reads} reads"
        yield Goal(f"{name}: 3 workers, of 1 agent, at cache rates", times, "times", MOST_TIMES)
        yield Goal(f"{name}: input from the cache", mine.share, "of all", LEAST_READ, "at least")
        yield Goal(f"{name}: stale calls", mine.stale, "calls", 0)


def measured(repository: Path, reads: int) -> Iterator[tuple[Way, list[dict[str, Any]]]]:
    """The job in all ways."""
    workers = {GOALS[role]: _script(role, reads) for role in GOALS}
    with _played(workers) as server:
        run = _run(repository, _recipe([_goal(role) for role in GOALS], workers=3))
        yield _way(reads, "3 workers", server, [run], _texts(run))
        owned = run.log.look(lambda state: sorted(s for s in state.owners if s != NEW_TEST))
    with _played({ALL: _single(reads)}) as server:
        one = {"goal": ALL + " ".join(GOALS.values()), "select": {"symbols": owned}}
        run = _run(repository, _recipe([{**one, "creates": [NEW_TEST]}]))
        yield _way(reads, "1 agent", server, [run], _texts(run))
    before = signatures(FUNCTION, (repository / PATH).read_text(encoding="utf-8"))[0]
    workers |= {f"Again. {GOALS[role]}": _script(role, reads, before) for role in ("tests", "docs")}
    with _played(dict(reversed(workers.items()))) as server:
        runs = {role: _run(repository, _recipe([_goal(role)], deliver=role)) for role in GOALS}
        yield _way(reads, "3 isolated", server, list(runs.values()), _merged(runs))
        first = runs["code"].source.recipe.deliver.branch or ""
        later = {
            role: _run(repository, _recipe([_again(role)], deliver=f"{role}-2"), ref=first)
            for role in ("tests", "docs")
        }
        both = [*runs.values(), *later.values()]
        yield _way(reads, "3 isolated, 2 again", server, both, _merged(runs | later))


def _goal(role: str) -> dict[str, Any]:
    new = {"creates": [NEW_TEST]} if role == "tests" else {}
    return {"goal": GOALS[role], "select": SELECT[role], **new}


def _again(role: str) -> dict[str, Any]:
    return {**_goal(role), "goal": f"Again. {GOALS[role]}"}


def _recipe(goals: list[dict[str, Any]], *, workers: int = 1, deliver: str = "all") -> str:
    step = {"agent": goals, "workers": workers, "model": MODEL}
    document = {
        "version": 1,
        "name": "tokens",
        "codebase": {"include": ["src/**/*.py", "tests/**/*.py", "docs/**/*.rst"]},
        "steps": {"change": step},
        "repair": {"rounds": 0, "minutes": 0},
        "deliver": {"branch": f"jupiter/tokens-{deliver}", "if_exists": "replace"},
    }
    return json.dumps(document)  # which is YAML


def _script(role: str, reads: int, before: str | None = None) -> Agent:
    """An agent of three; `before` is what calls were written by, if it is not what it is shown first."""
    looks = [call("read_symbol", symbol=one) for one in _to_read(reads, (role,))]
    if role == "code":
        return after(looks, proposer(SYMBOL, changed))
    new = {NEW_TEST: NEW} if role == "tests" else None
    return after(looks, follower(SYMBOL, VALUES, new, before=before))


def _to_read(reads: int, roles: Sequence[str]) -> list[str]:
    shared = reads // 3
    return SHARED[:shared] + [one for role in roles for one in OWN[role][: reads - shared]]


def _single(reads: int) -> Agent:
    """One agent that does what the three of them do, one after the other."""

    def works(conversation: Conversation) -> Reply:
        done = {one.name for one in conversation.calls}
        text = changed(conversation.sources[SYMBOL])
        if "write_symbol" not in done:
            return call("write_symbol", symbol=SYMBOL, text=text)
        old, now = (
            signatures(FUNCTION, conversation.sources[SYMBOL])[0],
            signatures(FUNCTION, text)[0],
        )
        left = brought_in_line(
            conversation, FUNCTION, (old, now), VALUES, {NEW_TEST: NEW}, leave=SYMBOL
        )
        if left is not None:
            return left
        return call("check") if "check" not in done else call("done", summary="It is all changed.")

    return after([call("read_symbol", symbol=one) for one in _to_read(reads, tuple(GOALS))], works)


@contextmanager
def _played(agents: Mapping[str, Agent]) -> Generator[MessagesServer]:
    server = MessagesServer(agents, timing=Timing(first_byte=(0.02, 0.06), a_token=0.0002))
    with server.at_hand():
        yield server
    if server.refused:
        raise SystemExit(f"the API would refuse this: {server.refused[0].message}")


def _run(repository: Path, recipe: str, ref: str = "HEAD") -> Run:
    """A whole run, without a check; every briefing must end well."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokens.yaml"
        path.write_text(recipe, encoding="utf-8")
        run = start(load(Request(path, repository, ref)), lambda _: None)
        report = execute(run, Threads())
    if report.status not in {"done", "unchanged"}:
        raise SystemExit(f"a run has ended {report.status}: {report.reason} {report.failures}")
    return run


def _texts(run: Run) -> dict[str, str]:
    """The codebase as a run has left it."""
    return {path: run.read(path).decode() for path in run.source.index.files}


def _merged(runs: Mapping[str, Run]) -> dict[str, str]:
    """What isolated agents come to together: of each the files of its own part."""
    folders = {"code": "src/", "tests": "tests/", "docs": "docs/"}
    return {
        path: text
        for role, run in runs.items()
        for path, text in _texts(run).items()
        if path.startswith(folders[role])
    }


def _way(
    reads: int, way: str, server: MessagesServer, runs: Sequence[Run], texts: Mapping[str, str]
) -> tuple[Way, list[dict[str, Any]]]:
    """What the logs of all runs say was used, which must be what the server has counted."""
    used = [event for run in runs for event in run.log.events()]
    paid = [
        (event.briefing, data) for event in used if isinstance(data := event.data, UsageRecorded)
    ]
    made = Way(
        reads=reads,
        way=way,
        requests=len(paid),
        uncached=sum(one.input_tokens for _, one in paid),
        written=sum(one.cache_write_tokens for _, one in paid),
        read=sum(one.cache_read_tokens for _, one in paid),
        output=sum(one.output_tokens for _, one in paid),
        stale=len(stale_calls(texts, PATH, FUNCTION)),
    )
    counted = sum(one.used.uncached + one.used.written + one.used.read for one in server.served)
    if (made.requests, made.input) != (len(server.served), counted):
        raise SystemExit(f"{way}: the logs and the server disagree: {made.input}, {counted}")
    kept = {"input_tokens", "cache_write_tokens", "cache_read_tokens", "output_tokens"}
    return made, [{"briefing": number, **one.model_dump(include=kept)} for number, one in paid]


def _price() -> Price:
    price = price_of(MODEL)
    assert price is not None, MODEL
    return price


if __name__ == "__main__":
    sys.exit(main())

"""Replays whose calls are written by what conversations show: what the bus gives; time by another seed."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupiter.fold.file import File

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
USERS = 4
LONG = "    # A line that makes a function so long that not all of them are one worker's.\n" * 120


def release(function: str, call: str) -> dict[str, File]:
    """A package with a function and modules that call it; one calls it from a class of its own."""
    files = {"pkg/core.py": f"class Box:\n    pass\n\n\n{function}\n"}
    for number in range(USERS):
        body = f"from pkg.core import run\n\n\ndef use(x):\n{LONG}    return {call} + {number}\n"
        files[f"pkg/user{number}.py"] = body
    return {path: File(text.encode()) for path, text in files.items()}


BEFORE = release("def run(x):\n    return x", "run(x)")
AFTER = release("def run(x, *, twice):\n    return x * twice", "run(x, twice=2)")


@pytest.fixture(scope="module")
def replay() -> Iterator[Any]:
    """The modules of the benchmark that are tested here."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import replay_calls  # noqa: PLC0415 # programs of benchmarks/ find each other by the path
        import replay_clock  # noqa: PLC0415 # found by the path
        import replay_fit  # noqa: PLC0415 # found by the path
        import replay_job  # noqa: PLC0415 # found by the path
        import replay_oracle  # noqa: PLC0415 # found by the path
        import replay_run  # noqa: PLC0415 # found by the path

        yield SimpleNamespace(
            calls=replay_calls,
            clock=replay_clock,
            fit=replay_fit,
            job=replay_job,
            oracle=replay_oracle,
            run=replay_run,
        )
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-replay")


def played(replay: Any, folder: Path, **settings: Any) -> tuple[Any, Any]:
    """A run of the small job whose calls are written by what is visible, and who judges its trees."""
    job = replay.job.job("small", BEFORE, AFTER)
    fit = replay.fit.Fit(job)
    agent = replay.oracle.Visible(job.steps, fit.needing)
    return fit, replay.run.play(job, agent, replay.run.Settings(**settings), folder / "run")


def test_the_calls_that_need_a_new_signature_are_known_with_what_they_were(replay: Any) -> None:
    found = replay.calls.needing(BEFORE, AFTER)
    assert list(found) == [f"pkg/user{number}.py" for number in range(USERS)]
    (one,) = found["pkg/user0.py"]
    assert (one.after, one.before) == ("run(x, twice=2)", "run(x)")
    assert one.definition == "pkg/core.py:run"
    assert not one.is_known("def run(x): …\nrun(x, twice=2)")
    assert one.is_known("now: def run(x, *, twice)")


def test_a_constructor_is_known_by_its_class(replay: Any) -> None:
    before, after = (
        {
            "a.py": File(f"class A:\n    def __init__(self{more}):\n        pass\n".encode()),
            "b.py": File(f"import a\n\na.A({call})\n".encode()),
        }
        for more, call in (("", ""), (", size", "3"))
    )
    (one,) = replay.calls.needing(before, after)["b.py"]
    assert (one.after, one.before, one.definition) == ("a.A(3)", "a.A()", "a.py:A.__init__")
    assert not one.is_known("a.py:B.__init__\n  now: def __init__(self, size)")
    assert one.is_known("a.py:A.__init__\n  now: def __init__(self, size)")
    mixed, calls = after | {"b.py": before["b.py"]}, replay.calls.needing(before, after)
    assert replay.calls.stale(mixed, after, calls) == ["b.py: a.A()"]
    assert replay.calls.misfits(mixed) == ["b.py: a.A()"]
    assert replay.calls.stale(after, after, calls) == replay.calls.misfits(after) == []


def test_with_the_bus_no_call_is_stale_when_all_are_done(replay: Any, tmp_path: Path) -> None:
    fit, made = played(replay, tmp_path, workers=3)
    assert fit.stale(made.worked) == []
    assert made.tree == AFTER
    assert (made.report.conflicts, made.report.refused_edits) == (0, 0)


def test_without_it_calls_are_stale_until_they_are_repaired(replay: Any, tmp_path: Path) -> None:
    fit, made = played(replay, tmp_path, workers=3, shares=False, repairs=2)
    stale = fit.stale(made.worked)
    assert stale
    assert len(fit.new(made.checked[0])) == len(stale)
    assert (made.rounds, fit.new(made.checked[-1]), made.tree) == (1, [], AFTER)


def test_a_run_of_one_worker_is_timed_by_another_seed_as_if_it_had_been_run_so(
    replay: Any, tmp_path: Path
) -> None:
    job = replay.job.job("small", BEFORE, AFTER)
    agent, model = replay.oracle.Oracle(job.steps), replay.clock.Model
    first, second = (
        replay.run.play(
            job, agent, replay.run.Settings(model(seed), workers=1), tmp_path / f"{seed}"
        )
        for seed in (0, 1)
    )
    assert first.by(model(1)).answered == second.answered
    assert first.by(model(1)).work - sum(one.seconds for one in second.answered) == pytest.approx(
        first.work - sum(one.seconds for one in first.answered)
    )
    assert first.by(replace(model(0), slow=5), "worker-1").work > 4 * first.work

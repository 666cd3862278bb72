"""The rename engine: each owner writes its own symbols, and the bytes do not depend on how many there are."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.code.substitute import Substitution, substituted
from jupiter.engines.hands import Hands
from jupiter.engines.pool import Pool
from jupiter.engines.setting import Setting
from jupiter.engines.work import engines, workers
from jupiter.fold.file import File
from jupiter.fold.state import State
from jupiter.fold.tree import changed_files
from jupiter.index.codebase import Codebase
from jupiter.index.index import build_index
from jupiter.index.renaming import Renaming, renaming
from jupiter.model.briefing import (
    CodebaseContext,
    NameChange,
    Site,
    TaskDescription,
    WorkerBriefing,
)
from jupiter.model.event import Draft
from jupiter.model.plan import Cut, Plan
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.step import CodemodStep
from jupiter.model.tree_events import EditAccepted, InterfacePublished
from jupiter.planner.renames import shares

TEXTS = {
    "p/__init__.py": b'from .say import one, two\n\n__all__ = ["one", "two"]\n',
    "p/say.py": b"def one():\n    return two()\n\n\ndef two():\n    return 2\n\n\nX = 1\n",
    "p/use.py": b"".join(
        b"from p import one, two\n"
        if n < 0
        else b"\n\ndef f%d():\n    return one() + two()  # or one\n" % n
        for n in range(-1, 12)
    ),
    "docs/a.md": b"# One\n\nCall `p.one()`.\n\n# Two\n\nCall `p.two()`, not one.\n",
}
WANTED = {"say": ("p/say.py:one", "first"), "more": ("p/say.py:two", "second")}
STEPS = {
    step: CodemodStep.model_validate({"codemod": "rename", "with": {"symbol": old, "to": new}})
    for step, (old, new) in WANTED.items()
}


def worked_out() -> dict[str, Renaming]:
    codebase = Codebase(TEXTS)
    return {step: renaming(codebase, old, new) for step, (old, new) in WANTED.items()}


def expected() -> dict[str, bytes]:
    found = worked_out().values()
    return {
        path: substituted(
            data,
            [
                Substitution(site.line, site.column, one.old, one.new)
                for one in found
                for site in one.sites
                if site.path == path
            ],
        )
        for path, data in TEXTS.items()
    }


def briefing(
    number: int, symbols: tuple[str, ...], changes: tuple[NameChange, ...]
) -> WorkerBriefing:
    return WorkerBriefing(
        id=number,
        wave=1,
        task=TaskDescription(
            goal="rename", steps=tuple(c.step for c in changes), select=(), renames=changes
        ),
        context=CodebaseContext(base_commit="0" * 40, neighbours=(), outline=()),
        symbols_owned=symbols,
        symbols_readable=(),
        constraints=(),
        weight=1,
    )


def planned(number_of_workers: int) -> Plan:
    made = shares(worked_out(), Codebase(TEXTS), number_of_workers)
    return plan_of(
        tuple(briefing(n, one.symbols, one.renames) for n, one in enumerate(made, start=1)),
        number_of_workers,
    )


def plan_of(briefings: tuple[WorkerBriefing, ...], number_of_workers: int = 2) -> Plan:
    return Plan(
        wave=1,
        steps=tuple(STEPS),
        workers=number_of_workers,
        briefings=briefings,
        left_out=(),
        cut=Cut(edges=0, across=0),
        later=(),
    )


def carried_out(plan: Plan, folder: Path, pool: Pool) -> FileLog:
    log = FileLog.create(folder / f"log-{plan.workers}", "run")
    owned = tuple(
        Owned(briefing=b.id, steps=b.task.steps, symbols=b.symbols_owned, constraints=())
        for b in plan.briefings
    )
    log.append(
        lambda _state: [
            Draft(data=WavePlanned(wave=1, steps=plan.steps, workers=plan.workers, owned=owned))
        ]
    )
    setting = Setting(
        recipe_folder=folder,
        scratch=folder / f"scratch-{plan.workers}",
        read=TEXTS.__getitem__,
        pool=pool,
        stop=threading.Event(),
        index=build_index(TEXTS),
        context=lambda briefing: briefing,
        check=lambda _: "",
    )
    engine = engines(plan, STEPS, setting)
    work = workers(Hands(plan, log), engine, base)
    with ThreadPoolExecutor(plan.workers) as threads:
        list(threads.map(work, [b.id for b in plan.briefings]))
    return log


def tree(log: FileLog) -> Mapping[str, bytes]:
    changed = log.look(lambda state: changed_files(state, base, log.get))
    return dict(TEXTS) | {path: file.text for path, file in changed.items() if file is not None}


def base(path: str) -> File | None:
    return File(TEXTS[path]) if path in TEXTS else None


def state_of(log: FileLog) -> State:
    return log.look(lambda state: state)


@pytest.mark.parametrize("number", [1, 3, 8])
def test_the_result_is_that_of_substituting_every_place_for_any_number_of_workers(
    number: int, tmp_path: Path, pool: Pool
) -> None:
    plan = planned(number)
    log = carried_out(plan, tmp_path, pool)
    assert tree(log) == expected()
    state = state_of(log)
    assert (state.conflicts, state.refused) == (0, [])
    assert {b.progress for b in state.briefings.values()} == {"finished"}


def test_a_file_in_which_several_briefings_have_uses_needs_no_merge(
    tmp_path: Path, pool: Pool
) -> None:
    plan = planned(3)
    writers = {
        b.id for b in plan.briefings for symbol in b.symbols_owned if symbol.startswith("p/use.py:")
    }
    assert len(writers) > 1
    assert tree(carried_out(plan, tmp_path, pool))["p/use.py"] == expected()["p/use.py"]


def test_only_what_has_a_new_interface_is_published_and_every_use_says_what_it_follows(
    tmp_path: Path, pool: Pool
) -> None:
    events = list(carried_out(planned(3), tmp_path, pool).events())
    published = {e.data.symbol: e.data for e in events if isinstance(e.data, InterfacePublished)}
    functions = {
        symbol: one for symbol, one in published.items() if ":f" in symbol or "say" in symbol
    }
    assert {s: (one.before, one.after) for s, one in functions.items()} == {
        "p/say.py:one": ("def one()", "def first()"),
        "p/say.py:two": ("def two()", "def second()"),
    }
    edits = [e.data for e in events if isinstance(e.data, EditAccepted)]
    follows = {one.edit.symbol: set(one.follows) for one in edits if one.edit.op != "file"}
    assert follows["p/use.py:f1"] == {"p/say.py:one", "p/say.py:two"}
    assert follows["docs/a.md#Two"] == {"p/say.py:two"}
    named = {one.edit.symbol: one.edit.to for one in edits if one.edit.op == "rename"}
    assert named["p/say.py:one"] == "first"
    assert "p/use.py:f1" not in named


def test_a_refused_edit_fails_its_briefing_whole_and_no_other(tmp_path: Path, pool: Pool) -> None:
    def change(step: str, new: str, *sites: tuple[str, int, int]) -> NameChange:
        symbol, _ = WANTED[step]
        return NameChange(
            step=step,
            symbol=symbol,
            old=symbol.rpartition(":")[2],
            new=new,
            sites=tuple(Site(path=p, line=n, column=c) for p, n, c in sites),
        )

    bad = change("say", "not a name", ("p/say.py", 1, 4), ("docs/a.md", 3, 8))
    good = change("more", "second", ("docs/a.md", 7, 8))
    plan = plan_of(
        (
            briefing(1, ("docs/a.md#One", "p/say.py:one"), (bad,)),
            briefing(2, ("docs/a.md#Two",), (good,)),
        )
    )
    log = carried_out(plan, tmp_path, pool)
    state = state_of(log)
    assert [state.briefings[n].progress for n in (1, 2)] == ["failed", "finished"]
    assert tree(log) == TEXTS | {"docs/a.md": TEXTS["docs/a.md"].replace(b"p.two()", b"p.second()")}


def test_a_place_that_does_not_hold_the_name_fails_the_briefing_with_where(
    tmp_path: Path, pool: Pool
) -> None:
    wrong = NameChange(
        step="say",
        symbol="p/say.py:one",
        old="one",
        new="first",
        sites=(Site(path="p/say.py", line=2, column=0),),
    )
    log = carried_out(plan_of((briefing(1, ("p/say.py:one",), (wrong,)),)), tmp_path, pool)
    reason = state_of(log).briefings[1].reason
    assert "p/say.py" in reason
    assert "line 2, column 0: one does not stand there" in reason

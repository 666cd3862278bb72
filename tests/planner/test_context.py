"""What the worker of an agent's briefing is told: texts, interfaces, dependents, instructions, sizes."""

from typing import Any

import pytest

from jupiter.index.edges import edges
from jupiter.index.index import build_index
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.plan import Plan
from jupiter.model.recipe import Recipe
from jupiter.model.step import AgentStep
from jupiter.planner import context
from jupiter.planner.agents import with_agents
from jupiter.planner.context import Contexts
from jupiter.planner.outlines import outline_of
from jupiter.planner.plan import Wave, plan_wave
from jupiter.planner.selection import Ground
from jupiter.planner.tokens import tokens
from jupiter.system.git import Entry
from jupiter.system.paths import matches

FILES = {
    "AGENTS.md": b"Be brief.\n",
    "CONTRIBUTING.md": b"x" * 40_000,
    "README.md": b"# p\n",
    "p/AGENTS.md": b"Of p.\n",
    "p/core.py": (
        b"LIMIT = 3\n\n\nclass Base:\n    def work(self, times: int = 1) -> int:\n"
        b"        return LIMIT * times\n\n\ndef run(base: Base) -> int:\n    return base.work()\n"
    ),
    "p/user.py": b"from p.core import run\n\n\ndef use():\n    return run(None)\n",
    "pyproject.toml": b'[project]\nname = "p"\nrequires-python = ">=3.11"\n',
    "q/AGENTS.md": b"Not of p.\n",
    "tests/test_core.py": b"from p.core import run\n\n\ndef test_run():\n    assert run\n",
}


def planned(*goals: dict[str, Any], files: dict[str, bytes] = FILES) -> tuple[Plan, Contexts]:
    steps = {
        "s": {"agent": [{"goal": "g"} | goal for goal in goals], "check": "ruff check ."},
        "t": {"needs": ["s"], "run": "pytest -q"},
    }
    recipe = Recipe.model_validate({"version": 1, "name": "r", "steps": steps})
    index = build_index({p: t for p, t in files.items() if matches(p, recipe.codebase.include)})
    entries = {path: Entry("100644", "file", "0", len(text)) for path, text in files.items()}
    entries["CLAUDE.md"] = Entry("120000", "symlink", "0", 9)
    ground, uses = Ground(recipe, entries, index), edges(index, index.files)
    wave = Wave(1, {}, ("t",))
    empty = plan_wave(wave, recipe, index, {}, base_commit="c", workers=2, first_id=1)
    step = recipe.steps["s"]
    assert isinstance(step, AgentStep)
    made = with_agents(empty, {"s": step}, ground, uses, base_commit="c0ffee", first_id=1)
    return made, Contexts(made, ground, uses, files.__getitem__)


def of(symbol: str, *goals: dict[str, Any], **keys: Any) -> WorkerBriefing:
    """The briefing that owns a symbol, whole."""
    made, contexts = planned(*goals, **keys)
    return contexts.of(next(b for b in made.briefings if symbol in b.symbols_owned))


WHO = ("p/core.py:run", "tests/test_core.py")
RUN = {"select": {"symbols": "p.core:run"}}
USE = {"select": {"symbols": "p.user:use"}}


def test_it_has_the_sources_of_what_is_owned_and_nothing_of_what_is_new() -> None:
    found = of("p/core.py:run", RUN | {"creates": ["p/core.py:stop", "p/new.py"]})
    assert [one.symbol for one in found.context.sources] == ["p/core.py:run"]
    assert found.context.sources[0].text == "def run(base: Base) -> int:\n    return base.work()\n"


def test_a_file_that_is_owned_whole_is_given_whole() -> None:
    found = of("p/user.py", {"select": {"paths": "p/user.py"}})
    assert found.context.sources[0].text == FILES["p/user.py"].decode()


def test_it_has_the_interfaces_of_what_is_used_with_their_owners() -> None:
    found = of("p/user.py:use", RUN, USE)
    (one,) = found.context.interfaces
    assert (one.symbol, one.text) == ("p/core.py:run", "def run(base: Base) -> int")
    assert one.owner is not None
    assert one.owner != found.id
    assert of("p/user.py:use", USE).context.interfaces[0].owner is None


def test_it_has_the_dependents_of_what_is_owned_with_their_owners() -> None:
    found = of("p/core.py:run", RUN, USE)
    assert [(d.symbol, d.names) for d in found.context.dependents] == [
        ("p/user.py:use", ("p/core.py:run",)),
        ("tests/test_core.py:test_run", ("p/core.py:run",)),
    ]
    owners = {d.symbol: d.owner for d in found.context.dependents}
    assert owners["tests/test_core.py:test_run"] is None
    assert owners["p/user.py:use"] not in {None, found.id}


def test_instructions_are_those_of_the_folders_above_and_long_ones_are_cut_short() -> None:
    found = of("p/core.py:run", RUN).context.instructions
    assert [(one.path, one.folder) for one in found] == [
        ("AGENTS.md", ""),
        ("CONTRIBUTING.md", ""),
        ("p/AGENTS.md", "p"),
    ]
    assert found[1].text.endswith("… (cut short)\n")
    assert len(found[1].text) < 15_000


def test_instructions_that_are_about_all_of_it_are_the_same_for_all_whatever_others_there_are() -> (
    None
):
    long = {f"p/{name}": b"y%d" % n * 20_000 for n, name in enumerate(("AGENTS.md", "CLAUDE.md"))}
    goals = (RUN, {"select": {"paths": "tests"}})
    found = [of(symbol, *goals, files=FILES | long) for symbol in WHO]
    first, second = ([i for i in one.context.instructions if not i.folder] for one in found)
    assert first == second != []


def test_all_instructions_together_are_bounded_and_the_nearest_come_first() -> None:
    names = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md")
    deep = {f"p/q/{name}": name.encode() * 4_000 for name in names}
    above = {f"p/{name}": b"above " + name.encode() * 4_000 for name in names}
    top = {f"{name}": b"top " + name.encode() * 4_000 for name in ("CONTRIBUTING.rst", *names[::2])}
    files = FILES | deep | above | top | {"p/q/new.py": b"def far(): ...\n"}
    found = of("p/q/new.py", {"select": {"paths": "p/q/new.py"}}, files=files)
    told = found.context.instructions
    assert sum(tokens(len(one.text)) for one in told) < 2 * context.MOST_INSTRUCTIONS + 100
    assert [one.path for one in told if one.folder] == ["p/q/AGENTS.md", "p/q/CLAUDE.md"]


def test_a_text_that_is_there_twice_is_told_once() -> None:
    files = FILES | {"p/CLAUDE.md": b"Of p.\n", "p/CONTRIBUTING.md": b"Be brief.\n"}
    found = of("p/core.py:run", RUN, files=files).context.instructions
    assert [one.path for one in found] == ["AGENTS.md", "CONTRIBUTING.md", "p/AGENTS.md"]


def test_it_has_the_checks_the_python_and_how_conflicts_were_settled() -> None:
    found = of("p/core.py:run", RUN, RUN).context
    assert found.checks == ("ruff check .", "pytest -q")
    assert found.requires_python == ">=3.11"
    assert found.conflicts == (
        "steps.s.agent[0] and steps.s.agent[1] both want p/core.py:run; this briefing has these goals",
    )


@pytest.mark.parametrize("text", [b"not [toml", b"project = 3\n", b"\xff"])
def test_a_project_that_cannot_be_read_says_nothing_of_its_python(text: bytes) -> None:
    files = FILES | {"pyproject.toml": text}
    assert of("p/core.py:run", RUN, files=files).context.requires_python == ""


def test_the_outline_is_the_same_for_all_briefings() -> None:
    made, contexts = planned(RUN, USE)
    first, second = (contexts.of(one).context.outline for one in made.briefings)
    assert first == second
    assert first[0] == "p/core.py: 10 lines; Base, run"


@pytest.mark.parametrize(
    ("files", "most", "expected"),
    [
        (1, 100, "a/m0.py: 2 lines; f"),
        (40, 230, "a/m0.py: 2 lines"),
        (400, 100, "a/: 400 files, 800 lines"),
    ],
    ids=["names", "files", "folders"],
)
def test_an_outline_says_less_where_there_is_more(files: int, most: int, expected: str) -> None:
    index = build_index({f"a/m{n}.py": b"def f():\n    pass\n" for n in range(files)})
    found = outline_of(index, most)
    assert found[0] == expected
    assert sum(len(line) + 1 for line in found) <= most * 3.5


def test_interfaces_beyond_the_bound_are_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MOST_INTERFACES", 15)
    found = of("tests/test_core.py", {"select": {"paths": "tests"}}, USE).context
    assert [one.symbol for one in found.interfaces] == ["p/core.py:run"]
    monkeypatch.setattr(context, "MOST_INTERFACES", 3)
    found = of("tests/test_core.py", {"select": {"paths": "tests"}}, USE).context
    assert (found.interfaces, found.others) == ((), ("p/core.py:run",))


def test_a_plan_has_no_texts_but_says_how_many_tokens_they_are() -> None:
    made, contexts = planned(RUN, USE)
    for briefing in contexts.measured().briefings:
        assert briefing.context.sources == ()
        assert briefing.context.tokens == contexts.of(briefing).context.tokens > 4_000
    assert "Be brief" not in made.model_dump_json()


def test_a_context_is_the_same_whenever_it_is_made() -> None:
    made, contexts = planned(RUN, USE)
    again, others = planned(RUN, USE)
    assert [contexts.of(b) for b in made.briefings] == [
        others.of(b) for b in reversed(again.briefings)
    ][::-1]

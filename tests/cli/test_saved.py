"""A plan that is saved, edited and run, from outside; and every edit that is refused."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupiter.bus.file import FileLog
from jupiter.system.state import find_run

WHO = ("-c", "user.name=A", "-c", "user.email=a@localhost")
CODEMOD = """version: 1
name: commas
codebase: {include: ["*.py"]}
steps:
  fix: {codemod: libcst.codemod.commands.add_trailing_commas.AddTrailingCommas, workers: 2}
"""
AGENTS = """version: 1
name: two
codebase: {include: ["*.py"]}
steps:
  work:
    workers: 2
    agent:
      - {goal: Annotate., select: {paths: ["a.py", "b.py"]}}
      - {goal: Document., select: {symbols: ["c:f", "d:g"]}}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in "abcd":
        text = "def f():\n    return g(\n        1, 2\n    )\n\n\ndef g(x, y):\n    return x\n"
        (folder / f"{name}.py").write_text(text)
    (folder / "generated.py").write_text("# @gen" + "erated\nx = f(\n    1\n)\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "base"]):
        subprocess.run(["git", *WHO, *command], cwd=folder, check=True)
    (tmp_path / "commas.yaml").write_text(CODEMOD)
    (tmp_path / "two.yaml").write_text(AGENTS)
    return folder


def jupiter(repository: Path, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupiter", verb, *arguments, "--repo", str(repository)]
    return subprocess.run(
        command, cwd=repository.parent, capture_output=True, text=True, timeout=120, check=False
    )


def saved(repository: Path, recipe: str, name: str = "plan.yaml") -> tuple[Path, dict[str, Any]]:
    file = repository.parent / name
    done = jupiter(repository, "plan", recipe, "--save", str(file))
    assert done.returncode == 0, done.stderr
    return file, yaml.safe_load(file.read_text())


def owners(plan: dict[str, Any]) -> list[set[str]]:
    return [set(one["owns"]) for one in plan["briefings"]]


def test_an_edited_plan_is_run_exactly_as_it_stands(repository: Path) -> None:
    file, plan = saved(repository, "commas.yaml")
    assert set().union(*owners(plan)) == {"a.py", "b.py", "c.py", "d.py"}
    first = plan["briefings"][0]
    plan["briefings"] = [first | {"owns": ["d.py", "a.py", "b.py"]}, first | {"owns": ["c.py"]}]
    plan["workers"] = 1
    file.write_text(json.dumps(plan))
    done = jupiter(repository, "run", "commas.yaml", "--plan", str(file), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["status"], report["briefings"], report["workers"]) == ("done", 2, 1)
    log = FileLog.open(find_run(report["run_id"]))
    assert log.look(lambda state: state.deals) == {1: (("d.py", "a.py", "b.py"), ("c.py",))}


def test_a_name_that_ends_in_json_makes_it_json(repository: Path) -> None:
    file, plan = saved(repository, "commas.yaml", "plan.json")
    assert json.loads(file.read_text()) == plan


def test_goals_go_with_their_symbols(repository: Path) -> None:
    file, plan = saved(repository, "two.yaml")
    every = [symbol for one in plan["briefings"] for symbol in one["owns"]]
    plan["briefings"] = [{"id": 1, "owns": every}]
    file.write_text(json.dumps(plan))
    done = jupiter(repository, "plan", "two.yaml", "--plan", str(file), "--json")
    assert done.returncode == 0, done.stderr
    (briefing,) = json.loads(done.stdout)["briefings"]
    assert {one["place"]: set(one["symbols"]) for one in briefing["task"]["goals"]} == {
        "steps.work.agent[0]": {"a.py", "b.py"},
        "steps.work.agent[1]": {"c.py:f", "d.py:g"},
    }


Edit = Callable[[dict[str, Any]], object]


def give_twice(plan: dict[str, Any]) -> None:
    plan["briefings"].append({"id": 99, "owns": [plan["briefings"][0]["owns"][0]]})


def add(symbol: str) -> Edit:
    def edit(plan: dict[str, Any]) -> None:
        plan["briefings"][0]["owns"].append(symbol)

    return edit


def say(**keys: Any) -> Edit:
    return lambda plan: plan.update(keys)


def empty(plan: dict[str, Any]) -> None:
    plan["briefings"][0]["owns"] = []


def leave_out(plan: dict[str, Any]) -> None:
    plan["briefings"] = [
        one | {"owns": left}
        for one in plan["briefings"]
        if (left := [symbol for symbol in one["owns"] if not symbol.startswith("c.py")])
    ]


@pytest.mark.parametrize(
    ("recipe", "edit", "said"),
    [
        pytest.param(
            "commas.yaml", give_twice, "has two owners: briefings 1 and ", id="two owners"
        ),
        pytest.param(
            "commas.yaml",
            leave_out,
            "c.py has no owner, and steps.fix is about it; give it to a briefing",
            id="left out of a codemod",
        ),
        pytest.param(
            "two.yaml",
            leave_out,
            "c.py:f has no owner, and steps.work.agent[1] is about it",
            id="left out of a goal",
        ),
        pytest.param(
            "commas.yaml",
            add("e.py"),
            "e.py is nothing that the recipe selects; extend its `select`, or take it out",
            id="unknown",
        ),
        pytest.param(
            "commas.yaml",
            add("generated.py"),
            "generated.py may not be written: a generated file",
            id="protected",
        ),
        pytest.param(
            "commas.yaml",
            say(base_commit="0" * 40),
            "the saved plan is of commit 000000000000, and the run would start from ",
            id="another commit",
        ),
        pytest.param(
            "commas.yaml",
            say(recipe_sha256="0"),
            "the recipe commas, or the values of its parameters, are not those that were planned",
            id="another recipe",
        ),
        pytest.param(
            "commas.yaml",
            empty,
            "briefings[0]: a briefing that owns nothing; deal it something",
            id="nothing owned",
        ),
        pytest.param(
            "commas.yaml",
            say(extra=1),
            "extra: Extra inputs",
            id="a strange key",
        ),
    ],
)
def test_an_edit_that_breaks_a_rule_is_one_message_and_exit_code_2(
    repository: Path, recipe: str, edit: Edit, said: str
) -> None:
    file, plan = saved(repository, recipe)
    edit(plan)
    file.write_text(json.dumps(plan))
    done = jupiter(repository, "plan", recipe, "--plan", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_refuses_it_too_and_delivers_nothing(repository: Path) -> None:
    file, plan = saved(repository, "commas.yaml")
    leave_out(plan)
    file.write_text(json.dumps(plan))
    done = jupiter(repository, "run", "commas.yaml", "--plan", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert "c.py has no owner" in done.stderr
    assert "Traceback" not in done.stderr
    branches = subprocess.run(
        ["git", "branch", "--list", "jupiter/*"], cwd=repository, capture_output=True, check=True
    )
    assert branches.stdout == b""


@pytest.mark.parametrize("text", ["a: [", "&a [*a]", "3", ""])
def test_what_is_no_plan_is_refused(repository: Path, text: str) -> None:
    file = repository.parent / "plan.yaml"
    file.write_text(text)
    done = jupiter(repository, "plan", "commas.yaml", "--plan", str(file))
    assert done.returncode == 2
    assert f"{file}: " in done.stderr
    assert "expected a plan of `plan --save`" in done.stderr

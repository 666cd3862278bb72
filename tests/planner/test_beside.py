"""What runs beside what it depends on: each pair once, with the reason why that will do."""

from __future__ import annotations

from pathlib import Path

from jupiter.ahead import plans_ahead
from jupiter.index.source import Request, load
from jupiter.model.plan import Beside
from jupiter.planner.beside import beside
from jupiter.planner.dependence import dependence
from repositories import committed

FILES = {
    "p/__init__.py": "",
    "p/core.py": "def run():\n    return 1\n",
    "p/use.py": "from p import core\n\n\ndef use():\n    return core.run() + core.run()\n",
}
HEAD = "version: 1\nname: two\nsteps:\n"
GOALS = """\
  a:
    agent:
      - {goal: Change it., select: {symbols: "p.core:**"}}
      - {goal: Follow it., select: {symbols: "p.use:**"}}
"""
CODEMODS = """\
  a: {codemod: noop.NOOPCommand, select: {paths: p/core.py}}
  b: {codemod: noop.NOOPCommand, select: {paths: p/use.py}}
"""
APART = """\
  a: {codemod: noop.NOOPCommand, select: {paths: p/core.py}}
  b: {codemod: noop.NOOPCommand, select: {paths: p/__init__.py}}
"""


def found(folder: Path, steps: str) -> tuple[Beside, ...]:
    repository = committed(folder / "mine", FILES)
    (folder / "recipe.yaml").write_text(HEAD + steps)
    planned, index = next(plans_ahead(load(Request(folder / "recipe.yaml", repository))))
    return beside(planned.plan, dependence(planned.plan, index)[0])


def test_goals_of_agents_are_told_of_what_changes(tmp_path: Path) -> None:
    (one,) = found(tmp_path, GOALS)
    assert (one.user, one.used, one.times) == ("steps.a.agent[1]", "steps.a.agent[0]", 2)
    assert one.why == "its workers are told of each interface that changes"


def test_codemods_work_on_what_the_wave_begins_with(tmp_path: Path) -> None:
    (one,) = found(tmp_path, CODEMODS)
    assert (one.user, one.used, one.times) == ("steps.b", "steps.a", 1)
    assert one.why == "it works on the files as they are when the wave begins"


def test_what_does_not_depend_on_anything_is_not_told(tmp_path: Path) -> None:
    assert found(tmp_path, APART) == ()

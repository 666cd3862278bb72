"""The command line from outside: real processes, exit codes, and what goes to which stream."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jupiter.cli.main import NOT_YET, VERBS
from repositories import committed, git

RECIPE = """\
version: 1
name: commas
codebase: {include: ["**/*.py"]}
steps:
  commas:
    codemod: add_trailing_commas.AddTrailingCommas
    workers: 2
"""

CHANGE = "'--param', 'symbol=jupiter/cli/console.py:say', '--param', 'change=It takes a colour.'"


def jupiter(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jupiter", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=300,
        check=False,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.py").write_text("x = f(\n    1, 2\n)\n")
    (folder / "b.py").write_text("import a\n\ny = 1\n")
    return committed(folder)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "commas.yaml"
    path.write_text(RECIPE)
    return path


def test_help_names_every_verb_and_exit_code() -> None:
    done = jupiter("--help")
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in VERBS)
    assert "130  interrupted" in done.stdout


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_has_help(verb: str) -> None:
    assert jupiter(verb, "--help").returncode == 0


@pytest.mark.parametrize("verb", sorted(NOT_YET))
def test_a_verb_that_is_not_built_says_so(verb: str) -> None:
    done = jupiter(verb)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: `jupiter {verb}` is not built yet\n"


@pytest.mark.parametrize(
    "arguments",
    [
        "['--help']",
        "['validate', '--help']",
        "['plan', '--help']",
        "['deploy', '--help']",
        "['serve', '--help']",
        "['validate', 'trailing-commas', 'f-strings']",
        "['plan', 'trailing-commas', '--repo', '.']",
        "['validate', 'change-interface', 'demo-agents']",
        f"['plan', 'change-interface', {CHANGE}]",
        "['demo', '--help']",
        "['deploy', 'no-such-recipe', '--pool', 'x']",
        "['runs']",
        "['schema', 'recipe']",
        "['bus', 'show', 'no-such-run']",
    ],
)
def test_what_needs_no_run_imports_neither_prefect_nor_anthropic(arguments: str) -> None:
    program = (
        "import sys, contextlib\n"
        "from jupiter.cli.main import main\n"
        "with contextlib.suppress(SystemExit):\n"
        f"    main({arguments})\n"
        "loaded = {'prefect', 'anthropic'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_importing_the_package_imports_hardly_anything() -> None:
    program = (
        "import sys, jupiter; assert not {'prefect', 'anthropic', 'libcst'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_validate_reports_a_mistake_with_its_place_and_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(RECIPE.replace("codemod:", "codmod:"))
    done = jupiter("validate", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}:6:5: error[J" in done.stderr
    assert "Traceback" not in done.stderr


def test_validate_as_json_is_one_document(recipe: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 2\n")
    done = jupiter("validate", "--json", recipe, bad)
    found = json.loads(done.stdout)["recipes"]
    assert [one["valid"] for one in found] == [True, False]
    assert done.returncode == 2


def test_plan_shows_who_owns_what_and_changes_nothing(recipe: Path, repository: Path) -> None:
    before = git(repository, "for-each-ref"), git(repository, "status", "--short")
    done = jupiter("plan", recipe, "--repo", repository)
    assert done.returncode == 0
    assert "a.py" in done.stdout
    assert (git(repository, "for-each-ref"), git(repository, "status", "--short")) == before


def test_plan_as_json_has_disjoint_briefings(recipe: Path, repository: Path) -> None:
    plan = json.loads(jupiter("plan", recipe, "--repo", repository, "--json").stdout)
    owned = [symbol for briefing in plan["briefings"] for symbol in briefing["symbols_owned"]]
    assert sorted(owned) == ["a.py", "b.py"]


def test_plan_prints_one_briefing_whole(recipe: Path, repository: Path) -> None:
    briefing = json.loads(jupiter("plan", recipe, "--repo", repository, "--briefing", 1).stdout)
    assert {"task", "context", "symbols_owned", "symbols_readable", "constraints"} <= set(briefing)


def test_a_plan_of_agents_names_the_goals_and_what_they_contest(
    repository: Path, tmp_path: Path
) -> None:
    path = tmp_path / "agents.yaml"
    path.write_text(
        "version: 1\nname: ask\nsteps:\n  ask:\n    agent:\n"
        "      - {goal: One., select: {paths: a.py}}\n"
        "      - {goal: Two., select: {paths: '*.py'}}\n"
    )
    done = jupiter("plan", path, "--repo", repository)
    assert done.returncode == 0, done.stderr
    assert "ask.agent[0], ask.agent[1]  a.py" in done.stdout
    assert (
        "contested 1 file, wanted by steps.ask.agent[0] and steps.ask.agent[1]: "
        "briefing 1 has all of these goals" in done.stdout
    )
    whole = json.loads(jupiter("plan", path, "--repo", repository, "--briefing", 1).stdout)
    assert whole["context"]["sources"] == [{"symbol": "a.py", "text": "x = f(\n    1, 2\n)\n"}]
    assert f"{whole['context']['tokens']} tokens  ask.agent[0]" in done.stdout


def test_a_later_wave_is_said_to_be_planned_later(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    second = "  again:\n    needs: [commas]\n    codemod: noop.NOOPCommand\n"
    path.write_text(RECIPE + second)
    done = jupiter("plan", path, "--repo", repository)
    assert "again: planned after commas" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "no-such-recipe"], "there is no recipe no-such-recipe"),
        (["plan", "trailing-commas", "--repo", "/nowhere"], "/nowhere"),
        (["plan", "trailing-commas", "--param", "x"], "expected NAME=VALUE"),
        (["plan", "trailing-commas", "--param", "x=1"], "x"),
        (["bus", "show", "no-such-run"], "there is no run 'no-such-run'"),
    ],
)
def test_a_wrong_request_is_one_message_and_exit_code_2(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    done = jupiter(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_of_a_repository_is_a_clear_answer(recipe: Path, tmp_path: Path) -> None:
    done = jupiter("plan", recipe, "--repo", tmp_path)
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr


def test_a_schema_is_the_one_that_is_checked_in() -> None:
    folder = Path(__file__).parents[2] / "schemas"
    for path in sorted(folder.glob("*.schema.json")):
        name = path.name.removesuffix(".schema.json")
        assert json.loads(jupiter("schema", name).stdout) == json.loads(path.read_text()), name


def test_plan_of_a_rename_counts_symbols_and_names_what_nothing_decides(
    repository: Path, tmp_path: Path
) -> None:
    (repository / "c.py").write_text(
        "class A:\n    def one(self): ...\nclass B:\n    def one(self): ...\ndef f(x):\n    x.one()\n"
    )
    git(repository, "add", "-A")
    git(repository, "-c", "user.name=A", "-c", "user.email=a@localhost", "commit", "-qm", "c")
    path = tmp_path / "rename.yaml"
    step = "codemod: rename, with: {symbol: c.py:A.one, to: first}"
    path.write_text(f"version: 1\nname: r\nsteps: {{a: {{{step}}}}}\n")
    done = jupiter("plan", path, "--repo", repository)
    assert done.returncode == 0, done.stderr
    assert "1 symbol of 1 file" in done.stdout
    assert "1 place" in done.stdout
    assert "hazards   1 place that a rename may concern" in done.stdout
    assert "c.py:6" in done.stdout
    found = json.loads(jupiter("plan", path, "--repo", repository, "--json").stdout)["hazards"]
    assert [(one["path"], one["line"], one["text"]) for one in found] == [("c.py", 6, "x.one()")]

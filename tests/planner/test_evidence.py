"""What a selection asks of git and of checkers: real repositories, the real ruff and basedpyright."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupiter.demo.material import CLICK, Release
from jupiter.errors import RequestError, SurroundingsError
from jupiter.index.snapshot import Snapshot
from jupiter.index.source import index_of
from jupiter.model.select import Select
from jupiter.planner import checkers
from jupiter.planner.evidence import evidence_for
from jupiter.planner.finding import find
from jupiter.system.git import Repository

WHO = ("-c", "user.name=A", "-c", "user.email=a@localhost")

BEFORE = {
    "a.py": "from typing import List\n\n\ndef f(x: List[int]):\n    return x\n\n\ndef g():\n    return 1\n",
    "b.py": "import os\n\n\ndef h() -> int:\n    return 1\n",
    "pyproject.toml": '[tool.ruff.lint]\nselect = ["F"]\n',
}
AFTER = {
    "a.py": BEFORE["a.py"].replace("return 1", "return 2") + "\n\ndef new():\n    pass\n",
    "b.py": BEFORE["b.py"].replace("return 1", 'return "x"'),
    "c.py": "\n\nclass C:\n    def m(self):\n        pass\n",
}


def commit(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).write_text(text)
    for command in (["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *WHO, *command], cwd=folder, check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    commit(tmp_path, BEFORE)
    subprocess.run(["git", "tag", "v1"], cwd=tmp_path, check=True)
    commit(tmp_path, AFTER)
    return tmp_path


def selected(folder: Path, include: str = "**/*.py", **keys: Any) -> dict[str, set[str]]:
    opened = Repository.open(folder)
    head = opened.commit()
    index, wanted = index_of(opened, head, [include]), Select.model_validate(keys)
    evidence = evidence_for([wanted], index, Snapshot(opened, head))
    return {path: set(names) for path, names in find(wanted, index, evidence).items()}


def test_changed_since_is_what_reads_otherwise_or_is_new(repository: Path) -> None:
    assert selected(repository, changed_since="v1") == {
        "a.py": {"g", "new"},
        "b.py": {"h"},
        "c.py": {"C", "C.m"},
    }
    assert selected(repository, changed_since="HEAD") == {}


def test_what_changed_can_be_taken_away_within_a_selection(repository: Path) -> None:
    assert selected(repository, paths="a.py", **{"not": {"changed_since": "v1"}}) == {
        "a.py": {"<imports>", "f"}
    }


def test_a_revision_that_is_not_there_is_refused(repository: Path) -> None:
    with pytest.raises(RequestError, match=r"changed_since: .*no commit is called 'v9'"):
        selected(repository, changed_since="v9")


def test_one_rule_of_ruff_is_looked_for_whatever_the_settings_say(repository: Path) -> None:
    assert selected(repository, findings="ruff:UP006") == {"a.py": {"f"}}


def test_without_a_rule_the_settings_of_the_repository_hold(repository: Path) -> None:
    assert selected(repository, findings="ruff") == {"b.py": {"<imports>"}}


def test_a_finding_of_a_type_checker_is_in_the_symbol_of_its_line(repository: Path) -> None:
    rule = "basedpyright:reportReturnType"
    assert selected(repository, findings=rule) == {"b.py": {"h"}}


def test_a_rule_that_ruff_does_not_know_is_refused(repository: Path) -> None:
    with pytest.raises(RequestError, match="ruff knows no rule 'QQQ9'"):
        selected(repository, findings="ruff:QQQ9")


def test_a_checker_that_is_not_installed_is_said_with_what_to_do(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkers.shutil, "which", lambda *_arguments, **_keys: None)
    with pytest.raises(SurroundingsError, match="ruff is not installed; install it beside Jupiter"):
        selected(repository, findings="ruff")


def test_on_click_ruff_by_itself_and_the_selection_name_the_same_functions(
    fetched: Callable[[Release], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "click"
    subprocess.run(["git", "clone", "-q", fetched(CLICK), folder], check=True)
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--select", "PLR0912"]
    done = subprocess.run(
        [*ruff, "--output-format", "json", "--exit-zero", "src"],
        cwd=folder, capture_output=True, check=True,
    )  # fmt: skip
    expected = {
        (Path(one["filename"]).relative_to(folder).as_posix(), function(one))
        for one in json.loads(done.stdout)
    }
    found = selected(folder, "src/**/*.py", findings="ruff:PLR0912")
    assert {(path, name) for path, names in found.items() for name in names} == expected
    assert len(expected) > 3


def function(finding: dict[str, Any]) -> str:
    """The outermost function or method around a finding, by `ast` alone."""
    row = finding["location"]["row"]
    body, name = ast.parse(Path(finding["filename"]).read_text()).body, ""
    while True:
        node = next(n for n in body if n.lineno <= row <= (n.end_lineno or 0))
        if isinstance(node, ast.ClassDef):
            body, name = node.body, f"{node.name}."
        else:
            assert isinstance(node, ast.FunctionDef)
            return name + node.name

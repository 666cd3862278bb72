"""`jupiter runs show`: what was predicted beside what it needed, after two runs of one recipe."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from jupiter.cli.main import main
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute

WHO = ("-c", "user.name=A", "-c", "user.email=a@localhost")
RECIPE = """version: 1
name: commas
steps: {fix: {codemod: libcst.codemod.commands.add_trailing_commas.AddTrailingCommas}}
"""


def test_the_second_run_is_predicted_by_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "home"))
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "a.py").write_text("x = f(\n    1, 2\n)\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "base"]):
        subprocess.run(["git", *WHO, *command], cwd=folder, check=True, env=dict(os.environ))
    (tmp_path / "r.yaml").write_text(RECIPE)
    for _ in range(2):
        source = load(Request(tmp_path / "r.yaml", folder))
        execute(start(source, lambda _: None), Threads())
    assert main(["runs", "show", "last", "--json"]) == 0
    (wave,) = json.loads(capsys.readouterr().out)["runs"][0]["waves"]
    assert wave["predicted"]["seconds"] > 0
    assert wave["needed"]["seconds"] > 0
    assert main(["runs", "show", "last"]) == 0
    assert "wave 1" in capsys.readouterr().out
    assert main(["plan", str(tmp_path / "r.yaml"), "--repo", str(folder)]) == 0
    assert "\nestimate  0." in capsys.readouterr().out


def test_one_run_at_a_time_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "last", "first"]) == 2
    assert "first: expected one run, as in jupiter runs show last" in capsys.readouterr().err

"""`jupiter select` from outside."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("import json\n\n\ndef f():\n    return json.dumps(1)\n")
    (tmp_path / "b.py").write_text("import a\n\n\ndef g():\n    return a.f()\n")
    (tmp_path / "notes.txt").write_text("json\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@localhost")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "base"]):
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True)
    return tmp_path


def select(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupiter", "select", *arguments, "--repo", str(repository)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_symbol_is_a_line_with_its_kind_and_its_place(repository: Path) -> None:
    done = select(repository, "{references: a:f}")
    assert (done.returncode, done.stdout) == (0, "b.py:g  function  b.py:4\n")
    assert done.stderr == "1 symbol of 1 file\n"


def test_a_file_that_is_found_whole_is_one_line(repository: Path) -> None:
    done = select(repository, "{imports: json}")
    assert done.stdout == "a.py  file  a.py:1\n"


def test_other_files_are_looked_at_when_they_are_included(repository: Path) -> None:
    done = select(repository, "{contains: json}", "--include", "*.txt")
    assert done.stdout == "notes.txt  file  notes.txt:1\n"


def test_as_json_it_is_one_document(repository: Path) -> None:
    found = json.loads(select(repository, "{symbols: 'a:f'}", "--json").stdout)
    assert found["symbols"] == [{"symbol": "a.py:f", "path": "a.py", "line": 4, "kind": "function"}]
    assert len(found["base_commit"]) == 40


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            "{import: json}",
            "SELECT:1:2: error[J103] select.import: unknown key 'import'; expected one of ",
        ),
        ("{symbols: 'a:'}", "SELECT:1:11: error[J118] select.symbols: found 'a:': nothing stands"),
        (
            "{imports: 3}",
            "SELECT:1:11: error[J105] select.imports: found the number 3; expected text",
        ),
        ("{imports: jsno}", "error: `imports: 'jsno'` finds nothing (nearest: json); correct the"),
        ("json", "SELECT:1:1: error[J105] select: found the text 'json'; expected a mapping"),
        (
            "{paths: '${{ parameters.x }}'}",
            "SELECT:1:14: error[J115] select.paths: nothing is called",
        ),
    ],
)
def test_a_wrong_selection_is_one_message_and_exit_code_2(
    repository: Path, wanted: str, said: str
) -> None:
    done = select(repository, wanted)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)

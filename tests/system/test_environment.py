"""The environment of checks: its interpreter, its variables, its setup."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jupiter.errors import Interrupted, RequestError, SurroundingsError
from jupiter.model.recipe import Environment
from jupiter.system.environment import CheckEnvironment, prepare, split_command
from jupiter.system.environment_python import find_python
from jupiter.system.process import run

OWN = "{}.{}".format(*sys.version_info[:2])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "src").mkdir(parents=True)
    (folder / "src/mine.py").write_text("value = 1\n")
    return folder


def ask(environment: CheckEnvironment, cwd: Path, code: str) -> object:
    done = run(["python", "-c", f"import json\n{code}"], cwd=cwd, env=environment.variables)
    assert done.ok, done.stderr
    return json.loads(done.stdout)


def test_without_setup_python_is_the_interpreter_that_runs_jupiter(tree: Path, tmp_path: Path):
    environment = prepare(Environment(), tree, tmp_path / "env")
    assert environment.python == Path(sys.executable)
    assert ask(environment, tree, "import sys; print(json.dumps(sys.prefix))") == sys.prefix
    assert not (tmp_path / "env/venv").exists()


def test_a_named_interpreter_is_python_also_where_its_folder_has_another(
    tree: Path, tmp_path: Path
):
    folder = tmp_path / "programs"
    folder.mkdir()
    named = folder / "python-of-mine"
    named.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    named.chmod(0o755)
    (folder / "python").write_text("#!/bin/sh\nexit 9\n")
    (folder / "python").chmod(0o755)
    environment = prepare(Environment(python=str(named)), tree, tmp_path / "env")
    assert ask(environment, tree, "import sys; print(json.dumps(sys.prefix))") == sys.prefix


def test_pythonpath_is_of_the_tree_and_the_callers_is_not_passed(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    environment = prepare(Environment(pythonpath=("./src/", ".")), tree, tmp_path / "env")
    assert environment.variables["PYTHONPATH"] == f"{tree / 'src'}:{tree}"
    code = "import mine; print(json.dumps(mine.__file__))"
    assert ask(environment, tmp_path, code) == str(tree / "src/mine.py")
    assert "PYTHONPATH" not in prepare(Environment(), tree, tmp_path / "env").variables


@pytest.mark.parametrize("entry", ["..", "/usr/lib", "src/../../x", "/"])
def test_a_pythonpath_outside_the_tree_is_refused(tree: Path, tmp_path: Path, entry: str):
    with pytest.raises(RequestError, match="refused"):
        prepare(Environment(pythonpath=(entry,)), tree, tmp_path / "env")


def test_only_allowed_and_named_variables_reach_a_command_and_secrets_never(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("ANTHROPIC_API_KEY", "GITHUB_TOKEN", "PREFECT_API_URL", "DATABASE", "OTHER"):
        monkeypatch.setenv(name, "value")
    wanted = Environment(env=("DATABASE", "ANTHROPIC_API_KEY"))
    environment = prepare(wanted, tree, tmp_path / "env")
    seen = ask(environment, tree, "import os; print(json.dumps(dict(os.environ)))")
    assert isinstance(seen, dict)
    assert seen["DATABASE"] == "value"
    assert not {"ANTHROPIC_API_KEY", "GITHUB_TOKEN", "PREFECT_API_URL", "OTHER"} & seen.keys()
    assert seen["PYTHONDONTWRITEBYTECODE"] == "1"


def test_git_in_the_tree_does_not_find_a_repository_around_it(tree: Path, tmp_path: Path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    environment = prepare(Environment(), tree, tmp_path / "env")
    assert not run(["git", "rev-parse"], cwd=tree, env=environment.variables).ok


def test_setup_runs_in_the_tree_with_a_virtual_environment_made_once(tree: Path, tmp_path: Path):
    command = "python -c \"import sys; print(sys.prefix, file=open('seen', 'a'))\""
    first = prepare(Environment(setup=(command,)), tree, tmp_path / "env")
    made = (tmp_path / "env/venv/pyvenv.cfg").stat().st_mtime_ns
    second = prepare(Environment(setup=(command,)), tree, tmp_path / "env")
    assert (tree / "seen").read_text().split() == [str(tmp_path / "env/venv")] * 2
    assert (tmp_path / "env/venv/pyvenv.cfg").stat().st_mtime_ns == made
    assert first == second
    assert first.python == tmp_path / "env/venv/bin/python"
    assert first.variables["VIRTUAL_ENV"] == str(tmp_path / "env/venv")
    done = run(["python", "-m", "pip", "--version"], cwd=tree, env=first.variables)
    assert str(tmp_path / "env/venv").encode() in done.stdout


def test_a_virtual_environment_that_was_left_half_made_is_made_anew(tree: Path, tmp_path: Path):
    (tmp_path / "env/venv/bin").mkdir(parents=True)
    (tmp_path / "env/venv/bin/python").write_text("not a program")
    environment = prepare(Environment(setup=("python -V",)), tree, tmp_path / "env")
    assert run([str(environment.python), "-V"], cwd=tree).ok


class TestAFailedSetup:
    @pytest.fixture(autouse=True)
    def _quick(self, tmp_path: Path):
        """A virtual environment without pip takes a tenth of the time."""
        place = tmp_path / "env/venv"
        arguments = [sys.executable, "-m", "venv", "--without-pip", str(place)]
        subprocess.run(arguments, check=True)
        (tmp_path / "env/venv.complete").write_text(sys.executable)

    def test_names_the_command_and_shows_the_end_of_its_output(self, tree: Path, tmp_path: Path):
        command = "python -c \"print('x' * 9000); raise SystemExit('no compiler')\""
        with pytest.raises(SurroundingsError) as caught:
            prepare(Environment(setup=(command,)), tree, tmp_path / "env")
        assert "environment.setup: `python -c" in str(caught.value)
        assert "failed with exit code 1" in str(caught.value)
        assert str(caught.value).endswith("no compiler")
        assert len(str(caught.value)) < 5000

    def test_names_the_program_that_is_missing(self, tree: Path, tmp_path: Path):
        with pytest.raises(SurroundingsError, match=r"setup: `no-such-program x`: .* not found"):
            prepare(Environment(setup=("no-such-program x",)), tree, tmp_path / "env")

    def test_is_not_waited_for_when_the_run_is_stopped(self, tree: Path, tmp_path: Path):
        stop = threading.Event()
        wanted = Environment(setup=('python -uc "print(1); import time; time.sleep(600)"',))
        with pytest.raises(Interrupted):
            prepare(wanted, tree, tmp_path / "env", stop=stop, on_line=lambda _: stop.set())


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("pip install a && pip install b", "&& means nothing"),
        ("echo 'x", "cannot be read"),
        ("  ", "there is no program"),
    ],
    ids=["two commands", "open quote", "empty"],
)
def test_a_command_that_needs_a_shell_is_refused(command: str, why: str):
    with pytest.raises(RequestError, match=why):
        split_command(command)


def test_a_quoted_operator_is_an_argument():
    assert split_command("grep '|' x") == ("grep", "|", "x")
    assert split_command("sh -c 'a && b'") == ("sh", "-c", "a && b")


class TestFindPython:
    def program(self, folder: Path, name: str, script: str) -> Path:
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def test_the_own_version_is_the_own_interpreter(self):
        assert find_python("") == find_python(OWN) == find_python("3") == Path(sys.executable)

    def test_a_program_on_path_is_found_behind_a_shim_that_does_not_work(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        self.program(tmp_path / "a", "python9.1", "echo 'pyenv: command not found' >&2; exit 127")
        self.program(tmp_path / "b", "python9.1", "echo 9.2.0 /x/python")
        self.program(tmp_path / "c", "python9.1", "echo 9.1.4 /real/python9.1")
        monkeypatch.setenv("PATH", ":".join(str(tmp_path / name) for name in "abc"))
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
        assert find_python("9.1") == Path("/real/python9.1")
        with pytest.raises(SurroundingsError) as caught:
            find_python("9.1.3")
        assert "pyenv: command not found" in str(caught.value)
        assert "9.2.0" in str(caught.value)

    def test_a_version_of_pyenv_is_found(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        folder = tmp_path / "versions/9.1.4/bin"
        folder.parent.mkdir(parents=True)
        self.program(folder, "python", "echo 9.1.4 /real/python")
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
        assert find_python("9.1") == Path("/real/python")

    def test_a_longer_number_is_another_version(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(SurroundingsError, match=r"no interpreter '3\.1'"):
            find_python("3.1")

    @pytest.mark.parametrize("wanted", ["/no/such/python", "no-such-python", "/etc/hostname"])
    def test_what_cannot_be_started_is_named(self, wanted: str):
        with pytest.raises(SurroundingsError, match=f"{wanted}.*install it"):
            find_python(wanted)

    def test_a_path_is_asked_for_its_real_place(self, tmp_path: Path):
        shim = self.program(tmp_path, "shim", f'exec "{sys.executable}" "$@"')
        assert find_python(str(shim)) == Path(sys.executable)


@pytest.mark.skipif(shutil.which("python3.12") is None, reason="needs a python3.12 on PATH")
def test_a_virtual_environment_of_another_version_has_that_version(tree: Path, tmp_path: Path):
    try:
        find_python("3.12")
    except SurroundingsError:
        pytest.skip("python3.12 does not answer")
    wanted = Environment(python="3.12", setup=("python -V",))
    lines: list[str] = []
    prepare(wanted, tree, tmp_path / "env", on_line=lines.append)
    assert lines[0].startswith("Python 3.12")

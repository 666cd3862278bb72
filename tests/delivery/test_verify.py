"""A green is believed only when it was the result that was judged; with real environments."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from jupiter.delivery.verify import OUTPUT_BYTES, CheckResult, check
from jupiter.errors import Interrupted, SurroundingsError
from jupiter.model.recipe import Environment
from jupiter.system.environment import CheckEnvironment, prepare
from jupiter.system.scratch import ScratchTree

GOOD, BROKEN = b"def answer():\n    return 42  # changed\n", b"def answer(:\n"
TEST = b"from pkg.core import answer\n\n\ndef test_answer():\n    assert answer() == 42\n"
ORIGINAL = {"pkg/__init__.py": b"", "pkg/core.py": b"def answer():\n    return 42\n"}

BACKEND = b'''"""A build backend as small as can be, so that pip needs nothing from anywhere."""
import pathlib, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    sources = pathlib.Path("src").rglob("*.py")
    return _wheel(wheel_directory, {str(p.relative_to("src")): p.read_bytes() for p in sources})

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory, {"pkg-editable.pth": str(pathlib.Path("src").resolve()).encode()})

def _wheel(folder, files):
    info = "pkg-1.dist-info"
    files[info + "/METADATA"] = b"Metadata-Version: 2.1\\nName: pkg\\nVersion: 1\\n"
    files[info + "/WHEEL"] = b"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[info + "/RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "/RECORD"]).encode()
    with zipfile.ZipFile(pathlib.Path(folder, "pkg-1-py3-none-any.whl"), "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return "pkg-1-py3-none-any.whl"
'''
PROJECT = {
    "backend.py": BACKEND,
    "pyproject.toml": b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the pytest that runs this test, and with `pytest` as a program."""
    place = tmp_path_factory.mktemp("users") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    packages = Path(pytest.__file__).parent.parent
    (site_packages(place) / "runner.pth").write_text(f"{packages}\n")
    program = place / "bin/pytest"
    program.write_text(
        f"#!{place}/bin/python\nimport sys\nfrom pytest import console_main\nsys.exit(console_main())\n"
    )
    program.chmod(0o755)
    return place


@pytest.fixture
def original(venv: Path, tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Installs a folder as an editable install does: by a line in a file of site-packages."""
    line = site_packages(venv) / "__editable__.pkg.pth"

    def install(folder: Path) -> None:
        line.write_text(f"{folder}\n")

    yield install
    line.unlink(missing_ok=True)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[ScratchTree]:
    with ScratchTree(tmp_path / "scratch") as scratch:
        yield scratch


@pytest.fixture
def checked(tree: ScratchTree, tmp_path: Path, venv: Path) -> Callable[..., CheckResult]:
    """Runs a command on the tree with the user's virtual environment."""

    def run(
        *arguments: str, changed: Sequence[str] = (), wanted: Environment | None = None, **more: Any
    ) -> CheckResult:
        wanted = wanted or Environment(python=str(venv / "bin/python"))
        environment = prepare(wanted, tree.root, tmp_path / "environment")
        return check(
            "check", arguments, tree=tree, environment=environment, changed_paths=changed, **more
        )

    return run


def site_packages(venv: Path) -> Path:
    return next((venv / "lib").glob("python*/site-packages"))


def with_python(venv: Path, *pythonpath: str) -> Environment:
    return Environment(python=str(venv / "bin/python"), pythonpath=pythonpath)


PYTEST = ("pytest", "-q", "-p", "no:cacheprovider")


class TestASourceLayoutWhoseOriginalIsInstalledEditable:
    @pytest.fixture(autouse=True)
    def _installed(self, original: Callable[[Path], None], tmp_path: Path):
        original(put(tmp_path / "users-tree/src", ORIGINAL))
        self.core = tmp_path / "users-tree/src/pkg/core.py"

    def write(self, tree: ScratchTree, core: bytes) -> None:
        tree.write({"src/pkg/__init__.py": b"", "src/pkg/core.py": core, "tests/test_it.py": TEST})

    @pytest.mark.parametrize("core", [BROKEN, GOOD], ids=["a syntax error", "a good change"])
    @pytest.mark.parametrize("command", [PYTEST, ("python", "-m", *PYTEST)], ids=["bare", "-m"])
    def test_a_green_of_the_original_is_refused(
        self, tree: ScratchTree, checked: Any, core: bytes, command: tuple[str, ...]
    ):
        self.write(tree, core)
        with pytest.raises(SurroundingsError) as caught:
            checked(*command, changed=["src/pkg/core.py"])
        assert f"pkg.core from {self.core}, which is not the result's" in str(caught.value)
        assert "pythonpath: [src]" in str(caught.value)

    def test_with_the_right_pythonpath_a_syntax_error_is_red(
        self, tree: ScratchTree, checked: Any, venv: Path
    ):
        self.write(tree, BROKEN)
        result = checked(*PYTEST, changed=["src/pkg/core.py"], wanted=with_python(venv, "src"))
        assert not result.green
        assert "SyntaxError" in result.output

    def test_with_the_right_pythonpath_a_green_is_believed(
        self, tree: ScratchTree, checked: Any, venv: Path
    ):
        self.write(tree, GOOD)
        result = checked(*PYTEST, changed=["src/pkg/core.py"], wanted=with_python(venv, "src"))
        assert result.green, result.output
        assert result.imports_from_result

    def test_a_red_of_the_original_is_red_and_not_an_error(self, tree: ScratchTree, checked: Any):
        self.write(tree, GOOD)
        result = checked(
            "python", "-c", "import pkg.core, sys; sys.exit(3)", changed=["src/pkg/core.py"]
        )
        assert (result.exit_code, result.imports_from_result) == (3, False)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("-c", "import pkg.core, os; os._exit(0)"),
            ("-I", "-c", "import pkg.core"),
            ("-B", "-E", "-c", "import pkg.core"),
            ("-c", "import os, pkg.core; os.execvp('true', ['true'])"),
        ],
        ids=["os._exit", "isolated", "without PYTHONPATH", "exec"],
    )
    def test_a_process_that_records_nothing_is_not_believed(
        self, tree: ScratchTree, checked: Any, arguments: tuple[str, ...]
    ):
        self.write(tree, BROKEN)
        with pytest.raises(SurroundingsError, match=r"would import pkg\.core from"):
            checked("python", *arguments, changed=["src/pkg/core.py"])

    def test_isolation_is_asked_for_with_a_pythonpath_too(
        self, tree: ScratchTree, checked: Any, venv: Path
    ):
        self.write(tree, BROKEN)
        wanted = with_python(venv, "src")
        with pytest.raises(SurroundingsError, match=r"would import pkg\.core from"):
            checked("python", "-I", "-c", "import pkg", changed=["src/pkg/core.py"], wanted=wanted)

    def test_a_program_that_is_not_python_is_believed_with_the_right_pythonpath(
        self, tree: ScratchTree, checked: Any, venv: Path
    ):
        self.write(tree, GOOD)
        result = checked("true", changed=["src/pkg/core.py"], wanted=with_python(venv, "src"))
        assert result.green
        assert result.imports_from_result

    def test_an_import_in_a_child_process_counts(self, tree: ScratchTree, checked: Any):
        self.write(tree, GOOD)
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import pkg.core'])"
        with pytest.raises(SurroundingsError, match=r"imported pkg\.core from"):
            checked("python", "-c", code, changed=["src/pkg/core.py"])

    def test_a_new_module_that_the_original_does_not_have_is_missed(
        self, tree: ScratchTree, checked: Any
    ):
        tree.write(
            {f"src/{path}": data for path, data in ORIGINAL.items()} | {"src/pkg/new.py": BROKEN}
        )
        with pytest.raises(SurroundingsError, match=r"would look for pkg\.new from"):
            checked("true", changed=["src/pkg/new.py"])


class TestAFlatLayoutWhoseOriginalIsInstalledEditable:
    @pytest.fixture(autouse=True)
    def _installed(self, original: Callable[[Path], None], tmp_path: Path):
        original(put(tmp_path / "users-tree", ORIGINAL))

    def write(self, tree: ScratchTree, core: bytes) -> None:
        tree.write({"pkg/__init__.py": b"", "pkg/core.py": core, "tests/test_it.py": TEST})

    def test_bare_pytest_imports_the_original_and_is_refused(self, tree: ScratchTree, checked: Any):
        self.write(tree, BROKEN)
        with pytest.raises(SurroundingsError, match=r"pythonpath: \[\.\]"):
            checked(*PYTEST, changed=["pkg/core.py"])

    def test_python_m_pytest_imports_the_result(self, tree: ScratchTree, checked: Any):
        self.write(tree, BROKEN)
        assert not checked("python", "-m", *PYTEST, changed=["pkg/core.py"]).green
        tree.update({"pkg/core.py": GOOD})
        result = checked("python", "-m", *PYTEST, changed=["pkg/core.py"])
        assert result.green
        assert result.imports_from_result

    def test_bare_pytest_is_believed_with_the_tree_on_the_path(
        self, tree: ScratchTree, checked: Any, venv: Path
    ):
        self.write(tree, GOOD)
        result = checked(*PYTEST, changed=["pkg/core.py"], wanted=with_python(venv, "."))
        assert result.green
        assert result.imports_from_result


class TestAnInstallFromTheTree:
    """With a virtual environment of the check's own, by pip, and a build backend of the tree."""

    CODE = "from pkg.core import answer; assert answer() == 42"

    def write(self, tree: ScratchTree, core: bytes) -> None:
        tree.write({**PROJECT, "src/pkg/__init__.py": b"", "src/pkg/core.py": core})

    def check(self, tree: ScratchTree, environment: CheckEnvironment) -> CheckResult:
        return check(
            "check",
            ("python", "-c", self.CODE),
            tree=tree,
            environment=environment,
            changed_paths=["src/pkg/core.py"],
        )

    def test_a_copy_is_believed_until_the_tree_changes_and_again_after_a_new_setup(
        self, tree: ScratchTree, tmp_path: Path
    ):
        wanted = Environment(setup=("python -m pip install -q --no-index --no-deps .",))
        self.write(tree, ORIGINAL["pkg/core.py"])
        old = prepare(wanted, tree.root, tmp_path / "environment")
        assert self.check(tree, old).imports_from_result
        tree.update({"src/pkg/core.py": BROKEN})
        with pytest.raises(SurroundingsError, match=r"site-packages/pkg/core\.py, which is not"):
            self.check(tree, old)
        new = prepare(wanted, tree.root, tmp_path / "environment")
        assert "SyntaxError" in self.check(tree, new).output
        tree.update({"src/pkg/core.py": GOOD})
        good = self.check(tree, prepare(wanted, tree.root, tmp_path / "environment"))
        assert (good.green, good.imports_from_result) == (True, True)

    def test_an_editable_install_follows_the_tree(self, tree: ScratchTree, tmp_path: Path):
        wanted = Environment(setup=("python -m pip install -q --no-index --no-deps -e .",))
        self.write(tree, GOOD)
        environment = prepare(wanted, tree.root, tmp_path / "environment")
        assert self.check(tree, environment).imports_from_result
        tree.update({"src/pkg/core.py": BROKEN})
        assert not self.check(tree, environment).green


def test_a_package_in_an_archive_cannot_be_compared_and_is_refused(
    tree: ScratchTree, checked: Any, original: Callable[[Path], None], tmp_path: Path
):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path, data in ORIGINAL.items():
            archive.writestr(path, data)
    original(tmp_path / "all.zip")
    tree.write({"src/pkg/__init__.py": b"", "src/pkg/core.py": GOOD})
    for code in ("import pkg.core", "import os; os._exit(0)"):
        with pytest.raises(SurroundingsError, match=r"all\.zip/pkg/__init__\.py"):
            checked("python", "-c", code, changed=["src/pkg/core.py"])


def test_a_package_that_is_found_nowhere_proves_nothing_and_is_fine(
    tree: ScratchTree, checked: Any
):
    tree.write({"src/pkg/__init__.py": b"", "src/pkg/core.py": GOOD})
    result = checked("python", "-c", "pass", changed=["src/pkg/core.py"])
    assert (result.green, result.imports_from_result) == (True, False)


def test_a_module_that_the_check_rewrites_is_not_the_result(tree: ScratchTree, checked: Any):
    tree.write({"pkg/__init__.py": b"", "pkg/core.py": GOOD})
    code = "open('pkg/core.py', 'a').write('#'); import pkg.core"
    with pytest.raises(SurroundingsError, match="rewritten in the scratch tree"):
        checked("python", "-c", code, changed=["pkg/core.py"])


def test_a_link_to_the_original_is_no_way_around(
    tree: ScratchTree, checked: Any, tmp_path: Path, venv: Path
):
    put(tmp_path / "users-tree", ORIGINAL)
    tree.write({"src/pkg/__init__.py": b"", "src/pkg/core.py": BROKEN})
    code = f"import os, sys; os.symlink('{tmp_path}/users-tree/pkg', 'pkg'); import pkg.core"
    with pytest.raises(SurroundingsError, match=r"imported pkg\.core from .*/pkg/core\.py"):
        checked("python", "-c", code, changed=["src/pkg/core.py"])


def test_no_secret_reaches_the_command(checked: Any, venv: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("ANTHROPIC_API_KEY", "MY_TOKEN", "GIVEN"):
        monkeypatch.setenv(name, "the-value")
    wanted = Environment(python=str(venv / "bin/python"), env=("GIVEN", "MY_TOKEN"))
    result = checked("env", wanted=wanted)
    assert "GIVEN=the-value" in result.output
    assert result.output.count("the-value") == 1


def test_a_child_in_the_background_does_not_hold_up_the_run(checked: Any):
    started = time.monotonic()
    result = checked("sh", "-c", "sleep 600 & echo done")
    assert (result.exit_code, result.output) == (0, "done\n")
    assert time.monotonic() - started < 60


def test_only_the_end_of_the_output_is_kept(checked: Any):
    code = "import os, sys; os.write(1, b'a' * 100_000 + b'\\xff'); sys.exit('end')"
    result = checked("python", "-c", code)
    assert result.exit_code == 1
    assert result.output.startswith("(80")
    assert result.output.endswith("\N{REPLACEMENT CHARACTER}end\n")
    assert len(result.output) < OUTPUT_BYTES + 100


def test_a_missing_program_is_an_error_that_names_the_check(checked: Any):
    with pytest.raises(SurroundingsError, match=r"check: `no-such-program -q`: .* not found"):
        checked("no-such-program", "-q")


def test_a_check_whose_time_is_over_is_red(checked: Any):
    code = "import os, signal, time; signal.signal(15, lambda *_: os._exit(0)); time.sleep(600)"
    result = checked("python", "-c", code, timeout=2)
    assert not result.green
    assert "its time was over" in result.output


def test_a_run_that_is_stopped_ends_the_check(checked: Any):
    stop = threading.Event()
    code = "print('up', flush=True); import time; time.sleep(600)"
    with pytest.raises(Interrupted):
        checked("python", "-c", code, stop=stop, on_line=lambda _: stop.set())

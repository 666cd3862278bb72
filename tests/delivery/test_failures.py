"""What failed is read from what commands print: tests by name, and the symbols that tracebacks name."""

import subprocess
import sys
from pathlib import Path

import pytest

from jupiter.delivery.failures import failures
from jupiter.model.repair import FAILURE_TEXT

FILES = {
    "pkg/__init__.py": "",
    "pkg/core.py": (
        "def inner(x):\n    return {}[x]\n\n\n"
        "class Box:\n    def get(self):\n        return inner(1)\n"
    ),
    "tests/test_core.py": (
        "import pytest\n\nfrom pkg.core import Box\n\n\nclass TestBox:\n"
        "    @pytest.mark.parametrize('n', [1])\n    def test_get(self, n):\n        Box().get()\n\n\n"
        "def test_plain():\n    assert 1 == 2\n\n\ndef test_green():\n    pass\n"
    ),
}
BOX = "tests/test_core.py:TestBox.test_get"
PLAIN = "tests/test_core.py:test_plain"
WAY = (BOX, "pkg/core.py:Box.get", "pkg/core.py:inner")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def printed(tree: Path, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode
    return done.stdout + done.stderr


def read(path: str) -> bytes | None:
    return FILES[path].encode() if path in FILES else None


@pytest.mark.parametrize(
    ("options", "symbols"),
    [
        ([], {"TestBox.test_get[1]": WAY, "test_plain": (PLAIN,)}),
        (["--tb=short"], {"TestBox.test_get[1]": WAY, "test_plain": (PLAIN,)}),
        (["--tb=native"], {"TestBox.test_get[1]": WAY, "test_plain": (PLAIN,)}),
        (["--tb=no"], {"TestBox.test_get[1]": (BOX,), "test_plain": (PLAIN,)}),
    ],
    ids=["as it is", "short", "native", "only the summary"],
)
def test_each_failing_test_of_pytest_names_the_symbols_on_its_way(
    options: list[str], symbols: dict[str, tuple[str, ...]], tree: Path
) -> None:
    output = printed(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options)
    found = failures("pytest", output, str(tree), read)
    assert {one.title: one.symbols for one in found} == symbols


def test_a_module_that_cannot_be_imported_is_a_failure_of_its_own(tree: Path) -> None:
    (tree / "tests/test_core.py").write_text("from pkg.core import gone\n")
    files = {**FILES, "tests/test_core.py": "from pkg.core import gone\n"}
    output = printed(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    (one,) = failures(
        "pytest", output, str(tree), lambda p: files[p].encode() if p in files else None
    )
    assert (one.title, one.symbols) == (
        "ERROR collecting tests/test_core.py",
        ("tests/test_core.py:<imports>",),
    )
    assert "cannot import name 'gone'" in one.text


def test_the_traceback_of_another_program_is_one_failure(tree: Path) -> None:
    output = printed(tree, "-c", "from pkg.core import Box; Box().get()")
    (one,) = failures("python -c …", output, str(tree), read)
    assert (one.title, one.symbols) == ("python -c …", WAY[1:])
    assert one.text.endswith("KeyError: 1")


@pytest.mark.parametrize(
    "output",
    ["", "it is red\n", "pkg/none.py:3: error\n", "pkg/core.py:99: error\n", "/etc/passwd:1: no\n"],
    ids=["nothing", "no place", "no such file", "no such line", "elsewhere"],
)
def test_what_names_nothing_of_the_tree_has_no_symbols(output: str) -> None:
    (one,) = failures("check", output, "/tree", read)
    assert (one.title, one.symbols) == ("check", ())


def test_a_long_text_keeps_its_end() -> None:
    (one,) = failures("check", "x" * 5000 + "end", "", read)
    assert len(one.text) == FAILURE_TEXT
    assert one.text.endswith("end")

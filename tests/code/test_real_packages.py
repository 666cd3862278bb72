"""The rules hold on code that people wrote: the standard library with its odd tests, and packages."""

import json
import os
import subprocess
import sys
import sysconfig
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from jupiter.code.changed import changed
from jupiter.code.check import defines
from jupiter.code.interfaces import interface_of, interfaces
from jupiter.code.parse import try_parse
from jupiter.code.tiles import join, tile

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "tiles.py"
STDLIB = Path(sysconfig.get_paths()["stdlib"])


def sources(folder: Path, step: int = 1) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*.py"))[::step]:
        if "site-packages" not in path.relative_to(folder).parts:
            yield path, path.read_bytes()


def packages(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


CORPORA = [
    pytest.param(STDLIB, 8, 150, id="the standard library"),
    pytest.param(packages("libcst"), 4, 40, id="libcst"),
    pytest.param(packages("click"), 1, 15, id="click"),
    pytest.param(packages("rich"), 2, 30, id="rich"),
]


@pytest.mark.parametrize(("folder", "step", "at_least"), CORPORA)
def test_real_files_join_and_their_symbols_hold_alone(folder: Path, step: int, at_least: int):
    files = 0
    for path, data in sources(folder, step):
        files += 1
        tiles = tile(path.name, data)
        assert join(tiles) == data, path
        assert [(path, d) for t in tiles if (d := defines(t, t.text))] == []
        for t in tiles:
            if t.kind == "function":
                assert parses_alone(t.text), (path, t.name)
    assert files >= at_least


def parses_alone(text: bytes) -> bool:
    """Dedented as text; where a string or a comment reaches further left, inside of a class."""
    source = text.decode("utf-8", "replace")
    candidates = (textwrap.dedent(source), f"class _:\n{source}")
    return any(try_parse(candidate) is not None for candidate in candidates)


def test_an_interface_is_the_same_alone_as_in_its_file():
    for path, data in sources(packages("click")):
        alone = {t.name: interface_of(t) for t in tile(path.name, data)}
        inside = interfaces(path.name, data)
        assert {name: text for name, text in alone.items() if text is not None} == inside
        assert len(inside) > len(alone) / 2 or len(alone) < 10


def test_nothing_but_the_edited_function_changes():
    path = packages("click") / "core.py"
    data = path.read_bytes()
    edited = data.replace(b"def invoke(self, ctx: Context)", b"def invoke(self, context: Context)")
    assert edited != data
    assert set(changed("core.py", data, edited)) == {"Command.invoke", "Group.invoke"}


def test_ten_released_packages_are_tiled_without_a_wrong_byte(tmp_path: Path):
    document = tmp_path / "tiles.json"
    command = [sys.executable, str(BENCHMARK), "--quick", "--json", str(document)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert document.exists(), done.stderr
    found = json.loads(document.read_text())
    goals = {goal["id"]: goal for goal in found["goals"]}
    if not goals.pop("packages that cannot be had")["holds"] and not os.environ.get(
        "JUPITER_TEST_ALL"
    ):
        pytest.skip("not all of the ten packages can be downloaded here")
    assert [goal for goal in goals.values() if not goal["holds"]] == []
    assert len(found["rows"]) == 10
    assert sum(row["tiles"] for row in found["rows"]) > 20_000

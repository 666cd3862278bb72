"""The index of a package: what each file has, and which file imports which."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.index.index import build_index

LATIN = "# -*- coding: latin-1 -*-\nfrom app.core import run\n\nNAME = 'caf\xe9'\n".encode(
    "latin-1"
)

# A small repository of the usual kind, with what is unusual in some.
PACKAGE = {
    "src/app/__init__.py": b'"""App."""\n\nfrom .core import run\n\n__all__ = ["run"]\n',
    "src/app/core.py": b"import os\nfrom . import util\n\n\ndef run():\n    return util.one()\n",
    "src/app/util.py": b"from __future__ import annotations\n\n\ndef one():\n    return 1\n",
    "src/app/typed.py": b"X = 1\n",
    "src/app/typed.pyi": b"from app.util import one\n\nX: int\n",
    "src/app/sub/__init__.py": b"",
    "src/app/sub/deep.py": b"from ..core import run\nfrom ... import nothing\n",
    "src/app/late.py": b"def f():\n    import app.sub.deep\n",
    "src/app/broken.py": b"import app.core\nprint 'Python 2'\n",
    "src/app/latin.py": LATIN,
    "src/space/mod.py": b"import app\n",
    "src/space/use.py": b"from space.mod import app\nimport space.mod\n",
    "tests/conftest.py": b"",
    "tests/helpers.py": b"import app\n",
    "tests/test_core.py": b"import helpers\nimport pytest\nfrom app.core import run\n",
    "tests/more/helpers.py": b"",
    "tests/more/test_more.py": b"import helpers\n",
    "README.md": b"# App\n\nimport app\n\n## Usage\n\nMore.\n",
}

IMPORTS = {
    "src/app/__init__.py": {"src/app/core.py"},
    "src/app/core.py": {"src/app/__init__.py", "src/app/util.py"},
    "src/app/typed.pyi": {"src/app/util.py"},
    "src/app/sub/deep.py": {"src/app/core.py"},
    "src/app/late.py": {"src/app/sub/deep.py"},
    "src/app/latin.py": {"src/app/core.py"},
    "src/space/mod.py": {"src/app/__init__.py"},
    "src/space/use.py": {"src/space/mod.py"},
    "tests/helpers.py": {"src/app/__init__.py"},
    "tests/test_core.py": {"tests/helpers.py", "src/app/core.py"},
    "tests/more/test_more.py": {"tests/more/helpers.py"},
}


@pytest.mark.parametrize("path", PACKAGE)
def test_a_file_leads_to_those_that_it_imports(path: str) -> None:
    found = set(build_index(PACKAGE).imports.successors(path))
    assert found == IMPORTS.get(path, set())


def test_every_file_is_in_the_index_and_in_its_graph() -> None:
    index = build_index(PACKAGE)
    assert list(index.files) == list(PACKAGE)
    assert set(index.imports) == set(PACKAGE)


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("src/app/__init__.py", "app"),
        ("src/app/core.py", "app.core"),
        ("src/app/typed.pyi", "app.typed"),
        ("src/app/sub/deep.py", "app.sub.deep"),
        ("tests/helpers.py", "helpers"),
        ("README.md", ""),
    ],
)
def test_a_module_has_the_name_that_it_is_imported_by(path: str, module: str) -> None:
    assert build_index(PACKAGE).files[path].module == module


@pytest.mark.parametrize(
    ("path", "symbols"),
    [
        ("src/app/__init__.py", ("<docstring>", "<imports>", "__all__")),
        ("src/app/core.py", ("<imports>", "run")),
        ("src/app/typed.pyi", ("<imports>", "X")),
        ("src/app/latin.py", ("<imports>", "NAME")),
        ("src/app/sub/__init__.py", ("",)),
        ("src/app/broken.py", ("",)),
        ("README.md", ("#App", "#Usage")),
    ],
)
def test_a_file_has_the_symbols_of_its_tiles(path: str, symbols: tuple[str, ...]) -> None:
    found = build_index(PACKAGE).files[path].symbols
    assert tuple(name for name in found if not name.startswith("<comment")) == symbols


def test_sizes_are_bytes_and_lines_are_lines() -> None:
    facts = build_index(PACKAGE).files
    assert (facts["src/app/latin.py"].size, facts["src/app/latin.py"].lines) == (len(LATIN), 4)
    assert (facts["src/app/sub/__init__.py"].size, facts["src/app/sub/__init__.py"].lines) == (0, 0)


def test_what_does_not_parse_is_one_symbol_that_imports_nothing() -> None:
    facts = build_index(PACKAGE).files["src/app/broken.py"]
    assert (facts.symbols, facts.imports) == (("",), frozenset())
    assert facts.module == "app.broken"


def test_others_still_lead_to_what_does_not_parse() -> None:
    texts = PACKAGE | {"src/app/core.py": b"from app import broken\n"}
    assert build_index(texts).imports.has_edge("src/app/core.py", "src/app/broken.py")


def test_the_module_goes_before_its_stub_and_a_stub_alone_is_a_module() -> None:
    texts = {"a.py": b"import b, c\n", "b.py": b"", "b.pyi": b"", "c.pyi": b""}
    assert set(build_index(texts).imports.successors("a.py")) == {"b.py", "c.pyi"}


@given(st.permutations(sorted(PACKAGE)))
def test_the_order_of_the_files_does_not_matter(paths: list[str]) -> None:
    index = build_index({path: PACKAGE[path] for path in paths})
    expected = build_index(PACKAGE)
    assert dict(index.files) == dict(expected.files)
    assert set(index.imports.edges) == set(expected.imports.edges)


@given(st.dictionaries(st.sampled_from(sorted(PACKAGE)), st.binary(max_size=60), max_size=4))
def test_no_bytes_stop_the_index(changed: dict[str, bytes]) -> None:
    index = build_index(PACKAGE | changed)
    assert set(index.files) == set(PACKAGE)
    for path, data in changed.items():
        assert index.files[path].size == len(data)
        assert index.files[path].symbols


def test_importing_python_finds_the_modules_that_the_graph_leads_to(tmp_path: Path) -> None:
    texts = {p: t for p, t in PACKAGE.items() if p.startswith("src/") and "broken" not in p}
    texts["src/app/sub/deep.py"] = b"from ..core import run\n"
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text)
    graph = build_index(texts).imports
    program = (
        "import sys, importlib; before = set(sys.modules)\n"
        "importlib.import_module(sys.argv[1])\n"
        "print(*(m.__file__ for n, m in sys.modules.items()"
        " if n.split('.')[0] in {'app', 'space'} and m.__file__))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "space.use"],
        env={"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {str(Path(file).relative_to(tmp_path)) for file in done.stdout.split()}
    reached = {"src/space/use.py"}
    pending = ["src/space/use.py"]
    while pending:
        new = set(graph.successors(pending.pop())) - reached
        reached |= new
        pending += new
    assert loaded == reached

"""Renaming modules: every import follows, the code still runs, and what cannot be is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from jupiter.code.substitute import Substitution, substituted
from jupiter.errors import RequestError
from jupiter.index.codebase import Codebase
from jupiter.index.references import references
from jupiter.index.renaming import Renaming, renaming

UTILS = "def f():\n    return 'f'\n\n\nclass C:\n    name = 'C'\n"


def codebase(files: Mapping[str, str]) -> Codebase:
    return Codebase({path: dedent(text).encode() for path, text in files.items()})


def applied(names: Codebase, one: Renaming) -> dict[str, bytes]:
    """The codebase with the renaming made."""
    moves = dict(one.moves)
    return {
        moves.get(path, path): substituted(
            data,
            [
                Substitution(site.line, site.column, one.old, one.new)
                for site in one.sites
                if site.path == path
            ],
        )
        for path, data in names.texts.items()
    }


def run(folder: Path, files: Mapping[str, bytes], code: str) -> str:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import p.utils\nprint(p.utils.f())\n", "import p.tools\nprint(p.tools.f())\n"),
        ("import p.utils as u\nprint(u.f())\n", "import p.tools as u\nprint(u.f())\n"),
        ("from p import utils\nprint(utils.f())\n", "from p import tools\nprint(tools.f())\n"),
        (
            "from p import utils as u\nprint(u.f())\n",
            "from p import tools as u\nprint(u.f())\n",
        ),
        ("from p.utils import f\nprint(f())\n", "from p.tools import f\nprint(f())\n"),
        (
            "from  p . \\\n  utils  import (\n    f,\n)\nprint(f())\n",
            "from  p . \\\n  tools  import (\n    f,\n)\nprint(f())\n",
        ),
        (
            "x = 1; from p.utils import f\nprint(f())\n",
            "x = 1; from p.tools import f\nprint(f())\n",
        ),
        (
            "from importlib import import_module\nprint(import_module('p.utils').f())\n",
            "from importlib import import_module\nprint(import_module('p.tools').f())\n",
        ),
        (
            (
                "from unittest import mock\nimport p\nwith mock.patch('p.utils.f', lambda: 'f'):\n"
                "    print(p.utils.f())\n"
            ),
            (
                "from unittest import mock\nimport p\nwith mock.patch('p.tools.f', lambda: 'f'):\n"
                "    print(p.tools.f())\n"
            ),
        ),
        (
            "import p\nprint(getattr(p, 'utils').f())\n",
            "import p\nprint(getattr(p, 'tools').f())\n",
        ),
        (
            "from p import *\nprint(utils.f())\n",
            "from p import *\nprint(tools.f())\n",
        ),
        (
            "import p.utils\nx: 'p.utils.C' = p.utils.C()\nutils = 'f'\nprint(utils)\n",
            "import p.tools\nx: 'p.tools.C' = p.tools.C()\nutils = 'f'\nprint(utils)\n",
        ),
        (
            "try:\n    from p.utils import f\nexcept ImportError:\n    f = None\nprint(f())\n",
            "try:\n    from p.tools import f\nexcept ImportError:\n    f = None\nprint(f())\n",
        ),
        ("import p.more\nprint(p.more.g())\n", "import p.more\nprint(p.more.g())\n"),
    ],
    ids=[
        "import",
        "import as",
        "from the package",
        "from the package as",
        "from the module",
        "spaces and continuations",
        "second on its line",
        "import_module",
        "mock.patch",
        "getattr",
        "star import",
        "annotation and a variable of the name",
        "in a try",
        "through another module",
    ],
)
def test_what_imports_a_module_imports_it_by_its_new_name_and_runs(
    tmp_path: Path, before: str, after: str
) -> None:
    files = {
        "p/__init__.py": "from . import utils\nfrom .utils import f\n__all__ = ['utils', 'f']\n",
        "p/utils.py": UTILS,
        "p/more.py": "from . import utils as u\nfrom .utils import f\n\n\ndef g():\n    return u.f()\n",
        "p/sub/__init__.py": "",
        "p/sub/deep.py": "from ..utils import f\nfrom .. import utils\n",
        "main.py": before,
    }
    names = codebase(files)
    made = applied(names, renaming(names, "p/utils.py", "tools"))
    assert made["main.py"].decode() == after
    assert "p/utils.py" not in made
    assert run(tmp_path, made, f"import p.sub.deep\n{after}") == "f"


def test_a_module_can_be_asked_for_by_its_dotted_name() -> None:
    names = codebase({"src/p/__init__.py": "", "src/p/utils.py": UTILS})
    assert renaming(names, "p.utils", "tools").moves == (("src/p/utils.py", "src/p/tools.py"),)


def test_a_stub_moves_with_its_module() -> None:
    names = codebase({"p/__init__.py": "", "p/utils.py": UTILS, "p/utils.pyi": "def f(): ...\n"})
    assert set(renaming(names, "p/utils.py", "tools").moves) == {
        ("p/utils.py", "p/tools.py"),
        ("p/utils.pyi", "p/tools.pyi"),
    }


PACKAGE = {
    "src/p/__init__.py": "from .one import f\nfrom . import two\n__all__ = ['f', 'two']\n",
    "src/p/one.py": "import p.two.deep\n\n\ndef f():\n    return p.two.deep.g()\n",
    "src/p/two/__init__.py": "from ..two.deep import g\nfrom p.two import deep\n",
    "src/p/two/deep.py": "def g():\n    return __name__\n",
    "src/p/data.txt": "p stays p\n",
    "tests/p/data.txt": "another p/\n",
}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import p\nprint(p.f())\n", "import q\nprint(q.f())\n"),
        (
            "import p.two.deep\nprint(p.two.deep.g())\n",
            "import q.two.deep\nprint(q.two.deep.g())\n",
        ),
        ("import p.two.deep as p\nprint(p.g())\n", "import q.two.deep as p\nprint(p.g())\n"),
        ("from p.two.deep import g\nprint(g())\n", "from q.two.deep import g\nprint(g())\n"),
        (
            "from importlib import import_module\nprint(import_module('p.two.deep').g())\n",
            "from importlib import import_module\nprint(import_module('q.two.deep').g())\n",
        ),
        (
            "from p import *\nprint(two.deep.g())\n",
            "from q import *\nprint(two.deep.g())\n",
        ),
    ],
    ids=["import", "a module in it", "as its own name", "from", "import_module", "star import"],
)
def test_a_package_moves_with_all_that_is_in_it_and_imports_follow(
    tmp_path: Path, before: str, after: str
) -> None:
    files = {**PACKAGE, "src/main.py": before}
    names = codebase(files)
    made = applied(names, renaming(names, "src/p", "q"))
    assert made["src/main.py"].decode() == after
    assert {path for path in made if "p/" in path} == {"tests/p/data.txt"}
    assert made["src/q/data.txt"] == b"p stays p\n"
    assert run(tmp_path, made, f"import sys; sys.path.insert(0, 'src')\n{after}") == "q.two.deep"


def test_an_inner_package_is_renamed_in_its_place() -> None:
    names = codebase(PACKAGE)
    one = renaming(names, "p.two", "three")
    made = applied(names, one)
    assert one.moves == (
        ("src/p/two/__init__.py", "src/p/three/__init__.py"),
        ("src/p/two/deep.py", "src/p/three/deep.py"),
    )
    assert made["src/p/__init__.py"] == (
        b"from .one import f\nfrom . import three\n__all__ = ['f', 'three']\n"
    )
    assert made["src/p/one.py"] == (
        b"import p.three.deep\n\n\ndef f():\n    return p.three.deep.g()\n"
    )
    assert made["src/p/three/__init__.py"] == (
        b"from ..three.deep import g\nfrom p.three import deep\n"
    )
    assert one.hazards == ()


def test_the_bare_name_of_a_topmost_package_may_be_that_of_the_distribution() -> None:
    names = codebase(
        {
            **PACKAGE,
            "pyproject.toml": '[project]\nname = "p"\nscripts = {x = "p.one:f"}\nsrc = ["src/p/one.py"]\n',
            "src/main.py": "from importlib.metadata import version\nversion('p')\n",
            "README.md": "p is a package; src/p/data.txt, `p.one`\n",
        }
    )
    one = renaming(names, "p", "q")
    assert [(hazard.path, hazard.line) for hazard in one.hazards] == [
        ("README.md", 1),
        ("pyproject.toml", 2),
        ("pyproject.toml", 4),
        ("src/main.py", 2),
        ("tests/p/data.txt", 1),
    ]
    assert b'x = "q.one:f"' in applied(names, one)["pyproject.toml"]


def test_a_text_that_only_begins_like_a_dotted_name_of_a_package_is_a_hazard() -> None:
    names = codebase({**PACKAGE, "src/main.py": "hosts = ['p.org', 'p.one.f', 'p.two:deep']\n"})
    one = renaming(names, "p", "q")
    assert applied(names, one)["src/main.py"] == b"hosts = ['p.org', 'q.one.f', 'q.two:deep']\n"
    assert ("src/main.py", 10) in {(hazard.path, hazard.column) for hazard in one.hazards}


def test_prose_entry_points_and_strings_follow_and_paths_are_hazards() -> None:
    names = codebase(
        {
            "p/__init__.py": "",
            "p/utils.py": UTILS,
            "pyproject.toml": '[project.scripts]\nx = "p.utils:f"\n[tool.x]\nomit = ["p/utils.py"]\n',
            "docs/a.rst": ".. automodule:: p.utils\n\n:mod:`p.utils` has ``p.utils.f``; other/utils.py\n",
        }
    )
    one = renaming(names, "p/utils.py", "tools")
    made = applied(names, one)
    assert b'x = "p.tools:f"' in made["pyproject.toml"]
    assert made["docs/a.rst"] == (
        b".. automodule:: p.tools\n\n:mod:`p.tools` has ``p.tools.f``; other/utils.py\n"
    )
    assert [(hazard.path, hazard.line) for hazard in one.hazards] == [("pyproject.toml", 4)]
    assert one.hazards[0].reason == (
        "nothing says whether it means the file, the package or something else"
    )


def test_references_to_a_module_are_its_imports_and_its_uses() -> None:
    names = codebase(
        {
            "p/__init__.py": "",
            "p/utils.py": UTILS,
            "a.py": "from p.utils import f\nimport p.utils\np.utils.f()\nutils = 1\n",
        }
    )
    assert [
        (one.path, one.line, one.column, one.kind) for one in references(names, "p/utils.py")
    ] == [("a.py", 1, 7, "import"), ("a.py", 2, 9, "import"), ("a.py", 3, 2, "read")]


@pytest.mark.parametrize(
    ("files", "symbol", "new", "why"),
    [
        ({"__init__.py": "", "a.py": ""}, "__init__.py", "q", "Python itself looks for __init__"),
        ({"p/__init__.py": "", "q/a.py": ""}, "p", "q", "q exists already"),
        ({"p/__init__.py": "", "q.pyi": ""}, "p", "q", "q exists already"),
        ({"p/__init__.py": ""}, "p", "json", "would hide the module json"),
        ({"p/__init__.py": "", "p/__main__.py": ""}, "p/__main__.py", "q", "looks for __main__"),
        ({"conftest.py": ""}, "conftest.py", "q", "look for conftest by its name"),
        ({"test_a.py": ""}, "test_a.py", "a", "pytest would no longer find its tests"),
        ({"p/__init__.py": "", "p/a.py": "", "p/b.py": ""}, "p/a.py", "b", "b exists already"),
        (
            {"p/__init__.py": "", "p/a.py": "", "p/b/__init__.py": ""},
            "p/a.py",
            "b",
            "b exists already",
        ),
        ({"p/__init__.py": "b = 1\n", "p/a.py": ""}, "p/a.py", "b", "p/__init__.py:b exists"),
        ({"a.py": ""}, "a.py", "json", "would hide the module json of the standard library"),
        ({"p/__init__.py": "", "p/a.py": ""}, "p/a.py", "class", "class is a keyword"),
        (
            {"p/__init__.py": "", "p/a.py": "", "c.py": "from p import a\n\n\ndef f(b):\n    a\n"},
            "p/a.py",
            "b",
            "c.py:5 has another b in reach",
        ),
    ],
    ids=[
        "the repository's own __init__",
        "a package where a folder is",
        "a package where a stub is",
        "a package called as one of the standard library",
        "__main__",
        "conftest",
        "a test",
        "a module of that name",
        "a package of that name",
        "a name of the package",
        "the standard library's",
        "a keyword",
        "a name in reach",
    ],
)
def test_a_name_that_a_module_cannot_have_is_refused(
    files: Mapping[str, str], symbol: str, new: str, why: str
) -> None:
    with pytest.raises(RequestError, match=why):
        renaming(codebase(files), symbol, new)

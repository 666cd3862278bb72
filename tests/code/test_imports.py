"""What a module imports by absolute names, and by which name it is imported."""

import pytest

from jupiter.code.imports import imports_of, module_name

CASES = {
    "a module": ("import a.b as c, d", {"a.b", "d"}),
    "a name that may be a module": ("from a.b import c, d as e", {"a.b", "a.b.c", "a.b.d"}),
    "a star": ("from a import *", {"a"}),
    "a sibling": ("from . import x", {"p.q", "p.q.x"}),
    "a sibling's name": ("from .x import y", {"p.q.x", "p.q.x.y"}),
    "a level up": ("from ..x import y", {"p.x", "p.x.y"}),
    "the top": ("from .. import y", {"p", "p.y"}),
    "above the top": ("from ...x import y\nfrom .... import z", set()),
    "in functions, classes and branches": (
        (
            "def f():\n  import a\nclass A:\n  import b\nif TYPE_CHECKING:\n  import c\nelse:\n  import d\n"
            "try:\n  import e\nexcept E:\n  import f\nelse:\n  import g\nfinally:\n  import h\n"
            "async def f():\n  async with x:\n    for y in z:\n      import i\n"
            "match x:\n  case 1:\n    import j\nwhile x:\n  with y:\n    import k\n"
            "try: pass\nexcept* E:\n  import l\n"
        ),
        set("abcdefghijkl"),
    ),
    "beside a lambda": ("f = lambda: 1\nimport a", {"a"}),
    "none": ("x = 1", set()),
    "only the word": ("x = 'import a'", set()),
    "what does not parse": ("import a\nx = (", set()),
    "nothing": ("", set()),
}


@pytest.mark.parametrize(("source", "names"), CASES.values(), ids=CASES.keys())
def test_imports_are_absolute_names(source: str, names: set[str]):
    assert imports_of("p.q.m", is_package=False, data=source.encode()) == names


@pytest.mark.parametrize(
    ("module", "is_package", "source", "names"),
    [
        pytest.param("p", True, "from . import x", {"p", "p.x"}, id="a package is its own base"),
        pytest.param("p.q", True, "from .. import x", {"p", "p.x"}, id="above a package"),
        pytest.param("p", True, "from .. import x", set(), id="above the topmost package"),
        pytest.param("m", False, "from . import x", set(), id="a module outside of packages"),
        pytest.param("", False, "from a import b", {"a", "a.b"}, id="a module without a name"),
    ],
)
def test_relative_imports_start_from_the_package(
    module: str, *, is_package: bool, source: str, names: set[str]
):
    assert imports_of(module, is_package, source.encode()) == names


PATHS = {
    "src/click/__init__.py",
    "src/click/core.py",
    "src/click/sub/__init__.py",
    "src/click/sub/x.py",
    "src/click/data/y.py",
    "stubs/z/__init__.pyi",
    "stubs/z/w.pyi",
    "tests/test_a.py",
    "setup.py",
    "__init__.py",
}


@pytest.mark.parametrize(
    ("path", "name", "is_package"),
    [
        ("src/click/__init__.py", "click", True),
        ("src/click/core.py", "click.core", False),
        ("src/click/sub/__init__.py", "click.sub", True),
        ("src/click/sub/x.py", "click.sub.x", False),
        pytest.param("src/click/data/y.py", "y", False, id="a folder that is no package"),
        pytest.param("stubs/z/w.pyi", "z.w", False, id="a stub"),
        pytest.param("stubs/z/__init__.pyi", "z", True, id="a package of stubs"),
        pytest.param("tests/test_a.py", "test_a", False, id="outside of packages"),
        ("setup.py", "setup", False),
        pytest.param(
            "__init__.py", "__init__", False, id="a package whose name is not in the path"
        ),
        pytest.param("other/__init__.py", "other", True, id="a path that is not in the list"),
    ],
)
def test_a_path_becomes_a_name_from_its_topmost_package(path: str, name: str, *, is_package: bool):
    assert module_name(path, PATHS) == (name, is_package)

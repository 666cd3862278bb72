"""What a selection finds in a codebase: each criterion, several together, and why there is nothing."""

from typing import Any

import pytest

from jupiter.index.index import Index, build_index
from jupiter.model.recipe import Select
from jupiter.planner.finding import find
from jupiter.planner.nearest import why_nothing

FILES = {
    "README.md": b"Top\n\n# Use\n\nCall `p.core.run` first.\n\n# Other\n\nrun away\n",
    "src/p/__init__.py": b"from p.core import run as run\n\n__all__ = ['run']\n",
    "src/p/core.py": (
        b"import json\n\nLIMIT = 3  # TODO[x]\n\n\n"
        b"class Base:\n    kind = 1\n\n    def work(self):\n        return LIMIT\n\n\n"
        b"class Own(Base):\n    def work(self):\n        return 2\n\n\n"
        b"def run(base: Base):\n    # TODO[x]\n    return base.work()\n"
    ),
    "src/p/deep/__init__.py": b"",
    "src/p/deep/more.py": b"from ..core import Own\n\n\ndef make():\n    return Own().work()\n",
    "src/loose/m.py": b"import json\n\n\nclass E(json.JSONEncoder):\n    x = 1\n\n\ndef f():\n    return 3\n",
    "tests/test_core.py": (
        b"import p\nimport pydantic.v1\n\n\ndef test_run():\n    assert p.run\n\n\n"
        b"def test_nothing():\n    pass\n"
    ),
}


@pytest.fixture(scope="module")
def index() -> Index:
    return build_index(FILES)


def found(index: Index, **keys: Any) -> set[str]:
    """`path:name` of all tiles; `path` alone where all of a file is found."""
    tiles = find(Select.model_validate(keys), index)
    return {
        text
        for path, names in tiles.items()
        for text in (
            [path]
            if len(names) == len(index.files[path].symbols)
            else [f"{path}:{n}" for n in names]
        )
    }


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param({"paths": "tests"}, {"tests/test_core.py"}, id="paths"),
        pytest.param({"symbols": "p.core:run"}, {"src/p/core.py:run"}, id="symbol by module"),
        pytest.param({"symbols": "src/p/core.py:run"}, {"src/p/core.py:run"}, id="symbol by path"),
        pytest.param(
            {"symbols": ["p.core:Own", "p.core:LIMIT"]},
            {"src/p/core.py:Own", "src/p/core.py:Own.work", "src/p/core.py:LIMIT"},
            id="a class comes with its members",
        ),
        pytest.param(
            {"symbols": "p.core:*.work"},
            {"src/p/core.py:Base.work", "src/p/core.py:Own.work"},
            id="a member of any class",
        ),
        pytest.param({"symbols": "README.md#Use"}, {"README.md:#Use"}, id="a section"),
        pytest.param(
            {"symbols": "p.deep:**"},
            {"src/p/deep/__init__.py", "src/p/deep/more.py"},
            id="a package",
        ),
        pytest.param(
            {"symbols": "loose.m:f"}, {"src/loose/m.py:f"}, id="a folder without __init__"
        ),
        pytest.param({"imports": "pydantic"}, {"tests/test_core.py"}, id="imports"),
        pytest.param(
            {"imports": "p.core"},
            {"src/p/__init__.py", "src/p/deep/more.py"},
            id="relative imports too",
        ),
        pytest.param({"imports": "py*"}, {"tests/test_core.py"}, id="imports by a pattern"),
        pytest.param(
            {"contains": "TODO[x]"}, {"src/p/core.py:LIMIT", "src/p/core.py:run"}, id="contains"
        ),
        pytest.param({"contains": "limit = 3"}, set(), id="contains is exact"),
        pytest.param(
            {"contains": "pass\n"}, {"tests/test_core.py:test_nothing"}, id="the end of a line"
        ),
        pytest.param(
            {"contains": "json\n\nLIMIT"},
            {"src/p/core.py:<imports>", "src/p/core.py:LIMIT"},
            id="a text across symbols is in each",
        ),
        pytest.param(
            {"references": "p.core:LIMIT"},
            {"src/p/core.py:Base.work"},
            id="references to a constant",
        ),
        pytest.param(
            {"references": "p.core:Base.work"},
            {"src/p/core.py:Own.work", "src/p/core.py:run", "src/p/deep/more.py:make"},
            id="references to a method, its overrides among them",
        ),
        pytest.param(
            {"references": "p.core:Base"},
            {"src/p/core.py:Own", "src/p/core.py:run"},
            id="references to a class are to the class alone",
        ),
        pytest.param(
            {"references": "p.core:run"},
            {"src/p/__init__.py", "tests/test_core.py:test_run", "README.md:#Use"},
            id="references by exports and in prose",
        ),
        pytest.param(
            {"references": "p:**", "paths": "tests/**"},
            {"tests/test_core.py:test_run"},
            id="references to any of a package",
        ),
        pytest.param(
            {"imports": "json", "contains": "TODO[x]", "symbols": "p.core:run"},
            {"src/p/core.py:run"},
            id="all criteria hold",
        ),
        pytest.param({"calls": "p.core:Own"}, {"src/p/deep/more.py:make"}, id="calls of a class"),
        pytest.param(
            {"calls": "p.core:Base.work"},
            {"src/p/core.py:run", "src/p/deep/more.py:make"},
            id="calls of a method, by its overrides too",
        ),
        pytest.param(
            {"subclasses": "p.core:Base"},
            {"src/p/core.py:Own", "src/p/core.py:Own.work"},
            id="subclasses with their members",
        ),
        pytest.param(
            {"subclasses": "json:JSONEncoder"},
            {"src/loose/m.py:E", "src/loose/m.py:E.x"},
            id="of a class of other code",
        ),
        pytest.param(
            {"kind": "method", "symbols": "p.core:**"},
            {"src/p/core.py:Base.work", "src/p/core.py:Own.work"},
            id="methods",
        ),
        pytest.param(
            {"kind": ["class", "section"]},
            {
                "src/p/core.py:Base",
                "src/p/core.py:Own",
                "src/loose/m.py:E",
                "README.md",
            },
            id="classes and sections",
        ),
        pytest.param({}, set(FILES), id="no criterion is all of the codebase"),
    ],
)
def test_a_selection_finds(index: Index, keys: dict[str, Any], expected: set[str]) -> None:
    assert found(index, **keys) == expected


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param(
            {"paths": "src/q/**"}, "`paths: 'src/q/**'` finds nothing (nearest: src/p)", id="paths"
        ),
        pytest.param(
            {"symbols": "p.core:Bsae.work"},
            "`symbols: 'p.core:Bsae.work'` finds nothing (nearest: p.core:Base.work)",
            id="symbols",
        ),
        pytest.param(
            {"symbols": "p.cor:run"},
            "`symbols: 'p.cor:run'` finds nothing (nearest: p.core:run)",
            id="symbols of a module that is not there",
        ),
        pytest.param(
            {"references": "p.core:runn"},
            "`references: 'p.core:runn'` finds nothing (nearest: p.core:run)",
            id="references to what is not there",
        ),
        pytest.param(
            {"references": "p.deep.more:make"},
            "`references: 'p.deep.more:make'` finds nothing "
            "(p.deep.more:make is defined, and nothing refers to it)",
            id="references to what nobody uses",
        ),
        pytest.param(
            {"imports": "pydantik"},
            "`imports: 'pydantik'` finds nothing (nearest: pydantic.v1)",
            id="imports",
        ),
        pytest.param(
            {"contains": "todo[X]"},
            "`contains: 'todo[X]'` finds nothing (nearest: 'TODO[x]' in src/p/core.py, line 3)",
            id="contains in other letters",
        ),
        pytest.param({"contains": "§"}, "`contains: '§'` finds nothing", id="contains nowhere"),
        pytest.param(
            {"imports": "json", "paths": "tests"},
            "`paths` finds 3 symbols in 1 file, `imports` finds 12 symbols in 2 files; "
            "but nothing is in all of them",
            id="each by itself",
        ),
        pytest.param(
            {"imports": "jsn", "paths": ["tests", "src"], "contains": "§"},
            "`imports: 'jsn'` finds nothing (nearest: json); `contains: '§'` finds nothing",
            id="each that finds nothing is told",
        ),
    ],
)
def test_a_selection_that_finds_nothing_says_what_came_nearest(
    index: Index, keys: dict[str, Any], said: str
) -> None:
    wanted = Select.model_validate(keys)
    assert find(wanted, index) == {}
    assert why_nothing(wanted, index) == said

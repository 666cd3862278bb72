"""What a selection finds in a codebase: each criterion, several together, and why there is nothing."""

from typing import Any

import pytest

from jupiter.index.index import Index, build_index
from jupiter.model.select import Select
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
            {"calls": "p:run"},
            "`calls: 'p:run'` finds nothing (p:run is p.core:run)",
            id="calls of what a package has only imported",
        ),
        pytest.param(
            {"calls": "p.deep:mak"},
            "`calls: 'p.deep:mak'` finds nothing (nearest: p.deep.more:make)",
            id="calls of what another module has",
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


DECORATED = {
    "src/a/__init__.py": b"",
    "src/a/core.py": (
        b"from functools import wraps\n\n\ndef route(path):\n    return lambda f: f\n\n\n"
        b"class App:\n    @property\n    def name(self) -> str:\n        'Its name.'\n        return 'a'\n\n"
        b"    def add(self, f):\n        return f\n\n\napp = App()\n"
    ),
    "src/a/views.py": (
        b"from dataclasses import dataclass as data\nfrom typing import overload\n\n"
        b"from a.core import App, app, route as at\n\n\n"
        b"@at('/')\ndef home():\n    print(1, 2)\n    return None == 3\n\n\n"
        b"@app.add\ndef added(x: int, *more: str) -> int:\n    '''Doc.'''\n    return x\n\n\n"
        b"@data(frozen=True)\nclass Page:\n    '''Doc.'''\n\n    size: int = 0\n\n"
        b"    def turn(self) -> None:\n        '''Doc.'''\n\n\n"
        b"@overload\ndef both(x: int) -> int: ...\n@overload\ndef both(x: str) -> str: ...\n"
        b"def both(x):\n    return x\n"
    ),
    "tests/test_a.py": (
        b"import pytest\n\nfrom a.views import Page, added\n\n\n"
        b"@pytest.fixture\ndef page():\n    return Page()\n\n\n"
        b"@pytest.mark.parametrize('x', [1])\ndef test_added(page: Page, x):\n"
        b"    page.turn()\n    assert added(x)\n"
    ),
}


@pytest.fixture(scope="module")
def decorated() -> Index:
    return build_index(DECORATED)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param({"matches": "print($$$)"}, {"src/a/views.py:home"}, id="matches"),
        pytest.param(
            {"matches": ["$A == 3", "page.$M()"]},
            {"src/a/views.py:home", "tests/test_a.py:test_added"},
            id="any of several patterns",
        ),
        pytest.param(
            {"matches": "class $C:\n    $$$BODY", "paths": "src/a/core.py"},
            {"src/a/core.py:App", "src/a/core.py:App.name", "src/a/core.py:App.add"},
            id="what matches over several symbols is in each",
        ),
        pytest.param({"decorated": "a.core:route"}, {"src/a/views.py:home"}, id="own, renamed"),
        pytest.param({"decorated": "a.core.route"}, {"src/a/views.py:home"}, id="own, dotted"),
        pytest.param(
            {"decorated": "src/a/core.py:App.add"}, {"src/a/views.py:added"}, id="a method"
        ),
        pytest.param(
            {"decorated": "dataclasses.dataclass"},
            {"src/a/views.py:Page", "src/a/views.py:Page.size", "src/a/views.py:Page.turn"},
            id="a class with its members",
        ),
        pytest.param({"decorated": "pytest.fixture"}, {"tests/test_a.py:page"}, id="foreign"),
        pytest.param({"decorated": "pytest.mark"}, {"tests/test_a.py:test_added"}, id="within"),
        pytest.param({"decorated": "property"}, {"src/a/core.py:App.name"}, id="a builtin"),
        pytest.param(
            {"missing": "docstring", "paths": "src"},
            {
                *("src/a/core.py:route", "src/a/core.py:App", "src/a/core.py:App.add"),
                *("src/a/views.py:home", "src/a/views.py:both"),
            },
            id="docstrings",
        ),
        pytest.param(
            {"missing": "annotations"},
            {
                *("src/a/core.py:route", "src/a/core.py:App.add", "src/a/views.py:home"),
                *("tests/test_a.py:page", "tests/test_a.py:test_added"),
            },
            id="annotations, which overloads give",
        ),
        pytest.param(
            {"missing": "tests", "kind": ["function", "method", "class"]},
            {
                *("src/a/core.py:route", "src/a/core.py:App", "src/a/core.py:App.name"),
                *("src/a/core.py:App.add", "src/a/views.py:home", "src/a/views.py:both"),
            },
            id="tests",
        ),
        pytest.param(
            {"any": [{"decorated": "property"}, {"matches": "print($$$)"}]},
            {"src/a/core.py:App.name", "src/a/views.py:home"},
            id="any",
        ),
        pytest.param(
            {
                "all": [{"kind": "function"}, {"missing": "tests"}],
                "not": {"paths": "src/a/core.py"},
            },
            {"src/a/views.py:home", "src/a/views.py:both"},
            id="all and not",
        ),
        pytest.param(
            {"kind": "method", "not": {"not": {"decorated": "property"}}},
            {"src/a/core.py:App.name"},
            id="not not",
        ),
    ],
)
def test_a_selection_by_what_code_says_finds(
    decorated: Index, keys: dict[str, Any], expected: set[str]
) -> None:
    assert found(decorated, **keys) == expected


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param(
            {"decorated": "pytest.fixtur"},
            "`decorated: 'pytest.fixtur'` finds nothing (nearest: pytest.fixture)",
            id="decorated",
        ),
        pytest.param(
            {"matches": "print("},
            "`matches: 'print('` finds nothing (print( is no Python)",
            id="a pattern that is no Python",
        ),
        pytest.param(
            {"all": [{"paths": "src/b"}, {"kind": "method"}]},
            "in `all[0]`: `paths: 'src/b'` finds nothing (nearest: src/a)",
            id="within all",
        ),
        pytest.param(
            {"any": [{"paths": "src/b"}, {"imports": "c"}]},
            "in `any[0]`: `paths: 'src/b'` finds nothing (nearest: src/a); "
            "in `any[1]`: `imports: 'c'` finds nothing",
            id="within any",
        ),
        pytest.param(
            {"decorated": "property", "not": {"kind": "method"}},
            "`decorated` finds 1 symbol in 1 file, `not` finds 14 symbols in 4 files; "
            "but nothing is in all of them",
            id="what not takes away",
        ),
    ],
)
def test_what_finds_nothing_by_what_code_says_is_explained(
    decorated: Index, keys: dict[str, Any], said: str
) -> None:
    wanted = Select.model_validate(keys)
    assert find(wanted, decorated) == {}
    assert why_nothing(wanted, decorated) == said

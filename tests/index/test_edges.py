"""Which tiles name which: by names, through imports, by members of modules and of `self`."""

import pytest

from jupiter.index.edges import edges
from jupiter.index.index import build_index

FILES = {
    "p/__init__.py": b"from p.core import run as run\n",
    "p/core.py": (
        b"LIMIT = 3\n\n\nclass Base:\n    kind = 1\n\n    def work(self):\n"
        b"        return LIMIT + LIMIT + self.kind\n\n\n"
        b"class Own(Base):\n    def more(self):\n        return self.work()\n\n\n"
        b"def run(LIMIT):\n    return LIMIT, Own()\n\n\ndef plain():\n    return Base.work\n"
    ),
    "p/user.py": b"import p\nfrom p import core\n\n\ndef use():\n    return p.run(1), core.Own.more\n",
    "notes.md": (
        b"# Notes\n\nSee p.core.run and Own.more.\n\n## Work\n\nCall `plain()`, `Base.work` or `use`.\n"
        b"\n## Other\n\nplain words, work, `unknown.name`\n"
    ),
}


@pytest.mark.parametrize(
    ("user", "used", "times"),
    [
        pytest.param("p/core.py:Base.work", "p/core.py:LIMIT", 2, id="a name, twice"),
        pytest.param("p/core.py:Base.work", "p/core.py:Base.kind", 1, id="a member of self"),
        pytest.param("p/core.py:Own.more", "p/core.py:Base.work", 1, id="an inherited member"),
        pytest.param("p/core.py:Own", "p/core.py:Base", 1, id="a base"),
        pytest.param("p/core.py:run", "p/core.py:Own", 1, id="a class"),
        pytest.param("p/core.py:run", "p/core.py:LIMIT", 0, id="not a parameter of that name"),
        pytest.param("p/user.py:use", "p/core.py:run", 1, id="through a package"),
        pytest.param("p/user.py:use", "p/core.py:Own", 1, id="a member of a module"),
        pytest.param("p/core.py:plain", "p/core.py:Base.work", 1, id="a member of a class"),
        pytest.param("notes.md:#Notes", "p/core.py:run", 1, id="prose, by a dotted name"),
        pytest.param("notes.md:#Notes", "p/core.py:Own.more", 1, id="prose, by class and member"),
        pytest.param("notes.md:#Work", "p/core.py:plain", 1, id="prose, by a call in code marks"),
        pytest.param("notes.md:#Work", "p/core.py:Base.work", 1, id="prose, a member in marks"),
        pytest.param("notes.md:#Work", "p/user.py:use", 1, id="prose, a name in code marks"),
        pytest.param("notes.md:#Other", "p/core.py:plain", 0, id="not by a word of prose"),
    ],
)
def test_a_tile_names_another(user: str, used: str, times: int) -> None:
    found = edges(build_index(FILES), FILES)
    pair = tuple(user.split(":")), tuple(used.split(":"))
    assert found.get(pair, 0) == times


def test_only_the_files_that_are_asked_for_are_looked_at() -> None:
    found = edges(build_index(FILES), ["p/user.py"])
    assert {user[0] for user, _ in found} == {"p/user.py"}

"""One syntax tree is enough for all that is known of a file's symbols."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.code.interfaces import interfaces
from jupiter.code.lines import split_lines
from jupiter.code.outline import Outline, outline
from jupiter.code.parse import try_parse
from jupiter.code.tiles import tile

SOURCES = {
    "Python": b'"""D."""\n\nimport a\n\n\nclass A:\n    x: int = 1\n\n    def f(self): ...\n',
    "a byte-order mark": b"\xef\xbb\xbf\r\nx = 1\r\n",
    "a syntax error": b"def f(:\n\nx = 1\n",
    "nothing": b"",
}


def of(path: str, data: bytes) -> Outline:
    return outline(path, data, try_parse(data) if path.endswith(".py") else None)


@pytest.mark.parametrize("data", SOURCES.values(), ids=SOURCES.keys())
def test_an_outline_is_what_its_parts_are_alone(data: bytes):
    found = of("m.py", data)
    assert found.tiles == tile("m.py", data)
    assert found.interfaces == interfaces("m.py", data)


def test_an_outline_of_what_is_not_python_has_no_interfaces():
    found = of("m.md", b"# A\n\n# B\n")
    assert [t.name for t in found.tiles] == ["#A", "#B"]
    assert found.first_lines == (1, 2)
    assert found.interfaces == {}


@given(st.lists(st.sampled_from(["x = 1\n", "\n", "# c\n", "def f(): ...\n", "y = '''\n'''\n"])))
def test_every_line_has_the_owner_that_holds_it(lines: list[str]):
    found = of("m.py", "".join(lines).encode())
    owners = [t.name for t in found.tiles for _ in split_lines(t.gap + t.text)]
    assert [found.owner(i + 1).name for i in range(len(owners))] == owners

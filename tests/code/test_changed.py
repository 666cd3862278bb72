"""What differs between two versions of a file, by the names of its tiles."""

import pytest

from jupiter.code.changed import changed

BEFORE = "import a\n\nX = 1\n\n\ndef f(): ...\n\n\ndef g(): ...\n"

CASES = {
    "nothing": (BEFORE, ()),
    "a text": (BEFORE.replace("X = 1", "X = 2"), ("X",)),
    "a gap": (BEFORE.replace("\n\n\ndef f", "\n\ndef f"), ("f",)),
    "a tile that is new": (BEFORE.replace("X = 1\n", "X = 1\nY = 1\n"), ("Y",)),
    "a tile that is gone, where it stood": (
        BEFORE.replace("def f(): ...\n\n\n", "").replace("a", "b"),
        ("<imports>", "f"),
    ),
    "a first tile that is gone": (BEFORE.removeprefix("import a\n"), ("<imports>",)),
    "a rename": (BEFORE.replace("f()", "h()"), ("f", "h")),
    "one of two that change places": (
        "import a\n\n\ndef f(): ...\n\nX = 1\n\n\ndef g(): ...\n",
        ("f",),
    ),
    "all in file order": (
        "import b\n\nX = 2\n\n\ndef g(): pass\nZ = 1\n",
        ("<imports>", "X", "f", "g", "Z"),
    ),
    "a file that no longer parses": ("def f(:\n", ("<imports>", "X", "f", "g", "")),
}


@pytest.mark.parametrize(("after", "names"), CASES.values(), ids=CASES.keys())
def test_the_tiles_that_differ_are_named(after: str, names: tuple[str, ...]):
    assert changed("m.py", BEFORE.encode(), after.encode()) == names


def test_a_moved_tile_is_named_though_its_bytes_are_the_same():
    names = changed("m.py", b"a = 1\nb = 1\nc = 1\n", b"b = 1\nc = 1\na = 1\n")
    assert names == ("a",)


def test_a_removed_tile_stands_behind_the_one_that_it_followed():
    before, after = b"a = 1\nb = 1\nc = 1\nd = 1\n", b"a = 2\nd = 2\n"
    assert changed("m.py", before, after) == ("a", "b", "c", "d")


def test_a_file_that_is_not_tiled_differs_as_one():
    assert changed("m.toml", b"a = 1\n", b"a = 2\n") == ("",)


def test_thousands_of_tiles_take_no_time():
    before = b"".join(b"x%d = 1\n" % i for i in range(5000))
    after = b"".join(b"x%d = 1\n" % i for i in reversed(range(5000)))
    assert len(changed("m.py", before, after)) == 4999

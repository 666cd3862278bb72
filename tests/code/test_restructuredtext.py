"""reStructuredText is tiled by its sections; what looks like a title in a table or a block is none."""

import pytest

from jupiter.code.tiles import join, tile

RULES = {
    "a section goes to the next title of any level": (
        "A\n=\ntext\n\nB\n-\n\ntext\nand more\n\nC\n=\n",
        [("#A", "|A\n=\ntext\n"), ("#B", "\n|B\n-\n\ntext\nand more\n"), ("#C", "\n|C\n=\n")],
    ),
    "what stands above the first title": (
        "\n.. a comment\n\nA\n=\n",
        [("<preamble>", "\n|.. a comment\n"), ("#A", "\n|A\n=\n")],
    ),
    "an overline belongs to its title, whose text may be indented": (
        "=====\n  A\n=====\n\ntext\n\n***\nB c\n***\n",
        [("#A", "|=====\n  A\n=====\n\ntext\n"), ("#B-c", "\n|***\nB c\n***\n")],
    ),
    "targets right above a title belong to it": (
        "text\n\n.. _a:\n.. _b c:\n\nA\n=\n.. _d:\n\ntext\n\n.. _e: http://e\n\nB\n=\n",
        [
            ("<preamble>", "|text\n"),
            ("#A", "\n|.. _a:\n.. _b c:\n\nA\n=\n.. _d:\n\ntext\n\n.. _e: http://e\n"),
            ("#B", "\n|B\n=\n"),
        ],
    ),
    "an underline may be too short from four on, not below": (
        "Long title\n----\n\nLong text\n---\n\nAb\n--\n",
        [("#Long-title", "|Long title\n----\n\nLong text\n---\n"), ("#Ab", "\n|Ab\n--\n")],
    ),
    "a line below a blank line is a transition": (
        "A\n=\ntext\n\n-----\n\nmore\n\n-----\n",
        [("#A", "|A\n=\ntext\n\n-----\n\nmore\n\n-----\n")],
    ),
    "a line below a second line of text is text": (
        "A\n=\none\ntwo\n---\n",
        [("#A", "|A\n=\none\ntwo\n---\n")],
    ),
    "literal blocks, directives and comments are opaque": (
        (
            "A\n=\nSo::\n\n  B\n  -\n\n.. code::\n   :x:\n\n   C\n   =\n\n   ===\n   D\n   ===\n"
            "..\n   E\n   -\n\nF\n=\n"
        ),
        [
            (
                "#A",
                (
                    "|A\n=\nSo::\n\n  B\n  -\n\n.. code::\n   :x:\n\n   C\n   =\n\n"
                    "   ===\n   D\n   ===\n..\n   E\n   -\n"
                ),
            ),
            ("#F", "\n|F\n=\n"),
        ],
    ),
    "a quoted literal block is opaque": (
        "A\n=\nSo::\n\n> x\n> -\n\nSo::\n\n=====\n=====\n=====\n\nB\n=\n",
        [("#A", "|A\n=\nSo::\n\n> x\n> -\n\nSo::\n\n=====\n=====\n=====\n"), ("#B", "\n|B\n=\n")],
    ),
    "borders of simple tables are no titles": (
        (
            "A\n=\n\n====  ===\na     b\n====  ===\nx     y\n---------\nz\n\nw     v\n====  ===\n\n"
            "===  ===\na    b\n===  ===\n\nB\n=\n"
        ),
        [
            (
                "#A",
                (
                    "|A\n=\n\n====  ===\na     b\n====  ===\nx     y\n---------\nz\n\nw     v\n"
                    "====  ===\n\n===  ===\na    b\n===  ===\n"
                ),
            ),
            ("#B", "\n|B\n=\n"),
        ],
    ),
    "a table without an end goes to the next blank line": (
        "===  ===\na    b\n\nA\n-\n",
        [("<preamble>", "|===  ===\na    b\n"), ("#A", "\n|A\n-\n")],
    ),
    "grid tables, line blocks, lists, fields and doctests are no titles": (
        (
            "A\n=\n\n+---+\n| b |\n+---+\n\n| c\n----\n\n- d\n----\n\n:e: f\n------\n\n>>> g\n-----\nh\n-\n"
            "\nterm\n  definition\n\nB\n=\n"
        ),
        [
            (
                "#A",
                (
                    "|A\n=\n\n+---+\n| b |\n+---+\n\n| c\n----\n\n- d\n----\n\n:e: f\n------\n\n"
                    ">>> g\n-----\nh\n-\n\nterm\n  definition\n"
                ),
            ),
            ("#B", "\n|B\n=\n"),
        ],
    ),
    "a number, a role or an option may begin a title": (
        "1. Start\n--------\n\n:mod:`x` --- y\n--------------\n\n--all\n-----\n",
        [
            ("#1.-Start", "|1. Start\n--------\n"),
            ("#x-----y", "\n|:mod:`x` --- y\n--------------\n"),
            ("#--all", "\n|--all\n-----\n"),
        ],
    ),
    "names lose markup, and where a link leads": (
        "``a.b()`` and *c*\n=================\n\n`d <http://e>`__ |f|\n====================\n",
        [
            ("#a.b-and-c", "|``a.b()`` and *c*\n=================\n"),
            ("#d-f", "\n|`d <http://e>`__ |f|\n====================\n"),
        ],
    ),
    "a title that comes again is numbered": (
        "A\n=\nA\n=\n",
        [("#A", "|A\n=\n"), ("#A#2", "|A\n=\n")],
    ),
    "blank lines at the end are the tail, windows line ends are kept": (
        "A\r\n=\r\n\r\nB\r\n=\r\n\r\n",
        [("#A", "|A\r\n=\r\n"), ("#B", "\r\n|B\r\n=\r\n"), ("<tail>", "|\r\n")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), RULES.values(), ids=RULES.keys())
def test_restructuredtext_is_tiled_by_the_rules(source: str, expected: list[tuple[str, str]]):
    tiles = tile("docs/api.rst", source.encode())
    assert join(tiles) == source.encode()
    assert [(t.name, (t.gap + b"|" + t.text).decode()) for t in tiles] == expected
    assert {t.kind for t in tiles} <= {"rst section", "tail"}


@pytest.mark.parametrize("data", [b"", b"no title\n\n---\n\n", b"\xff\xfe\n"])
def test_without_titles_a_file_is_one_tile(data: bytes):
    [found] = tile("docs/api.rst", data)
    assert (found.name, found.kind, found.text) == ("", "file", data)

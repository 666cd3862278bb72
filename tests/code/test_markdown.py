"""Markdown is tiled by its sections; what looks like a heading in code is none."""

import pytest

from jupiter.code.tiles import join, tile

RULES = {
    "a section goes to the next heading of any level": (
        "# A\ntext\n\n## B\n\ntext\n# C\n",
        [("#A", "|# A\ntext\n"), ("#B", "\n|## B\n\ntext\n"), ("#C", "|# C\n")],
    ),
    "what stands above the first heading": (
        "\nHello.\n\n# A\n",
        [("<preamble>", "\n|Hello.\n"), ("#A", "\n|# A\n")],
    ),
    "front matter is no heading": (
        "---\ntitle: x\n---\n# A\n",
        [("<preamble>", "|---\ntitle: x\n---\n"), ("#A", "|# A\n")],
    ),
    "underlined headings, of several lines too": (
        "A\n===\ntext\n\nB\nc\n---\ntext\n",
        [("#A", "|A\n===\ntext\n"), ("#B-c", "\n|B\nc\n---\ntext\n")],
    ),
    "a rule below a list, a quote, a table or a blank line is no heading": (
        "# A\n- a\nb\n---\n\n> q\n---\n\n| t |\n---\n\ntext\n\n---\n",
        [("#A", "|# A\n- a\nb\n---\n\n> q\n---\n\n| t |\n---\n\ntext\n\n---\n")],
    ),
    "fenced code is opaque": (
        "# A\n```sh\n# no\n~~~\n# no\n````\n# B\n~~~~\n```\n# no\n~~~\n# no\n~~~~\n# C\n",
        [
            ("#A", "|# A\n```sh\n# no\n~~~\n# no\n````\n"),
            ("#B", "|# B\n~~~~\n```\n# no\n~~~\n# no\n~~~~\n"),
            ("#C", "|# C\n"),
        ],
    ),
    "a fence that opens in a list item": (
        "# A\n1. ```\n   # no\n   ```\n# B\n",
        [("#A", "|# A\n1. ```\n   # no\n   ```\n"), ("#B", "|# B\n")],
    ),
    "a fence that never closes goes to the end": (
        "# A\n```\n# no\n",
        [("#A", "|# A\n```\n# no\n")],
    ),
    "inline code is no fence": (
        "# A\n```x``` y\n# B\n",
        [("#A", "|# A\n```x``` y\n"), ("#B", "|# B\n")],
    ),
    "an HTML comment and indented code are opaque": (
        "# A\n<!--\n# no\n-->\n    # no\n# B\n",
        [("#A", "|# A\n<!--\n# no\n-->\n    # no\n"), ("#B", "|# B\n")],
    ),
    "a hash needs a space, and seven are too many": (
        "# A\n#no\n####### no\n",
        [("#A", "|# A\n#no\n####### no\n")],
    ),
    "names keep words, case and dots, and lose marks": (
        "# Quick start\n## `f(x)`: [why](u) ##\n## 1.2.0\n## __init__\n## <a id='x'></a>Über\n",
        [
            ("#Quick-start", "|# Quick start\n"),
            ("#fx-why", "|## `f(x)`: [why](u) ##\n"),
            ("#1.2.0", "|## 1.2.0\n"),
            ("#__init__", "|## __init__\n"),
            ("#Über", "|## <a id='x'></a>Über\n"),
        ],
    ),
    "a heading that comes again is numbered": (
        "# A\n# A\n",
        [("#A", "|# A\n"), ("#A#2", "|# A\n")],
    ),
    "blank lines at the end are the tail": (
        "# A\n\n\n",
        [("#A", "|# A\n"), ("<tail>", "|\n\n")],
    ),
    "windows line ends": (
        "A\r\n=\r\n\r\n# B",
        [("#A", "|A\r\n=\r\n"), ("#B", "\r\n|# B")],
    ),
}


@pytest.mark.parametrize(("source", "expected"), RULES.values(), ids=RULES.keys())
def test_markdown_is_tiled_by_the_rules(source: str, expected: list[tuple[str, str]]):
    tiles = tile("README.md", source.encode())
    assert join(tiles) == source.encode()
    assert [(t.name, (t.gap + b"|" + t.text).decode()) for t in tiles] == expected


def test_a_heading_without_words_is_named_by_its_hash():
    [found] = tile("README.md", b"# ???\n")
    assert found.kind == "section"
    assert found.name.startswith("<section ")

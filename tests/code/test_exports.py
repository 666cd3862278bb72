"""`__all__` that is sorted stays sorted when a name in it changes; any other stays in its order."""

import pytest

from jupiter.code.exports import kept_sorted
from jupiter.code.substitute import Substitution, changed_file


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (
            '__all__ = ["a", "b", "c"]\n',
            '__all__ = ["z", "b", "c"]\n',
            '__all__ = ["b", "c", "z"]\n',
        ),
        (
            '__all__ = [\n    "a",\n    "B",\n    "c",\n]\n',
            '__all__ = [\n    "a",\n    "Z",\n    "c",\n]\n',
            '__all__ = [\n    "a",\n    "c",\n    "Z",\n]\n',
        ),
        (
            "__all__ = ('MAX', 'Thing', 'a', 'b')\n",
            "__all__ = ('MAX', 'Thing', 'z', 'b')\n",
            "__all__ = ('MAX', 'Thing', 'b', 'z')\n",
        ),
        (
            "__all__ += ['a', 'b', 'c']\n",
            "__all__ += ['z', 'a', 'b', 'c']\n",
            "__all__ += ['a', 'b', 'c', 'z']\n",
        ),
        (
            '__all__ = ["b", "a", "c"]\n',
            '__all__ = ["z", "a", "c"]\n',
            '__all__ = ["z", "a", "c"]\n',
        ),
        ('__all__ = ["a", "b"]\n', '__all__ = ["z", "b"]\n', '__all__ = ["z", "b"]\n'),
        (
            '__all__ = [\n    "a",  # one\n    "b",\n    "c",\n]\n',
            '__all__ = [\n    "z",  # one\n    "b",\n    "c",\n]\n',
            '__all__ = [\n    "z",  # one\n    "b",\n    "c",\n]\n',
        ),
        (
            '__all__ = ["a", "b", "c"] + more\n',
            '__all__ = ["z", "b", "c"] + more\n',
            '__all__ = ["z", "b", "c"] + more\n',
        ),
    ],
    ids=[
        "on one line",
        "a line each, whatever the case",
        "as isort has it",
        "one more, added",
        "in no order",
        "two names",
        "with comments",
        "more than names",
    ],
)
def test_the_names_keep_the_order_that_they_had(before: str, after: str, kept: str) -> None:
    assert kept_sorted(before.encode(), after.encode()) == kept.encode()


def test_a_renamed_name_moves_in_all_and_nowhere_else() -> None:
    data = b"__all__ = ['a', 'b', 'c']\nx = ['a', 'b', 'c']\n"
    wanted = [Substitution(1, 12, "a", "z"), Substitution(2, 6, "a", "z")]
    assert changed_file("m.py", data, wanted) == (
        b"__all__ = ['b', 'c', 'z']\nx = ['z', 'b', 'c']\n"
    )

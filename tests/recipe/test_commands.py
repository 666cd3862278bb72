"""Commands are cut as a POSIX shell cuts them, where no shell is needed; else they are refused."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.recipe.commands import cut
from jupiter.recipe.problems import Mistake
from jupiter.recipe.template import Braces

X = Braces("${{ a.b }}", " a.b ")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -m pytest -q", [("python",), ("-m",), ("pytest",), ("-q",)]),
        ("  a \t b\n", [("a",), ("b",)]),
        ("a 'b c' \"d e\"", [("a",), ("b c",), ("d e",)]),
        ("a b'c'\"d\"", [("a",), ("bcd",)]),
        ("a '' \"\"", [("a",), (), ()]),
        (r"a b\ c \' \\", [("a",), ("b c",), ("'",), ("\\",)]),
        (r'a "x\"y\\z\n"', [("a",), ('x"y\\z\\n',)]),
        ("a 'x\\y'", [("a",), ("x\\y",)]),
        ("a '&& | > ; $X * `'", [("a",), ("&& | > ; $X * `",)]),
        ('a "&& | > ; *"', [("a",), ("&& | > ; *",)]),
        (r'a \&\& \* "\$X"', [("a",), ("&&",), ("*",), ("$X",)]),
        ("pip install -e .[test] a==1 b~=2 {x} 50% $", None),
        ("a \\\n b", [("a",), ("b",)]),
        ("a ${{ a.b }}", [("a",), (X,)]),
        ("a '${{ a.b }}'", [("a",), (X,)]),
        ("a x${{ a.b }}y", [("a",), ("x", X, "y")]),
        ("a ${{ a.b }}${{ a.b }}", [("a",), (X, X)]),
    ],
)
def test_a_command_is_cut_into_arguments(command: str, expected: list[tuple[object, ...]] | None):
    assert list(cut(command)) == (expected or [(word,) for word in command.split()])


@pytest.mark.parametrize(
    ("command", "message"),
    [
        *[(f"a {op} b", "there is no shell") for op in ("&&", "||", "|", ";", "&", ">", "<", ">>")],
        ("a 2>&1", "'>' means nothing"),
        ("(a)", r"'\(' means nothing"),
        ("a $X", r"'\$X' is not expanded"),
        ("a ${X}", r"'\$\{X\}' is not expanded"),
        ("a $(b)", r"'\$\(' is not expanded"),
        ('a "$X"', r"'\$X' is not expanded"),
        ("a `b`", "'`' is not expanded"),
        ("a *.py", r"'\*' is not expanded"),
        ("a ~/b", "'~' is not expanded"),
        ("a\nb", "a second line"),
        ("X=1 a", "write env X=1"),
        ("cd x", "a part of the shell"),
        ("", "found no command"),
        ("''", "the program is empty"),
        ("a 'b", "the quote ' is not closed"),
        ('a "b', 'the quote " is not closed'),
        ("a \\", "nothing follows"),
        ("${{ a.b }} x", "the program may not be an expression"),
        ("py${{ a.b }} x", "the program may not be an expression"),
        ("a ${{ a.b", "not closed"),
    ],
)
def test_what_needs_a_shell_or_has_no_fixed_program_is_refused(command: str, message: str):
    with pytest.raises(Mistake, match=message):
        cut(command)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1))
def test_what_shlex_joins_is_cut_again_as_it_was(words: list[str]):
    words = ["program", *(word for word in words if "${{" not in word)]
    assert [part for (part,) in cut(shlex.join(words))] == words

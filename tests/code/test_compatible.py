"""A change of an interface that only says more of types concerns nobody who uses it."""

import pytest

from jupiter.code.compatible import says_more

MORE = [
    ("def f(x)", "def f(x: int) -> str"),
    ("def f(x, *a, k=1, **rest)", "def f(x: int, *a: t.Any, k: int=1, **rest: t.Any) -> None"),
    ("async def f(x: int)", "async def f(x: int) -> None"),
    ("class C(B)", "@final\nclass C(B)"),
    ("@typing.final\nclass C(B)", "class C(B)"),
    ("limit", "limit: int"),
    ("class C\n    size\n    def m(self)", "class C\n    size: int\n    def m(self) -> None"),
]
OTHER = [
    ("def f(x)", "def f(x, y)"),
    ("def f(x)", "def f(y: int)"),
    ("def f(x)", "def f(x=None)"),
    ("def f(x: int)", "def f(x: str)"),
    ("def f(x) -> int", "def f(x)"),
    ("def f(x)", "async def f(x)"),
    ("def f(x)", "@property\ndef f(x)"),
    ("def f(x)", "f: int"),
    ("class C(B)", "class C"),
    ("limit: int", "limit: str"),
    ("limit", "limits: int"),
    ("class C\n    size", "class C"),
]


@pytest.mark.parametrize(("before", "after"), MORE, ids=lambda text: text.replace("\n", "; "))
def test_annotations_that_were_not_there_and_marks_for_checkers_say_more(
    before: str, after: str
) -> None:
    assert says_more(before, after)


@pytest.mark.parametrize(("before", "after"), OTHER, ids=lambda text: text.replace("\n", "; "))
def test_everything_else_is_a_change_that_users_have_to_see(before: str, after: str) -> None:
    assert not says_more(before, after)

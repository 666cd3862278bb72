"""Bases, the order in which members are looked up, and what overrides what."""

from textwrap import dedent

import pytest

from jupiter.index.codebase import Codebase
from jupiter.index.values import Class, External, Place

ORDERS = {
    "alone": ("class A: ...", "A", ["A"]),
    "a diamond": (
        "class A: ...\nclass B(A): ...\nclass C(A): ...\nclass D(B, C): ...",
        "D",
        ["D", "B", "C", "A"],
    ),
    "a base from outside": ("import abc\nclass A(abc.ABC): ...", "A", ["A", "abc.ABC"]),
    "a builtin": ("class A(dict): ...", "A", ["A", "builtins.dict"]),
    "a base with type arguments": ("class A: ...\nclass B(A[int]): ...", "B", ["B", "A"]),
    "a base that is not known": ("class A(f()): ...", "A", ["A", "?"]),
    "a base by an alias": ("class A: ...\nX = A\nclass B(X): ...", "B", ["B", "A"]),
    "a class that another one inherits": (
        "class A:\n    class M: ...\nclass B(A): ...\nclass C(B.M): ...",
        "C",
        ["C", "M"],
    ),
    "an order that cannot be": (
        "class A: ...\nclass B(A): ...\nclass C(A, B): ...",
        "C",
        ["C", "A", "B"],
    ),
    "a class that inherits from itself": ("class A(A): ...", "A", ["A", "?"]),
    "classes in a circle": (
        "class A(B): ...\nclass B(C): ...\nclass C(A): ...",
        "B",
        ["B", "C", "A", "?"],
    ),
    "a base that is a member of the class": ("class A(A.B): ...", "A", ["A", "?"]),
    "a base by what is called on the class": ("class A(A().b): ...", "A", ["A", "?"]),
}


def codebase(text: str) -> Codebase:
    return Codebase({"m.py": dedent(text).encode()})


def class_of(names: Codebase, name: str) -> Class:
    scopes = names.scoping.scopes("m.py")
    return Class("m.py", next(n for n, scope in enumerate(scopes) if scope.name == name))


@pytest.mark.parametrize(("text", "name", "expected"), ORDERS.values(), ids=ORDERS)
def test_the_order_of_a_class(text: str, name: str, expected: list[str]) -> None:
    names = codebase(text)
    scopes = names.scoping.scopes("m.py")
    order = names.hierarchy.order(class_of(names, name))
    found = [one.dotted if isinstance(one, External) else scopes[one.scope].name for one in order]
    assert found == expected


@pytest.mark.parametrize(("text", "name", "expected"), ORDERS.values(), ids=ORDERS)
def test_an_order_does_not_depend_on_what_was_asked_before(
    text: str, name: str, expected: list[str]
) -> None:
    alone, warm = codebase(text), codebase(text)
    for cls in warm.families.classes:
        warm.hierarchy.order(cls)
    cls = class_of(alone, name)
    assert warm.hierarchy.order(cls) == alone.hierarchy.order(cls)


FAMILY = """\
    class Base:
        def run(self): ...
        def __init__(self): ...
        def alone(self): ...
    class Middle(Base): ...
    class Leaf(Middle):
        def run(self): ...
        def __init__(self): ...
    class Sibling(Base):
        def run(self): ...
    class Stranger:
        def run(self): ...
    def run(): ...
"""


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("Base.run", ["Base.run", "Leaf.run", "Sibling.run"]),
        ("Leaf.run", ["Base.run", "Leaf.run", "Sibling.run"]),
        ("Stranger.run", ["Stranger.run"]),
        ("Base.alone", ["Base.alone"]),
        ("Base.__init__", ["Base.__init__"]),
        ("run", ["run"]),
        ("Base", ["Base"]),
    ],
)
def test_the_family_of_a_member(symbol: str, expected: list[str]) -> None:
    names = codebase(FAMILY)
    family = names.family(names.place(f"m.py:{symbol}"))
    assert [names.symbol(place).removeprefix("m.py:") for place in family] == expected


def test_subclasses_are_direct_and_indirect() -> None:
    names = codebase(FAMILY)
    found = names.subclasses[class_of(names, "Base")]
    assert found == [class_of(names, name) for name in ("Middle", "Leaf", "Sibling")]
    assert class_of(names, "Leaf") not in names.subclasses


def test_super_begins_behind_the_class() -> None:
    names = codebase(FAMILY)
    leaf = class_of(names, "Leaf")
    assert names.hierarchy.owner(leaf, "run") == leaf
    assert names.hierarchy.owner(leaf, "run", behind=leaf) == class_of(names, "Base")
    assert names.hierarchy.owner(leaf, "nothing") is None


def test_a_place_and_its_symbol_are_each_others() -> None:
    names = codebase(FAMILY)
    for symbol in names.definitions:
        assert names.symbol(names.place(symbol)) == symbol
    assert names.place("m.py") == Place("m.py", -1, "")

"""Patterns of symbols: what each form names, and what is no pattern."""

import pytest

from jupiter.model.pattern import SymbolPattern, dotted_pattern


@pytest.mark.parametrize(
    ("pattern", "named", "only_covered", "neither"),
    [
        pytest.param("m:f", ["f", "f#2"], [], ["g", "ff", "C.f", "<imports>"], id="a function"),
        pytest.param("m:C", ["C"], ["C.m", "C.D.m", "C#2.m"], ["Cm", "D.C"], id="a class"),
        pytest.param("m:C.*", ["C.m", "C.m#2"], ["C.D.m"], ["C", "D.m"], id="members"),
        pytest.param("m:*", ["f", "C"], ["C.m"], ["<imports>"], id="all at the top"),
        pytest.param("m:**", ["f", "C.D.m", "<imports>", "if x.y"], [], [], id="everything"),
        pytest.param(
            "m:**.run", ["run", "C.run", "C.D.run"], ["run.x"], ["C.runs"], id="any depth"
        ),
        pytest.param(
            "m:test_?", ["test_a"], ["test_a.x"], ["test_ab", "test_"], id="one character"
        ),
        pytest.param("m:if x.y", ["if x.y"], [], ["if x"], id="a statement"),
        pytest.param("a.md#Usage", ["#Usage", "#Usage#2"], [], ["#Usages", "#Us"], id="a section"),
        pytest.param("a.md#U*", ["#Usage", "#U"], [], ["#A"], id="sections"),
        pytest.param("m", ["", "f", "<imports>"], [], [], id="a whole file"),
    ],
)
def test_a_pattern_names_symbols_and_covers_the_members_of_classes(
    pattern: str, named: list[str], only_covered: list[str], neither: list[str]
) -> None:
    one = SymbolPattern.parse(pattern)
    assert [name for name in named if not (one.names(name) and one.covers(name))] == []
    assert [name for name in only_covered if not one.covers(name)] == []
    assert [name for name in (*only_covered, *neither) if one.names(name)] == []
    assert [name for name in neither if one.covers(name)] == []


@pytest.mark.parametrize(
    ("pattern", "modules", "others"),
    [
        pytest.param("click:f", ["click"], ["click.core", "clicks"], id="a module"),
        pytest.param("click:*", ["click"], ["click.core"], id="its top level"),
        pytest.param("click:**", ["click", "click.core", "click.a.b"], ["clicks"], id="a package"),
        pytest.param("click.*:f", ["click.core"], ["click", "click.a.b"], id="one level below"),
        pytest.param("**.core:f", ["core", "a.core", "a.b.core"], ["a.score"], id="at any depth"),
    ],
)
def test_a_pattern_means_modules_by_their_names(
    pattern: str, modules: list[str], others: list[str]
) -> None:
    one = SymbolPattern.parse(pattern)
    assert not one.is_path
    assert [name for name in (*modules, *others) if one.is_module(name)] == modules


@pytest.mark.parametrize(
    ("pattern", "place", "name"),
    [
        ("src/a.py:f", "src/a.py", "f"),
        ("setup.py:main", "setup.py", "main"),
        ("src/**:f", "src/**", "f"),
        ("docs/a.md#b", "docs/a.md", "#b"),
        ("README.md", "README.md", ""),
    ],
)
def test_a_slash_or_a_known_ending_makes_it_a_path(pattern: str, place: str, name: str) -> None:
    assert SymbolPattern.parse(pattern) == SymbolPattern(place, name, is_path=True)


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        ("m:", "nothing stands behind the colon"),
        (":f", "nothing is neither a path nor the name of a module"),
        ("m:C..f", "a part between two dots is empty"),
        ("m:.f", "a part between two dots is empty"),
        ("a b:f", "a b is neither a path nor the name of a module"),
    ],
)
def test_what_is_no_pattern_says_why(pattern: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        SymbolPattern.parse(pattern)


def test_a_dotted_pattern_takes_in_what_lies_in_a_module() -> None:
    found = dotted_pattern("a.*")
    names = ["a", "a.b", "a.b.c", "ab.c"]
    assert [name for name in names if found.fullmatch(name)] == ["a.b", "a.b.c"]

"""Whole recipes: bad ones beside their exact messages, good ones beside nothing."""

import re
from pathlib import Path

import pytest

from jupiter.errors import RecipeError
from jupiter.recipe.codes import MEANING, Code
from jupiter.recipe.load import parse

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
GOOD = sorted((HERE / "good").glob("*.yaml"))
CHECKED_IN = sorted((HERE.parents[1] / "recipes").glob("*.yaml"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_recipe_is_refused_with_exactly_its_messages(path: Path):
    with pytest.raises(RecipeError) as caught:
        parse(path.read_bytes(), path.name)
    assert str(caught.value) + "\n" == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [*GOOD, *CHECKED_IN], ids=lambda path: path.stem)
def test_a_good_recipe_is_accepted(path: Path):
    assert parse(path.read_bytes(), path.name).steps


def test_the_corpus_shows_every_code_and_every_code_has_a_meaning():
    texts = "".join(path.with_suffix(".txt").read_text(encoding="utf-8") for path in BAD)
    assert set(re.findall(r"error\[(J\d+)\]", texts)) == set(Code) == set(MEANING)


def test_no_expected_message_is_left_over():
    assert {path.stem for path in (HERE / "bad").glob("*.txt")} == {path.stem for path in BAD}


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_messages_come_in_document_order_and_say_what_was_expected_or_what_to_do(path: Path):
    lines = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    heads = [line for line in lines if line.startswith(path.name)]
    places = [tuple(map(int, re.findall(r":(\d+)", head)[:2])) for head in heads]
    assert places == sorted(places)
    assert len(lines) == 3 * len(heads)

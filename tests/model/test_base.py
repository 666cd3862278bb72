"""Every word is a value: it never changes, takes nothing for something else, and nothing unknown."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

import jupiter.model
from jupiter.model.base import Model
from jupiter.model.edit import Replace

for module in pkgutil.iter_modules(jupiter.model.__path__, "jupiter.model."):
    importlib.import_module(module.name)


def words(base: type[Model] = Model) -> Iterator[type[Model]]:
    for word in base.__subclasses__():
        if word.__module__.startswith("jupiter."):
            yield word
            yield from words(word)


@pytest.mark.parametrize("word", sorted(set(words()), key=lambda w: w.__name__))
def test_every_word_is_frozen_strict_and_closed(word: type[Model]) -> None:
    assert {key: word.model_config.get(key) for key in ("frozen", "strict", "extra")} == {
        "frozen": True,
        "strict": True,
        "extra": "forbid",
    }


EDIT = {"symbol": "a.py:f", "base": "0", "text": "1"}


def test_a_value_does_not_change() -> None:
    edit = Replace(**EDIT)
    with pytest.raises(ValidationError, match="frozen"):
        edit.text = "2"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (EDIT | {"text": 1}, "valid string"),
        (EDIT | {"text": b"1"}, "valid string"),
        (EDIT | {"text": None}, "valid string"),
        (EDIT | {"more": "x"}, "more"),
        (EDIT | {"op": "file"}, "op"),
        ({"symbol": "a.py:f"}, "required"),
    ],
    ids=["a number", "bytes", "nothing", "an unknown field", "another kind", "a missing field"],
)
def test_what_is_not_of_its_type_is_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Replace.model_validate(values)


def test_equal_values_are_one_key() -> None:
    assert len({Replace(**EDIT), Replace(**EDIT), Replace(**EDIT | {"text": "2"})}) == 2

"""An edit says which file it changes, and which symbols of it."""

import pytest
from pydantic import TypeAdapter, ValidationError

from jupiter.model.edit import AnyEdit, Edit, path_of, symbols_of

EDITS: TypeAdapter[AnyEdit] = TypeAdapter(Edit)


@pytest.mark.parametrize(
    ("edit", "path", "symbols"),
    [
        ({"op": "replace", "symbol": "src/a.py:C.m"}, "src/a.py", ("src/a.py:C.m",)),
        ({"op": "replace", "symbol": "docs/a.md#Usage"}, "docs/a.md", ("docs/a.md#Usage",)),
        ({"op": "replace", "symbol": "a.txt"}, "a.txt", ("a.txt",)),
        ({"op": "rename", "symbol": "a.py:C.m", "to": "n"}, "a.py", ("a.py:C.m",)),
        ({"op": "file", "path": "a.py", "symbols": ("a.py:f",)}, "a.py", ("a.py:f",)),
        ({"op": "file", "path": "a.py", "symbols": ()}, "a.py", ()),
    ],
    ids=[
        "a member",
        "a section",
        "a file that is one symbol",
        "a new name",
        "a file",
        "a file's gaps alone",
    ],
)
def test_an_edit_changes_a_file_and_symbols_of_it(
    edit: dict[str, object], path: str, symbols: tuple[str, ...]
) -> None:
    found = EDITS.validate_python(edit | {"base": "0", "text": "1"})
    assert path_of(found) == path
    assert symbols_of(found) == symbols


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "file", "symbol": "a.py:f"},
        {"op": "replace", "path": "a.py", "symbols": ()},
        {"op": "rename", "symbol": "a.py:f"},
        {"op": "replace", "symbol": "a.py:f", "to": "g"},
        {"op": "erase", "symbol": "a.py:f"},
        {"symbol": "a.py:f"},
    ],
    ids=[
        "a symbol's fields",
        "a file's fields",
        "no new name",
        "a new name",
        "an unknown kind",
        "no kind",
    ],
)
def test_the_kind_of_an_edit_says_what_it_has(edit: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EDITS.validate_python(edit | {"base": "0", "text": "1"})

"""What `codemod: rename` needs: a symbol and its new name, and nothing that it does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jupiter.recipe.codes import Code
from jupiter.recipe.places import mapping
from jupiter.recipe.problems import Path, Problem, nearest, one_of, quoted

_TEXTS = ("symbol", "to")
_SWITCHES = ("strict", "alias")
_EXAMPLE = "with: {symbol: src/pkg/module.py:name, to: new_name}"


def rename_problems(path: Path, step: Mapping[str, object]) -> Iterator[Problem]:
    """The problems of one rename step's keys."""
    given = mapping(step, "with")
    for key in _TEXTS:
        if key not in given:
            message = f"a rename needs {quoted(key)}; write {_EXAMPLE}"
            yield Problem(Code.MISSING_KEY, (*path, "codemod"), message)
    for key, value in given.items():
        place = (*path, "with", key)
        if key not in {*_TEXTS, *_SWITCHES}:
            known = (*_TEXTS, *_SWITCHES)
            message = (
                f"a rename knows no {quoted(key)}; expected {one_of(known)}{nearest(key, known)}"
            )
            yield Problem(Code.UNKNOWN_KEY, place, message, at="key")
        elif key in _TEXTS and not isinstance(value, str):
            yield Problem(Code.WRONG_KIND, place, f"{quoted(key)} of a rename is text")
        elif key in _SWITCHES and not isinstance(value, bool):
            yield Problem(Code.WRONG_KIND, place, f"{quoted(key)} of a rename is true or false")
    if "select" in step:
        message = "a rename goes wherever the symbol is used; leave `select` out"
        yield Problem(Code.UNKNOWN_KEY, (*path, "select"), message, at="key")

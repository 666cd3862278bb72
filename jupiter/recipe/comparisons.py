"""What `compare: baseline` and `affected_tests` need: a command that is pytest's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePath

from jupiter.recipe import commands
from jupiter.recipe.codes import Code
from jupiter.recipe.places import mapping
from jupiter.recipe.problems import Mistake, Problem
from jupiter.recipe.template import AFFECTED_TESTS, Braces


def comparison_problems(data: object) -> Iterator[Problem]:
    """The `run` steps that are to be compared, or to be told of tests, and cannot be."""
    steps = mapping(data, "steps")
    for name in steps:
        step = mapping(steps, name)
        command = step.get("run")
        if not isinstance(command, str):
            continue
        try:
            cut = commands.cut(command)
        except Mistake:  # said elsewhere
            continue
        if is_pytest(["".join(map(str, one)) for one in cut]):
            continue
        if step.get("compare") == "baseline":
            message = "only pytest says how each test ended; expected `run: python -m pytest …`"
            yield Problem(Code.NOT_ALLOWED, ("steps", name, "compare"), message)
        if any(_is_of_tests(part) for one in cut for part in one):
            message = "only pytest is given its tests; expected `run: python -m pytest …`"
            yield Problem(Code.NOT_ALLOWED, ("steps", name, "run"), message)


def _is_of_tests(part: str | Braces) -> bool:
    return isinstance(part, Braces) and part.inner.strip() == AFFECTED_TESTS


def is_pytest(arguments: Sequence[str]) -> bool:
    """Whether a command is pytest, or a Python with `-m pytest`."""
    program, *rest = arguments
    name = PurePath(program).name
    if name in {"pytest", "py.test"}:
        return True
    return name.startswith(("python", "pypy")) and _module(rest) == "pytest"


def _module(rest: Sequence[str]) -> str | None:
    for option, value in pairwise(rest):
        if option == "-m":
            return value
        if not option.startswith("-"):
            return None
    return None

"""What `command` steps need beyond their shape: a goal, limits that can be counted, no secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jupiter.recipe.codes import Code
from jupiter.recipe.commands import listed
from jupiter.recipe.places import listing, mapping
from jupiter.recipe.presets import PRESETS, Preset, preset_of
from jupiter.recipe.problems import Mistake, Path, Problem, one_of, quoted
from jupiter.system.process import withheld

_COUNTED = ("usd", "tokens", "turns")


def command_problems(path: Path, step: Mapping[str, object]) -> Iterator[Problem]:
    """The problems of one command step's keys."""
    command = step.get("command")
    if command is None:
        return
    preset = preset_of(command)
    yield from _program(path, command)
    yield from _goal(path, step, preset)
    yield from _env(path, step, preset)
    yield from _limits(path, step, preset)


def _program(path: Path, command: object) -> Iterator[Problem]:
    words = listing(command)
    if words and all(isinstance(word, str) for word in words):
        try:
            listed([str(word) for word in words])
        except Mistake as mistake:
            yield mistake.at((*path, "command"))


def _goal(path: Path, step: Mapping[str, object], preset: Preset | None) -> Iterator[Problem]:
    goal = step.get("goal")
    if preset is not None and goal is None:
        message = "an agent needs to be told what to do; add the key goal"
        yield Problem(Code.MISSING_KEY, path, message, at="key")
    if preset is None and "model" in step:
        message = f"'model' is for {one_of(PRESETS)}; write it among the arguments"
        yield Problem(Code.UNKNOWN_KEY, (*path, "model"), message, at="key")
    for key in ("creates", "places", "deletes"):
        if goal is None and key in step:
            message = f"{quoted(key)} is for a step with a goal; add the key goal"
            yield Problem(Code.UNKNOWN_KEY, (*path, key), message, at="key")


def _env(path: Path, step: Mapping[str, object], preset: Preset | None) -> Iterator[Problem]:
    keys = preset.keys if preset is not None else ()
    for number, name in enumerate(listing(step.get("env"))):
        if isinstance(name, str) and withheld(name) and name not in keys:
            message = (
                f"{quoted(name)} is never passed on: it looks like a secret, or steers git, Python "
                f"or Prefect; {'expected ' + one_of(keys) if keys else 'take it out'}"
            )
            yield Problem(Code.SECRET, (*path, "env", number), message)


def _limits(path: Path, step: Mapping[str, object], preset: Preset | None) -> Iterator[Problem]:
    """What a command does not say of itself, no limit can be held against."""
    for part in ("limits", "budget"):
        for key in mapping(step, part):
            if key not in _COUNTED or (preset is not None and (key != "usd" or preset.knows_usd)):
                continue
            what = "this agent does not tell its cost" if preset else "nobody counts them here"
            message = f"{quoted(key)} cannot be counted: {what}; expected minutes"
            if preset is not None:
                message += ", tokens or turns"
            yield Problem(Code.NOT_ALLOWED, (*path, part, key), message, at="key")

"""A command's arguments: what `with:` gives, by argparse's destinations, and argparse's defaults.

The values become the command line that they stand for, and argparse reads it: types, choices, groups
and actions of a command's own mean what they mean to `libcst.tool`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn, cast

from libcst.codemod import CodemodCommand

from jupiter.engines.codemod_command import Command
from jupiter.errors import RequestError


def arguments(command: Command, loaded: type[CodemodCommand]) -> dict[str, object]:
    """The keyword arguments of the command's constructor.

    Raises:
        RequestError: an argument is unknown, missing, or not what the command takes.
    """
    where = f"steps.{command.step}.with"
    parser = _Parser(where, add_help=False, allow_abbrev=False)
    loaded.add_args(parser)
    given, actions = dict(command.arguments), parser.by_destination()
    known = ", ".join(sorted(actions)) or "no arguments"
    if unknown := sorted(given.keys() - actions.keys()):
        raise RequestError(f"{where}: {command.name} takes no {unknown[0]!r}; it takes {known}")
    for name, those in sorted(actions.items()):
        if name not in given and any(action.required for action in those):
            raise RequestError(f"{where}: {command.name} needs {name!r}; it takes {known}")
    return vars(parser.parse_args(list(_line(where, given, actions))))


class _Parser(argparse.ArgumentParser):
    """A parser that raises where argparse would end the process."""

    def __init__(self, where: str, *, add_help: bool, allow_abbrev: bool) -> None:
        super().__init__(add_help=add_help, allow_abbrev=allow_abbrev)
        self._where = where

    def error(self, message: str) -> NoReturn:
        raise RequestError(f"{self._where}: {message}")

    def by_destination(self) -> Mapping[str, Sequence[argparse.Action]]:
        found: dict[str, list[argparse.Action]] = {}
        for action in self._actions:
            found.setdefault(action.dest, []).append(action)
        return found


def _line(
    where: str, given: Mapping[str, object], actions: Mapping[str, Sequence[argparse.Action]]
) -> Iterator[str]:
    """The command line that the values stand for: options first, then what has a place."""
    placed: list[str] = []
    for name, those in actions.items():
        if name not in given:
            continue
        if those[0].option_strings:
            yield from _option(f"{where}.{name}", those, given[name])
        else:
            placed += _texts(f"{where}.{name}", those[0], given[name])
    if placed:
        yield from ("--", *placed)


def _option(where: str, actions: Sequence[argparse.Action], value: object) -> Iterator[str]:
    action = actions[0]
    if action.nargs == 0 or isinstance(action, argparse.BooleanOptionalAction):
        yield from _switch(where, actions, value)
        return
    flag, texts = max(action.option_strings, key=len), _texts(where, action, value)
    if action.nargs is None or action.nargs == "?":
        for text in texts:
            yield f"{flag}={text}" if flag.startswith("--") or not text else f"{flag}{text}"
    else:
        yield from (flag, *texts)


def _switch(where: str, actions: Sequence[argparse.Action], value: object) -> Iterator[str]:
    """The option without a value that makes this one; none when it is the default."""
    if value == actions[0].default and type(value) is type(actions[0].default):
        return
    if isinstance(actions[0], argparse.BooleanOptionalAction) and isinstance(value, bool):
        yield next(o for o in actions[0].option_strings if o.startswith("--no-") is not value)
        return
    for action in actions:
        if action.const == value and type(action.const) is type(value):
            yield action.option_strings[0]
            return
    known = sorted({repr(one) for action in actions for one in (action.const, action.default)})
    raise RequestError(f"{where}: {value!r} is none of {', '.join(known)}")


def _texts(where: str, action: argparse.Action, value: object) -> list[str]:
    """The value as argparse would read it, an item a text."""
    many = action.nargs not in (None, "?") or "Append" in type(action).__name__
    if many != isinstance(value, tuple):
        wanted = "a list of texts" if many else "one value"
        raise RequestError(f"{where}: expected {wanted}, found {value!r}")
    items = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    return [_text(where, action, item) for item in items]


def _text(where: str, action: argparse.Action, value: object) -> str:
    if isinstance(value, str):
        return value
    if action.type is None or isinstance(value, bool):
        raise RequestError(f"{where}: expected text, found {value!r}; write it in quotes")
    return str(value)

"""Commands without a shell: cut into arguments before anything is substituted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jupiter.recipe.codes import Code
from jupiter.recipe.problems import Mistake, quoted
from jupiter.recipe.template import BRACES, Braces, split, unclosed

Argument = tuple[str | Braces, ...]
"""Text and expressions that stand side by side in one argument."""

_OPERATOR = re.compile(r"&&|\|\||>>|[|;&<>()\n\r]")
_EXPANSION = re.compile(r"`|\$(?:\(|\{?[A-Za-z_][A-Za-z0-9_]*\}?|[0-9?!@*#$])")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_BUILTINS = frozenset(
    {
        ".",
        "alias",
        "cd",
        "eval",
        "exec",
        "exit",
        "export",
        "pushd",
        "set",
        "source",
        "umask",
        "unset",
    }
)


def cut(command: str) -> tuple[Argument, ...]:
    """The arguments of a command, the program first; quotes and backslashes as in a POSIX shell.

    Raises:
        Mistake: it needs a shell, a quote is not closed, or the program is not fixed.
    """
    arguments = _Cutter(command.strip()).cut()
    _judge_program(arguments)
    return arguments


def listed(words: Sequence[str]) -> tuple[Argument, ...]:
    """The arguments of a command that is written as a list, the program first.

    Raises:
        Mistake: an expression is not closed, or the program is not fixed.
    """
    arguments = tuple(split(word) for word in words)
    _judge_program(arguments)
    return arguments


def _judge_program(arguments: tuple[Argument, ...]) -> None:
    if not arguments:
        raise Mistake(Code.COMMAND, "found no command; expected a program and its arguments")
    program = arguments[0]
    braces = next((part for part in program if isinstance(part, Braces)), None)
    if braces is not None:
        advice = "the program may not be an expression; write its name, expressions are arguments"
        raise Mistake(Code.COMMAND, advice, braces.source)
    name = "".join(str(part) for part in program)
    if not name:
        raise Mistake(Code.COMMAND, "the program is empty; expected its name")
    if _ASSIGNMENT.match(name):
        advice = f"{quoted(name)} sets a variable, which needs a shell; write env {name} …"
        raise Mistake(Code.COMMAND, advice, name)
    if name in _BUILTINS:
        advice = f"{quoted(name)} is a part of the shell, and there is none; call a program"
        raise Mistake(Code.COMMAND, advice, name)


@dataclass(slots=True)
class _Cutter:
    """One pass over the characters; `parts` is the argument being read, None between two."""

    text: str
    position: int = 0
    quote: str = ""
    parts: list[str | Braces] | None = None
    arguments: list[Argument] = field(default_factory=list[Argument])

    def cut(self) -> tuple[Argument, ...]:
        opened = 0
        while self.position < len(self.text):
            before = self.quote
            self._step()
            if self.quote and not before:
                opened = self.position - 1
        if self.quote:
            advice = f"the quote {self.quote} is not closed; close it, or write \\{self.quote}"
            raise Mistake(Code.COMMAND, advice, self.text[opened:])
        self._end()
        return tuple(self.arguments)

    def _step(self) -> None:
        char = self.text[self.position]
        if braces := BRACES.match(self.text, self.position):
            self._add(Braces(braces[0], braces[1]), len(braces[0]))
        elif self.text.startswith("${{", self.position):
            raise unclosed(self.text[self.position :])
        elif self.quote == "'":
            self._quoted(char)
        elif char == "\\":
            self._escape()
        elif expansion := _EXPANSION.match(self.text, self.position):
            self._refuse(expansion[0], "is not expanded", "in single quotes")
        elif self.quote:
            self._quoted(char)
        elif char in "'\"":
            self.quote = char
            self._add("", 1)
        else:
            self._unquoted(char)

    def _quoted(self, char: str) -> None:
        if char == self.quote:
            self.quote = ""
            self._add("", 1)
        else:
            self._add(char, 1)

    def _escape(self) -> None:
        following = self.text[self.position + 1 : self.position + 2]
        if not following:
            raise Mistake(
                Code.COMMAND, "nothing follows the last \\; write \\\\ for a backslash", "\\"
            )
        if following == "\n":
            self.position += 2
        elif self.quote and following not in '"\\$`':
            self._add("\\", 1)
        else:
            self._add(following, 2)

    def _unquoted(self, char: str) -> None:
        operator = _OPERATOR.match(self.text, self.position)
        if operator and operator[0] in "\n\r":
            advice = "a second line; a step runs one command: make it two steps"
            raise Mistake(Code.COMMAND, advice, self.text[self.position + 1 :].splitlines()[0])
        if operator:
            self._refuse(operator[0], "means nothing", "in quotes")
        elif char == "*" or (char == "~" and self.parts is None):
            self._refuse(char, "is not expanded", "in quotes")
        elif char.isspace():
            self._end()
            self.position += 1
        else:
            self._add(char, 1)

    def _refuse(self, found: str, what: str, how: str) -> None:
        advice = f"{quoted(found)} {what}, there is no shell; put it {how} if it is plain text"
        if found in {"&&", "||", ";", "&"}:
            advice += ", else make it two steps"
        raise Mistake(Code.COMMAND, advice, self.text[self.position :])

    def _add(self, part: str | Braces, width: int) -> None:
        self.position += width
        self.parts = self.parts if self.parts is not None else []
        self.parts.append(part)

    def _end(self) -> None:
        if self.parts is not None:
            self.arguments.append(_joined(self.parts))
        self.parts = None


def _joined(parts: list[str | Braces]) -> Argument:
    """The characters of an argument as texts between its expressions."""
    joined: list[str | Braces] = []
    text: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
        else:
            joined += ["".join(text), part]
            text = []
    return tuple(part for part in (*joined, "".join(text)) if part != "")

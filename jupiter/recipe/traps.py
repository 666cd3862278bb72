"""Syntax errors of YAML in a person's words: which trap it was, and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

# An expression or template in a plain scalar: what stands before it on the line opens no quote.
_BRACES = re.compile(r"""^[^"'#]*?(\$?\{\{)""")


@dataclass(frozen=True, slots=True)
class _Trap:
    context: str
    problem: str
    advice: str


# The first that fits speaks; `context` and `problem` are beginnings of PyYAML's own words.
_TRAPS = (
    _Trap("", "found character '\\t'", "a tab; indent with spaces"),
    _Trap(
        "while scanning an alias",
        "",
        "an unquoted * begins an alias in YAML; put the text in quotes",
    ),
    _Trap(
        "while scanning an anchor",
        "",
        "an unquoted & begins an anchor in YAML; put the text in quotes",
    ),
    _Trap(
        "",
        "found character '",
        "text cannot begin with {char} in YAML; put it in quotes",
    ),
    _Trap(
        "",
        "mapping values are not allowed",
        "a second ': ' on this line, or a wrong indentation; put text that contains ': ' in quotes",
    ),
    _Trap(
        "",
        "sequence entries are not allowed",
        "a list cannot begin on the line of its key; write each '- item' on a line of its own",
    ),
    _Trap(
        "while scanning a quoted scalar",
        "found unexpected",
        "the quote is not closed; add the closing quote",
    ),
    _Trap(
        "while scanning a double-quoted scalar",
        "found unknown escape",
        "an unknown escape after \\; write \\\\ for a backslash, or use single quotes",
    ),
    _Trap(
        "while parsing a flow sequence",
        "expected ',' or ']'",
        "the list is not closed; expected , or ]",
    ),
    _Trap(
        "while parsing a flow mapping",
        "expected ',' or '}'",
        "the mapping is not closed; expected , or }",
    ),
    _Trap(
        "while scanning a simple key",
        "could not find",
        "a key without a colon; write 'key: value'",
    ),
    _Trap(
        "while parsing a block",
        "expected <block end>",
        "this does not belong to what stands above; check the indentation, and that quotes go "
        "around all of a text",
    ),
    _Trap("", "expected '<document start>'", "the document has ended above; check the indentation"),
)


def begins(context: str, problem: str) -> bool:
    """Whether the place to point at is where PyYAML's `context` began, not where it gave up."""
    unclosed = context == "while scanning a quoted scalar" and problem.startswith(
        "found unexpected"
    )
    return unclosed or context in {"while scanning an alias", "while scanning an anchor"}


def explain(text: str, line: int, column: int, context: str, problem: str) -> tuple[int, int, str]:
    """Where to point and what to say, for PyYAML's `context` and `problem` at a place from 0."""
    lines = text.splitlines()
    source = lines[line] if line < len(lines) else ""
    template = _BRACES.match(source)
    if template and "\t" not in problem:
        shown = template[1] + " … }}"
        return line, template.start(1), f"an unquoted {shown} here; put the whole text in quotes"
    for trap in _TRAPS:
        if context.startswith(trap.context) and problem.startswith(trap.problem):
            advice = trap.advice.replace("{char}", source[column : column + 1])
            if source.startswith("%") and column == 0:
                advice = "text cannot begin with % in YAML; put it in quotes"
            return line, column, advice
    return line, column, f"not YAML: {problem or 'it cannot be read'}"

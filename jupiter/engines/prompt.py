"""The prompts: the Markdown files in `prompts/`, with values in the place of names."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).with_name("prompts")


@cache
def prompt(name: str) -> str:
    """The prompt in one of the files."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def filled(name: str, **values: str) -> str:
    """A prompt with values in the place of its names."""
    return Template(prompt(name)).substitute(values)

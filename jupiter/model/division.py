"""A goal without a selection, divided by a model into goals that say what each is about."""

from __future__ import annotations

from jupiter.model.base import Model


class DividedGoal(Model):
    """One of the goals that a goal was divided into; of each list any item is meant, all lists must hold."""

    goal: str
    """What is to be done, in the words of a person."""
    symbols: tuple[str, ...] = ()
    """Symbols by their ids or patterns, such as `src/pkg/core.py:Context.*`; a class with its members."""
    paths: tuple[str, ...] = ()
    """Path globs of whole files."""
    references: tuple[str, ...] = ()
    """Patterns of symbols: what refers to one of them."""
    imports: tuple[str, ...] = ()
    """Modules: the files that import one of them."""
    contains: tuple[str, ...] = ()
    """Texts: the symbols whose text has one of them, letter by letter."""
    creates: tuple[str, ...] = ()
    """What is new: files by their paths, symbols as `path.py:Name`."""


class Division(Model):
    """The goals that the goal of a step was divided into."""

    step: str
    goals: tuple[DividedGoal, ...]

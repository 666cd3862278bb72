"""A selection: what a step or a goal of a recipe is about."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict

from jupiter.model.written import Maybe, Several, Written

Selects = Annotated[tuple["Select", ...], Strict(strict=False), Field(min_length=1)]


class Select(Written):
    """What a step is about; without a criterion, all of the codebase.

    All criteria must hold; of a list, any item.
    """

    symbols: Several = ()
    """The symbols of these patterns, such as `click.core:Context.*`; a class with its members."""
    paths: Several = ()
    """All of the files that a path glob matches."""
    references: Several = ()
    """The symbols that refer to a symbol of these patterns; `click:**` is any of the package."""
    calls: Several = ()
    """The symbols that call a function, or make an instance of a class, of these patterns."""
    subclasses: Several = ()
    """The classes, with their members, that inherit from one of these patterns, at any remove."""
    kind: Several = ()
    """Symbols of these kinds: class, function, method, statement, section."""
    imports: Several = ()
    """All of the files that import these modules, or something in them."""
    contains: Several = ()
    """The symbols whose text has this text, letter by letter."""
    matches: Several = ()
    """The Python symbols with code that a pattern of ast-grep matches, such as `print($$$)`."""
    decorated: Several = ()
    """The symbols that carry a decorator of these patterns; of other code by its dotted name."""
    missing: Several = ()
    """The functions, methods and classes without these: annotations, docstring, tests."""
    changed_since: Several = ()
    """The symbols whose text is not what it was at this revision of git, new ones among them."""
    findings: Several = ()
    """The symbols that a checker complains of: ruff, pyright, or one rule as `ruff:UP006`."""
    all_: Selects = Field(default=(), alias="all")
    """Selections that must all hold."""
    any_: Selects = Field(default=(), alias="any")
    """Selections of which at least one must hold."""
    not_: Maybe[Select] = Field(default=None, alias="not")
    """A selection that must not hold."""

"""What the tools of an agent take. Docstrings describe tools, those of fields describe arguments."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from jupiter.model.base import Model

Symbol = Annotated[str, Field(min_length=1)]


class Arguments(Model):
    """What a tool takes."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Briefing(Arguments):
    """Show your briefing again: your task and what you own, with the texts as they are now."""


class Board(Arguments):
    """Show all briefings with their goals, workers and state, all published interfaces, all notes."""


class Note(Arguments):
    """Tell all other workers something that they should know, in one or two sentences."""

    text: Annotated[str, Field(min_length=1, max_length=500)]


class ReadSymbol(Arguments):
    """Read a symbol as it is now. Of a class you get its head and its members, each under its own id."""

    symbol: Symbol
    """An id such as src/pkg/core.py:Context.invoke or docs/api.md#Usage; a bare path is the whole file."""


class Outline(Arguments):
    """List the symbols of a file, in file order, with their kinds."""

    path: Symbol


class Search(Arguments):
    """Find lines of the codebase by a regular expression (Python's), with their symbols."""

    pattern: Annotated[str, Field(min_length=1)]
    path: str = "**"
    """A glob that the paths of the files must match, such as src/**/*.py."""


class FindReferences(Arguments):
    """Find where a symbol is used: calls, imports, overrides. As the code was when your wave began."""

    symbol: Symbol


class WriteSymbol(Arguments):
    """Give a symbol that you own a new text. Write all of it: decorators, signature, docstring, body.

    Of a class this is its head alone: the line `class X:` with its decorators; members are symbols of
    their own. The text must define this one symbol, under the name that it has. Of prose it is the section
    with its heading. Refused with a reason when you do not own it or it has changed since you read it.
    """

    symbol: Symbol
    text: Annotated[str, Field(min_length=1)]


class CreateSymbol(Arguments):
    """Make a new function, class, constant or section, behind a symbol of its file; it is yours then.

    Its id says where it is: src/pkg/core.py:name for one of the module, src/pkg/core.py:Context.name for a
    member of a class. A new file is made with `write_file`.
    """

    symbol: Symbol
    text: Annotated[str, Field(min_length=1)]
    """All of it, without blank lines above."""
    after: str = ""
    """The id of the symbol that it comes behind; empty for the top of the file or class."""
    gap: Annotated[int, Field(ge=0, le=100)] | None = None
    """Blank lines above it; leave it out for as many as are usual."""


class MoveSymbol(Arguments):
    """Put a symbol that you own behind another symbol of its file; its text stays as it is."""

    symbol: Symbol
    after: str = ""
    """The id of the symbol that it comes behind; empty for the top of the file."""
    gap: Annotated[int, Field(ge=0, le=100)] | None = None


class SetGap(Arguments):
    """Set how many blank lines stand above a symbol that you own."""

    symbol: Symbol
    lines: Annotated[int, Field(ge=0, le=100)]


class DeleteSymbol(Arguments):
    """Delete a symbol that you own, a class with its members."""

    symbol: Symbol


class WriteFile(Arguments):
    """Make a new file, or give one that you own whole a new text, from its first line to its last."""

    path: Symbol
    text: str
    encoding: Annotated[str, Field(min_length=1)] = "utf-8"
    """How the text becomes bytes: a name that Python knows, or base64 for what is no text."""


class RenameFile(Arguments):
    """Give a file that you own whole another path; its text stays as it is."""

    path: Symbol
    to: Symbol


class DeleteFile(Arguments):
    """Delete a file that you own whole."""

    path: Symbol


class SetMode(Arguments):
    """Make a file that you own whole executable, or no longer so."""

    path: Symbol
    executable: bool


class AddImport(Arguments):
    """Have an import in a file, whoever owns the import block: `from module import name as alias`.

    Without a name it is `import module as alias`. One that is there already changes nothing.
    """

    path: Symbol
    module: Symbol
    name: str | None = None
    alias: str | None = None
    typing: bool = False
    """Whether only annotations need it."""


class DropImport(Arguments):
    """Need an import of a file no more. It goes if nothing in the file uses it, and nobody wants it."""

    path: Symbol
    module: Symbol
    name: str | None = None
    alias: str | None = None


class ProposeInterface(Arguments):
    """Say what the signature of a symbol of yours is going to be, before you write its body.

    The workers that use it are told at once and can begin with it.
    """

    symbol: Symbol
    text: Annotated[str, Field(min_length=1)]
    """The definition with its new signature and any body, such as `def f(a, *, b): ...`."""


class Claim(Arguments):
    """Come to own a symbol or file that nobody owns. Whoever claims first has it; you are told who does."""

    symbol: Symbol


class RequestChange(Arguments):
    """Ask the owner of a symbol for a change. The answer comes with the updates; go on meanwhile."""

    symbol: Symbol
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    """What you need and why, so that the owner can do it without asking back."""


class Answer(Arguments):
    """Answer a request that another worker has made to you; first make the change, if you agree to it."""

    request: int
    """The number of the request."""
    granted: bool
    """Whether the change is made."""
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class Check(Arguments):
    """Look whether what you wrote parses, and run the quick check of your step, if it has one."""


class Done(Arguments):
    """Say that your task is done. Updates that touch your symbols come first, if some are unread."""

    summary: Annotated[str, Field(min_length=1, max_length=500)]
    """What you did, in one sentence."""

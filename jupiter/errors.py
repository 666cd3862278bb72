"""The exceptions that Jupiter raises on purpose; everything else is a bug.

    JupiterError
    ├── RequestError            the request was wrong: arguments, parameters, repository (exit 2)
    │   └── RecipeError         a recipe has mistakes, all of them collected (exit 2)
    ├── SurroundingsError       the environment is: a server, a disk, a missing program (exit 3)
    │   └── LogError            the event log cannot be read or written (exit 3)
    ├── VerificationError       the result was judged, and it is red (exit 1)
    ├── CodemodError            a codemod failed on one file (the file is left out, exit 4)
    ├── AgentError              an agent did not carry out its briefing (the briefing is left out, exit 4)
    ├── BudgetError             the budget of a step or run is used up (exit 5)
    ├── Suspended               the run waits for a person and holds no process meanwhile (exit 0)
    └── Interrupted             the user or Prefect asked to stop (exit 130)

A message says where, what, and what to do. `str(error)` is all that a person gets to read.
"""

from __future__ import annotations

from typing import ClassVar


class JupiterError(Exception):
    """Root of the tree; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = 1


class RequestError(JupiterError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


class RecipeError(RequestError):
    """A recipe's mistakes, all at once; `diagnostics` are the rendered messages, in document order."""

    def __init__(self, diagnostics: tuple[str, ...]) -> None:
        super().__init__("\n".join(diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type[RecipeError], tuple[tuple[str, ...]]]:
        return (type(self), (self.diagnostics,))


class SurroundingsError(JupiterError):
    """The machine or a service does not provide what the run needs."""

    exit_code = 3


class LogError(SurroundingsError):
    """The event log is unreadable, unwritable, damaged, or of another version."""


class VerificationError(JupiterError):
    """A check ended with an error; nothing is delivered."""


class CodemodError(JupiterError):
    """A codemod failed on one file."""

    exit_code = 4


class AgentError(JupiterError):
    """An agent did not carry out its briefing."""

    exit_code = 4


class BudgetError(JupiterError):
    """The budget of a step or of the run is used up; the run can be resumed with a higher one."""

    exit_code = 5


class Suspended(JupiterError):  # noqa: N818 # as Interrupted: it is no error
    """The run waits for an answer; whoever carries it on begins where its log ends."""

    exit_code = 0


class Interrupted(JupiterError):  # noqa: N818 # the field's word: it is no error
    """The run was asked to stop before it was done."""

    exit_code = 130

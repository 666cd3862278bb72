"""`jupiter`: finds the verb, lets it run, and turns every known error into one message and an exit code.

Only the module of the verb that was asked for is imported, so `--help` is quick.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol, cast

from jupiter.cli import console
from jupiter.errors import Interrupted, JupiterError
from jupiter.model.version import __version__
from jupiter.system.collection import collection_paused
from jupiter.system.ending import end

VERBS = {
    "demo": "refactor click 8.1.7 with three workers, and look at the result",
    "validate": "check recipes; nothing is run",
    "select": "show what a selection finds; nothing is changed",
    "plan": "show who would own what; nothing is changed",
    "run": "run a recipe on a repository",
    "resume": "go on with a run that was interrupted",
    "approve": "answer what a run asks",
    "runs": "list earlier runs, or show one",
    "report": "show what a run did, or write it as a page",
    "bus": "show or follow the events of a run",
    "deploy": "make Prefect deployments of recipes",
    "serve": "run what is due of recipes, without a work pool",
    "schema": "print the JSON Schema of a document",
    "mcp": "offer a briefing's tools to an MCP client",
}
NOT_YET = (
    "init",
    "test",
    "undo",
    "doctor",
)

EXIT_CODES = """\
exit codes:
  0    done, or nothing to do
  1    verification failed; nothing was delivered
  2    the request was wrong: recipe, arguments, repository
  3    the environment is: server, disk, a missing program
  4    partial: something failed and was left out, the rest was verified and delivered
  5    a budget is used up: what is finished was verified and delivered, the rest can be resumed
  130  interrupted
"""


class Verb(Protocol):
    """What the module of a verb offers."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments."""
        ...

    def main(self, options: argparse.Namespace) -> int:
        """Carry the verb out; the exit code."""
        ...


def program() -> NoReturn:
    """Be the whole process."""
    end(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb in NOT_YET:
        console.error(f"`jupiter {verb}` is not built yet")
        return 2
    try:
        options = _parser(verb).parse_args(words)
        return cast("int", options.main(options))
    except KeyboardInterrupt:
        console.error("interrupted")
        return Interrupted.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except JupiterError as error:
        console.error(str(error))
        return error.exit_code


def _parser(verb: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupiter",
        description="Several coding workers on one Python codebase at once, without conflicts.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"jupiter {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name, help_ in VERBS.items():
        own = verbs.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
        if name == verb:
            with collection_paused():
                module = cast("Verb", importlib.import_module(f"jupiter.cli.{name}"))
            module.arguments(own)
            own.set_defaults(main=module.main)
    return parser


if __name__ == "__main__":
    program()

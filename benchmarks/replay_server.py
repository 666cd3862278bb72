"""Replays as Prefect flows, at a server that is up before the first one begins."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jupiter.compiler.server import EmbeddedServer
from jupiter.compiler.settings import quiet_environment
from jupiter.errors import JupiterError
from jupiter.execution import Run
from jupiter.index.source import Source
from jupiter.model.report import Report

if TYPE_CHECKING:
    from jupiter.compiler import call as call_module

Carry = Callable[[Source, Callable[[], Run]], Report]
"""Begins a run and carries it out."""


@contextmanager
def at_server(home: Path) -> Generator[Carry]:
    """A server in this folder as long as the block goes on; runs are flows that it is told of."""
    with EmbeddedServer.start(home) as server:
        server.wait_ready()
        os.environ.update(quiet_environment(embedded=True) | dict(server.environment))
        # Imported now: Prefect reads its settings when it is imported.
        module = cast("call_module", importlib.import_module("jupiter.compiler.call"))

        def carry_out(source: Source, begin: Callable[[], Run]) -> Report:
            outcome = module.call(source, begin, None, lambda _: None)
            if isinstance(outcome, JupiterError):
                raise outcome
            return outcome

        yield carry_out

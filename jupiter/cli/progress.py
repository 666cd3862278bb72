"""Live progress: a moving line on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from jupiter.cli import console
from jupiter.cli.asking import ask
from jupiter.conductor import Listener, Notice


@contextmanager
def shown() -> Generator[Listener]:
    """What a run's notices are to be given to, while the block lasts."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _plain
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as live:
        task = live.add_task("starts")

        def show(notice: Notice) -> None:
            part = escape(f"{notice.part:9}")
            live.console.print(f"[dim]{part}[/dim] {escape(notice.text)}", highlight=False)
            live.update(task, description=f"[dim]{part}[/dim] …")
            if notice.question is not None:
                live.stop()  # it would write over what is typed
                ask(notice.question, live.start)

        yield show


def _plain(notice: Notice) -> None:
    console.say(f"{notice.part:9} {notice.text}")
    if notice.question is not None:
        ask(notice.question, lambda: None)

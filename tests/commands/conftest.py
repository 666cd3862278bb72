"""What tests of commands share: a repository, and whole runs in which scripts of Python are the commands."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import CommandFinished
from jupiter.model.event import AnyPayload
from jupiter.model.report import Report
from jupiter.run import execute
from repositories import committed, git

FILES = {
    "pkg/__init__.py": "",
    "pkg/a.py": "import os\n\n\ndef f(x):\n    return x\n\n\ndef g():\n    return os.sep\n",
    "pkg/b.py": "def h():\n    return 1\n",
    "docs/usage.md": "# Usage\n\nCall `f`.\n",
    ".gitignore": "*.log\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    return committed(folder, FILES)


class Played:
    """A run that is over: its report, its events, its files."""

    def __init__(self, repository: Path, report: Report) -> None:
        self.repository, self.report = repository, report
        self.events = [one.data for one in FileLog.open(Path(report.log)).events()]
        self.log = FileLog.open(Path(report.log))

    def of(self, kind: type[AnyPayload]) -> list:
        return [one for one in self.events if isinstance(one, kind)]

    def git(self, *arguments: str) -> str:
        return git(self.repository, *arguments)

    def text(self, path: str) -> str:
        return git(self.repository, "show", f"{self.report.branch}:{path}")

    def output(self) -> str:
        return "".join(self.log.get(one.output).decode() for one in self.of(CommandFinished))


Play = Callable[..., Played]


@pytest.fixture
def play(repository: Path, tmp_path: Path) -> Play:
    """Run a script of Python as a command; `keys` are those of its step, `others` more steps."""

    def run(script: str, keys: str = "", **others: tuple[str, str]) -> Played:
        steps = ""
        for name, (text, own) in {"a": (script, keys), **others}.items():
            place = tmp_path / f"{name}.py"
            place.write_text(text)
            told = ("${{ briefing.updates }}", "${{ briefing.door }}", "${{ briefing.paths }}")
            steps += f"  {name}:\n    command: {[sys.executable, str(place), *told]}\n{own}"
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(
            "version: 1\nname: played\ncodebase: {include: ['**/*.py', 'docs/**']}\nsteps:\n"
            + steps
        )
        source = load(Request(recipe, repository))
        return Played(repository, execute(start(source, lambda _: None), Threads()))

    return run


CLIENT = """
import asyncio, sys
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

async def main():
    server = StdioServerParameters(command=sys.executable, args=["-m", "jupiter", "mcp", sys.argv[2]])
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()

        async def call(tool, **arguments):
            done = await session.call_tool(tool, arguments)
            return done.content[0].text, bool(done.is_error)

        tools = [one.name for one in (await session.list_tools()).tools]
        await converse(call, tools)
"""


def client(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"{CLIENT}\nasync def converse(call, tools):\n{body}\nasyncio.run(main())\n"


@pytest.fixture
def calls() -> Callable[..., str]:
    """A script that calls tools by the MCP SDK's own client, as lines of a coroutine."""
    return client


@pytest.fixture
def played() -> type[Played]:
    return Played

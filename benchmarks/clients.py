"""Clients: Claude Code and Codex CLI as they are, under their presets; what their model says is a script.

    python benchmarks/clients.py [--quick] [--claude PROGRAM] [--codex PROGRAM] [--json FILE]

`npm install @anthropic-ai/claude-code @openai/codex` brings the programs, which are looked for on PATH;
one that is not there is left out. Each works in its own loop and by its own tools: it reads a file, edits
it, calls a tool of `jupiter mcp`, and comes to its end, or to a limit. Servers on this machine speak the
APIs. The home is a new one, nobody's login is used.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from clients_servers import ResponsesServer, lenient
from table import Goal, Results, aligned, arguments, goals

from jupiter.bus.file import FileLog
from jupiter.conductor import Threads
from jupiter.demo.conversation import Call, Conversation, Reply, Say
from jupiter.demo.server import MessagesServer
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import CommandFinished
from jupiter.model.report import Report
from jupiter.model.tree_events import NoteAdded
from jupiter.run import execute
from jupiter.system.process import child_environment, run

FILE = "pkg/greet.py"
BEFORE, AFTER = 'return f"Hello {name}"', 'return f"Good day {name}"'
GOAL, SAID = "Have greet say good day.", "It says good day."
_RECIPE = """\
version: 1
name: clients
steps:
  change: {{command: {client}, goal: "{goal}", env: [{variables}], limits: {{{limits}}}}}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One run of one client: what was looked at, whether it was so, and how long the command took."""

    client: str
    version: str
    what: str
    holds: bool
    seconds: float


def main() -> int:
    """Print the table and the goal; 1 when a client is there and does not work as it should."""
    parser = arguments("Real agents under their presets, with a scripted model.")
    for name in ("claude", "codex"):
        parser.add_argument(f"--{name}", default=shutil.which(name), help=f"the program {name}")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("claude", "codex"):
            if program := getattr(options, name):
                for row in _tried(name, Path(program).resolve(), Path(folder) / name):
                    rows.append(row)
                    print(*asdict(row).values(), flush=True)
            else:
                print(f"{name} is not here", file=sys.stderr)
    wrong = sum(not row.holds for row in rows)
    goal = Goal("things that are not as they should be", wrong, "rows", 0)
    results = Results([asdict(row) for row in rows], [goal])
    table = [
        ("client", "version", "what", "holds", "s"),
        *(tuple(asdict(r).values()) for r in rows),
    ]
    print(f"\n{aligned(table)}\n\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if goal.holds else 1


def _tried(name: str, program: Path, folder: Path) -> Iterator[Row]:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / name).symlink_to(program)
    os.environ |= {"HOME": str(folder), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    said = run([name, "--version"], cwd=folder, env=child_environment(), timeout=60).stdout
    found = re.search(rb"[\d.]+", said)
    version = found[0].decode() if found else ""

    with _SERVERS[name](folder):
        report, seconds = _run(name, folder / "whole", "minutes: 5")
        events = [event.data for event in FileLog.open(Path(report.log)).events()]
        notes = [one.text for one in events if isinstance(one, NoteAdded)]
        usage = report.usage
        for what, holds in (
            ("it comes to its end", report.status == "done"),
            ("what it edits is delivered", report.files_changed == 1),
            ("it calls a tool of Jupiter", notes == [SAID]),
            ("its tokens are counted", usage.input_tokens > 0 and usage.output_tokens > 0),
        ):
            yield Row(name, version, what, holds, seconds)
        for limit, says in _LIMITS[name].items():
            report, seconds = _run(name, folder / limit.partition(":")[0], limit)
            yield Row(name, version, f"{limit}: {report.reason}", says in report.reason, seconds)


def _run(client: str, folder: Path, limits: str) -> tuple[Report, float]:
    """One run, and the seconds of its command."""
    repository = folder / "greeting"
    (repository / "pkg").mkdir(parents=True)
    (repository / FILE).write_text(f"def greet(name):\n    {BEFORE}\n")
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -q -m one"):
        run(["git", *words.split()], cwd=repository, env=child_environment())
    recipe = folder / "recipe.yaml"
    variables = ", ".join(_VARIABLES[client])
    recipe.write_text(
        _RECIPE.format(client=client, goal=GOAL, variables=variables, limits=limits), "utf-8"
    )
    begun = time.monotonic()
    report = execute(start(load(Request(recipe, repository)), lambda _: None), Threads())
    events = (event.data for event in FileLog.open(Path(report.log)).events())
    taken = (one.seconds for one in events if isinstance(one, CommandFinished))
    return report, round(next(taken, time.monotonic() - begun), 1)


def _claudes(conversation: Conversation) -> Reply:
    """The script of Claude Code's model: its own tools, then one of Jupiter's."""
    if not conversation.body.tools:  # it wants a title for the conversation
        return Reply((Say('{"title": "Greeting"}'),))
    folder = re.search(r"working directory: (\S+)", conversation.given, re.IGNORECASE)
    path = f"{folder[1]}/{FILE}" if folder else FILE
    edit = {"file_path": path, "old_string": BEFORE, "new_string": AFTER, "replace_all": False}
    steps = (
        Call("Read", {"file_path": path}),
        Call("Edit", edit),
        Call("mcp__jupiter__note", {"text": SAID}),
    )
    turns = conversation.turns
    return Reply((Say("I go on."), steps[turns])) if turns < len(steps) else Reply((Say(SAID),))


def _codexs(done: int) -> Mapping[str, object] | None:
    """The script of Codex's model, by how many calls it has made: the next one."""
    command = f"sed -i 's/Hello/Good day/' {FILE}"
    note = {"namespace": "mcp__jupiter", "name": "note", "arguments": {"text": SAID}}
    steps = ({"name": "exec_command", "arguments": {"cmd": command}}, note)
    return steps[done] if done < len(steps) else None


def _claude_server(_folder: Path) -> AbstractContextManager[object]:
    return MessagesServer({GOAL: _claudes}, reading=lenient).at_hand()


def _codex_server(folder: Path) -> AbstractContextManager[object]:
    os.environ["OPENAI_API_KEY"] = "scripted"
    server = ResponsesServer(_codexs)
    (folder / ".codex").mkdir()
    (folder / ".codex" / "config.toml").write_text(
        'model_provider = "here"\nmodel = "gpt-5-codex"\n[model_providers.here]\nname = "here"\n'
        f'base_url = "{server.url}/v1"\nwire_api = "responses"\nenv_key = "OPENAI_API_KEY"\n',
        "utf-8",
    )
    return server


_SERVERS: dict[str, Callable[[Path], AbstractContextManager[object]]] = {
    "claude": _claude_server,
    "codex": _codex_server,
}
_VARIABLES = {"claude": ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"), "codex": ("OPENAI_API_KEY",)}
_LIMITS = {
    "claude": {"turns: 2": "error_max_turns", "usd: 0.01": "usd", "minutes: 0.02": "0.02 minutes"},
    "codex": {"minutes: 0.005": "0.005 minutes"},
}


if __name__ == "__main__":
    raise SystemExit(main())

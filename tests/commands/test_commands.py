"""Whole runs with commands: scripts that edit files, each under the ownership of its briefing."""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupiter.conductor import Threads
from jupiter.errors import Interrupted
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import ToolCalled
from jupiter.model.tree_events import EditRefused, NameAdded, SymbolClaimed
from jupiter.run import execute

Play = Callable[..., Any]

A = "import os\n\n\ndef f(x):\n    return x\n\n\ndef g():\n    return os.sep\n"
OWNS_F = "    goal: Change f.\n    select: {symbols: 'pkg/a.py:f'}\n"


def edit(path: str, old: str, new: str) -> str:
    return (
        "import pathlib\n"
        f"p = pathlib.Path({path!r})\np.write_text(p.read_text().replace({old!r}, {new!r}))\n"
    )


def test_what_a_command_owns_is_changed_as_it_has_saved_it(play: Play) -> None:
    played = play(edit("pkg/a.py", "return x", "return x + 1"), OWNS_F)
    assert (played.report.status, played.report.refused_edits) == ("done", 0)
    assert played.text("pkg/a.py") == A.replace("return x", "return x + 1")


def test_what_a_briefing_stands_for_is_filled_in(
    repository: Path, tmp_path: Path, played: Callable[..., Any]
) -> None:
    script = tmp_path / "told.py"
    script.write_text(
        "import json, pathlib, sys\n"
        "prompt, file, config, work, *paths = sys.argv[1:]\n"
        "assert 'Change f.' in pathlib.Path(prompt).read_text()\n"
        "server = json.loads(pathlib.Path(config).read_text())['mcpServers']['jupiter']\n"
        "assert server['args'][:3] == ['-m', 'jupiter', 'mcp']\n"
        "assert pathlib.Path(work) == pathlib.Path.cwd() and pathlib.Path('.git').is_dir()\n"
        "print(json.dumps({'briefing': json.loads(pathlib.Path(file).read_text()), 'paths': paths}))\n"
    )
    recipe = tmp_path / "told.yaml"
    words = [
        f"${{{{ briefing.{one} }}}}" for one in ("prompt_file", "file", "mcp_config", "workdir")
    ]
    command = [sys.executable, str(script), *words, "${{ briefing.paths }}"]
    recipe.write_text(f"version: 1\nname: told\nsteps:\n  a:\n    command: {command}\n{OWNS_F}")
    source = load(Request(recipe, repository))
    done = played(repository, execute(start(source, lambda _: None), Threads()))
    assert done.report.status == "unchanged", done.report
    told = json.loads(done.output())
    briefing = WorkerBriefing.model_validate_json(json.dumps(told["briefing"]))
    assert (briefing.symbols_owned, told["paths"]) == (("pkg/a.py:f",), ["pkg/a.py"])


def test_a_foreign_symbol_stays_as_it_was_while_the_own_one_beside_it_changes(play: Play) -> None:
    script = edit("pkg/a.py", "return x", "return 2") + edit("pkg/a.py", "os.sep", "None")
    played = play(script, OWNS_F)
    assert played.text("pkg/a.py") == A.replace("return x", "return 2")
    assert [one.reason for one in played.of(EditRefused)] == ["not_owned"]


def test_what_is_refused_is_put_back_and_told_while_the_command_runs(play: Play) -> None:
    script = edit("pkg/a.py", "os.sep", "None") + (
        "import sys, time\n"
        "told = pathlib.Path(sys.argv[1])\nend = time.monotonic() + 20\n"
        "while 'pkg/a.py:g belongs to no briefing' not in told.read_text():\n"
        "    assert time.monotonic() < end\n    time.sleep(0.05)\n"
        "print('back' if 'os.sep' in p.read_text() else 'not back')\n"
    )
    assert "back" in play(script, OWNS_F).output().split()


def test_an_import_that_nobody_owns_is_added_as_a_name_and_a_new_function_is_claimed(
    play: Play,
) -> None:
    script = edit(
        "pkg/a.py",
        "import os\n\n\ndef f(x):\n    return x\n",
        "import os\nimport re\n\n\ndef f(x):\n    return _k(x)\n\n\ndef _k(x):\n    return re.escape(x)\n",
    )
    played = play(script, OWNS_F)
    assert played.report.refused_edits == 0
    assert [one.name.module for one in played.of(NameAdded)] == ["re"]
    assert played.text("pkg/a.py") == (
        "import os\nimport re\n\n\ndef f(x):\n    return _k(x)\n\n\ndef _k(x):\n    return re.escape(x)\n\n\n"
        "def g():\n    return os.sep\n"
    )


def test_what_another_briefing_changes_arrives_in_the_tree_beside_what_is_not_saved_yet(
    play: Play,
) -> None:
    waits = (
        "import pathlib, time\np = pathlib.Path('pkg/a.py')\nend = time.monotonic() + 30\n"
        "q = pathlib.Path('pkg/b.py')\nq.write_text('def h(:\\n')\n"
        "while 'return x * 3' not in p.read_text():\n"
        "    assert time.monotonic() < end\n    time.sleep(0.05)\n"
        "assert q.read_text() == 'def h(:\\n'\n"
        "q.write_text('def h():\\n    return 3\\n')\n"
    )
    owns_h = "    goal: Change h.\n    select: {symbols: 'pkg/b.py:h'}\n"
    played = play(waits, owns_h, b=(edit("pkg/a.py", "return x", "return x * 3"), OWNS_F))
    assert played.text("pkg/b.py") == "def h():\n    return 3\n"
    assert played.report.refused_edits == 0


def test_the_sdks_own_client_carries_a_whole_briefing_out(play: Play, calls: Any) -> None:
    script = calls(
        "assert 'write_symbol' in tools and 'board' in tools, tools",
        "text, wrong = await call('briefing')",
        "assert 'Change f.' in text and 'pkg/a.py:f' in text and not wrong, text",
        "print(await call('board'), await call('read_symbol', symbol='pkg/a.py:f'))",
        "text, wrong = await call('write_symbol', symbol='pkg/a.py:g', text='def g(): return 1')",
        "assert wrong and 'not_owned' in text, text",
        "print(await call('claim', symbol='pkg/a.py:g'))",
        "text, wrong = await call('write_symbol', symbol='pkg/a.py:f', text='def f(x):\\n    return 5')",
        "assert not wrong, text",
        "import pathlib; assert 'return 5' in pathlib.Path('pkg/a.py').read_text()",
        "text, wrong = await call('done', summary='It is done.')",
        "assert not wrong, text",
    )
    played = play(script, OWNS_F)
    assert played.report.status == "done", played.report
    assert "def f(x):\n    return 5\n" in played.text("pkg/a.py")
    assert [one.symbol for one in played.of(SymbolClaimed)] == ["pkg/a.py:g"]
    called = [(one.tool, one.is_error) for one in played.of(ToolCalled)]
    assert called == [
        *(("briefing", False), ("board", False), ("read_symbol", False), ("write_symbol", True)),
        *(("claim", False), ("write_symbol", False), ("done", False)),
    ]


def test_what_is_saved_in_the_tree_is_there_for_the_tools_at_once(play: Play, calls: Any) -> None:
    script = calls(
        "import pathlib; p = pathlib.Path('pkg/a.py')",
        "p.write_text(p.read_text().replace('return x', 'return 7').replace('os.sep', '1'))",
        "text, wrong = await call('read_symbol', symbol='pkg/a.py:f')",
        "assert 'return 7' in text, text",
        "assert 'pkg/a.py:g belongs to no briefing' in text, text",
    )
    played = play(script, OWNS_F)
    assert played.report.status == "done", played.report
    assert "return 7" in played.text("pkg/a.py")


def test_a_run_that_is_stopped_ends_the_command_with_all_that_it_has_started(
    repository: Path, tmp_path: Path
) -> None:
    script = tmp_path / "long.py"
    script.write_text(
        "import os, pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)', __file__])\n"
        "pathlib.Path('pkg/b.py').write_text('def h():\\n    return 9\\n')\n"
        "time.sleep(300)\n"
    )
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"version: 1\nname: long\nsteps: {{a: {{command: [{sys.executable}, {script}]}}}}\n"
    )
    run = start(load(Request(recipe, repository)), lambda _: None)

    def stop_when_it_works() -> None:
        while not run.log.look(lambda state: state.symbols_changed):
            time.sleep(0.05)
        run.interrupt()

    thread = threading.Thread(target=stop_when_it_works)
    thread.start()
    with pytest.raises(Interrupted):
        execute(run, Threads())
    thread.join()
    assert [one for one in children() if str(script) in one] == []


def children() -> list[str]:
    """The command lines of all processes."""
    found: list[str] = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(place.read_bytes().decode(errors="replace"))
    return found

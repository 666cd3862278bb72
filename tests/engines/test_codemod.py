"""Briefings carried out in real processes: one file's misfortune is its own."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupiter.engines.pool import Pool
from jupiter.errors import Interrupted, RequestError
from jupiter.model.step import CodemodStep

BY_NAME = """
import os
class Mod(CodemodCommand):
    def transform_module_impl(self, tree):
        name = os.path.basename(self.context.filename)
        if name == "raises.py":
            raise ValueError("not this one")
        if name == "dies.py":
            os._exit(1)
        if name == "breaks.py":
            return tree.with_changes(body=[*tree.body, libcst.SimpleStatementLine([
                libcst.Expr(libcst.Name("class"))])])
        if name == "stays.py":
            return tree
        self.warn("done")
        return tree.with_changes(header=[libcst.EmptyLine(comment=libcst.Comment("# seen"))])
"""
NAMES = ("a.py", "breaks.py", "b.py", "dies.py", "c.py", "raises.py", "stays.py", "d.py")
TEXTS = {f"src/{name}": b"x = 1\n" for name in NAMES}


def test_a_file_that_fails_is_reported_and_left_and_the_others_are_done(wave) -> None:
    made = wave(BY_NAME, TEXTS)
    state = made.run()
    assert made.result() == {f"src/{n}.py": b"# seen\nx = 1\n" for n in "abcd"}
    reasons = {f.path: f.reason for b in state.briefings.values() for f in b.failures}
    assert reasons.keys() == {"src/breaks.py", "src/dies.py", "src/raises.py"}
    assert reasons["src/raises.py"].startswith("mods.py:Mod: ValueError: not this one (mods.py:")
    assert reasons["src/dies.py"] == "the process that ran it died (out of memory, or a crash)"
    assert reasons["src/breaks.py"].startswith(
        "refused: the new text of src/breaks.py does not parse: line 2"
    )
    assert all(b.progress == "finished" for b in state.briefings.values())
    assert [w for b in state.briefings.values() for w in b.warnings] == [
        f"src/{n}.py: step: done" for n in "abcd"
    ]


@pytest.mark.parametrize("at_once", [1, 3, 8])
def test_the_tree_is_the_same_for_any_number_of_workers(wave, at_once: int) -> None:
    made = wave(BY_NAME, TEXTS)
    made.run(at_once)
    assert made.result() == {f"src/{n}.py": b"# seen\nx = 1\n" for n in "abcd"}


READS = """
class Mod(CodemodCommand):
    def transform_module_impl(self, tree):
        self.warn(open(self.context.filename).read())
        return tree
"""


def test_a_command_may_read_its_file_where_its_context_says(wave) -> None:
    state = wave(READS, {"src/a.py": b"x = 1\n"}).run()
    assert state.briefings[1].warnings == ("src/a.py: step: x = 1\n",)


def test_a_command_that_cannot_run_stops_the_wave_before_it_begins(wave) -> None:
    made = wave("Mod = 1", TEXTS)
    with pytest.raises(RequestError, match=r"mods.py:Mod is no libcst.codemod.CodemodCommand"):
        made.run()
    assert made.result() == {}
    assert all(b.progress == "planned" for b in made.log.look(lambda s: s.briefings.values()))


def test_two_steps_of_a_wave_run_in_recipe_order_and_make_one_edit(wave) -> None:
    made = wave(
        BY_NAME + "class Next(CodemodCommand):\n"
        "    def transform_module_impl(self, tree):\n"
        "        assert tree.code.startswith('# seen')\n"
        "        return tree.with_changes(footer=[libcst.EmptyLine(comment=libcst.Comment('# too'))])\n",
        {"src/a.py": b"x = 1\n"},
    )
    made.steps["next"] = CodemodStep(codemod="mods.py:Next")
    state = made.run()
    assert made.result() == {"src/a.py": b"# seen\nx = 1\n# too\n"}
    assert state.accepted == 1


LOOPS = """
import socket
class Mod(CodemodCommand):
    def transform_module_impl(self, tree):
        line = socket.create_connection(("127.0.0.1", {0}))
        while True:
            pass
"""


def test_a_command_that_never_ends_is_ended_with_the_run(wave) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
        listener.settimeout(30)
        made = wave(
            LOOPS.format(listener.getsockname()[1]), {"a.py": b"", "b.py": b"", "c.py": b""}
        )
        made.pool = Pool(2)
        running = threads.submit(made.run)
        lines = [listener.accept()[0] for _ in range(2)]
        made.stop.set()
        made.pool.kill()
        for line in lines:
            line.settimeout(30)
            assert line.recv(1) == b""
            line.close()
        assert isinstance(running.exception(30), Interrupted)
        made.pool.close()
    assert made.result() == {}

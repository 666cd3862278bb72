"""Commands that need another's first pass are told from those that fill the scratch themselves."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.engines.codemod_command import Command
from jupiter.engines.loading import check_command
from jupiter.errors import RequestError

ELSEWHERE = """
class First(CodemodCommand):
    KEY = "first.models"

class Mod(VisitorBasedCodemodCommand):
    def visit_ClassDef(self, node):
        return node.name.value in self.context.scratch[First.KEY]
"""
OWN_KEY = """
class Mod(VisitorBasedCodemodCommand):
    KEY = "models"
    def visit_ClassDef(self, node):
        return node.name.value in self.context.scratch[self.KEY]
"""
MODULE_KEY = """
KEY = "models"
class Mod(VisitorBasedCodemodCommand):
    def visit_ClassDef(self, node):
        return node.name.value in self.context.scratch[KEY]
"""
INHERITED = """
class Base(VisitorBasedCodemodCommand):
    def visit_ClassDef(self, node):
        return node.name.value in self.context.scratch["models"]

class Mod(Base):
    pass
"""


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param(ELSEWHERE, 11, id="the key is another class's"),
        pytest.param(OWN_KEY, 9, id="the key is its own, and nobody fills it"),
        pytest.param(MODULE_KEY, 9, id="the key is the module's"),
        pytest.param(INHERITED, 8, id="its base class reads"),
    ],
)
def test_a_command_that_reads_what_another_pass_leaves_is_refused_with_the_line(
    codemod: Callable[..., Command], source: str, line: int
) -> None:
    with pytest.raises(
        RequestError,
        match=rf"mods.py:Mod reads context.scratch \(line {line}\), which another command's first "
        "pass fills; it cannot run alone: run the tool that it belongs to as a whole",
    ):
        check_command(codemod(source))


FILLED_IN_CONSTRUCTOR = """
class Mod(VisitorBasedCodemodCommand):
    KEY = "seen"
    def __init__(self, context):
        super().__init__(context)
        context.scratch.setdefault(self.KEY, [])
    def visit_Name(self, node):
        self.context.scratch[self.KEY].append(node)
"""
FILLED_ON_THE_WAY = """
class Mod(VisitorBasedCodemodCommand):
    def visit_Module(self, node):
        self.context.scratch["seen"] = []
    def visit_Name(self, node):
        self.context.scratch["seen"].append(node)
"""
LOOKED_FOR = """
class Mod(VisitorBasedCodemodCommand):
    def visit_Name(self, node):
        if "seen" in self.context.scratch:
            print(self.context.scratch["seen"])
"""
LIBCSTS_OWN = """
from libcst.codemod.visitors import AddImportsVisitor
class Mod(VisitorBasedCodemodCommand):
    def visit_Name(self, node):
        AddImportsVisitor.add_needed_import(self.context, "os")
        print(self.context.scratch[AddImportsVisitor.CONTEXT_KEY])
"""
MAGIC = """
from libcst.codemod import MagicArgsCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor
class Mod(MagicArgsCodemodCommand):
    @staticmethod
    def add_args(parser):
        parser.add_argument("--module", default="os")
    def get_transforms(self):
        AddImportsVisitor.add_needed_import(self.context, self.context.scratch["module"])
        yield AddImportsVisitor
"""
BESIDE = """
class Other(VisitorBasedCodemodCommand):
    def visit_Name(self, node):
        print(self.context.scratch["theirs"])

class Mod(VisitorBasedCodemodCommand):
    pass
"""


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(FILLED_IN_CONSTRUCTOR, id="its constructor fills it"),
        pytest.param(FILLED_ON_THE_WAY, id="it fills it on the way"),
        pytest.param(LOOKED_FOR, id="it looks whether it is there"),
        pytest.param(LIBCSTS_OWN, id="it is LibCST's own"),
        pytest.param(MAGIC, id="its arguments are in it"),
        pytest.param(BESIDE, id="another command of the file reads"),
    ],
)
def test_a_command_that_fills_what_it_reads_is_taken(
    codemod: Callable[..., Command], source: str
) -> None:
    check_command(codemod(source))


@pytest.fixture(scope="module")
def bump_pydantic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bump-pydantic")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", folder, "bump-pydantic==0.8.0"],
        check=True,
        timeout=60,
        capture_output=True,
    )
    return folder


def test_of_bump_pydantic_only_the_command_that_needs_no_first_pass_is_taken(
    bump_pydantic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(bump_pydantic)

    def named(name: str) -> Command:
        return Command("step", f"bump_pydantic.codemods.{name}", (), "/")

    check_command(named("validator.ValidatorCodemod"))
    check_command(named("replace_imports.ReplaceImportsCodemod"))
    with pytest.raises(
        RequestError, match=r"AddDefaultNoneCommand reads context.scratch \(line 52\)"
    ):
        check_command(named("add_default_none.AddDefaultNoneCommand"))

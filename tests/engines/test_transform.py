"""One command on one text, as the tool would run it; whatever goes wrong is a message."""

import codecs
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.engines.codemod_command import Command, Transformed
from jupiter.engines.transform import WARNINGS_KEPT, resolve_metadata, transform
from jupiter.errors import CodemodError, RequestError

Codemod = Callable[..., Command]

RENAME = """
class Mod(VisitorBasedCodemodCommand):
    def leave_Name(self, original_node, updated_node):
        return updated_node.with_changes(value="new") if original_node.value == "old" else updated_node
"""
COMMAS = Command("commas", "add_trailing_commas.AddTrailingCommas", (), "/")


def on(command: Command, text: bytes, path: str = "src/pkg/mod.py") -> Transformed:
    return transform([command], "/root", path, text, [b""])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"old\n", b"new\n", id="plain"),
        pytest.param(b"other\n", b"other\n", id="nothing to do"),
        pytest.param(b"", b"", id="empty"),
        pytest.param(b"old", b"new", id="no final newline"),
        pytest.param(b"a\r\nold\r\n", b"a\r\nnew\r\n", id="CRLF"),
        pytest.param(b"if a:\n\told\n", b"if a:\n\tnew\n", id="tabs"),
        pytest.param(b"# x\x0cy\nold\n", b"# x\x0cy\nnew\n", id="form feed"),
        pytest.param("# ünï\nold\n".encode(), "# ünï\nnew\n".encode(), id="UTF-8"),
        pytest.param(
            "# -*- coding: latin-1 -*-\n'ü'\nold\n".encode("latin-1"),
            "# -*- coding: latin-1 -*-\n'ü'\nnew\n".encode("latin-1"),
            id="Latin-1 cookie",
        ),
    ],
)
def test_only_what_the_command_changes_is_changed(
    codemod: Codemod, before: bytes, after: bytes
) -> None:
    assert on(codemod(RENAME), before) == Transformed(after, ())


TEXTS = {
    "crlf.py": b"f(\r\n    1,\r\n    2\r\n)\r\n",
    "cr.py": b"f(\r    1,\r    2\r)\r",  # LibCST drops the last one
    "mark.py": codecs.BOM_UTF8 + "f(\n    'ü',\n    2\n)\n".encode(),
    "latin.py": "# coding: latin-1\nf(\n    'ü',\n    2\n)\n".encode("latin-1"),
    "unended.py": b"f(\n    1,\n    2\n)",
    "tabs.py": b"if a:\n\tf(\n\t\t1,\n\t\t2\n\t)\n",
    "odd name.py": b"f(\n    1,\n    2\n)\n",
    "empty.py": b"",
    "python2.py": b"print 'a'\n",
    "wrong.py": b"# coding: utf-8\n'\xff'\n",
}


def test_files_of_every_kind_come_out_as_the_tool_gives_them(tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).write_bytes(text)
    tool = [sys.executable, "-m", "libcst.tool", "codemod", "add_trailing_commas.AddTrailingCommas"]
    subprocess.run(
        [*tool, "--no-format", "--hide-progress", "."],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,  # two files do not parse
    )

    def ours(name: str, text: bytes) -> bytes:
        try:
            return transform([COMMAS], str(tmp_path), name, text, [b""]).text
        except CodemodError:
            return text

    given = {name: (tmp_path / name).read_bytes() for name in TEXTS}
    assert given == {name: ours(name, text) for name, text in TEXTS.items()}
    assert sum(given[name] != text for name, text in TEXTS.items()) == 7


SAYS = """
import sys, warnings
class Mod(CodemodCommand):
    def transform_module_impl(self, tree):
        self.warn("look at this")
        print("to stdout")
        print("to stderr", file=sys.stderr)
        return tree
"""


def test_what_a_command_warns_of_and_prints_is_kept_and_reaches_no_stream(
    codemod: Codemod, capfd: pytest.CaptureFixture[str]
) -> None:
    assert on(codemod(SAYS), b"x\n").warnings == (
        "src/pkg/mod.py: step: look at this",
        "src/pkg/mod.py: step: to stdout",
        "src/pkg/mod.py: step: to stderr",
    )
    assert capfd.readouterr() == ("", "")


def test_of_endless_talk_the_beginning_is_kept(codemod: Codemod) -> None:
    command = codemod(SAYS.replace('print("to stdout")', 'print("again\\n" * 5000)'))
    assert len(on(command, b"x\n").warnings) == WARNINGS_KEPT


SKIPS = """
class Mod(CodemodCommand):
    def transform_module_impl(self, tree):
        self.warn("before")
        raise SkipFile("not this one")
"""


def test_a_skipped_file_stays_and_says_why(codemod: Codemod) -> None:
    assert on(codemod(SKIPS), b"x\n") == Transformed(
        b"x\n", ("src/pkg/mod.py: step: before", "src/pkg/mod.py: step: skipped: not this one")
    )


FAILS = """
class Odd(Exception):
    def __str__(self): raise RuntimeError("no text")

class Mod(CodemodCommand):
    def transform_module_impl(self, tree):
        {0}
"""


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("raise ValueError('bad thing')", r"^mods.py:Mod: ValueError: bad thing \(mods.py:11\)$"),
        ("raise Odd", r"mods.py:Mod: .*Odd: <exception str\(\) failed> \(mods.py:11\)"),
        ("import sys; sys.exit('no')", r"mods.py:Mod: SystemExit: no \(mods.py:11\)"),
        ("return None", "mods.py:Mod: AttributeError: 'NoneType'"),
        ("return self.transform_module_impl(tree)", "mods.py:Mod: RecursionError"),
        ("libcst.parse_module('(')", "mods.py:Mod: libcst.*ParserSyntaxError"),
        ("raise ValueError('x' * 9999)", r"^.{1,500}$"),
    ],
)
def test_whatever_a_command_raises_is_an_error_of_that_file(
    codemod: Codemod, statement: str, message: str
) -> None:
    with pytest.raises(CodemodError, match=message):
        on(codemod(FAILS.format(statement)), b"x\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"x = (\n", "the file does not parse: line "),
        (b"print 'a'\n", "the file does not parse: line 1: "),
        (b"# coding: no-such\n", "the file does not parse: unknown encoding: no-such"),
        (b"'\xff'\n", "the file does not parse: invalid or missing encoding declaration"),
        (b"# coding: ascii\n'\xff'\n", "the file does not parse: 'ascii' codec can't decode"),
    ],
)
def test_a_file_that_does_not_parse_is_not_the_commands_fault(text: bytes, message: str) -> None:
    with pytest.raises(CodemodError, match=message):
        on(COMMAS, text)


def test_commands_run_one_after_the_other_on_what_the_last_one_made(codemod: Codemod) -> None:
    source = RENAME + RENAME.replace("Mod", "Next").replace("new", "last").replace('"old"', '"new"')
    first = codemod(source)
    second = Command("next", "mods.py:Next", (), first.folder)
    both = transform([first, second], "/root", "a.py", b"old\n", [b"", b""])
    assert both.text == b"last\n"
    assert transform([second, first], "/root", "a.py", b"old\n", [b"", b""]).text == b"new\n"


def test_a_text_that_a_command_broke_is_blamed_on_it(codemod: Codemod) -> None:
    breaks = codemod(RENAME.replace('"new"', '"class"'))
    with pytest.raises(CodemodError, match=r"what mods.py:Mod made of it does not parse: line 1"):
        transform([breaks, COMMAS], "/root", "a.py", b"old\n", [b"", b""])


KNOWS = """
from libcst.metadata import FullyQualifiedNameProvider
class Mod(VisitorBasedCodemodCommand):
    METADATA_DEPENDENCIES = (FullyQualifiedNameProvider,)
    def visit_FunctionDef(self, node):
        for name in self.get_metadata(FullyQualifiedNameProvider, node):
            self.warn(name.name)
    def visit_Call(self, node):
        for name in self.get_metadata(FullyQualifiedNameProvider, node.func):
            self.warn(name.name)
    def visit_Module(self, node):
        context = self.context
        self.warn(f"{context.filename} {context.full_module_name} {context.full_package_name}")
"""


def test_a_command_is_given_full_names_and_its_place_as_the_tool_gives_them(
    codemod: Codemod, tmp_path: Path
) -> None:
    command = codemod(KNOWS)
    paths = ("src/pkg/__init__.py", "src/pkg/mod.py")
    caches = resolve_metadata(command, "/root", paths)
    text = b"from .other import g\ndef f():\n    g()\n"
    said = {p: transform([command], "/root", p, text, [caches[p]]).warnings for p in paths}
    assert said == {
        "src/pkg/__init__.py": tuple(
            f"src/pkg/__init__.py: step: {line}"
            for line in (
                "/root/src/pkg/__init__.py src.pkg src.pkg",
                "src.pkg.f",
                "src.pkg.other.g",
            )
        ),
        "src/pkg/mod.py": tuple(
            f"src/pkg/mod.py: step: {line}"
            for line in (
                "/root/src/pkg/mod.py src.pkg.mod src.pkg",
                "src.pkg.mod.f",
                "src.pkg.other.g",
            )
        ),
    }


OWN_PROVIDER = """
from libcst.metadata import BatchableMetadataProvider
class Length(BatchableMetadataProvider[int]):
    @classmethod
    def gen_cache(cls, root_path, paths, **others):
        return {path: len(paths) for path in paths}
    def __init__(self, cache):
        super().__init__(cache)
        self.length = cache
    def visit_Module(self, node):
        self.set_metadata(node, self.length)

class Mod(VisitorBasedCodemodCommand):
    METADATA_DEPENDENCIES = (Length,)
    def visit_Module(self, node):
        self.warn(str(self.get_metadata(Length, node)))
        self.context.metadata_manager.get_cache_for_path("/root/c.py")
"""


def test_a_provider_of_the_commands_own_is_resolved_once_for_all_files(codemod: Codemod) -> None:
    command = codemod(OWN_PROVIDER.replace("/root/c.py", "/root/a.py"))
    caches = resolve_metadata(command, "/root", ("a.py", "b.py"))
    assert transform([command], "/root", "a.py", b"", [caches["a.py"]]).warnings == (
        "a.py: step: 2",
    )


def test_a_command_that_asks_for_another_files_metadata_is_told_that_it_has_its_own_only(
    codemod: Codemod,
) -> None:
    command = codemod(OWN_PROVIDER)
    caches = resolve_metadata(command, "/root", ("a.py", "b.py"))
    with pytest.raises(CodemodError, match=r"the metadata of its own file only, not of /root/c.py"):
        transform([command], "/root", "a.py", b"", [caches["a.py"]])


def test_a_command_that_needs_no_metadata_has_none_resolved() -> None:
    assert resolve_metadata(COMMAS, "/root", ("a.py",)) == {}


def test_a_provider_that_fails_stops_the_run_before_it_begins(codemod: Codemod) -> None:
    command = codemod(
        OWN_PROVIDER.replace("return {path:", "raise OSError('no pyre'); return {path:")
    )
    with pytest.raises(RequestError, match=r"needs metadata of the whole repository, .* no pyre"):
        resolve_metadata(command, "/root", ("a.py",))

"""From a command's name to its class: what is found, and what is refused with which reason."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from libcst.codemod.commands.add_trailing_commas import AddTrailingCommas

from jupiter.engines.codemod_command import Command
from jupiter.engines.loading import check_command, load
from jupiter.errors import RequestError

SAME = "class Mod(CodemodCommand):\n    def transform_module_impl(self, tree): return tree\n"


def named(name: str, folder: Path = Path("/")) -> Command:
    return Command("tidy", name, (), str(folder))


@pytest.mark.parametrize(
    "name",
    [
        "add_trailing_commas.AddTrailingCommas",
        "libcst.codemod.commands.add_trailing_commas.AddTrailingCommas",
    ],
)
def test_a_command_is_found_by_its_full_name_and_by_libcsts_short_one(name: str) -> None:
    check_command(named(name))
    assert load(named(name)) is AddTrailingCommas


def test_a_command_is_found_in_a_file_beside_the_recipe(
    codemod: Callable[..., Command], tmp_path: Path
) -> None:
    command = codemod(SAME)
    check_command(command)
    assert load(command).__name__ == "Mod"
    assert [entry.name for entry in (tmp_path / "recipes").iterdir()] == ["mods.py"]


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.py").write_text(
            f"from libcst.codemod import CodemodCommand\nclass {folder.upper()}(CodemodCommand): ..."
        )
    assert (
        load(named("a/x.py:A", tmp_path)).__module__ != load(named("b/x.py:B", tmp_path)).__module__
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../x.py:Mod", "../x.py leads out of the recipe's folder"),
        ("/etc/x.py:Mod", "/etc/x.py leads out of the recipe's folder"),
        ("link.py:Mod", "link.py leads out of the recipe's folder"),
        ("y.py:Mod", "there is no file y.py beside the recipe"),
        ("x.py:Nothing", "x.py has no Nothing"),
        ("x.py:NUMBER", "x.py:NUMBER is no libcst.codemod.CodemodCommand"),
        ("x.py:Visitor", "x.py:Visitor is no libcst.codemod.CodemodCommand"),
        ("x.py:function", "x.py:function is no libcst.codemod.CodemodCommand"),
        (
            "x.py:Abstract",
            "Abstract cannot be made with these arguments: TypeError: Can't instantiate",
        ),
        ("broken.py:Mod", r"importing broken.py failed: SyntaxError: .*"),
        ("leaves.py:Mod", r"importing leaves.py failed: SystemExit: 3 \(leaves.py:1\)"),
        ("no_such_package.mods.Mod", "No module named 'no_such_package'; install the package"),
        ("libcst.codemod.Nothing", "libcst.codemod has no Nothing"),
        ("json.JSONDecoder", "json.JSONDecoder is no libcst.codemod.CodemodCommand"),
        ("Mod", "it is no dotted name of a class, nor `path.py:Class`"),
        ("a b.Mod", "it is no dotted name of a class, nor `path.py:Class`"),
        ("..x.Mod", "it is no dotted name of a class, nor `path.py:Class`"),
    ],
)
def test_what_is_no_command_is_refused_with_the_reason(
    tmp_path: Path, name: str, message: str
) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (tmp_path / "x.py").write_text("raise AssertionError('imported')")
    (folder / "link.py").symlink_to(tmp_path / "x.py")
    (folder / "x.py").write_text(
        "import libcst\nfrom libcst.codemod import CodemodCommand\nNUMBER = 1\n"
        "class Visitor(libcst.CSTTransformer): ...\ndef function(): ...\n"
        "class Abstract(CodemodCommand): ...\n"
    )
    (folder / "broken.py").write_text("class (")
    (folder / "leaves.py").write_text("raise SystemExit(3)")
    with pytest.raises(RequestError, match=rf"^steps\.tidy: .*{message}"):
        check_command(named(name, folder))


def test_a_module_whose_own_import_fails_is_told_from_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs_more.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RequestError, match=r"importing needs_more failed: .*no_such_dependency"):
        check_command(named("needs_more.Mod"))
    assert "needs_more" not in sys.modules

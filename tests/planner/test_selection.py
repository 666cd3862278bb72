"""Which files a step may write, and what is said of those that nobody may."""

from typing import Any

import pytest

from jupiter.errors import RequestError
from jupiter.index.index import build_index
from jupiter.model.plan import LeftOut
from jupiter.model.recipe import Recipe
from jupiter.model.step import CodemodStep
from jupiter.planner.selection import GENERATED, Ground, Selection, select
from jupiter.system.git import Entry
from jupiter.system.paths import matches

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 7\n"

FILES = {
    ".github/scripts/release.py": b"x = 1\n",
    "docs/index.md": b"# Docs\n",
    "src/p/__init__.py": b"",
    "src/p/core.py": b"x = 1\n",
    "src/p/data.bin": b"\x00",
    "src/p/generated.py": b"# " + GENERATED + b" by protoc\nx = 1\n",
    "src/p/pointer.py": LFS,
    "src/p/secret.py": b"x = 1\n",
    "src/p/stub.pyi": b"x: int\n",
    "tests/test_core.py": b"x = 1\n",
}


def entries(**kinds: str) -> dict[str, Entry]:
    found = {path: Entry("100644", "file", "0" * 40, len(text)) for path, text in FILES.items()}
    found["src/p/link.py"] = Entry("120000", "symlink", "0" * 40, 7)
    found["src/p/vendored"] = Entry("160000", "submodule", "0" * 40, 0)
    return dict(sorted(found.items()))


def recipe(**keys: Any) -> tuple[CodemodStep, Recipe]:
    """A recipe of one step; `step=` its keys, the others are the recipe's."""
    step = {"codemod": "c.C"} | keys.pop("step", {})
    made = Recipe.model_validate({"version": 1, "name": "r", "steps": {"s": step}} | keys)
    found = made.steps["s"]
    assert isinstance(found, CodemodStep)
    return found, made


def selected(**keys: Any) -> Selection:
    step, made = recipe(**keys)
    files = {path: text for path, text in FILES.items() if matches(path, made.codebase.include)}
    return select("s", step, Ground(made, entries(), build_index(files)))


def test_without_criteria_all_python_of_the_codebase_is_selected_in_tree_order() -> None:
    assert selected().paths == (
        "src/p/__init__.py",
        "src/p/core.py",
        "src/p/secret.py",
        "tests/test_core.py",
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("src/p/link.py", "a symlink is read-only"),
        ("src/p/vendored", "a submodule is read-only"),
        ("src/p/pointer.py", "a Git LFS pointer"),
        ("src/p/generated.py", "a generated file"),
        ("src/p/secret.py", "readonly in the recipe"),
        (".github/scripts/release.py", "protected unless a recipe names it literally"),
        ("docs/index.md", "not a Python file"),
        ("src/p/stub.pyi", "not a Python file"),
        ("src/p/data.bin", "not a Python file"),
    ],
)
def test_what_nobody_may_write_is_left_out_with_the_reason(path: str, reason: str) -> None:
    found = selected(
        codebase={"include": ["**"]},
        step={"select": {"paths": ["**"]}},
        constraints={"readonly": ["**/secret.py"]},
    )
    assert LeftOut(path=path, reason=reason) in found.left_out
    assert path not in found.paths
    assert found.paths == ("src/p/__init__.py", "src/p/core.py", "tests/test_core.py")
    assert len(found.left_out) == 9


@pytest.mark.parametrize(
    "keys",
    [
        {"codebase": {"include": [".github/scripts/*.py"]}},
        {"step": {"select": {"paths": [".github/scripts/release.py"]}}},
    ],
    ids=["by-the-codebase", "by-the-step"],
)
def test_a_protected_file_that_the_recipe_names_literally_is_selected(keys: dict[str, Any]) -> None:
    assert selected(**keys).paths == (".github/scripts/release.py",)


@pytest.mark.parametrize(
    ("include", "paths", "expected"),
    [
        (["src/**/*.py"], ["**/c*.py"], ("src/p/core.py",)),
        (["tests/**"], ["src/**", "tests/*.py"], ("tests/test_core.py",)),
        (["**/*.py"], ["tests"], ("tests/test_core.py",)),
    ],
)
def test_a_step_selects_inside_the_codebase_alone(
    include: list[str], paths: list[str], expected: tuple[str, ...]
) -> None:
    found = selected(codebase={"include": include}, step={"select": {"paths": paths}})
    assert found.paths == expected


def test_what_is_not_selected_is_not_said_to_be_left_out() -> None:
    found = selected(step={"select": {"paths": ["src/p/core.py"]}})
    assert found == Selection(paths=("src/p/core.py",), left_out=())


def test_all_of_the_codebase_means_all_of_its_python_and_says_nothing_of_the_rest() -> None:
    found = selected(codebase={"include": ["docs/**", "src/**/*.py"]})
    assert [one.path for one in found.left_out] == [
        "src/p/generated.py",
        "src/p/link.py",
        "src/p/pointer.py",
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param(
            {"step": {"select": {"paths": ["srv/**"]}}},
            "steps.s: of the codebase (**/*.py) `paths: 'srv/**'` finds nothing (nearest: src); "
            "correct `select` or `codebase.include`, or write `allow_empty: true` if that may be so",
            id="no-such-path",
        ),
        pytest.param(
            {"codebase": {"include": ["lib/**", "etc/*.py"]}},
            "steps.s: of the codebase (lib/**, etc/*.py) no Python file is selected; "
            "correct `select` or `codebase.include`, or write `allow_empty: true` if that may be so",
            id="an-empty-codebase",
        ),
        pytest.param(
            {
                "constraints": {"readonly": ["src", "tests"]},
                "step": {"select": {"paths": ["tests"]}},
            },
            "steps.s: nothing that tests selects may be written "
            "(tests/test_core.py: readonly in the recipe); "
            "select something else, or write `allow_empty: true` if that may be so",
            id="only-what-nobody-may-write",
        ),
        pytest.param(
            {"constraints": {"readonly": ["**"]}, "step": {"select": {"paths": ["src"]}}},
            "steps.s: nothing that src selects may be written "
            "(src/p/__init__.py: readonly in the recipe; src/p/core.py: readonly in the recipe; "
            "src/p/generated.py: readonly in the recipe; and 3 more); "
            "select something else, or write `allow_empty: true` if that may be so",
            id="of-many-the-first-are-named",
        ),
    ],
)
def test_selecting_nothing_is_an_error_that_says_what_selected_nothing(
    keys: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestError) as caught:
        selected(**keys)
    assert str(caught.value) == said
    allowed = keys | {"step": keys.get("step", {}) | {"allow_empty": True}}
    assert selected(**allowed).paths == ()


def test_a_path_that_is_not_utf8_is_left_out_under_a_name_that_can_be_printed() -> None:
    step, made = recipe()
    path = b"caf\xe9.py".decode(errors="surrogateescape")
    found = select(
        "s",
        step,
        Ground(
            made,
            {"a.py": Entry("100644", "file", "0", 1), path: Entry("100644", "file", "0", 1)},
            build_index({"a.py": b"", path: b""}),
        ),
    )
    assert found.paths == ("a.py",)
    assert found.left_out == (
        LeftOut(path="caf\\xe9.py", reason="its name is unsafe on other systems"),
    )

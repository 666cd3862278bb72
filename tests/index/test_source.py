"""What was asked for is looked up: a recipe with its values, a commit, and what of it is indexed."""

import subprocess
from pathlib import Path

import pytest

from jupiter.errors import RecipeError, RequestError
from jupiter.fold.file import File
from jupiter.index.source import Request, codebase, load

RECIPE = """\
version: 1
name: tidy
parameters:
  package: {type: string, default: app}
codebase:
  include: ["src/${{ parameters.package }}/**/*.py", "docs/*.md"]
steps:
  tidy:
    codemod: mods.Tidy
deliver: {branch: "tidy/${{ parameters.package }}"}
"""
FILES = {
    "src/app/__init__.py": b"from app.core import f\n",
    "src/app/core.py": b"def f():\n    return 1\n",
    "src/app/broken.py": b"print 'Python 2'\n",
    "src/other/core.py": b"X = 1\n",
    "docs/index.md": b"# Title\n",
    "docs/deep/more.md": b"# More\n",
    "setup.py": b"raise SystemExit('nothing is executed')\n",
}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    (folder / "src/app/link.py").symlink_to("core.py")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "tidy.yaml"
    path.write_text(RECIPE)
    return path


APP = {path: text for path, text in FILES.items() if path.startswith("src/app/")}
INDEXED = {*APP, "docs/index.md"}


def test_the_files_of_the_codebase_are_indexed_and_links_are_not(top: Path, recipe: Path) -> None:
    source = load(Request(recipe, top))
    assert set(source.index.files) == INDEXED
    assert source.index.imports.has_edge("src/app/__init__.py", "src/app/core.py")
    assert source.index.files["src/app/broken.py"].symbols == ("",)


def test_values_are_filled_in_and_the_recipe_stays_as_written(top: Path, recipe: Path) -> None:
    source = load(Request(recipe, top, parameters={"package": "other"}))
    assert source.text == RECIPE.encode()
    assert source.recipe.codebase.include == ("src/other/**/*.py", "docs/*.md")
    assert source.recipe.deliver.branch == "tidy/other"
    assert set(source.index.files) == {"src/other/core.py", "docs/index.md"}


def test_the_commit_is_the_one_that_was_asked_for(top: Path, recipe: Path) -> None:
    first = git(top, "rev-parse", "HEAD")
    (top / "src/app/new.py").write_bytes(b"")
    git(top, "add", ".")
    git(top, "commit", "-qm", "second")
    (top / "src/app/dirty.py").write_bytes(b"")
    now, before = load(Request(recipe, top)), load(Request(recipe, top, ref="HEAD~1"))
    assert set(now.index.files) == INDEXED | {"src/app/new.py"}
    assert set(before.index.files) == INDEXED
    assert before.snapshot.commit == first


def test_a_folder_inside_the_repository_means_all_of_it(top: Path, recipe: Path) -> None:
    source = load(Request(recipe, top / "src"))
    assert source.snapshot.repository.top == top
    assert set(source.index.files) == INDEXED


def test_changed_texts_stand_in_place_of_the_commits(top: Path, recipe: Path) -> None:
    source = load(Request(recipe, top))
    texts = codebase(source.recipe, source.snapshot, {"src/app/core.py": File(b"g = 1\n")})
    assert texts == APP | {"docs/index.md": FILES["docs/index.md"], "src/app/core.py": b"g = 1\n"}


def test_nothing_of_the_repository_is_touched(top: Path, recipe: Path) -> None:
    def state() -> dict[Path, int]:
        return {path: path.lstat().st_mtime_ns for path in top.rglob("*")}

    before = state()
    load(Request(recipe, top))
    assert state() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [("no.yaml", r"no\.yaml: No such file"), (".", "Is a directory")],
    ids=["none", "a folder"],
)
def test_a_recipe_that_cannot_be_read_is_named(
    top: Path, tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(RequestError, match=f"cannot read the recipe .*{said}"):
        load(Request(tmp_path / name, top))


def test_a_recipe_with_mistakes_is_refused_before_git_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(RECIPE.replace("codemod:", "codmod:"))
    with pytest.raises(RecipeError, match=r"bad\.yaml:9:.*codmod"):
        load(Request(path, tmp_path / "no-repository"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"ref": "no-such-branch"}, "no commit is called 'no-such-branch'"),
        ({"parameters": {"pakage": "x"}}, "pakage"),
        ({"parameters": {"package": 3}}, "package"),
    ],
    ids=["a ref", "a parameter's name", "a parameter's value"],
)
def test_what_is_wrong_with_the_request_is_named(
    top: Path, recipe: Path, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        load(Request(recipe, top, **asked))


def test_a_folder_without_a_repository_is_refused(tmp_path: Path, recipe: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(RequestError, match="is not in a git repository"):
        load(Request(recipe, empty))

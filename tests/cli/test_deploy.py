"""`jupiter deploy` and `jupiter serve` from outside: what is wrong is said before a server is asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCHEDULED = """\
version: 1
name: nightly
parameters: {word: {type: string}}
steps: {a: {codemod: noop.NOOPCommand}}
schedule: {interval: 60}
"""


def deploy(*arguments: object, verb: str = "deploy", **variables: str) -> tuple[int, str]:
    pool = ("--pool", "p") if verb == "deploy" else ()
    done = subprocess.run(
        [sys.executable, "-m", "jupiter", verb, *map(str, arguments), *pool],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "nightly.yaml"
    path.write_text(SCHEDULED)
    return path


@pytest.mark.parametrize("verb", ["deploy", "serve"])
def test_all_that_is_wrong_with_all_recipes_comes_at_once(recipe: Path, verb: str) -> None:
    bad, patch = recipe.with_name("bad.yaml"), recipe.with_name("patch.yaml")
    bad.write_text("version: 2\n")
    patch.write_text("version: 1\nname: p\nsteps: {a: {run: x}}\ndeliver: {patch: x.patch}\n")
    code, said = deploy(recipe, bad, patch, "no-such-recipe", verb=verb)
    assert code == 2
    assert f"{recipe}: a scheduled run needs a repository; name it with --repo" in said
    assert "bad.yaml:1:10: error[J107]" in said
    assert "deliver.patch: a deployment delivers a branch" in said
    assert "there is no recipe no-such-recipe" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--repo", "https://example.org/x.git"), "parameter word: a value is missing"),
        (("--repo", "/nowhere/at/all"), "below no folder that deployed runs may work on"),
        (("--repo", "https://a:b@example.org/x.git"), "carries a name or password"),
        (("--param", "x=1", "--param", "word=a", "--repo", "git@a.org:b"), "none of the recipes"),
        (("--param", "word"), "expected NAME=VALUE"),
    ],
    ids=["no value", "a folder", "a password", "an unknown parameter", "no pair"],
)
def test_a_wrong_request_is_said_before_a_server_is_asked(
    recipe: Path, options: tuple[str, ...], said: str
) -> None:
    code, message = deploy(recipe, *options)
    assert code == 2
    assert said in message


def test_without_a_server_it_is_said_how_to_start_one(recipe: Path, tmp_path: Path) -> None:
    options = ("--repo", tmp_path, "--param", "word=a")
    code, said = deploy(recipe, *options, PREFECT_HOME=str(tmp_path / "prefect"))
    assert code == 3
    assert "prefect server start --background" in said


def test_a_server_that_does_not_answer_is_one_message(recipe: Path, tmp_path: Path) -> None:
    options = ("--repo", tmp_path, "--param", "word=a")
    code, said = deploy(recipe, *options, PREFECT_API_URL="http://127.0.0.1:1/api")
    assert code == 3
    assert "http://127.0.0.1:1/api" in said

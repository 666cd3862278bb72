"""Loading: what is read, in which order mistakes come, and that no text breaks the reader."""

import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupiter.errors import RecipeError, RequestError
from jupiter.model.step import CodemodStep, RunStep
from jupiter.recipe.load import load, parse
from jupiter.recipe.reading import LARGEST

SMALLEST = "version: 1\nname: tidy\nsteps:\n  check: {run: python -m pytest}\n"


def mistakes_if_any(text: str) -> tuple[str, ...]:
    try:
        parse(text, "r.yaml")
    except RecipeError as error:
        return error.diagnostics
    return ()


GOOD = sorted((Path(__file__).parent / "good").glob("*.yaml"))


def mistakes(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(RecipeError) as caught:
        parse(text, "r.yaml")
    return caught.value.diagnostics


def test_what_is_not_written_has_its_default():
    recipe = parse(SMALLEST, "r.yaml")
    assert recipe.steps == {"check": RunStep(run="python -m pytest")}
    assert recipe.codebase.include == ("**/*.py",)
    assert recipe.deliver.branch == "jupiter/${{ recipe.name }}"
    assert recipe.constraints.readonly == ()


def test_steps_keep_the_order_of_the_recipe():
    text = SMALLEST + "  zebra: {codemod: a.b.C, workers: 8}\n  ant: {run: a}\n"
    recipe = parse(text, "r.yaml")
    assert list(recipe.steps) == ["check", "zebra", "ant"]
    assert recipe.steps["zebra"] == CodemodStep(codemod="a.b.C", workers=8)


def test_text_and_bytes_are_read_alike():
    assert parse(SMALLEST, "a") == parse(SMALLEST.encode(), "b")


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_line_ends_of_other_systems_make_no_difference(end: str):
    assert parse(SMALLEST.replace("\n", end), "r") == parse(SMALLEST, "r")
    broken = SMALLEST.replace("run", "rum")
    assert mistakes(broken.replace("\n", end)) == mistakes(broken)


def test_a_file_is_called_by_its_path(tmp_path: Path):
    path = tmp_path / "r.yaml"
    path.write_text("version: 1\n")
    with pytest.raises(RecipeError) as caught:
        load(path)
    assert caught.value.diagnostics[0].startswith(f"{path}:1:1: error[J104] recipe: ")


@pytest.mark.parametrize(
    ("name", "reason"), [("missing.yaml", "no such file"), ("", "is a directory")]
)
def test_a_file_that_cannot_be_read_is_a_wrong_request(tmp_path: Path, name: str, reason: str):
    with pytest.raises(RequestError, match=reason) as caught:
        load(tmp_path / name)
    assert not isinstance(caught.value, RecipeError)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path):
    path = tmp_path / "r.yaml"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(RecipeError, match=r"J111.* more than 1048576 bytes"):
        load(path)


def test_an_error_survives_a_process_pool():
    with pytest.raises(RecipeError) as caught:
        parse("version: 2\n", "r.yaml")
    assert pickle.loads(pickle.dumps(caught.value)).diagnostics == caught.value.diagnostics


@pytest.mark.parametrize(
    "text",
    ["version: 2\n", "version: 2\nname: X\nname: Y\nsteps: !t 0755\n", "version: ~\nplan: 1\n"],
)
def test_of_a_recipe_in_another_version_only_the_version_is_said(text: str):
    (only,) = mistakes(text)
    assert "error[J107] version: " in only


def test_reading_models_and_later_passes_speak_at_once():
    text = "version: 1\nname: X\nname: Y\nsteps:\n  a: {run: a | b, needs: [c], timeout: 010}\n"
    codes = [one.split("error[")[1][:4] for one in mistakes(text)]
    assert codes == ["J106", "J110", "J117", "J114", "J108", "J112"]


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\na: " + "[" * 200_000,
        "a: " + "{a: " * 50_000,
        "version: 1\n" + "".join(f"{' ' * n}- \n" for n in range(2, 600)),
        "version: 1\n" + "".join(f"k{n}: 1\n" for n in range(80_000)),
        "version: 1\nname: " + "x " * 400_000,
        "version: 1\nname: x\nsteps: {a: {run: '" + "${{ " * 100_000 + "'}}",
        "version: 1\nname: x\nsteps: {a: {run: '" + "a\\ " * 100_000 + "|'}}",
        "version: 1\nname: x\nsteps:\n"
        + "".join(f"  s{n}: {{run: a, needs: [s{(n + 1) % 1400}]}}\n" for n in range(1400)),
        "version: 1\nname: x\nsteps:\n"
        + "".join(f"  s{n}: {{run: a, needs: [z{n}]}}\n" for n in range(1400)),
    ],
    ids=["lists", "mappings", "blocks", "keys", "text", "braces", "command", "circle", "unknown"],
)
def test_a_hostile_document_is_refused_in_seconds(text: str):
    begun = time.process_time()
    assert len(mistakes(text)[0]) < 2000
    assert time.process_time() - begun < 20


TEXTS = [path.read_text(encoding="utf-8") for path in GOOD]
MARKS = "{}[]:,#*&!|>'\"%@`-? \n\t$~\\<=.0x1aé\u2028\u0085\x00\ufeff"


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 6))
        text = text[:place] + draw(st.text(MARKS, max_size=3)) + text[place + cut :]
    return text


@given(broken_texts())
@example("version: 1\nname: r\nsteps:\n  a: {codemod: \ufeffa.b.C}\n")
@example("version: 1\nname: r\nsteps:\n  a: {codemod: a.b.C, \ufeff: 1}\n")
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_recipe_or_a_list_of_mistakes_in_the_text(text: str):
    for one in mistakes_if_any(text):
        head, source, marker = one.split("\n")
        assert head.startswith("r.yaml:")
        assert marker.strip() == "^"
        assert len(marker) <= len(source) + 1
        assert all(char.isprintable() or char == "\t" for char in head + source)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_recipe_or_a_list_of_mistakes(content: bytes):
    with pytest.raises(RecipeError):
        parse(content, "r.yaml")


def test_reading_recipes_needs_neither_prefect_nor_libcst():
    program = (
        "import sys; import jupiter.recipe.load, jupiter.recipe.expressions, jupiter.recipe.schema;"
        "print([name for name in ('prefect', 'libcst', 'networkx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"

"""What `docs/` says is what the code does: keys, codes, events, rooms, commands, examples, links."""

# The tables that a page repeats are private to their modules.
# pyright: reportPrivateUsage=false

import ast
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupiter.bus.codec import decode, encode
from jupiter.bus.file import FileLog
from jupiter.cli import main as command_line
from jupiter.engines.codemod_command import Command
from jupiter.engines.remote import check_command, transform
from jupiter.errors import JupiterError, RecipeError
from jupiter.model.base import Model
from jupiter.model.event import PAYLOADS, Draft, Event, type_of
from jupiter.model.recipe import Codebase, Deliver, Environment, Parameter, Recipe, Repair, Schedule
from jupiter.model.select import Select
from jupiter.model.step import (
    AgentStep,
    ApproveStep,
    CodemodStep,
    CommandStep,
    Constraints,
    Goal,
    Limits,
    RunStep,
)
from jupiter.model.tree_events import InterfacePublished
from jupiter.model.written import Items
from jupiter.recipe import words
from jupiter.recipe.codes import MEANING
from jupiter.recipe.load import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

SECTIONS: dict[str, type[Model]] = {
    "Top level": Recipe,
    "Parameters": Parameter,
    "Items": Items,
    "Codebase": Codebase,
    "Environment": Environment,
    "Codemod": CodemodStep,
    "Select": Select,
    "Agent": AgentStep,
    "Goals": Goal,
    "Limits": Limits,
    "Command": CommandStep,
    "Approve": ApproveStep,
    "Run": RunStep,
    "Constraints": Constraints,
    "Repair": Repair,
    "Deliver": Deliver,
    "Schedule": Schedule,
}
"""The headings of the recipe's reference, and the models that they are about."""

PARTS = (Codebase, Environment, Select, Constraints)
"""Parts whose defaults stand in their own sections."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """The page without its code, whose `#` begins no heading."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def section(name: str, heading: str) -> str:
    """What stands below a heading, up to the next one of any depth."""
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)",
        prose(text_of(name)),
        re.MULTILINE | re.DOTALL,
    )
    assert found, f"{name} has no section {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of a section's tables, without their heads."""
    lines = [
        line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("| ")
    ]
    cells = [[cell.strip() for cell in line] for line in lines]
    heads = [number for number, line in enumerate(cells) if set(line[0]) <= set("- ")]
    return [
        line for number, line in enumerate(cells) if number not in heads and number + 1 not in heads
    ]


def code(cell: str) -> str:
    return cell.strip("`")


def written(value: object) -> Any:
    """A default as a document would have it; empty is the same as none."""
    if isinstance(value, Model):
        value = value.model_dump(mode="json", by_alias=True, exclude_none=True)
    plain = json.loads(json.dumps(value))
    return plain if plain is False or plain else None


# The recipe


@pytest.mark.parametrize(("heading", "model"), SECTIONS.items(), ids=SECTIONS.keys())
def test_every_key_has_its_row_with_its_default(heading: str, model: type[Model]) -> None:
    shown = {
        code(row[0]): row[2]
        for row in rows(section("docs/recipe.md", heading))
        if row[0].startswith("`")
    }
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    assert list(shown) == list(fields)
    for key, field in fields.items():
        default = field.get_default(call_default_factory=True)
        if field.is_required():
            assert shown[key] == "required", key
        elif written(default) is None or isinstance(default, PARTS):
            assert shown[key] == "none", key
        else:
            assert yaml.safe_load(code(shown[key])) == written(default), key


def test_no_part_of_a_recipe_is_without_a_section() -> None:
    assert {*words._PARTS.values(), *words.KINDS.values()} == set(SECTIONS.values())


def test_the_keys_that_are_not_built_are_those_that_are_refused_as_such() -> None:
    shown = {row[0]: row[1].split() for row in rows(section("docs/recipe.md", "Not yet"))}
    later = {model: sorted(keys) for model, keys in words._LATER.items()}
    assert {where: [code(key) for key in keys] for where, keys in shown.items()} == {
        "top level": later[Recipe],
        "steps": sorted(words._LATER_STEP),
    }


def test_every_error_code_is_listed_with_its_meaning() -> None:
    shown = [(code(row[0]), row[1]) for row in rows(section("docs/recipe.md", "Error codes"))]
    assert shown == [(str(each), meaning) for each, meaning in MEANING.items()]


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    shown = [row[0] for row in rows(section("docs/recipe.md", "Exit codes"))]
    helped = re.findall(r"^ {2}(\d+) ", command_line.EXIT_CODES, re.MULTILINE)
    raised = {str(kind.exit_code) for kind in (JupiterError, *JupiterError.__subclasses__())}
    assert shown == helped
    assert raised <= set(shown)


def examples() -> list[Any]:
    return [
        pytest.param(text, id=f"{name}-{number}")
        for name in NAMES
        for number, text in enumerate(fences(text_of(name), "yaml"), start=1)
    ]


@pytest.mark.parametrize("text", examples())
def test_every_yaml_example_is_a_recipe_or_a_part_of_one(text: str) -> None:
    whole = text if "version:" in text else f"version: 1\nname: example\n{text}"
    if not re.search("^steps:", whole, re.MULTILINE):
        whole += "steps: {check: {run: python -m pytest}}\n"
    parse(whole, "example.yaml")


def test_the_error_message_of_the_example_is_the_real_one() -> None:
    (shown,) = fences(section_with_code("docs/recipe.md", "YAML"), "text")
    document = "version: 1\nname: bad\nsteps:\n  check:\n    codmod: x.y.Z\n"
    with pytest.raises(RecipeError) as caught:
        parse(document, "bad.yaml")
    assert str(caught.value) == shown.rstrip("\n")


def section_with_code(name: str, heading: str) -> str:
    _, _, rest = text_of(name).partition(f"## {heading}\n")
    return rest.partition("\n## ")[0]


# The bus


@pytest.mark.parametrize("payload", PAYLOADS, ids=type_of)
def test_every_event_has_its_section_with_its_fields(payload: type[Model]) -> None:
    shown = [code(row[0]) for row in rows(section("docs/bus.md", type_of(payload)))]
    assert shown == [name for name in payload.model_fields if name != "type"]


def test_no_event_is_described_that_does_not_exist() -> None:
    headings = re.findall(r"^### (\w+\.\w+)$", text_of("docs/bus.md"), re.MULTILINE)
    assert sorted(headings) == sorted(type_of(payload) for payload in PAYLOADS)


def test_the_envelope_has_the_keys_of_a_line_in_their_order() -> None:
    shown = [code(row[0]) for row in rows(section("docs/bus.md", "Envelope"))]
    (line,) = fences(text_of("docs/bus.md"), "json")
    positions = [line.index(f'"{key}":') for key in shown]
    assert positions == sorted(positions)
    assert set(shown) == {*Event.model_fields, "type", "crc"}


def test_the_example_of_a_line_is_one_byte_for_byte() -> None:
    (line,) = fences(text_of("docs/bus.md"), "json")
    assert encode(decode(line.encode())) == line.encode()


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_every_jq_program_runs_on_a_real_log(tmp_path: Path) -> None:
    log = FileLog.create(tmp_path / "run", "run")
    published = InterfacePublished(symbol="a.py:f", before="def f()", after="def f(x)")
    log.append(lambda _state: (Draft(data=published, briefing=1, worker="worker-1"),))
    (block,) = fences(text_of("docs/bus.md"), "jq")
    lines = [line for line in block.splitlines() if line.startswith("jq ")]
    assert len(lines) > 2
    for line in lines:
        program = shlex.split(line.partition(" | sort")[0])
        done = subprocess.run(program, cwd=log.folder, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        if "interface.published" in line:
            assert done.stdout == "a.py:f\tdef f()\tdef f(x)\n"


def test_the_python_example_reads_a_log(tmp_path: Path) -> None:
    (program,) = fences(text_of("docs/bus.md"), "python")
    names: dict[str, Any] = {}
    exec(program, names)
    FileLog.create(tmp_path / "run", "run")
    assert names["refusals"](tmp_path / "run") == []


# The codemod


def test_the_codemod_of_the_page_does_what_its_recipe_says(tmp_path: Path) -> None:
    page = text_of("docs/codemods.md")
    (program,) = fences(page, "python")
    place = tmp_path / program.splitlines()[0].removeprefix("# ")
    place.parent.mkdir()
    place.write_text(program, encoding="utf-8")
    recipe = parse(next(text for text in fences(page, "yaml") if "version:" in text), "page")
    step = next(s for s in recipe.steps.values() if isinstance(s, CodemodStep))
    command = Command("rename", step.codemod, tuple(step.with_.items()), str(tmp_path))
    check_command(command)
    before = b"class T:\n    def test(self):\n        self.assertEquals( 1, 1 )  # same\n"
    result = transform([command], str(tmp_path), "test_a.py", before, [b""])
    assert result.text == before.replace(b"assertEquals", b"assertEqual")


def test_the_commands_that_the_page_names_exist() -> None:
    names = [code(row[0]) for row in rows(section("docs/codemods.md", "Use one"))]
    arguments = {"ensure_import_present": (("entity", "b"), ("module", "a"))}
    for name in names:
        check_command(Command("step", name, arguments.get(name.split(".")[0], ()), ""))
    assert names


# The architecture


def rooms() -> list[str]:
    """The rooms from the ground up, as the import contract has them."""
    contract = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    return [name for name in reversed(contract["layers"]) if not name.startswith("__")]


def imports() -> dict[str, set[str]]:
    """Which rooms each room really imports from."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "jupiter").rglob("*.py"):
        room = path.relative_to(ROOT / "jupiter").parts[0].removesuffix(".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        others = {name.split(".")[1] for name in modules if name and name.startswith("jupiter.")}
        found[room] |= others - {room}
    return found


def test_the_rooms_stand_in_their_order_with_what_they_import() -> None:
    shown = {code(row[0]): row[2] for row in rows(section("docs/architecture.md", "The rooms"))}
    assert list(shown) == rooms()
    real = imports()
    for room, cell in shown.items():
        assert re.findall(r"`(\w+)`", cell) == sorted(real[room]), f"the row of {room}"


def test_every_dependency_has_its_reason_and_its_upper_bound() -> None:
    declared = tomllib.loads(text_of("pyproject.toml"))["project"]["dependencies"]
    shown = {code(row[0]): row[2] for row in rows(section("docs/architecture.md", "Dependencies"))}
    assert list(shown) == [re.split("[<>=]", one)[0] for one in declared]
    for one in declared:
        (bound,) = re.findall("<[0-9.]+", one) or ["none"]
        general = "next major" if re.fullmatch(r"<\d+", bound) else bound
        assert general in shown[re.split("[<>=]", one)[0]], one


# All pages


def command_lines() -> list[Any]:
    return [
        pytest.param(line, id=f"{name}: {line.partition('#')[0].strip()}")
        for name in NAMES
        for block in fences(text_of(name), "sh")
        for line in block.splitlines()
        if line.startswith("jupiter ")
    ]


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_is_one_that_jupiter_takes(line: str) -> None:
    _, verb, *rest = shlex.split(line, comments=True)
    assert verb in command_line.VERBS
    command_line._parser(verb).parse_args([verb, *rest])


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_to_a_file_and_a_heading(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text_of(name))):
        if re.match("[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        page = (ROOT / name).parent / path if path else ROOT / name
        assert page.exists(), f"{name}: {target}"
        if anchor:
            assert anchor in anchors(page), f"{name}: {target}"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_verb_that_is_not_built_is_named_nowhere_as_a_command() -> None:
    pattern = rf"jupiter ({'|'.join(command_line.NOT_YET)})\b"
    named = {name: re.findall(pattern, text_of(name)) for name in NAMES}
    assert not any(named.values()), named


def test_the_licence_is_the_one_that_the_package_declares() -> None:
    licence = text_of("LICENSE")
    assert tomllib.loads(text_of("pyproject.toml"))["project"]["license"] == "Apache-2.0"
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", licence)
    assert "END OF TERMS AND CONDITIONS" in licence

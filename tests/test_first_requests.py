"""The whole first request of each agent recipe as a page, and the prefix that its workers share, to the byte.

`JUPITER_GOLDEN=1 python -m pytest tests/test_first_requests.py` writes the files anew: read what has changed.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupiter.conductor import Threads
from jupiter.demo.conversation import Conversation, Reply, call
from jupiter.demo.material import CLICK, Release
from jupiter.demo.server import MessagesServer, Served
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.step import AgentStep
from jupiter.recipe.catalogue import catalogue, find_recipe
from jupiter.recipe.load import load as read_recipe
from jupiter.run import execute
from repositories import committed

FOLDER = Path(__file__).parent / "requests"
SMALL = {
    "AGENTS.md": "Write short functions.\n",
    "docs/usage.md": "# Usage\n\nCall `pkg.greet.greet(name)`.\n",
    "pkg/__init__.py": "",
    "pkg/greet.py": (
        'def greet(name):\n    return f"Hello {name}"\n\n\ndef main():\n    return greet("you")\n'
    ),
    "tests/test_greet.py": (
        'from pkg.greet import greet\n\n\ndef test_greet():\n    assert greet("name")\n'
    ),
    "tests/CLAUDE.md": "A test has one assert.\n",
}
"""A function, its test, its documentation, and rules for agents: for all of it, and for the tests."""
MODEL = """\
from pydantic import BaseModel, validator


class {0}(BaseModel):
    least: int
    most: int

    @validator("most")
    def in_order(cls, v, values):
        if v < values["least"]:
            raise ValueError("the most of {0} is less than the least")
        return v
"""
SHOP = {
    "CONTRIBUTING.md": "Say in the changelog what has changed.\n",
    "shop/__init__.py": "",
    **{f"shop/{name.lower()}.py": MODEL.format(name) for name in ("Item", "Order")},
}
"""Models of pydantic 1, with what bump-pydantic marks and leaves to others."""
PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "change-interface": {
        "symbol": "pkg/greet.py:greet",
        "change": "it takes a greeting, by keyword.",
    },
    "demo-agents": {},
    "pydantic-v2": {},
}
STATUS = {"pydantic-v2": "done"}
"""Where agents begin with what codemods have left something has changed, though no agent does anything."""
SEVERAL = ["change-interface", "demo-agents"]
"""Those with several briefings here; what is left of two small models is one worker's."""
several = pytest.mark.parametrize("requests", SEVERAL, indirect=True)


def done(_: Conversation) -> Reply:
    return call("done", summary="Nothing to do.")


@pytest.fixture(scope="module", params=sorted(PARAMETERS))
def requests(
    request: pytest.FixtureRequest,
    fetched: Callable[[Release], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, list[Served]]:
    """The name of a recipe, and the first request of each of its briefings, in the order of the briefings."""
    name: str = request.param
    files = SHOP if name == "pydantic-v2" else SMALL
    on_click = name == "demo-agents"
    repository = fetched(CLICK) if on_click else committed(tmp_path_factory.mktemp(name), files)
    source = load(Request(find_recipe(name), repository, parameters=PARAMETERS[name]))
    with MessagesServer({"# Briefing": done}).at_hand() as server:
        report = execute(start(source, lambda _: None), Threads())
    assert (report.status, server.refused) == (STATUS.get(name, "unchanged"), [])
    agents = {n for n, step in source.recipe.steps.items() if isinstance(step, AgentStep)}
    first = [one for one in server.served if Conversation(one.body).turns == 0]
    briefings = sum(agents.issuperset(one.steps) for one in report.per_briefing)
    assert len(first) == briefings >= (3 if name in SEVERAL else 1)
    return name, sorted(first, key=lambda one: Conversation(one.body).opening)


def test_every_recipe_with_agents_has_its_file() -> None:
    steps = {name: read_recipe(path).steps.values() for name, path in catalogue().items()}
    agents = {n for n, found in steps.items() if any(isinstance(s, AgentStep) for s in found)}
    assert agents == set(PARAMETERS) == {p.stem for p in FOLDER.glob("*.md")}


def test_the_first_request_is_that_of_the_file(requests: tuple[str, list[Served]]) -> None:
    name, (first, *_) = requests
    path, found = FOLDER / f"{name}.md", written(json.loads(first.raw))
    if os.environ.get("JUPITER_GOLDEN") == "1":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@several
def test_all_workers_of_a_step_send_the_same_bytes_first(
    requests: tuple[str, list[Served]],
) -> None:
    _, served = requests
    bodies = [json.loads(one.raw) for one in served]
    for part in ("tools", "system"):
        sent = json.dumps(bodies[0][part], separators=(",", ":"), ensure_ascii=False)
        assert all(f'"{part}":{sent}'.encode() in one.raw for one in served)
    assert all("cache_control" in body["system"][-1] for body in bodies)
    openings = {json.dumps(body["messages"]) for body in bodies}
    assert len(openings) == len(served), "what is a worker's own comes behind"


@several
def test_the_first_one_writes_the_prefix_and_the_others_read_it(
    requests: tuple[str, list[Served]],
) -> None:
    used = [one.used for one in sorted(requests[1], key=lambda one: one.number)]
    assert used[0].read == 0
    assert {one.read for one in used[1:]} == {used[1].read}
    assert 0 < used[1].read < used[0].written


def written(body: dict[str, Any]) -> str:
    """A request as a page: what is no text as JSON, then its texts as they are."""
    tools, system, messages = (body.pop(part) for part in ("tools", "system", "messages"))
    blocks = [(f"system {n}", block) for n, block in enumerate(system, start=1)]
    blocks += [(one["role"], block) for one in messages for block in one["content"]]
    parts = [f"# Settings\n\n```json\n{json.dumps(body, indent=1)}\n```"]
    parts += [
        f"# Tool `{one['name']}`\n\n{one['description']}\n\n"
        f"```json\n{json.dumps(one['input_schema'])}\n```"
        for one in tools
    ]
    for title, block in blocks:
        text = block.pop("text")
        parts.append(f"# {title}, {json.dumps(block)}\n\n{text.rstrip()}")
    return "\n\n".join(parts) + "\n"

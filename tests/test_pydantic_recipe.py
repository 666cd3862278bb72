"""recipes/pydantic-v2: bump-pydantic's codemods, unchanged, then agents on the marks that they leave."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupiter.conductor import Threads
from jupiter.demo.conversation import Agent, Call, Conversation, Reply, call
from jupiter.demo.server import MessagesServer
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.report import Report
from jupiter.recipe.catalogue import find_recipe
from jupiter.run import execute
from repositories import committed, git

MODELS = """\
from typing import List

from pydantic import BaseModel, Field, validator


class Item(BaseModel):
    name: str
    tags: List[str] = Field(min_items=1)

    class Config:
        allow_mutation = False

    @validator("name")
    def strip(cls, v):
        return v.strip()


class Order(BaseModel):
    item: Item
    count: int
    most: int = 3

    @validator("count")
    def enough(cls, v, values):
        if v > 3 and "item" in values:
            raise ValueError(f"too many of {values['item'].name}")
        return v
"""
RESOLVED = """\
@field_validator("count")
@classmethod
def enough(cls, v, info):
    if v > 3 and "item" in info.data:
        raise ValueError(f"too many of {info.data['item'].name}")
    return v
"""
CHECK = """\
import warnings
warnings.simplefilter("error")
from pydantic import ValidationError
from shop.models import Item, Order
item = {"name": " tea ", "tags": ["x"]}
order = Order(item=item, count=2)
assert order.model_dump() == {"item": {"name": "tea", "tags": ["x"]}, "count": 2, "most": 3}
for wrong in (lambda: Order(item=item, count=9), lambda: Item(name="a", tags=[]),
              lambda: setattr(order.item, "name", "b")):
    try:
        wrong()
    except ValidationError:
        continue
    raise SystemExit("it was accepted")
"""
MARK = "TODO[pydantic]"
VALIDATOR, CONFIG = "shop/models.py:Order.enough", "shop/models.py:Item.model_config"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "shop-1.0"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop/__init__.py").touch()
    (folder / "shop/models.py").write_text(MODELS)
    (folder / "shop/plain.py").write_text("x = 1\n")
    return committed(folder)


def resolver(conversation: Conversation) -> Reply:
    """Writes what is marked of what it owns, imports what it needs, drops what it needs no more."""
    made = {
        (one.name, one.input.get("symbol", one.input.get("name"))) for one in conversation.calls
    }
    steps = (
        call("write_symbol", symbol=CONFIG, text="model_config = ConfigDict(frozen=True)\n"),
        call("add_import", path="shop/models.py", module="pydantic", name="field_validator"),
        call("write_symbol", symbol=VALIDATOR, text=RESOLVED),
        call("drop_import", path="shop/models.py", module="pydantic", name="validator"),
        call("done", summary="The validator is one of pydantic 2."),
    )
    for step in steps:
        (one,) = step.parts
        assert isinstance(one, Call)
        wanted = one.input.get("symbol", one.input.get("name"))
        is_own = one.tool != "write_symbol" or f"\n- {wanted}\n" in conversation.opening
        if is_own and (one.tool, wanted) not in made:
            return step
    return steps[-1]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MessagesServer]]:
    agents: dict[str, Agent] = {"Resolve every TODO[pydantic] mark": resolver}
    with MessagesServer(agents) as made:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", made.url)
        yield [made]
        assert made.refused == []


def carried_out(repository: Path) -> Report:
    source = load(Request(find_recipe("pydantic-v2"), repository))
    return execute(start(source, lambda _notice: None), Threads())


def test_codemods_and_then_an_agent_move_models_to_pydantic_2(
    repository: Path, serve: list[MessagesServer]
) -> None:
    report = carried_out(repository)
    assert (report.status, report.conflicts, report.refused_edits) == ("done", 0, 0)
    assert {one.steps for one in report.per_briefing[1:]} == {("residue",)}
    git(repository, "checkout", "-q", "jupiter/pydantic-v2")
    models = (repository / "shop/models.py").read_text()
    assert MARK not in models
    assert "from pydantic import field_validator, ConfigDict, BaseModel, Field\n" in models
    subprocess.run([sys.executable, "-c", CHECK], cwd=repository, check=True)
    (first,) = git(repository, "rev-list", "--reverse", "main..jupiter/pydantic-v2").split()[:1]
    assert git(repository, "show", f"{first}:shop/models.py").count(MARK) == 2


def test_where_no_mark_is_left_no_agent_is_asked(
    repository: Path, serve: list[MessagesServer]
) -> None:
    simple = MODELS
    for marked, plain in (
        ("allow_mutation = False", "frozen = True"),
        (", values", ""),
        ('and "item" in values', ""),
        ("{values['item'].name}", "it"),
    ):
        simple = simple.replace(marked, plain)
    (repository / "shop/models.py").write_text(simple)
    git(repository, "commit", "-qam", "simple")
    report = carried_out(repository)
    assert (report.status, report.usage.requests) == ("done", 0)
    assert serve[0].served == []

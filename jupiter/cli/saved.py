"""A plan as a file that a person may edit: `jupiter plan --save`, `jupiter run --plan`."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from pydantic import ValidationError

from jupiter.errors import RequestError
from jupiter.index.source import Source, recipe_sha256
from jupiter.model.plan import Plan, SavedBriefing, SavedPlan
from jupiter.recipe.problems import dotted

_HEAD = """\
# The plan of {recipe}. Deal what `owns` lists to other briefings, join briefings or make new ones;
# everything stays owned by exactly one. Then: jupiter run {recipe} --plan {file}
"""

_LARGEST = 64 * 1024 * 1024


def save(plan: Plan, source: Source, file: Path) -> None:
    """Write a plan, as JSON where the file's name says so, else as YAML.

    Raises:
        RequestError: the file cannot be written.
    """
    data = saved(plan, source).model_dump(mode="json", exclude_defaults=True)
    if file.suffix == ".json":
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    else:
        head = _HEAD.format(recipe=source.request.recipe, file=file)
        text = head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1 << 30)  # pyright: ignore[reportUnknownMemberType] # the stubs leave `width` open
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise RequestError(f"cannot write the plan {file}: {error.strerror}") from error


def saved(plan: Plan, source: Source) -> SavedPlan:
    """What is kept of a plan: all else follows from the recipe and the commit."""
    return SavedPlan(
        version=1,
        recipe=source.recipe.name,
        recipe_sha256=recipe_sha256(source.text, source.request.parameters),
        base_commit=source.snapshot.commit,
        wave=plan.wave,
        workers=plan.workers,
        divided=plan.divided,
        briefings=tuple(
            SavedBriefing(
                id=one.id,
                steps=one.task.steps,
                goals=tuple(goal.place for goal in one.task.goals),
                owns=one.owned_at_start,
                receives=one.receives,
                after=one.after,
            )
            for one in plan.briefings
        ),
    )


def read(file: Path) -> SavedPlan:
    """A plan that was saved, and perhaps edited; YAML, of which JSON is a part.

    Raises:
        RequestError: it cannot be read, or is no such plan.
    """
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST + 1)
    except OSError as error:
        raise RequestError(f"cannot read the plan {file}: {error.strerror}") from error
    if len(text) > _LARGEST:
        raise RequestError(f"{file}: more than {_LARGEST} bytes; expected a saved plan")
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 # a safe loader, see below
        return SavedPlan.model_validate_json(json.dumps(data))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RequestError(f"{file}: {_reason(error)}; expected a plan of `plan --save`") from error


class _Loader(yaml.SafeLoader):
    """Texts stay texts: no dates, no numbers in base 8, no anchors that unfold without end."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in found if tag == "tag:yaml.org,2002:int"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error).replace("\n", " ")
    first = error.errors()[0]
    return f"{dotted(first['loc'])}: {first['msg']}"

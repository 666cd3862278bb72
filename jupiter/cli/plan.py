"""`jupiter plan`: who would own what; nothing is changed, nothing that the recipe names is executed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from jupiter.ahead import plans_ahead
from jupiter.cli import console, saved
from jupiter.cli.run import recipe_arguments, request
from jupiter.delivery.estimate import Rates, estimate, known_rates
from jupiter.dividing import late
from jupiter.errors import RequestError
from jupiter.index.index import Index
from jupiter.index.source import Source, load
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import UsageRecorded
from jupiter.model.division import DividedGoal
from jupiter.model.plan import Contested, Plan, PlanAhead
from jupiter.model.recipe import Recipe
from jupiter.model.step import AgentStep, ApproveStep, CodemodStep, CommandStep, RunStep
from jupiter.model.symbol import counted, listed
from jupiter.planner.beside import beside
from jupiter.planner.dependence import dependence
from jupiter.planner.drawing import draw
from jupiter.planner.risks import risks
from jupiter.planner.selection import Ground
from jupiter.planner.wave import Planned

_RELATIONS = 20  # pairs of goals that a person is told of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    recipe_arguments(parser)
    parser.add_argument(
        "--briefing",
        type=int,
        metavar="N",
        help="print what the worker of briefing N will be given",
    )
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="write the plan to a file that can be edited"
    )
    parser.add_argument(
        "--graph", type=Path, metavar="FILE.svg", help="draw who does what and depends on whom"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(options: argparse.Namespace) -> int:
    """Print the plan, or one briefing of it."""
    source = load(request(options))
    made = list(plans_ahead(source, _divide))
    if not made:
        raise RequestError("the recipe has no step that could be planned: all of them are `run`")
    known = known_rates(source.recipe.name)
    plans = [_told(one, index, source, known) for one, index in made]
    plan = PlanAhead(**dict(plans[0]), then=tuple(plans[1:]))
    if options.graph is not None:
        first, index = made[0]
        _write(options.graph, draw(plan, dependence(first.plan, index)[0]))
        console.say(f"drawn to {options.graph}")
    if options.save is not None:
        saved.save(plan, source, options.save)
        console.say(f"saved to {options.save}")
    if options.briefing is not None:
        console.result_json(_briefing([one for one, _ in made], options.briefing))
    elif options.json:
        console.result_json(plan)
    else:
        later = _later(plans[-1].later, source.recipe)
        console.result("\n\n".join([*map(describe, plans), *later]))
    return 0


def _divide(name: str, step: AgentStep, ground: Ground) -> tuple[DividedGoal, ...]:
    """Ask the model of a step what its goal is about, and say so, with the cost."""
    goals = late()

    def paid(usage: UsageRecorded, _text: str) -> None:
        sent = usage.input_tokens + usage.cache_write_tokens + usage.cache_read_tokens
        cost = "no price known" if usage.usd is None else f"{usage.usd:.4f} USD"
        console.say(
            f"{name}: {usage.model} was asked what the goal is about: {sent} tokens in, "
            f"{usage.output_tokens} out, {cost}"
        )

    return goals.asked(name, step, ground, goals.Asker(step, paid))


def _told(planned: Planned, index: Index, source: Source, known: Rates) -> Plan:
    """A plan with what only `jupiter plan` tells."""
    between, dependents = dependence(planned.plan, index)
    found = risks(planned.plan, index, dependents)
    guess = estimate(planned.plan, source.recipe, known)
    return planned.plan.model_copy(
        update={"risks": found, "estimate": guess, "beside": beside(planned.plan, between)}
    )


def _briefing(made: Sequence[Planned], number: int) -> WorkerBriefing:
    """One briefing as its worker is given it, of whatever wave."""
    for planned in made:
        for briefing in planned.plan.briefings:
            if briefing.id == number:
                return planned.contexts.of(briefing)
    most = sum(len(planned.plan.briefings) for planned in made)
    raise RequestError(f"there is no briefing {number}; the plan has 1 to {most}")


def _later(steps: Sequence[str], recipe: Recipe) -> Iterator[str]:
    """The steps that nobody can plan yet, each with those that must be done before."""
    lines = [
        f"{'later':9} {name}: {_WHEN[type(recipe.steps[name])]} {', '.join(recipe.steps[name].needs)}"
        for name in steps
    ]
    if lines:
        yield "\n".join(lines)


_WHEN = {
    AgentStep: "planned after",
    CodemodStep: "planned after",
    CommandStep: "planned after",
    RunStep: "runs after",
    ApproveStep: "asks after",
}


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise RequestError(f"cannot write {file}: {error.strerror}") from error


def describe(plan: Plan) -> str:
    """The plan for a person."""
    rows: list[tuple[object, ...]] = [
        (
            "briefing",
            "size",
            "work",
            *_given(plan, "given"),
            *_after(plan, "after"),
            "steps",
            "owns",
        )
    ]
    rows += [_row(plan, briefing) for briefing in plan.briefings]
    lines = [
        f"wave {plan.wave}: {', '.join(plan.steps)}; {plan.workers} workers, {len(plan.briefings)} briefings",
        "",
        console.columns(rows) if plan.briefings else "nothing to do",
        "",
    ]
    lines += _divided(plan)
    if plan.cut.edges:
        between = "these files" if plan.cut.of == "imports" else "what is owned"
        lines.append(
            f"{plan.cut.of:9} {plan.cut.edges} between {between}, {plan.cut.across} of them across briefings"
        )
    if plan.estimate is not None:
        lines.append(f"estimate  {console.needs(plan.estimate)}")
    lines += [_contested(one) for one in plan.contested]
    lines += _relations(plan)
    lines += [
        f"beside    {one.user} uses what {one.used} changes, {one.times} times: {one.why}"
        for one in plan.beside
    ]
    lines += console.hazards(plan.hazards)
    lines += console.risks(plan.risks)
    lines += [f"left out  {one.path}: {one.reason}" for one in plan.left_out]
    return "\n".join(lines)


def _divided(plan: Plan) -> Iterator[str]:
    """The goals that a model has made of those of the recipe."""
    for division in plan.divided:
        for number, goal in enumerate(division.goals):
            said = goal.model_dump(exclude={"goal"}, exclude_defaults=True)
            about = "; ".join(f"{key}: {', '.join(values)}" for key, values in said.items())
            text = console.one_line(f"{goal.goal} ({about})")
            yield f"goal      {division.step}.agent[{number}]: {text}"


def _contested(one: Contested) -> str:
    what = f"contested {counted(one.symbols)}, wanted by {' and '.join(one.goals)}: "
    if one.then is None:
        return f"{what}briefing {one.briefing} has all of these goals"
    return f"{what}briefing {one.briefing} hands over to briefing {one.then}"


def _relations(plan: Plan) -> list[str]:
    """How goals that depend on each other are carried out; not those that merely have one worker."""
    lines = [
        f"goals     {_goal(one.second)} {one.how} {_goal(one.first)}: {one.why}"
        for one in plan.relations
    ]
    more = len(lines) - _RELATIONS
    return lines[:_RELATIONS] + ([f"          and {more} more"] if more > 0 else [])


def _goal(place: str) -> str:
    return place.removeprefix("steps.")


def _after(plan: Plan, cell: str) -> tuple[str, ...]:
    """A cell of the column that a plan has in which briefings wait for others."""
    return (cell,) if any(one.after for one in plan.briefings) else ()


def _given(plan: Plan, cell: str) -> tuple[str, ...]:
    """A cell of the column that a plan with agents has: how much their workers are told."""
    return (cell,) if any(one.context.tokens for one in plan.briefings) else ()


def _row(plan: Plan, briefing: WorkerBriefing) -> tuple[object, ...]:
    owned = briefing.symbols_owned
    goals = [goal.place.removeprefix("steps.") for goal in briefing.task.goals]
    steps = ", ".join(goals or briefing.task.steps)
    told = briefing.context.tokens
    given = _given(plan, f"{told} tokens" if told else "")
    after = _after(plan, ", ".join(map(str, briefing.after)))
    return (briefing.id, counted(owned), _work(briefing), *given, *after, steps, listed(owned))


def _work(briefing: WorkerBriefing) -> str:
    """What briefings are balanced by: bytes of source, places of a name, or tokens to be written."""
    if briefing.task.goals:
        return f"{briefing.weight} tokens"
    if not briefing.task.renames:
        return f"{briefing.weight} bytes"
    return "1 place" if briefing.weight == 1 else f"{briefing.weight} places"

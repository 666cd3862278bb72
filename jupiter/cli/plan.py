"""`jupiter plan`: who would own what; nothing is changed, nothing that the recipe names is executed."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupiter.cli import console, saved
from jupiter.cli.run import recipe_arguments, request
from jupiter.delivery.estimate import earlier, estimate, rates
from jupiter.errors import RequestError
from jupiter.index.source import load
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.plan import Plan
from jupiter.model.symbol import counted, listed
from jupiter.planner.dependence import dependence
from jupiter.planner.drawing import draw
from jupiter.planner.risks import risks
from jupiter.planner.wave import first_plan


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
    planned = first_plan(source)
    if planned is None:
        raise RequestError("the recipe has no step that could be planned: all of them are `run`")
    between, dependents = dependence(planned.plan, source.index)
    found = risks(planned.plan, source.index, dependents)
    guess = estimate(planned.plan, source.recipe, rates(earlier(source.recipe.name)))
    plan = planned.plan.model_copy(update={"risks": found, "estimate": guess})
    if options.graph is not None:
        _write(options.graph, draw(plan, between))
        console.say(f"drawn to {options.graph}")
    if options.save is not None:
        saved.save(plan, source, options.save)
        console.say(f"saved to {options.save}")
    if options.briefing is not None:
        found = next((b for b in plan.briefings if b.id == options.briefing), None)
        if found is None:
            raise RequestError(
                f"there is no briefing {options.briefing}; the plan has 1 to {len(plan.briefings)}"
            )
        console.result_json(planned.contexts.of(found))
    elif options.json:
        console.result_json(plan)
    else:
        console.result(describe(plan))
    return 0


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise RequestError(f"cannot write {file}: {error.strerror}") from error


def describe(plan: Plan) -> str:
    """The plan for a person."""
    rows: list[tuple[object, ...]] = [
        ("briefing", "size", "work", *_given(plan, "given"), "steps", "owns")
    ]
    rows += [_row(plan, briefing) for briefing in plan.briefings]
    lines = [
        f"wave {plan.wave}: {', '.join(plan.steps)}; {plan.workers} workers, {len(plan.briefings)} briefings",
        "",
        console.columns(rows) if plan.briefings else "nothing to do",
        "",
    ]
    if plan.cut.edges:
        between = "these files" if plan.cut.of == "imports" else "what is owned"
        lines.append(
            f"{plan.cut.of:9} {plan.cut.edges} between {between}, {plan.cut.across} of them across briefings"
        )
    if plan.estimate is not None:
        lines.append(f"estimate  {console.needs(plan.estimate)}")
    lines += [
        f"contested {counted(one.symbols)}, wanted by {' and '.join(one.goals)}: "
        f"briefing {one.briefing} has all of these goals"
        for one in plan.contested
    ]
    lines += console.hazards(plan.hazards)
    lines += console.risks(plan.risks)
    lines += [f"left out  {one.path}: {one.reason}" for one in plan.left_out]
    lines += [f"later     {name}: planned after {', '.join(plan.steps)}" for name in plan.later]
    return "\n".join(lines)


def _given(plan: Plan, cell: str) -> tuple[str, ...]:
    """A cell of the column that a plan with agents has: how much their workers are told."""
    return (cell,) if any(one.context.tokens for one in plan.briefings) else ()


def _row(plan: Plan, briefing: WorkerBriefing) -> tuple[object, ...]:
    owned = briefing.symbols_owned
    goals = [goal.place.removeprefix("steps.") for goal in briefing.task.goals]
    steps = ", ".join(goals or briefing.task.steps)
    told = briefing.context.tokens
    given = _given(plan, f"{told} tokens" if told else "")
    return (briefing.id, counted(owned), _work(briefing), *given, steps, listed(owned))


def _work(briefing: WorkerBriefing) -> str:
    """What briefings are balanced by: bytes of source, places of a name, or tokens to be written."""
    if briefing.task.goals:
        return f"{briefing.weight} tokens"
    if not briefing.task.renames:
        return f"{briefing.weight} bytes"
    return "1 place" if briefing.weight == 1 else f"{briefing.weight} places"

"""`jupiter schema`: the JSON Schema of what Jupiter reads and writes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from jupiter.bus.schema import event_schema
from jupiter.cli import console
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.plan import PlanAhead, SavedPlan
from jupiter.model.report import FullReport, Report
from jupiter.recipe.schema import recipe_schema

SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "recipe": recipe_schema,
    "event": event_schema,
    "briefing": WorkerBriefing.model_json_schema,
    "plan": PlanAhead.model_json_schema,
    "saved-plan": SavedPlan.model_json_schema,
    "report": Report.model_json_schema,
    "full-report": FullReport.model_json_schema,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("document", choices=tuple(SCHEMAS), help="what the schema is of")
    parser.add_argument("--json", action="store_true", help="no difference: a schema is JSON")


def main(options: argparse.Namespace) -> int:
    """Print one schema."""
    console.result_json(SCHEMAS[options.document]())
    return 0

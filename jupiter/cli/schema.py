"""`jupiter schema`: the JSON Schema of what Jupiter reads and writes."""

from __future__ import annotations

import argparse

from jupiter.cli import console
from jupiter.recipe.schema import recipe_schema
from jupiter.session.schemas import SCHEMAS


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("document", choices=("recipe", *SCHEMAS), help="what the schema is of")
    parser.add_argument("--json", action="store_true", help="no difference: a schema is JSON")


def main(options: argparse.Namespace) -> int:
    """Print one schema."""
    name: str = options.document
    console.result_json(recipe_schema() if name == "recipe" else SCHEMAS[name]())
    return 0

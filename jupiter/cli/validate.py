"""`jupiter validate`: read recipes, and say all that is wrong with them."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupiter.cli import console
from jupiter.errors import RequestError
from jupiter.recipe.catalogue import find_recipe
from jupiter.recipe.load import load


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "recipes", metavar="RECIPE", nargs="+", help="a file, or a name of the catalogue"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(options: argparse.Namespace) -> int:
    """Exit code 0 when all recipes are right, 2 otherwise."""
    found = {recipe: _errors(find_recipe(recipe)) for recipe in options.recipes}
    if options.json:
        console.result_json(
            {"recipes": [{"recipe": r, "valid": not e, "errors": e} for r, e in found.items()]}
        )
    else:
        for recipe, errors in found.items():
            console.result(f"{recipe}: ok") if not errors else console.say("\n".join(errors))
    return RequestError.exit_code if any(found.values()) else 0


def _errors(path: Path) -> list[str]:
    try:
        load(path)
    except RequestError as error:
        return [str(error)]
    return []

"""`jupiter deploy`: recipes become deployments, which a work pool's workers run."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupiter.cli import console
from jupiter.cli.run import pairs, workers
from jupiter.compiler.at_hand import prefect_room
from jupiter.compiler.deploying import Deployable, Registered, deployable
from jupiter.errors import RecipeError, RequestError
from jupiter.recipe.catalogue import find_recipe


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    deployment_arguments(parser)
    parser.add_argument(
        "--pool", required=True, metavar="POOL", help="the work pool whose workers run it"
    )
    parser.add_argument("--queue", metavar="QUEUE", help="the queue of the pool")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def deployment_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `deploy` and `serve` have in common."""
    parser.add_argument(
        "recipes", metavar="RECIPE", nargs="+", help="a file, or a name of the catalogue"
    )
    parser.add_argument(
        "--repo", metavar="REPO", help="what runs work on: a URL, or a folder of this machine"
    )
    parser.add_argument(
        "--ref", default="", metavar="REV", help="where runs start (default: the default branch)"
    )
    parser.add_argument(
        "--workers", type=workers, metavar="N", help="override the workers of every step"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="K=V", help="a parameter's value"
    )
    parser.add_argument(
        "--name", metavar="NAME", help="the deployments' name (default: that of the repository)"
    )
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="a tag of the deployments"
    )
    parser.add_argument(
        "--allow-repo",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="a folder below which runs may work on repositories; that of --repo is allowed",
    )


def deployables(options: argparse.Namespace) -> tuple[Deployable, ...]:
    """All recipes, looked at before anything is done; raises RequestError with all that is wrong."""
    texts = pairs(options.param)
    made: list[Deployable] = []
    wrong: list[str] = []
    for name in options.recipes:
        try:
            made.append(_deployable(find_recipe(name), texts, options))
        except RequestError as error:
            wrong.append(str(error))
    known = {name for one in made for name in one.recipe.parameters}
    if strange := [name for name in texts if name not in known and not wrong]:
        wrong.append(f"--param {', '.join(strange)}: none of the recipes has it")
    if wrong:
        raise RecipeError(tuple(wrong))
    return tuple(made)


def main(options: argparse.Namespace) -> int:
    """Register the deployments, once all of them are right."""
    wanted = deployables(options)
    made: tuple[Registered, ...] = prefect_room().register(wanted, options.pool, options.queue)
    if options.json:
        console.result_json(
            {
                "deployments": [
                    {"name": m.name, "id": m.id, "entrypoint": m.entrypoint} for m in made
                ]
            }
        )
        return 0
    for each in made:
        console.result(f"deployed  {each.name}")
    console.say(f"workers   prefect worker start --pool {options.pool}")
    return 0


def _deployable(path: Path, texts: dict[str, str], options: argparse.Namespace) -> Deployable:
    return deployable(
        path,
        repo=options.repo,
        ref=options.ref,
        workers=options.workers,
        texts=texts,
        name=options.name,
        tags=options.tag,
        allowed=options.allow_repo,
    )

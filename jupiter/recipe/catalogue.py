"""The catalogue: the recipes that come with Jupiter, named without path and ending."""

from __future__ import annotations

from pathlib import Path

from jupiter.errors import RequestError

_PACKAGE = Path(__file__).parents[1]


def catalogue() -> dict[str, Path]:
    """The recipes that come with Jupiter, by name: in the wheel, or beside a checkout's package."""
    folder = _PACKAGE / "catalogue"
    folder = folder if folder.is_dir() else _PACKAGE.parent / "recipes"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_recipe(name: str) -> Path:
    """The file of a recipe: a path, or a name of the catalogue.

    Raises:
        RequestError: there is neither.
    """
    if Path(name).is_file():
        return Path(name)
    known = catalogue()
    if name in known:
        return known[name]
    raise RequestError(
        f"there is no recipe {name}; give the path of a file, or one of {', '.join(known) or 'no names'}"
    )

"""Renames with rope, in a process of its own: ROOT PATH LINE COLUMN NAME in, JSON on stdout."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from places import Place, Texts


def main() -> None:
    """Print the changed files as JSON; what rope raises ends the process."""
    root, path, line, column, name = sys.argv[1:]
    # Looked up by name: the checks of the code run without the extra `bench`.
    projects: Any = importlib.import_module("rope.base.project")
    renames: Any = importlib.import_module("rope.refactor.rename")
    project = projects.Project(root, ropefolder=None)
    resource = project.get_resource(path)
    place = Place(path, int(line), int(column))
    data = resource.read_bytes()
    rename = renames.Rename(project, resource, offset(Texts({path: data}), place))
    changes = rename.get_changes(name, in_hierarchy=True, docs=True)
    files = {one.resource.path: one.new_contents for one in changes.changes}
    print(json.dumps(files))


def offset(texts: Texts, place: Place) -> int:
    """The place as a count of characters from the start of the text."""
    before = texts.lines(place.path)[: place.line - 1]
    head = texts.line(place.path, place.line)[: place.column]
    return len((b"".join(before) + head).decode())


if __name__ == "__main__":
    main()

"""Runs as `sitecustomize` in each Python process of a check: notes where its modules came from.

It stands on its own (standard library, Python 3.7), imports nothing that a program under test could
miss by accident, and never changes how its process ends.
"""

from __future__ import annotations

import atexit
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # without the import of `typing`
    from typing import Any

FOLDER = "JUPITER_ORIGINS_FOLDER"
WATCHED = "JUPITER_ORIGINS_WATCHED"


def install() -> None:
    """Record at exit, and give way to the `sitecustomize` that the environment itself has."""
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 # pathlib is not loaded here
    sys.path[:] = [entry for entry in sys.path if entry != own]
    folder, watched = os.environ.get(FOLDER), os.environ.get(WATCHED)
    if folder and watched:
        atexit.register(_record, folder, frozenset(watched.split(",")))
    _chain()


def _chain() -> None:
    ours = sys.modules.pop("sitecustomize")
    try:
        __import__("sitecustomize")
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", ours)


def _record(folder: str, watched: frozenset[str]) -> None:
    try:
        found = _origins(watched)
        if found:
            _write(folder, found)
    except Exception:  # noqa: BLE001, S110 # the child's own exit must stay as it is; a probe follows
        pass


def _origins(watched: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, module in list(sys.modules.items()):
        values = _values(module)
        name = getattr(values.get("__spec__"), "name", "") if key == "__main__" else key
        file = values.get("__file__")
        if isinstance(file, str) and str(name).partition(".")[0] in watched:
            found[str(name)] = os.path.abspath(file)  # noqa: PTH100 # pathlib is not loaded here
    return found


def _values(module: object) -> dict[str, Any]:
    """Return a module's variables past its own attribute access: asking a lazy one would load it."""
    if not issubclass(type(module), type(sys)):
        return {}
    return object.__getattribute__(module, "__dict__")


def _write(folder: str, found: dict[str, str]) -> None:
    import json  # noqa: PLC0415 # at start, it would hide that a program forgot to import it

    path = os.path.join(folder, f"{os.getpid()}-{os.urandom(4).hex()}.json")  # noqa: PTH118 # pathlib is not loaded here
    with open(path, "x", encoding="ascii") as file:  # noqa: PTH123 # pathlib is not loaded here
        json.dump(found, file)


if __name__ == "sitecustomize":
    install()

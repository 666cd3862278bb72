"""The door to deployments: Prefect is imported behind it, when a server that stays is at hand."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from jupiter.compiler.settings import quiet_environment, server_at_hand
from jupiter.errors import SurroundingsError


def prefect_room() -> ModuleType:
    """The module that registers and serves, with Prefect's settings made first.

    Raises:
        SurroundingsError: there is no server whose schedules could fire.
    """
    url = server_at_hand()
    if url is None:
        raise SurroundingsError(
            "deployments live at a Prefect server that stays, and none is at hand: start one with "
            "`prefect server start --background`, or name it with PREFECT_API_URL"
        )
    os.environ.update(quiet_environment(embedded=False) | {"PREFECT_API_URL": url})
    # Imported now: Prefect reads its settings when it is imported.
    return importlib.import_module("jupiter.compiler.deployments")

"""The entry point of deployments whose recipe has none in `flows/`: a parameter names the recipe's file.

`jupiter.compiler.entry.flow` is the flow of that recipe, compiled when the process of a flow run asks
for it: Prefect wants to know a flow's parameters before it calls it.
"""

from __future__ import annotations

from typing import Any

from prefect import Flow
from prefect.runtime import flow_run

from jupiter.compiler.flow import compile_flow
from jupiter.compiler.signature import RECIPE
from jupiter.errors import RequestError

ENTRY_POINT = "jupiter.compiler.entry.flow"


def __getattr__(name: str) -> Flow[..., Any]:
    if name != "flow":
        raise AttributeError(name)
    parameters: dict[str, Any] = flow_run.parameters or {}
    if RECIPE not in parameters:
        raise RequestError(
            f"{ENTRY_POINT} is the entry point of what `jupiter deploy` has made: without the parameter "
            f"{RECIPE} of a flow run there is no recipe"
        )
    return compile_flow(parameters[RECIPE], names_file=True)

"""Prefect entry point of recipes/change-interface.yaml."""

from pathlib import Path

from jupiter.compiler.flow import compile_flow

flow = compile_flow(Path(__file__).parents[1] / "recipes" / "change-interface.yaml")

"""Prefect entry point of recipes/pydantic-v2.yaml."""

from pathlib import Path

from jupiter.compiler.flow import compile_flow

flow = compile_flow(Path(__file__).parents[1] / "recipes" / "pydantic-v2.yaml")

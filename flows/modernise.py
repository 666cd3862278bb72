"""Prefect entry point of recipes/modernise.yaml."""

from pathlib import Path

from jupiter.compiler.flow import compile_flow

flow = compile_flow(Path(__file__).parents[1] / "recipes" / "modernise.yaml")

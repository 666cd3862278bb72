"""Prefect entry point of recipes/f-strings.yaml."""

from pathlib import Path

from jupiter.compiler.flow import compile_flow

flow = compile_flow(Path(__file__).parents[1] / "recipes" / "f-strings.yaml")

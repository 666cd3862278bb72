"""Jupiter: several coding workers on one Python codebase at the same time, without merge conflicts."""

__version__ = "0.1.0"

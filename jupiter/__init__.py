"""Jupiter: several coding workers on one Python codebase at the same time, without conflicts."""

from jupiter.model.version import __version__

__all__ = ["__version__"]

"""The version of this Jupiter, as runs record it."""

from __future__ import annotations

__version__ = "0.1.0"

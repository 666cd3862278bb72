"""A finding: a place that no longer fits what it uses."""

from __future__ import annotations

from typing import Literal

from jupiter.model.base import Model

FindingKind = Literal["name", "import", "export", "attribute", "call", "abstract"]


class Finding(Model):
    """What is wrong at a place of the changed tree; `line` counts from 1, `column` from 0 in bytes.

    `symbol` is the id of the tile that the place stands in: whoever owns it can put it right.
    """

    symbol: str
    path: str
    line: int
    column: int
    kind: FindingKind
    name: str
    """The name that the place says: of what is gone, or was changed."""
    message: str

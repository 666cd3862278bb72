"""Constraints: what a change may not do, enforced at the gate."""

from __future__ import annotations

from typing import Literal

from jupiter.model.base import Model


class Readonly(Model):
    """Paths (globs, see `jupiter.model.paths`) that nobody may write."""

    kind: Literal["readonly"] = "readonly"
    paths: tuple[str, ...]


# A tagged union by `kind`; `keep_interface`, `forbid_added`, … join it when they are built.
Constraint = Readonly

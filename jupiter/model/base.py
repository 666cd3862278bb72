"""The base of every model: frozen, strict, and closed to unknown fields."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A value that crosses a boundary; it validates strictly and never changes."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        regex_engine="python-re",
        # JSON has no infinity: it would be written as null and come back as "not known".
        allow_inf_nan=False,
    )

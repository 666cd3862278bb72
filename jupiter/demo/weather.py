"""How a server behaves beside what it says: how long it takes, what goes wrong. Seeded: it happens again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Refuse:
    """The request is answered with an error status; `retry_after` is in seconds."""

    status: Literal[400, 401, 429, 500, 529]
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection ends after that many events of the stream."""

    after: int


@dataclass(frozen=True, slots=True)
class EndEarly:
    """The stream ends after that many events as if that were all."""

    after: int


@dataclass(frozen=True, slots=True)
class BreakOff:
    """The stream ends with an `error` event after that many others."""

    after: int
    kind: Literal["overloaded_error", "api_error"] = "overloaded_error"


Fault = Refuse | Drop | EndEarly | BreakOff
Faults = Callable[[int], Fault | None]
"""What goes wrong with the request of that number; they count from 0."""


def never(_request: int) -> None:
    """Nothing goes wrong."""


def sometimes(seed: int, share: float) -> Faults:
    """Faults of all kinds, to that share of the requests, the same ones for the same seed."""

    def fault(request: int) -> Fault | None:
        dice = random.Random(f"{seed}-{request}")  # noqa: S311 # a seeded choice, no secret
        if dice.random() >= share:
            return None
        return dice.choice(
            (Refuse(429, 0.01), Refuse(529), Refuse(500), Drop(2), Drop(0), BreakOff(3))
        )

    return fault


@dataclass(frozen=True, slots=True)
class Timing:
    """How long replies take: seconds to the first byte, between two bounds, and seconds a token."""

    seed: int = 0
    first_byte: tuple[float, float] = (0.0, 0.0)
    a_token: float = 0.0

    def wait(self, request: int) -> float:
        """The seconds until the first byte of a request's reply."""
        dice = random.Random(f"{self.seed}-{request}")  # noqa: S311 # a seeded choice, no secret
        return dice.uniform(*self.first_byte)

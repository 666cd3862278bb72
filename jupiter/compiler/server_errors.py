"""Errors of Prefect's client: what they say, and whether the server may do the same later."""

from __future__ import annotations

from httpx import HTTPStatusError, TransportError  # Prefect's client raises them


def may_pass(error: Exception) -> bool:
    """Whether the same may succeed later: the server was away or busy, not of another opinion."""
    match error:
        case HTTPStatusError(response=response):
            return response.status_code == 429 or response.status_code >= 500
        case TransportError():
            return True
        case _:
            return False


def in_a_line(error: Exception) -> str:
    """The first line of what an error says, or else its kind."""
    return (str(error).splitlines() or [""])[0] or type(error).__name__

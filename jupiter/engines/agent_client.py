"""What every request to the Messages API has in common: its connection, what a failure means, the stop."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

import anthropic
import httpx2
from anthropic.types import Message
from anthropic.types.beta import BetaMessage

from jupiter.engines.agent_prices import price_of
from jupiter.engines.agent_signals import pause_before
from jupiter.errors import AgentError, Interrupted, RequestError, SurroundingsError
from jupiter.model.briefing_events import ModelRetried, UsageRecorded
from jupiter.model.step import AgentStep, Limits

T = TypeVar("T")

ATTEMPTS = 8
"""How often one request is tried before whoever makes it gives up."""
FAILURES = (anthropic.APIStatusError, anthropic.APIConnectionError, httpx2.HTTPError)
"""What a request fails by."""

_TICK = 0.1  # seconds between two looks at the stop event
_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")
_REFUSED_KEY = (401, 403)


def check_settings(steps: Mapping[str, AgentStep], budget: Limits | None) -> None:
    """Look whether agents can work at all, before the first one begins.

    Raises:
        SurroundingsError: there is no key.
        RequestError: a limit in US dollars, and no price for the model.
    """
    if steps and not any(os.environ.get(name) for name in _KEYS):
        raise SurroundingsError(
            "agent steps need a key for the Messages API; set ANTHROPIC_API_KEY in the environment"
        )
    for name, step in steps.items():
        limits = (step.limits, step.budget, budget)
        in_dollars = any(one is not None and one.usd is not None for one in limits)
        if in_dollars and price_of(step.model) is None:
            raise RequestError(
                f"steps.{name}: no price is known for the model {step.model!r}, so usd cannot be "
                "counted; write limits in tokens, or another model"
            )


@cache
def tls() -> ssl.SSLContext:
    """What connections are checked by; reading the certificates takes a while, once is enough."""
    return httpx2.create_ssl_context()


async def until_stopped(work: asyncio.Future[T], stop: threading.Event) -> T:
    """What the work comes to; it is cancelled, and Interrupted raised, when the run is to stop."""
    while not work.done():
        await asyncio.wait({work}, timeout=_TICK)
        if stop.is_set() and not work.done():
            work.cancel()
            await asyncio.wait({work})
            raise Interrupted("the run was stopped in the middle of a conversation")
    return work.result()


def retry_of(failure: Exception, attempt: int) -> ModelRetried:
    """What is recorded before a request that has failed is made for the `attempt`-th time.

    Raises:
        AgentError: it was refused for good, or was made often enough.
        SurroundingsError: the key was refused.
    """
    if isinstance(failure, anthropic.APIStatusError) and not _is_passing(failure):
        raise _refused(failure) from failure
    if attempt > ATTEMPTS:
        raise AgentError(f"{ATTEMPTS} attempts failed, the last one by: {_named(failure)}")
    wait = pause_before(attempt, _retry_after(failure))
    return ModelRetried(reason=_named(failure), attempt=attempt, wait=wait)


def _is_passing(error: anthropic.APIStatusError) -> bool:
    """Whether a request may succeed when it is made again; an error within a stream has status 200."""
    return error.status_code in {200, 408, 409, 429} or error.status_code >= 500


def _refused(error: anthropic.APIStatusError) -> AgentError | SurroundingsError:
    if error.status_code in _REFUSED_KEY:
        return SurroundingsError(
            f"the Messages API refuses the key ({error.message}); look at ANTHROPIC_API_KEY"
        )
    return AgentError(f"the Messages API refuses a request: {error.message}")


def _retry_after(failure: Exception) -> float | None:
    """The seconds after which the server wants to be asked again, if it says so."""
    if not isinstance(failure, anthropic.APIStatusError):
        return None
    try:
        return max(0.0, float(failure.response.headers.get("retry-after", "")))
    except ValueError:
        return None


def _named(failure: Exception) -> str:
    """A failure in a few words."""
    if isinstance(failure, anthropic.APIStatusError) and failure.status_code != 200:
        return f"status {failure.status_code}"
    said = str(failure).splitlines()[0] if str(failure) else ""
    return f"{type(failure).__name__}: {said}".rstrip(": ")


def usage_of(message: Message | BetaMessage, model: str) -> UsageRecorded:
    """What a reply has used, by the price of `model`; the event does not say yet where the reply lies."""
    usage = message.usage
    written, read = usage.cache_creation_input_tokens or 0, usage.cache_read_input_tokens or 0
    price = price_of(model)
    counts = (usage.input_tokens, written, read, usage.output_tokens)
    return UsageRecorded(
        model=message.model,
        input_tokens=usage.input_tokens,
        cache_write_tokens=written,
        cache_read_tokens=read,
        output_tokens=usage.output_tokens,
        usd=price.of(*counts) if price else None,
        stop=message.stop_reason or "",
        reply="",
    )

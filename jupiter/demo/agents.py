"""The scripted agents of the published story: one changes an interface, others use it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from jupiter.demo.conversation import Agent, Conversation, Reply, call
from jupiter.demo.signatures import latest


def changer(symbol: str, text: str, *, looks: int = 0) -> Agent:
    """Looks around so many times, then gives the symbol that text, then is done."""

    def agent(conversation: Conversation) -> Reply:
        if len(conversation.calls) < looks:
            return call("search", pattern=_word(symbol))
        if not _written(conversation):
            return call("write_symbol", symbol=symbol, text=text)
        return call("done", summary=f"{symbol} has its new form.")

    return agent


def user_of(function: str, symbol: str, render: Callable[[str], str], *, looks: int = 0) -> Agent:
    """Writes its symbol by the newest signature of `function` that it has been shown, wherever that was.

    It looks around so many times before, writes again when it is shown a newer one, and is done when it is
    shown none.
    """

    def agent(conversation: Conversation) -> Reply:
        if len(conversation.calls) < looks:
            return call("search", pattern=function)
        signature = latest(function, conversation.given)
        if signature is None:
            return call("search", pattern=f"def {function}")
        wanted, written = render(signature), _written(conversation)
        if not written or written[-1] != wanted:
            return call("write_symbol", symbol=symbol, text=wanted)
        return call("done", summary=f"{symbol} calls {function} as it is now.")

    return agent


def _written(conversation: Conversation) -> list[str]:
    """The texts that the agent has written so far."""
    return [one.input["text"] for one in conversation.calls if one.name == "write_symbol"]


def _word(symbol: str) -> str:
    return symbol.rpartition(":")[2].rpartition(".")[2]

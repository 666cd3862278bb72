"""The scripted agents of the published story: one changes an interface, others use it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jupiter.demo.conversation import Agent, Conversation, Reply, call
from jupiter.demo.signatures import calls_in, latest, refitted, signatures


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


def proposer(symbol: str, change: Callable[[str], str], *, looks: int = 0) -> Agent:
    """Looks around so many times, proposes the new form of its symbol, writes it, checks it, is done."""

    def agent(conversation: Conversation) -> Reply:
        done = [one.name for one in conversation.calls]
        if len(done) < looks:
            return call("search", pattern=_word(symbol))
        text = change(conversation.sources[symbol])
        if "propose_interface" not in done:
            return call("propose_interface", symbol=symbol, text=text)
        if "write_symbol" not in done:
            return call("write_symbol", symbol=symbol, text=text)
        return call("check") if "check" not in done else call("done", summary="It is changed.")

    return agent


def follower(
    symbol: str,
    values: Mapping[str, str],
    new: Mapping[str, str] | None = None,
    *,
    looks: int = 0,
    before: str | None = None,
) -> Agent:
    """Keeps the calls of a function, in what it owns, by the newest signature that it has been shown.

    `values` is what parameters are given that must be given and were not; `new` are symbols that it
    makes when its briefing says so. All calls were written by the signature `before`, by default the
    first one that it was shown. It looks around so many times before it writes.
    """
    function = _word(symbol)

    def agent(conversation: Conversation) -> Reply:
        if len(conversation.calls) < looks:
            return call("search", pattern=f"def {function}")
        mine = {s: text for s, text in (new or {}).items() if s in conversation.opening}
        texts = (*conversation.sources.values(), *mine.values())
        if not any(calls_in(function, text) for text in texts):
            return call("done", summary=f"Nothing here calls {function}.")
        shown = signatures(function, conversation.given)
        if not shown:
            return call("read_symbol", symbol=symbol)
        known = (before or shown[0], shown[-1])
        next_write = brought_in_line(conversation, function, known, values, mine)
        return next_write or call("done", summary=f"All calls of {function} are as it is now.")

    return agent


def brought_in_line(
    conversation: Conversation,
    function: str,
    signatures: tuple[str, str],
    values: Mapping[str, str],
    new: Mapping[str, str],
    *,
    leave: str = "",
) -> Reply | None:
    """The next symbol whose calls are not yet by the second signature, written so; None if all are.

    `signatures` are that by which sources and new symbols call the function, and that which it has;
    `leave` is a symbol that stays as it is.
    """
    sources = ((s, text) for s, text in conversation.sources.items() if s != leave)
    texts = {symbol: text for symbol, text in sources if calls_in(function, text)}
    has = texts | _latest_texts(conversation)
    for symbol, text in {**texts, **new}.items():
        wanted = refitted(function, text, *signatures, values)
        if has.get(symbol) != wanted:
            make = "write_symbol" if symbol in has else "create_symbol"
            return call(make, symbol=symbol, text=wanted)
    return None


def _latest_texts(conversation: Conversation) -> dict[str, str]:
    """What the agent has written last, by symbol."""
    writing = ("write_symbol", "create_symbol")
    calls = (one for one in conversation.calls if one.name in writing)
    return {one.input["symbol"]: one.input["text"] for one in calls}


def _written(conversation: Conversation) -> list[str]:
    """The texts that the agent has written so far."""
    return [one.input["text"] for one in conversation.calls if one.name == "write_symbol"]


def _word(symbol: str) -> str:
    return symbol.rpartition(":")[2].rpartition(".")[2]

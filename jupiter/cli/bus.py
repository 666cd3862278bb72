"""`jupiter bus`: what has happened in a run, event by event; and whether its log is whole."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from jupiter.bus.codec import encode
from jupiter.bus.file import FileLog
from jupiter.bus.verify import verify
from jupiter.cli import console
from jupiter.cli.events import line, symbols_in
from jupiter.model.event import Event, texts_of
from jupiter.system.state import find_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "action",
        choices=tuple(_ACTIONS),
        help="show what is there; follow what comes; stats: count it by type and worker; "
        "verify checksums, order and owners; export one JSON document with the texts",
    )
    parser.add_argument("run", metavar="RUN", help="a run's id, the beginning of one, or `last`")
    parser.add_argument(
        "--type", metavar="TYPE", help="only events of this type, e.g. edit.accepted"
    )
    parser.add_argument("--worker", metavar="NAME", help="only events of this worker")
    parser.add_argument(
        "--symbol", metavar="ID", help="only events about this symbol, file or folder"
    )
    parser.add_argument(
        "--after", metavar="SEQ", type=int, default=0, help="only events behind this number"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, as in the log")


def main(options: argparse.Namespace) -> int:
    """Do what was asked; `follow` ends when the run has finished, `verify` gives 1 on problems."""
    return _ACTIONS[options.action](FileLog.open(find_run(options.run)), options)


def _show(log: FileLog, options: argparse.Namespace) -> int:
    events = log.follow if options.action == "follow" else log.events
    for event in events(options.after):
        if _wanted(event, options):
            console.result(encode(event).decode() if options.json else line(event))
    return 0


def _stats(log: FileLog, options: argparse.Namespace) -> int:
    events = [event for event in log.events(options.after) if _wanted(event, options)]
    types = Counter(event.type for event in events)
    workers = Counter(event.worker or "-" for event in events)
    found = {
        "run_id": log.run,
        "events": len(events),
        "seconds": (events[-1].time - events[0].time).total_seconds() if events else 0.0,
        "bytes": sum(len(encode(event)) for event in events),
        "types": dict(sorted(types.items())),
        "workers": dict(sorted(workers.items())),
    }
    if options.json:
        console.result_json(found)
        return 0
    rows = [(key, found[key]) for key in ("events", "seconds", "bytes")]
    rows += [*sorted(types.items()), *sorted(workers.items())]
    console.result(console.columns(rows))
    return 0


def _verify(log: FileLog, options: argparse.Namespace) -> int:
    found = verify(log.folder)
    if options.json:
        console.result_json(
            {
                "run_id": log.run,
                "events": found.events,
                "problems": list(found.problems),
                "torn": list(found.torn),
            }
        )
        return 1 if found.problems else 0
    for problem in found.problems:
        console.result(problem)
    for name in found.torn:
        console.say(f"{name}: left by a crash; nothing that was acknowledged is in it")
    if not found.problems:
        console.result(
            f"{found.events} events: checksums, order, owners and texts are as they must be"
        )
    return 1 if found.problems else 0


def _export(log: FileLog, options: argparse.Namespace) -> int:
    """The events with every text that they name; bytes that are not UTF-8 as hexadecimal."""
    texts: dict[str, object] = {}
    events: list[object] = []
    for event in log.events(options.after):
        if _wanted(event, options):
            events.append(json.loads(encode(event)))
            texts.update({name: _readable(log.get(name)) for name in texts_of(event.data)})
    console.result_json({"run_id": log.run, "events": events, "texts": texts})
    return 0


def _readable(text: bytes) -> object:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return {"hex": text.hex()}


_ACTIONS: Mapping[str, Callable[[FileLog, argparse.Namespace], int]] = MappingProxyType(
    {"show": _show, "follow": _show, "stats": _stats, "verify": _verify, "export": _export}
)


def _wanted(event: Event, options: argparse.Namespace) -> bool:
    return (
        options.type in {None, event.type}
        and options.worker in {None, event.worker}
        and (
            options.symbol is None or any(_is_at(one, options.symbol) for one in symbols_in(event))
        )
    )


def _is_at(symbol: str, asked: str) -> bool:
    """Whether a symbol is the one that was asked for, or lies in it."""
    return symbol == asked or symbol.startswith(tuple(asked.rstrip("/") + c for c in ":#./"))

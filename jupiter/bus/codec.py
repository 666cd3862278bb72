"""An event as one line of JSON, closed by a checksum, and back.

    {"v":1,"seq":7,"time":"…","run":"…","step":…,"briefing":…,"worker":…,"type":"edit.accepted","data":{…},"crc":"9f3c01aa"}

`crc` is the CRC-32 of every byte of the line before `,"crc"`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from jupiter.errors import LogError
from jupiter.model.event import VERSION, Draft, Event

Record = dict[str, Any]

_UPGRADES: Mapping[int, Callable[[Record], Record]] = MappingProxyType({})
"""From a version to the next one: what a record of that version is called in the next."""

_CRC = b',"crc":"'
_SEQ = re.compile(rb'\{"v":\d+,"seq":(\d+),')
_AS_WRITTEN = re.compile(
    rb'(\{"v":%d,"seq":\d+,"time":[^,]*,"run":"(?:[^"\\]|\\.)*","step":(?:null|"(?:[^"\\]|\\.)*"),'
    rb'"briefing":(?:null|\d+),"worker":(?:null|"(?:[^"\\]|\\.)*"),)'
    rb'("type":"[a-z_.]+"),"data":\{(?!"type":)' % VERSION
)
"""The envelope in the order that `encode` gives it."""


def encode(event: Event) -> bytes:
    """One line, newline included; a lone surrogate, which no file can hold, becomes `?`."""
    return line(event.seq, event.time, unplaced(event, event.run))


def unplaced(draft: Draft | Event, run: str) -> bytes:
    """What a line says whatever its place in the log is."""
    try:
        text = draft.data.model_dump_json().encode()
    except PydanticSerializationError:
        dumped = json.dumps(draft.data.model_dump(), ensure_ascii=False, separators=(",", ":"))
        text = dumped.encode(errors="replace")
    type_, _, data = text[1:-1].partition(b",")
    return b'"run":%s,"step":%s,"briefing":%s,"worker":%s,%s,"data":{%s}' % (
        _text(run),
        _text(draft.step),
        b"null" if draft.briefing is None else b"%d" % draft.briefing,
        _text(draft.worker),
        type_,
        data,
    )


def line(seq: int, time: datetime, unplaced: bytes) -> bytes:
    """The line of an event in its place, newline included."""
    stamp = time.isoformat().replace("+00:00", "Z").encode()
    body = b'{"v":%d,"seq":%d,"time":"%s",%s' % (VERSION, seq, stamp, unplaced)
    return b'%s,"crc":"%08x"}\n' % (body, zlib.crc32(body))


def decode(line: bytes) -> Event:
    """The event of one line.

    Raises:
        LogError: the line is damaged, or of a version or a kind that this Jupiter does not read.
    """
    body, found, crc = line.rstrip(b"\n").rpartition(_CRC)
    if not found or crc != _checksum(body) + b'"}':
        raise LogError(f"damaged event: checksum does not hold: {line[:80]!r}")
    written = _AS_WRITTEN.match(body)
    if written is not None:
        rest = body[written.end() :]
        text = b'%s"data":{%s%s%s}' % (written[1], written[2], b"" if rest == b"}" else b",", rest)
    else:
        text = json.dumps(_in_order(_upgraded(_object(body + b"}")))).encode()
    try:
        return Event.model_validate_json(text)
    except ValidationError as error:
        seq = seq_of(line) if _SEQ.match(line) else "?"
        raise LogError(f"event {seq} is not one that this Jupiter knows: {error}") from error


def seq_of(line: bytes) -> int:
    """The number of a line that `encode` wrote, without a look at the rest; raises LogError."""
    found = _SEQ.match(line)
    if found is None:
        raise LogError(f"damaged event: it has no number: {line[:80]!r}")
    return int(found[1])


_quoted = json.JSONEncoder(ensure_ascii=False).encode


def _text(text: str | None) -> bytes:
    return b"null" if text is None else _quoted(text).encode(errors="replace")


def _object(text: bytes) -> Record:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LogError(f"damaged event: it is no JSON: {error}: {text[:80]!r}") from error
    if not isinstance(found, dict):
        raise LogError(f"damaged event: it is no object: {text[:80]!r}")
    return cast("Record", found)


def _upgraded(record: Record) -> Record:
    version = record.get("v")
    while version != VERSION:
        if type(version) is not int or version not in _UPGRADES:
            raise LogError(f"event of version {version!r}; this Jupiter reads {VERSION}")
        version += 1
        record = {**_UPGRADES[version - 1](record), "v": version}
    return record


def _in_order(record: Record) -> Record:
    """The record with its type where the models have it, in its data."""
    data = record.get("data")
    if not isinstance(data, dict) or "type" in data:
        raise LogError(f"event {record.get('seq')} is not one: data: expected an object, no type")
    type_ = record.pop("type", None)
    return {**record, "data": {"type": type_, **cast("Record", data)}}


def _checksum(body: bytes) -> bytes:
    return f"{zlib.crc32(body):08x}".encode()

"""An event as one line of JSON, closed by a checksum, and back.

    {"v":1,"seq":7,"time":"…","run":"…","step":…,"briefing":…,"worker":…,"type":"edit.accepted","data":{…},"crc":"9f3c01aa"}

`crc` is the CRC-32 of every byte of the line before `,"crc"`.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, cast

from pydantic import ValidationError

from jupiter.errors import LogError
from jupiter.model.event import VERSION, Event

_CRC = b',"crc":"'


def encode(event: Event) -> bytes:
    """One line, newline included; a lone surrogate, which no file can hold, becomes `?`."""
    record = event.model_dump(mode="json")
    data = record.pop("data")
    record["type"] = data.pop("type")
    record["data"] = data
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    body = text.encode(errors="replace")[:-1]
    return body + _CRC + _checksum(body) + b'"}\n'


def decode(line: bytes) -> Event:
    """The event of one line.

    Raises:
        LogError: the line is damaged, or of a version or a kind that this Jupiter does not read.
    """
    body, found, crc = line.rstrip(b"\n").rpartition(_CRC)
    if not found or crc != _checksum(body) + b'"}':
        raise LogError(f"damaged event: checksum does not hold: {line[:80]!r}")
    record = _object(body + b"}")
    if record.get("v") != VERSION:
        raise LogError(f"event of version {record.get('v')!r}; this Jupiter reads {VERSION}")
    data = record.get("data")
    if not isinstance(data, dict) or "type" in data:
        raise LogError(f"event {record.get('seq')} is not one: data: expected an object, no type")
    record["data"] = {"type": record.pop("type", None), **cast("dict[str, Any]", data)}
    try:
        return Event.model_validate_json(json.dumps(record))
    except ValidationError as error:
        raise LogError(
            f"event {record.get('seq')} is not one that this Jupiter knows: {error}"
        ) from error


def _object(text: bytes) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LogError(f"damaged event: it is no JSON: {error}: {text[:80]!r}") from error
    if not isinstance(found, dict):
        raise LogError(f"damaged event: it is no object: {text[:80]!r}")
    return cast("dict[str, Any]", found)


def _checksum(body: bytes) -> bytes:
    return f"{zlib.crc32(body):08x}".encode()

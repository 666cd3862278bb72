"""An event is a line and comes back as it was; a line that is none is refused with the reason."""

import json
import zlib
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from jupiter.bus.codec import decode, encode
from jupiter.bus.schema import event_schema
from jupiter.errors import LogError
from jupiter.model.edit import Create, Gap, Move
from jupiter.model.event import PAYLOADS, Event, type_of
from jupiter.model.name import ExportedName, ImportedName
from jupiter.model.run_events import RunStarted, RunStopped

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
SCHEMA = Draft202012Validator(
    event_schema(), format_checker=jsonschema.FormatChecker(["date-time"])
)
RECORD: dict[str, Any] = {
    "v": 1,
    "seq": 1,
    "time": "2026-11-23T14:12:00Z",
    "run": "r",
    "step": None,
    "briefing": None,
    "worker": None,
    "type": "run.stopped",
    "data": {"reason": "because"},
}


IMPORTED = st.builds(
    ImportedName,
    module=st.sampled_from(["a", "a.b", ".", "..c", "déjà"]),
    name=st.sampled_from(["d", "e_1"]),
    alias=st.none() | st.sampled_from(["f", "g"]),
    typing=st.booleans(),
)
GAPS = st.integers(0, 100)
st.register_type_strategy(float, FLOATS)
st.register_type_strategy(Create, st.builds(Create, gap=st.none() | GAPS))
st.register_type_strategy(Move, st.builds(Move, gap=st.none() | GAPS))
st.register_type_strategy(Gap, st.builds(Gap, gap=GAPS))
VARIED: dict[str, st.SearchStrategy[Any]] = {
    "name": IMPORTED | st.builds(ExportedName, name=st.sampled_from(["h", "i"])),
    "parameters": st.dictionaries(st.text(), JSON, max_size=3),
    "seconds": FLOATS,
    "budget": st.none() | st.dictionaries(st.text(), FLOATS, max_size=3),
}


def all_fields(payload: type[Any]) -> st.SearchStrategy[Any]:
    """Payloads of one class; its optional fields vary too."""
    names = set(payload.model_fields) - {"type"}
    fields: dict[str, Any] = {name: VARIED.get(name, ...) for name in names}
    return st.builds(payload, **fields)


EVENTS = st.builds(
    Event,
    v=st.just(1),
    seq=st.integers(1),
    time=st.datetimes(timezones=st.just(UTC)),
    run=st.text(),
    step=st.none() | st.text(),
    briefing=st.none() | st.integers(1),
    worker=st.none() | st.text(),
    data=st.one_of([all_fields(payload) for payload in PAYLOADS]),
)


def sealed(text: str) -> bytes:
    """A line with a checksum that holds."""
    body = text.encode()[:-1]
    return body + f',"crc":"{zlib.crc32(body):08x}"}}\n'.encode()


def stopped(reason: str) -> Event:
    data = RunStopped(reason=reason)
    return Event(
        seq=1,
        time=datetime(2026, 11, 23, tzinfo=UTC),
        run="r",
        step=None,
        briefing=None,
        worker=None,
        data=data,
    )


@given(EVENTS)
@settings(deadline=None)
def test_every_event_comes_back_from_its_line_as_it_was(event: Event) -> None:
    line = encode(event)
    assert line.count(b"\n") == 1
    assert decode(line) == event
    assert encode(decode(line)) == line


@given(EVENTS)
@settings(deadline=None)
def test_the_schema_holds_for_every_line(event: Event) -> None:
    SCHEMA.validate(json.loads(encode(event)))


@pytest.mark.parametrize("payload", PAYLOADS, ids=type_of)
def test_every_type_of_event_stands_in_the_schema_under_its_name(payload: type[Any]) -> None:
    assert type_of(payload) in SCHEMA.schema["properties"]["type"]["enum"]
    assert payload.__name__ in SCHEMA.schema["$defs"]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(event_schema())


def test_a_line_is_laid_out_as_the_format_says() -> None:
    assert encode(stopped("ü\n")).decode() == (
        '{"v":1,"seq":1,"time":"2026-11-23T00:00:00Z","run":"r","step":null,"briefing":null,'
        '"worker":null,"type":"run.stopped","data":{"reason":"ü\\n"},"crc":"c80cef5e"}\n'
    )


def test_what_no_file_can_hold_does_not_stop_the_log() -> None:
    line = encode(stopped("a\ud800b"))
    assert decode(line) == stopped("a?b")
    SCHEMA.validate(json.loads(line))


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in RECORD.items() if name != key}


WRONG = [
    pytest.param({**RECORD, "extra": 1}, "extra", id="an unknown field"),
    pytest.param({**RECORD, "data": {"reason": "x", "extra": 1}}, "extra", id="unknown data"),
    pytest.param({**RECORD, "data": {}}, "reason", id="data that is not all there"),
    pytest.param({**RECORD, "data": ["reason"]}, "data", id="data that is no object"),
    pytest.param(
        {**RECORD, "type": "run.finished", "data": {"reason": "x", "type": "run.stopped"}},
        "data",
        id="a type in the data",
    ),
    pytest.param({**RECORD, "type": "run.exploded"}, "run.exploded", id="an unknown type"),
    pytest.param({**RECORD, "seq": "1"}, "seq", id="a number as text"),
    pytest.param({**RECORD, "run": 1}, "run", id="a text as number"),
    pytest.param({**RECORD, "time": "today"}, "time", id="a time that is none"),
    pytest.param({**RECORD, "v": 2}, "version 2; this Jupiter reads 1", id="a later version"),
    *(pytest.param(without(key), key, id=f"no {key}") for key in RECORD),
]


@pytest.mark.parametrize(("record", "said"), WRONG)
def test_what_is_no_event_is_refused_by_its_reader_and_by_the_schema(
    record: dict[str, Any], said: str
) -> None:
    line = sealed(json.dumps(record))
    with pytest.raises(LogError, match=said):
        decode(line)
    assert not SCHEMA.is_valid(json.loads(line))


@pytest.mark.parametrize(
    "text",
    ["[1]]", '{"v":1,}', "{" * 20 + "}", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "nothing}"],
    ids=["a list", "a comma too many", "open braces", "too deep", "no JSON"],
)
def test_a_line_that_is_no_object_is_refused_though_its_checksum_holds(text: str) -> None:
    with pytest.raises(LogError, match="damaged event: it is no"):
        decode(sealed(text))


def test_the_line_of_the_table_of_wrong_ones_is_right_itself() -> None:
    line = sealed(json.dumps(RECORD))
    assert decode(line).data == RunStopped(reason="because")
    SCHEMA.validate(json.loads(line))


def test_a_parameter_may_be_any_json() -> None:
    values = {"a": [1, "x"], "b": None, "c": {"d": 1.5}}
    started = RunStarted(
        recipe="r",
        recipe_text="0" * 64,
        parameters=values,
        repository="/r",
        ref="HEAD",
        base_commit="0" * 40,
        jupiter="0.1.0",
    )
    event = stopped("x").model_copy(update={"data": started})
    assert decode(encode(event)).data == started

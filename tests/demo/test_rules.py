"""What the Messages API refuses is refused, with its kind of error; what it takes is taken."""

import json
from typing import Any

import pytest

from jupiter.demo.rules import LARGEST, RefusedError, read, signature

HEADERS = {
    "x-api-key": "k",
    "anthropic-version": "2023-06-01",
    "content-type": "application/json",
}
TOOL = {"name": "add", "description": "Adds.", "input_schema": {"type": "object"}}
MARK = {"type": "ephemeral"}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def model(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def text(words: str = "hello", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def use(number: int = 1) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": "add", "input": {}}


def result(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": "3", **more}


def body(*messages: Any, **more: Any) -> dict[str, Any]:
    given = {"model": "claude-sonnet-5-5", "max_tokens": 100, "tools": [TOOL], "stream": True}
    return {**given, "messages": list(messages) or [user(text())], **more}


def thought(words: str, sign: str | None = None) -> dict[str, Any]:
    return {"type": "thinking", "thinking": words, "signature": sign or signature(words)}


def formatted(schema: dict[str, Any]) -> dict[str, Any]:
    return body(output_config={"format": {"type": "json_schema", "schema": schema}})


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(body(), id="a first message"),
        pytest.param(body({"role": "user", "content": "plain"}), id="plain text"),
        pytest.param(body(user(text()), model(text(), use()), user(result(), text())), id="a call"),
        pytest.param(
            body(user(text()), model(use(1), use(2)), user(result(2), result(1))), id="two calls"
        ),
        pytest.param(body(user(text()), user(text())), id="two turns of one side"),
        pytest.param(
            body(user(text()), model(thought("hm"), use()), user(result())), id="a thought"
        ),
        pytest.param(
            body(user(*[text(cache_control=MARK)] * 3), cache_control=MARK), id="four breakpoints"
        ),
        pytest.param(
            body(thinking={"type": "adaptive"}, output_config={"effort": "max"}), id="effort"
        ),
        pytest.param(
            formatted(
                closed(all={"type": "array", "items": {"$ref": "#/$defs/one"}, "minItems": 1})
                | {"$defs": {"one": closed(day={"type": "string", "format": "date"})}}
            ),
            id="a format",
        ),
    ],
)
def test_what_the_api_takes_is_taken(given: dict[str, Any]):
    assert read(HEADERS, json.dumps(given).encode()).model == "claude-sonnet-5-5"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            formatted({"type": "object"}),
            "'additionalProperties' must be explicitly set to false",
            id="a format of open objects",
        ),
        pytest.param(
            formatted(closed(a={"type": "string", "minLength": 1})),
            "For 'string' type, property 'minLength' is not supported",
            id="a format with lengths",
        ),
        pytest.param(
            formatted(closed(a={"type": "array", "minItems": 2})),
            "'minItems' values other than 0 or 1 are not supported",
            id="a format with many items",
        ),
        pytest.param(
            formatted(closed(a={"type": "string", "format": "regex"})),
            "String format 'regex' is not supported",
            id="a format of text that is not known",
        ),
        pytest.param(
            formatted(closed(a={"$ref": "https://example.org/a.json"})),
            "External .ref is not supported",
            id="a format that lies elsewhere",
        ),
        pytest.param(
            formatted(
                closed(a={"$ref": "#/$defs/b"})
                | {
                    "$defs": {
                        "b": closed(c={"$ref": "#/$defs/c"}),
                        "c": closed(b={"$ref": "#/$defs/b"}),
                    }
                }
            ),
            "Recursive schemas are not supported",
            id="a format that leads back to itself",
        ),
        pytest.param(
            formatted({"type": "nothing"}), "JSON schema is invalid", id="a format that is none"
        ),
        pytest.param(
            body(output_config={"format": {"type": "xml", "schema": {}}}),
            "Input should be 'json_schema'",
            id="a format of another type",
        ),
        pytest.param(
            body(model(text())), "first message must use the user role", id="begins wrong"
        ),
        pytest.param(body(user(text()), model(text())), "prefill", id="ends with the model"),
        pytest.param(
            body(user(text()), model(use()), user(text())), "without `tool_result`", id="no result"
        ),
        pytest.param(
            body(user(text()), model(use()), user(text(), result())),
            "must come first",
            id="a result behind text",
        ),
        pytest.param(body(user(result())), "unexpected `tool_use_id`", id="a result of nothing"),
        pytest.param(
            body(user(text()), model(use()), user(result(), result())),
            "single result",
            id="two results",
        ),
        pytest.param(
            body(user(text()), model(use()), user(result()), model(use()), user(result())),
            "must be unique",
            id="an id twice",
        ),
        pytest.param(
            body(user(text()), model(use()), user(result()), tools=[]),
            "must define tools",
            id="no tools",
        ),
        pytest.param(body(user(text(""))), "at least 1 character", id="empty text"),
        pytest.param(body(user(text("  "))), "non-whitespace", id="blank text"),
        pytest.param(body(user()), "at least 1 item", id="no blocks"),
        pytest.param(
            body(user(*[text(cache_control=MARK)] * 4), cache_control=MARK),
            "A maximum of 4 blocks",
            id="five breakpoints",
        ),
        pytest.param(
            body(
                user(text()),
                model(use()),
                user(result(content=[text(cache_control=MARK)])),
            ),
            "Extra inputs",
            id="a breakpoint within a result",
        ),
        pytest.param(
            body(user(text(cache_control=MARK), text(cache_control={**MARK, "ttl": "1h"}))),
            "must not come after",
            id="an hour after five minutes",
        ),
        pytest.param(body(tools=[TOOL, TOOL]), "must be unique", id="a tool twice"),
        pytest.param(
            body(tools=[{**TOOL, "name": "a b"}]), "match pattern", id="a name that is none"
        ),
        pytest.param(
            body(tools=[{**TOOL, "input_schema": {"type": "array"}}]), "'object'", id="no object"
        ),
        pytest.param(
            body(tools=[{**TOOL, "input_schema": {"type": "object", "required": "a"}}]),
            "JSON schema is invalid",
            id="no schema",
        ),
        pytest.param(body(extra=1), "Extra inputs are not permitted", id="an unknown key"),
        pytest.param(body(max_tokens=0), "greater than or equal to 1", id="no tokens"),
        pytest.param(
            body(thinking={"type": "enabled", "budget_tokens": 2000}),
            "greater than",
            id="thinks longer",
        ),
        pytest.param(
            body(user(text()), model(thought("hm", "forged"), use()), user(result())),
            "Invalid `signature`",
            id="a thought of another",
        ),
        pytest.param(
            body(user(text()), model(text(), thought("hm")), user(text())),
            "cannot be `thinking`",
            id="ends with a thought",
        ),
        pytest.param(body(user(text("word " * 900_000))), "too long", id="beyond the window"),
    ],
)
def test_what_the_api_refuses_is_refused_with_its_message(given: dict[str, Any], message: str):
    with pytest.raises(RefusedError, match=message.replace("(", r"\(")) as caught:
        read(HEADERS, json.dumps(given).encode())
    assert (caught.value.refusal.status, caught.value.refusal.kind) == (
        400,
        "invalid_request_error",
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"x-api-key": ""}, 401, id="without a key"),
        pytest.param({"anthropic-version": "1999-01-01"}, 400, id="of another version"),
        pytest.param({"content-type": "text/plain"}, 400, id="as text"),
        pytest.param({"anthropic-beta": "what ever"}, 400, id="with a beta that is none"),
    ],
)
def test_headers_that_the_api_refuses_are_refused(headers: dict[str, str], status: int):
    with pytest.raises(RefusedError) as caught:
        read({**HEADERS, **headers}, json.dumps(body()).encode())
    assert caught.value.refusal.status == status


def test_a_key_may_come_as_a_bearer_token():
    read({**HEADERS, "x-api-key": "", "authorization": "Bearer k"}, json.dumps(body()).encode())


def test_a_request_that_is_larger_than_the_api_takes_is_refused():
    with pytest.raises(RefusedError) as caught:
        read(HEADERS, b" " * (LARGEST + 1))
    assert caught.value.refusal.kind == "request_too_large"

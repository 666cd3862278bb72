"""The server answers the official client as the API would: streams, calls, usage, errors."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types.beta import BetaMessage

from jupiter.demo.conversation import Call, Reply, Say, Think, call, in_turn
from jupiter.demo.server import MessagesServer
from jupiter.demo.weather import BreakOff, Drop, Fault, Refuse, Timing, sometimes

REPLY = Reply((Think("hm"), Say("Well, " * 40), Call("add", {"a": 1, "b": "two"})))


@contextmanager
def serving(agent: Any, **more: Any) -> Iterator[MessagesServer]:
    with MessagesServer({"GOAL": agent}, **more) as server:
        yield server
        assert server.refused == []


def ask(server: MessagesServer, opening: str = "GOAL", **more: Any) -> BetaMessage:
    async def once() -> BetaMessage:
        client = anthropic.AsyncAnthropic(base_url=server.url, api_key="k", max_retries=0)
        request: dict[str, Any] = {
            "model": "claude-sonnet-5-5",
            "max_tokens": 1000,
            "messages": [{"role": "user", "content": opening}],
            **more,
        }
        async with client, client.beta.messages.stream(**request) as stream:
            return await stream.get_final_message()

    return asyncio.run(once())


def test_a_reply_arrives_whole_with_thoughts_text_calls_and_usage():
    with serving(lambda _: REPLY) as server:
        message = ask(server)
    thought, text, use = message.content
    assert (thought.type, text.type, use.type) == ("thinking", "text", "tool_use")
    assert text.text == "Well, " * 40
    assert (use.name, use.input) == ("add", {"a": 1, "b": "two"})
    assert message.stop_reason == "tool_use"
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 60


def test_a_script_takes_one_step_a_turn():
    agent = in_turn(call("add"), Reply((Say("done"),)))
    with serving(agent) as server:
        tool = {"name": "add", "description": "", "input_schema": {"type": "object"}}
        first = ask(server, tools=[tool])
        used = first.content[0]
        assert used.type == "tool_use"
        history = [
            {"role": "user", "content": "GOAL"},
            {"role": "assistant", "content": [used.model_dump(exclude_none=True)]},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": used.id, "content": "3"}],
            },
        ]
        last = ask(server, tools=[tool], messages=history)
    assert (first.stop_reason, last.stop_reason) == ("tool_use", "end_turn")


def test_a_reply_ends_where_its_tokens_do():
    with serving(lambda _: REPLY) as server:
        message = ask(server, max_tokens=20)
    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens <= 20


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(Refuse(429, 1.5), anthropic.RateLimitError, id="too many requests"),
        pytest.param(Refuse(529), anthropic.InternalServerError, id="overloaded"),
        pytest.param(Refuse(500), anthropic.InternalServerError, id="an error of the server"),
        pytest.param(BreakOff(3), anthropic.APIStatusError, id="an error within the stream"),
        pytest.param(Drop(3), httpx2.RemoteProtocolError, id="cut"),
    ],
)
def test_what_goes_wrong_is_what_the_client_raises(fault: Fault, expected: Any):
    with serving(lambda _: REPLY, faults=lambda _: fault) as server:
        with pytest.raises(expected) as caught:
            ask(server)
        assert server.served == []
    if isinstance(fault, Refuse) and fault.retry_after:
        assert caught.value.response.headers["retry-after"] == "1.5"


def test_what_the_api_would_refuse_is_refused_and_remembered():
    with MessagesServer({"GOAL": lambda _: REPLY}) as server:
        with pytest.raises(anthropic.BadRequestError, match="first message must use the user role"):
            ask(server, messages=[{"role": "assistant", "content": "GOAL"}])
        assert [one.kind for one in server.refused] == ["invalid_request_error"]


def test_a_conversation_without_a_script_is_refused():
    with MessagesServer({"GOAL": lambda _: REPLY}) as server:
        with pytest.raises(anthropic.APIStatusError, match="no script"):
            ask(server, "something else")
        assert len(server.refused) == 1


def test_the_weather_is_the_same_for_the_same_seed():
    faults, others = sometimes(7, 0.5), sometimes(8, 0.5)
    assert [faults(n) for n in range(40)] == [sometimes(7, 0.5)(n) for n in range(40)]
    assert [faults(n) for n in range(40)] != [others(n) for n in range(40)]
    assert Timing(3, (0.0, 1.0)).wait(4) == Timing(3, (0.0, 1.0)).wait(4)


def test_a_script_that_says_what_the_schema_does_not_allow_is_not_served():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    config = {"format": {"type": "json_schema", "schema": schema}}
    with serving(lambda _: Reply((Say('{"a": 1}'),))) as server:
        ask(server, output_config=config)
    with (
        MessagesServer({"GOAL": lambda _: Reply((Say('{"a": "x"}'),))}) as server,
        pytest.raises(anthropic.InternalServerError, match="the script does not say"),
    ):
        ask(server, output_config=config)

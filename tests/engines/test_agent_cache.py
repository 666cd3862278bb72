"""Where breakpoints stand: at the end of a request, of the one before, between them where much is new."""

import copy
from typing import Any

import pytest
from anthropic.types.beta import BetaTextBlock, BetaToolUseBlock
from hypothesis import given
from hypothesis import strategies as st

from jupiter.demo.prompt_cache import LOOK_BACK
from jupiter.engines.agent_cache import MARK, STRIDE, with_breakpoints


def user(*texts: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}


def assistant(*texts: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": text} for text in texts]}


def marked(messages: list[dict[str, Any]]) -> list[str]:
    """The texts of the blocks that have a breakpoint."""
    blocks = [block for message in with_breakpoints(messages) for block in message["content"]]
    return [block["text"] for block in blocks if "cache_control" in block]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([user("a")], ["a"], id="the first request: its end"),
        pytest.param(
            [user("a"), assistant("b"), user("c")], ["a", "c"], id="the end before, and its own"
        ),
        pytest.param(
            [user("a"), assistant("b"), user("c"), assistant("d"), user("e")],
            ["c", "e"],
            id="only the last two ends",
        ),
        pytest.param(
            [user("a"), assistant("b"), user(*map(str, range(20)))],
            ["a", "4", "19"],
            id="one in the middle of much that is new",
        ),
    ],
)
def test_breakpoints_stand(messages: list[dict[str, Any]], expected: list[str]) -> None:
    assert marked(messages) == expected


def test_plain_text_and_blocks_of_the_sdk_become_plain_data() -> None:
    said = [
        BetaTextBlock(type="text", text="I look.", citations=None),
        BetaToolUseBlock(type="tool_use", id="t1", name="board", input={}),
    ]
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "Nobody."}
    found = with_breakpoints(
        [
            {"role": "user", "content": "Begin."},
            {"role": "assistant", "content": said},
            {"role": "user", "content": [result]},
        ]
    )
    assert found[0]["content"] == [{"type": "text", "text": "Begin.", "cache_control": MARK}]
    assert found[1]["content"][1] == {"type": "tool_use", "id": "t1", "name": "board", "input": {}}
    assert found[2]["content"] == [{**result, "cache_control": MARK}]


@given(
    turns=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=5),
    first=st.integers(1, 3),
)
def test_the_last_request_s_end_is_always_found_with_at_most_three_breakpoints(
    turns: list[tuple[int, int]], first: int
) -> None:
    messages = [user(*("0",) * first)]
    for said, answered in turns:
        messages += [assistant(*("a",) * said), user(*("u",) * answered)]
    before = copy.deepcopy(messages)
    blocks = [block for one in with_breakpoints(messages) for block in one["content"]]
    places = [n for n, block in enumerate(blocks) if "cache_control" in block]
    assert messages == before, "nothing that was given is changed"
    assert len(places) <= 3, "the system prompt has the fourth"
    assert places[-1] == len(blocks) - 1
    if turns:
        end_before = len(blocks) - sum(turns[-1]) - 1
        assert end_before in places
    if len(blocks) > STRIDE and turns:
        assert places[-1] - places[-2] <= STRIDE < LOOK_BACK or sum(turns[-1]) <= STRIDE

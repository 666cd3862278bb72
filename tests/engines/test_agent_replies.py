"""What is sent back of earlier replies: all but what the API would refuse for it."""

from typing import Any

import pytest

from jupiter.engines.agent_replies import sendable

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
HIDDEN = {"type": "redacted_thinking", "data": "x"}
TEXT = {"type": "text", "text": "I look."}
BLANK = {"type": "text", "text": " \n"}
CALL = {"type": "tool_use", "id": "t1", "name": "board", "input": {}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param([THOUGHT, TEXT, CALL], [THOUGHT, TEXT, CALL], id="a whole reply stays"),
        pytest.param([THOUGHT, BLANK, CALL], [THOUGHT, CALL], id="blank text goes"),
        pytest.param([TEXT, THOUGHT, HIDDEN], [TEXT], id="thoughts at the end go"),
        pytest.param([THOUGHT, BLANK], [], id="a reply of which nothing is left goes"),
        pytest.param("Well.", "Well.", id="plain text stays"),
    ],
)
def test_of_a_reply(content: Any, expected: Any) -> None:
    asked = {"role": "user", "content": [BLANK]}
    found = sendable([asked, {"role": "assistant", "content": content}, asked])
    replies = [{"role": "assistant", "content": expected}] if expected else []
    assert found == [asked, *replies, asked], "what was asked stays in any case"

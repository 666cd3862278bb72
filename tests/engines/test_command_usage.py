"""What agents say of their usage, in the words of each, and what they say that is not to be believed."""

import json
from typing import Any

import pytest

from jupiter.engines.command_usage import Used, used
from jupiter.recipe.presets import Report

RESULT = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "num_turns": 7,
    "total_cost_usd": 0.31,
    "usage": {
        "input_tokens": 12,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 400,
        "output_tokens": 50,
    },
}

MODELS = {
    "large": {
        "inputTokens": 12,
        "outputTokens": 50,
        "cacheReadInputTokens": 400,
        "cacheCreationInputTokens": 30,
    },
    "small": {"inputTokens": 11, "outputTokens": 4},
}


def lines(*objects: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


CODEX = lines(
    {"type": "thread.started", "thread_id": "x"},
    {"type": "item.completed", "item": {"text": "hello"}},
    {
        "type": "turn.completed",
        "usage": {"input_tokens": 500, "cached_input_tokens": 100, "output_tokens": 20},
    },
)
AIDER = b"""Applied edit to a.py
Tokens: 4.2k sent, 310 received. Cost: $0.02 message, $0.02 session.
Tokens: 5k sent, 1.5k cache hit, 200 received. Cost: $0.03 message, $0.05 session.
"""


@pytest.mark.parametrize(
    ("report", "output", "expected"),
    [
        pytest.param(
            "claude",
            json.dumps(RESULT).encode(),
            Used(12, 30, 400, 50, turns=7, usd=0.31, stop="success"),
            id="claude: one document",
        ),
        pytest.param(
            "claude",
            lines({"type": "system"}, RESULT),
            Used(12, 30, 400, 50, turns=7, usd=0.31, stop="success"),
            id="claude: a stream",
        ),
        pytest.param(
            "claude",
            json.dumps({**RESULT, "subtype": "error_max_turns", "is_error": True}).encode(),
            Used(12, 30, 400, 50, turns=7, usd=0.31, stop="error_max_turns", is_error=True),
            id="claude: not to the end",
        ),
        pytest.param(
            "claude",
            json.dumps({**RESULT, "is_error": True, "result": "API Error: 400 no"}).encode(),
            Used(
                *(12, 30, 400, 50),
                turns=7,
                usd=0.31,
                stop="success",
                is_error=True,
                message="API Error: 400 no",
            ),
            id="claude: refused by the API",
        ),
        pytest.param(
            "claude",
            json.dumps({**RESULT, "modelUsage": MODELS}).encode(),
            Used(23, 30, 400, 54, turns=7, usd=0.31, stop="success"),
            id="claude: more than one model",
        ),
        pytest.param(
            "codex", CODEX, Used(400, 0, 100, 20, turns=1, stop="turn.completed"), id="codex"
        ),
        pytest.param(
            "codex",
            lines({"type": "turn.failed", "error": {"message": "no"}}),
            Used(turns=1, stop="turn.failed", is_error=True, message="no"),
            id="codex: failed",
        ),
        pytest.param(
            "aider", AIDER, Used(7700, 0, 1500, 510, turns=2, usd=0.05, stop="done"), id="aider"
        ),
    ],
)
def test_an_agents_own_words_are_understood(report: Report, output: bytes, expected: Used) -> None:
    assert used(report, output) == expected


@pytest.mark.parametrize("report", ["claude", "codex", "aider"])
@pytest.mark.parametrize(
    "output", [b"", b"\xff\xfe", b"[1, 2]", b"{", b"Tokens: many", b'"result"']
)
def test_what_says_nothing_counts_nothing(report: Report, output: bytes) -> None:
    assert used(report, output) is None


@pytest.mark.parametrize("wrong", [-5, "x", None, float("nan"), 1e300, [1], True])
def test_numbers_that_cannot_be_are_nothing(wrong: Any) -> None:
    text = json.dumps({"type": "result", "usage": {"input_tokens": wrong}, "total_cost_usd": -1})
    found = used("claude", text.encode())
    assert found is not None
    assert found.input_tokens in {0, 1}
    assert found.usd == 0.0

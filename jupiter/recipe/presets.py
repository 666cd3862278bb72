"""Presets: agents that other people make, with the flags by which they work without a person.

The flags are those that Claude Code 2.1.197, Codex CLI 0.171.0 and aider 0.86.2 take, which were asked;
the first two were tried with a scripted model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Report = Literal["claude", "codex", "aider"]
"""How an agent says what it has used; see `jupiter.engines.command_usage`."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One agent: how it is called, what it needs, how it says what it has used.

    `program` and `flags`, with what a step says between them, hold the expressions of a `command`.
    `model`, `turns` and `usd` are the flags of that, empty where there is none. `keys` are the secrets
    that it can be given, `home` is what of the user's home it reads and writes.
    """

    program: tuple[str, ...]
    flags: tuple[str, ...]
    report: Report
    model: str
    keys: tuple[str, ...]
    home: tuple[str, ...]
    takes_prompt: bool = True
    """Whether the prompt is its standard input."""
    confined: tuple[str, ...] = ()
    """Flags within Jupiter's sandbox: one of the agent's own cannot be made in there."""
    bare: tuple[str, ...] = ()
    """Flags where Jupiter has no sandbox."""
    turns: str = ""
    usd: str = ""
    knows_usd: bool = True
    """Whether it says what its work has cost."""


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "claude": Preset(
            program=("claude",),
            flags=(
                *("-p", "--output-format", "json"),
                *("--mcp-config", "${{ briefing.mcp_config }}", "--strict-mcp-config"),
                *("--permission-mode", "acceptEdits", "--allowedTools", "mcp__jupiter"),
            ),
            report="claude",
            model="--model",
            keys=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"),
            home=(".claude", ".claude.json"),
            turns="--max-turns",
            usd="--max-budget-usd",
        ),
        "codex": Preset(
            program=("codex", "exec"),
            flags=(
                *("--json", "--skip-git-repo-check", "--cd", "${{ briefing.workdir }}"),
                *("-c", "mcp_servers.jupiter.command='${{ briefing.python }}'"),
                *("-c", "mcp_servers.jupiter.args=['-m','jupiter','mcp','${{ briefing.door }}']"),
                *("-c", "mcp_servers.jupiter.required=true"),  # else it begins without the tools
                *("-c", "mcp_servers.jupiter.startup_timeout_sec=60"),
                *("-c", "mcp_servers.jupiter.default_tools_approval_mode='approve'"),
                "-",
            ),
            report="codex",
            model="--model",
            keys=("OPENAI_API_KEY", "CODEX_API_KEY"),
            home=(".codex",),
            confined=("--sandbox", "danger-full-access"),
            bare=("--sandbox", "workspace-write"),
            knows_usd=False,
        ),
        "aider": Preset(
            program=("aider",),
            flags=(
                *("--message-file", "${{ briefing.prompt_file }}", "--yes-always"),
                *("--no-auto-commits", "--no-dirty-commits", "--no-gitignore", "--no-pretty"),
                *("--no-stream", "--no-check-update", "--no-show-release-notes"),
                *("--no-suggest-shell-commands", "--analytics-disable"),
                *("--chat-history-file", "/dev/null", "--input-history-file", "/dev/null"),
                "${{ briefing.paths }}",
            ),
            report="aider",
            model="--model",
            keys=("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"),
            home=(".aider",),
            takes_prompt=False,
        ),
    }
)
"""By the name that a recipe's `command:` has."""


def preset_of(command: object) -> Preset | None:
    """The preset that a command is the name of; None where it is a program and its arguments."""
    return PRESETS.get(command.strip()) if isinstance(command, str) else None

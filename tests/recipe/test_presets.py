"""Presets: each is a command whose expressions are those of a briefing, with the flags for working alone."""

import pytest

from jupiter.recipe.expressions import BRIEFING, Lookup, arguments
from jupiter.recipe.presets import PRESETS, preset_of

FILLED = {name: f"/at/{name}" for name in BRIEFING} | {"paths": ["a.py", "b c.py"]}


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_filled_in_for_a_briefing(name: str) -> None:
    preset = PRESETS[name]
    found = arguments((*preset.program, *preset.flags), Lookup({}, {}, {}, FILLED))
    assert found[0] == name
    assert not any("${{" in one for one in found)


def test_codex_is_told_of_the_tools_by_its_own_settings() -> None:
    preset = PRESETS["codex"]
    found = arguments((*preset.program, *preset.flags), Lookup({}, {}, {}, FILLED))
    assert "mcp_servers.jupiter.command='/at/python'" in found
    assert "mcp_servers.jupiter.args=['-m','jupiter','mcp','/at/door']" in found
    assert found[-1] == "-"


def test_aider_is_given_the_files_that_it_may_change() -> None:
    preset = PRESETS["aider"]
    found = arguments((*preset.program, *preset.flags), Lookup({}, {}, {}, FILLED))
    assert found[-2:] == ("a.py", "b c.py")
    assert {"--no-auto-commits", "--yes-always", "--message-file"} <= set(found)


def test_only_a_name_alone_is_a_preset() -> None:
    assert preset_of("claude") is PRESETS["claude"]
    assert preset_of("claude -p") is None
    assert preset_of(("claude",)) is None

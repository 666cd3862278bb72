"""A program that takes Claude Code's flags, works by the MCP server and by files, and reports as it does."""

import argparse
import asyncio
import json
import os
import pathlib
import re
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="claude", allow_abbrev=False)
    parser.add_argument("-p", "--print", action="store_true", required=True)
    parser.add_argument("--output-format", choices=["text", "json", "stream-json"], required=True)
    parser.add_argument("--mcp-config", required=True)
    parser.add_argument("--strict-mcp-config", action="store_true")
    parser.add_argument("--permission-mode", choices=["acceptEdits", "plan", "default"])
    parser.add_argument("--allowedTools", nargs="+")
    parser.add_argument("--model")
    parser.add_argument("--max-turns", type=int)
    parser.add_argument("--max-budget-usd", type=float)
    return parser.parse_args()


def change(file: pathlib.Path) -> None:
    file.write_text(file.read_text().replace("return", "return  # by claude\n    return", 1))


async def work(server: StdioServerParameters, prompt: str) -> None:
    """Change what the briefing owns by file, and tell the others by a tool."""
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        briefing = (await session.call_tool("briefing", {})).content[0].text
        assert "# You own" in prompt
        for path in re.findall(r"^- (\S+\.py)$", briefing, re.MULTILINE):
            change(pathlib.Path(path))
        await session.call_tool("note", {"text": "It is said."})


def main() -> None:
    given, prompt = options(), sys.stdin.read()
    told = json.loads(pathlib.Path(given.mcp_config).read_text())["mcpServers"]["jupiter"]
    if "Fail" not in prompt:
        server = StdioServerParameters(command=told["command"], args=told["args"])
        asyncio.run(work(server, prompt))
    usage = {
        "input_tokens": 100,
        "cache_creation_input_tokens": 50,
        "cache_read_input_tokens": 1000,
        "output_tokens": 200,
    }
    print(
        json.dumps(
            {
                "type": "result",
                "is_error": "Fail" in prompt,
                "num_turns": 4,
                "usage": usage,
                "subtype": "error_max_turns" if "Fail" in prompt else "success",
                "total_cost_usd": 0.25,
                "result": f"the key is {os.environ.get('ANTHROPIC_API_KEY')}, model {given.model}",
            }
        )
    )


main()

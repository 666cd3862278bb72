"""`jupiter mcp`: a session's tools as an MCP server over standard input and output."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.to_thread
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

from jupiter.engines.prompt import prompt
from jupiter.engines.visitor import Visitor
from jupiter.errors import JupiterError
from jupiter.model.version import __version__


def serve(visitor: Visitor) -> None:
    """Serve one client until it closes its end."""
    anyio.run(_serve, server(visitor))


def server(visitor: Visitor) -> Server[Any]:
    """The server; what it is asked goes through the door."""

    async def list_tools(_context: Any, _params: PaginatedRequestParams | None) -> ListToolsResult:
        found = await anyio.to_thread.run_sync(visitor.tools)
        return ListToolsResult(tools=[_tool(one) for one in found])

    async def call_tool(_context: Any, params: CallToolRequestParams) -> CallToolResult:
        try:
            text, is_error = await anyio.to_thread.run_sync(
                visitor.call, params.name, params.arguments or {}
            )
        except JupiterError as error:
            text, is_error = str(error), True
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=is_error)

    return Server(
        "jupiter",
        version=__version__,
        instructions=prompt("mcp"),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _serve(made: Server[Any]) -> None:
    async with stdio_server() as (reading, writing):
        await made.run(reading, writing, made.create_initialization_options())


def _tool(one: dict[str, Any]) -> Tool:
    return Tool(name=one["name"], description=one["description"], input_schema=one["input_schema"])

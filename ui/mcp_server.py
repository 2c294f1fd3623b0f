"""A store and its engine enter, an MCP server with two reading tools leaves."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from graph.errors import EnmusubiError
from graph.settings import Settings
from graph.store import Store
from qa.answer import Answer, Language
from qa.chain import Asker
from ui.session import safe_ask
from ui.show import jsonable

_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


class Rows(BaseModel):
    """The rows of a query."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool = Field(description="whether there are more rows than these")


def build_mcp(settings: Settings, store: Store, asker: Asker) -> MCPServer[Any]:
    """The tools `ask` and `cypher` over an open store."""
    server: MCPServer[Any] = MCPServer(
        "enmusubi",
        instructions="Answers questions on who helps Japan's small companies innovate, with the sources of every fact.",
        log_level="WARNING",
    )

    @server.tool(annotations=_READS)
    def ask(question: str, language: Language | None = None, session: str | None = None) -> Answer:
        """Answer a question in Japanese or English from the graph, with its query, rows and sources.

        Questions of one session are one conversation, so that a question can refer to the one before it.
        """
        return safe_ask(asker, question, language, session)

    @server.tool(annotations=_READS)
    def cypher(query: str, parameters: dict[str, Any] | None = None) -> Rows:
        """Run one read-only Cypher query on the graph."""
        try:
            table = store.read(query, parameters, rows=settings.rows)
        except EnmusubiError as error:
            raise ToolError(str(error)) from None
        return Rows(columns=table.columns, rows=jsonable(table.rows), truncated=table.truncated)

    return server

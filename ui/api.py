"""An open store and its engine enter, one web application leaves: chat at /, JSON below /api/v1, MCP at /mcp."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.errors import EnmusubiError
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store
from qa.answer import Problem
from qa.chain import Asker
from ui.chat import STYLE, ChatPage
from ui.jsonl import Asked
from ui.layout import theme
from ui.mcp_server import build_mcp
from ui.session import safe_ask
from ui.status import Status, read_status
from ui.texts import say

_ENGINE_CODES = frozenset({"engine", "login", "locked", "unsafe"})


def build_app(settings: Settings, store: Store, schema: Schema, asker: Asker) -> FastAPI:
    """The application over an open store."""
    mcp = build_mcp(settings, store, asker)
    mcp_app = mcp.streamable_http_app(stateless_http=True, host=settings.host)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.session_manager.run():
            yield

    # The documentation pages of FastAPI fetch scripts from outside.
    app = FastAPI(
        title=schema.title.en or "Enmusubi",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    _add_routes(app, store, schema, asker)
    _add_errors(app)
    app.router.routes.extend(mcp_app.routes)
    if settings.token is not None:
        app.add_middleware(_TokenWall, token=settings.token)
    return _with_chat(app, settings, ChatPage(settings, store, schema, asker))


def _add_routes(app: FastAPI, store: Store, schema: Schema, asker: Asker) -> None:
    @app.post("/api/v1/ask")
    def ask(asked: Asked) -> JSONResponse:
        """Answer one question."""
        answer = safe_ask(asker, asked.question, asked.language, asked.session)
        return JSONResponse(answer.model_dump(mode="json"), _status_code(answer.error))

    @app.get("/api/v1/status")
    def status() -> Status:
        """What the graph holds."""
        return read_status(store, schema)

    @app.get("/api/v1/schema")
    def show_schema() -> dict[str, Any]:
        """The schema in use."""
        return schema.model_dump(mode="json", by_alias=True)


def _status_code(problem: Problem | None) -> int:
    if problem is None:
        return 200
    return 503 if problem.code in _ENGINE_CODES else 500


def _add_errors(app: FastAPI) -> None:
    """Give every error of the HTTP interface the shape of an answer's error."""

    @app.exception_handler(EnmusubiError)
    def _ours(_: Request, error: EnmusubiError) -> JSONResponse:
        problem = Problem(code=error.code, message=error.message, next_step=error.next_step)
        return _problem(problem, _status_code(problem))

    @app.exception_handler(RequestValidationError)
    def _unusable(request: Request, error: RequestValidationError) -> JSONResponse:
        language = _language(request.headers)
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        message = say(language, "bad_request", problem=f"{where}: {first['msg']}")
        return _problem(Problem(code="input", message=message, next_step=say(language, "bad_request_next")), 422)

    @app.exception_handler(Exception)
    def _fault(request: Request, error: Exception) -> JSONResponse:
        language = _language(request.headers)
        message = say(language, "fault", kind=type(error).__name__)
        return _problem(Problem(code="internal", message=message, next_step=say(language, "fault_next")), 500)


def _problem(problem: Problem, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": problem.model_dump()}, status, headers)


def _language(headers: Headers) -> str:
    return "ja" if headers.get("accept-language", "").lower().startswith("ja") else "en"


class _TokenWall:
    """Lets requests to the HTTP interface and to MCP pass only with the token."""

    def __init__(self, app: ASGIApp, token: SecretStr) -> None:
        self.app = app
        self.expected = f"Bearer {token.get_secret_value()}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(("/api/", "/mcp")):
            headers = Headers(scope=scope)
            if not secrets.compare_digest(headers.get("authorization", "").encode("latin-1"), self.expected):
                language = _language(headers)
                message, next_step = say(language, "unauthorized"), say(language, "unauthorized_next")
                problem = Problem(code="unauthorized", message=message, next_step=next_step)
                await _problem(problem, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _with_chat(app: FastAPI, settings: Settings, chat: ChatPage) -> FastAPI:
    login: dict[str, Any] = {}
    if settings.token is not None:
        token = settings.token.get_secret_value()
        login["auth"] = lambda _, password: secrets.compare_digest(password.encode(), token.encode())
        login["auth_message"] = f"{say('ja', 'sign_in')}<br>{say('en', 'sign_in')}"
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        chat.build(),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        theme=theme(),
        css_paths=STYLE,
        **login,
    )
    return mounted

"""A local HTTP server with prepared answers, in place of an office's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@contextmanager
def served(
    answers: dict[str, list[tuple[int, Any]]], token: tuple[str, str] | None = None
) -> Iterator[tuple[str, list[str]]]:
    """A server that gives each path its answers, one after the other, the last again and again.

    With `token`, a header and its value, requests without it are refused.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            known = answers.get(self.path.partition("?")[0], [(404, {})])
            status, body = known.pop(0) if len(known) > 1 else known[0]
            if token and self.headers.get(token[0]) != token[1]:
                status, body = 401, {}
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()

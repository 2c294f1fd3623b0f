"""Settings enter, a running server leaves no trace when it ends: chat, HTTP interface and MCP on one port."""

from __future__ import annotations

import ipaddress
import socket
import sys
from threading import Thread

import uvicorn

from graph.errors import SettingsError
from graph.settings import Settings
from ui.session import open_asker, open_store, safe_ask

# Streams to open pages never end by themselves.
_GRACE_SECONDS = 2


def run(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        SettingsError: the port is taken or the host is not this machine's.
        EnmusubiError: the graph cannot be opened or filled.
    """
    with _listen(settings) as listener:
        if settings.token is None and not is_loopback(settings.host):
            print(
                f"enmusubi: ENMUSUBI_HOST={settings.host} lets other machines ask without a token; set ENMUSUBI_TOKEN.",
                file=sys.stderr,
            )
        store, schema = open_store(settings, filled=True)
        with store:
            asker = open_asker(settings, store, schema)
            # The first question reads what the others find ready; meanwhile the page is put together.
            first = Thread(target=safe_ask, args=(asker, schema.title.ja), name="first question", daemon=True)
            first.start()
            from ui.api import build_app

            app = build_app(settings, store, schema, asker)
            first.join()
            config = uvicorn.Config(
                app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE_SECONDS, lifespan="on"
            )
            _Server(config, _address(settings.host, listener)).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Tells its address once it answers."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self.address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then print the address."""
        await super().startup(sockets)
        if self.started:
            print(f"Enmusubi: {self.address} (HTTP: {self.address}/api/v1, MCP: {self.address}/mcp). Ctrl-C ends it.")
            sys.stdout.flush()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything slow is started."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(settings, error) from None
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen()
    except OSError as error:
        listener.close()
        raise _unusable(settings, error) from None
    return listener


def _unusable(settings: Settings, error: OSError) -> SettingsError:
    problem = error.strerror or str(error)
    return SettingsError(
        f"Port {settings.port} of {settings.host} cannot be used: {problem}.",
        place=f"ENMUSUBI_HOST={settings.host}, ENMUSUBI_PORT={settings.port}",
        next_step="End the program that holds it, or set ENMUSUBI_PORT to another port (0: any free one).",
    )


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"

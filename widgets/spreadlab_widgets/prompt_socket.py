"""Small messages leave the Jupyter server at once: an extension of it.

What a view is told is a few small messages in a row. By Nagle's algorithm (RFC 896) the second
waits until the browser has acknowledged the first, which it may put off for 40 ms: most of what a
moved slider takes. Jupyter's websockets leave the algorithm on.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    settings = app.web_app.settings
    name = "kernel_websocket_connection_class"
    settings[name] = prompt(settings[name])


def prompt(connection: type[Any]) -> type[Any]:
    """Return that class of a kernel's connection, with sockets that hold nothing back.

    Parameters
    ----------
    connection : type
        What the server is configured to use: a ``BaseKernelWebsocketConnection``.
    """

    def connect(self: Any) -> Any:
        self.websocket_handler.set_nodelay(True)
        return connection.connect(self)

    return type(f"Prompt{connection.__name__}", (connection,), {"connect": connect})

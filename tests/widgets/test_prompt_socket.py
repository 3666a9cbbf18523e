"""The Jupyter server's sockets hold nothing back, whatever class of connection it uses."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from spreadlab_widgets import prompt_socket

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "labextension" / "jupyter_server_config.d" / "spreadlab.json"


class Plain:
    def __init__(self, websocket_handler):
        self.websocket_handler = websocket_handler

    def connect(self):
        self.events = [*self.websocket_handler.events, "connected"]
        return self.events


class Handler:
    def __init__(self):
        self.events = []

    def set_nodelay(self, value):
        self.events.append(("nodelay", value))


def test_a_connection_switches_the_delay_off_before_it_connects():
    made = prompt_socket.prompt(Plain)
    assert issubclass(made, Plain)
    assert made.__name__ == "PromptPlain"
    connection = made(websocket_handler=Handler())
    assert connection.connect() == [("nodelay", True), "connected"]


@pytest.mark.parametrize("configured", [Plain, ZMQChannelsWebsocketConnection])
def test_the_extension_wraps_what_the_server_is_configured_to_use(configured):
    settings = {"kernel_websocket_connection_class": configured, "other": 1}
    prompt_socket._load_jupyter_server_extension(
        SimpleNamespace(web_app=SimpleNamespace(settings=settings))
    )
    made = settings["kernel_websocket_connection_class"]
    assert made is not configured
    assert issubclass(made, configured)
    assert settings["other"] == 1


def test_the_file_that_is_installed_names_the_extension():
    named = json.loads(CONFIG.read_text("utf-8"))["ServerApp"]["jpserver_extensions"]
    app = ServerApp(jpserver_extensions=named)
    app.init_server_extensions()
    [name] = named
    [point] = app.extension_manager.extensions[name].extension_points.values()
    assert point.module is prompt_socket
    assert point.validate()


def test_the_server_needs_none_of_the_views_for_it():
    code = (
        "import sys, spreadlab_widgets.prompt_socket; "
        "print([m for m in ('numpy', 'numba', 'anywidget') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

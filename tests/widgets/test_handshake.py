"""Kernel and extension tell each other their versions, and say what to run when they differ."""

import subprocess
import sys

import pytest

import spreadlab as sl
from spreadlab_widgets.handshake import VersionMismatchWarning, _Handshake, extension_version


def answer(version):
    return {"content": {"data": {"version": version}}}


def test_an_equal_version_is_remembered_in_silence():
    hands = _Handshake()
    hands.answered(answer(sl.__version__))
    assert hands.extension_version == sl.__version__


def test_another_version_warns_with_the_command():
    hands = _Handshake()
    with pytest.warns(VersionMismatchWarning, match=r"pip install --upgrade .spreadlab\[lab\]"):
        hands.answered(answer("9.9.9"))
    assert hands.extension_version == "9.9.9"


def test_outside_a_kernel_nothing_is_opened():
    hands = _Handshake()
    hands.greet()
    assert hands.comm is None
    assert extension_version() is None


def test_a_kernel_says_its_version_once():
    code = """
import spreadlab as sl
from spreadlab_widgets import PairTable
PairTable(); PairTable()
"""
    script = f"""
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3")
opened = []
def hook(message):
    if message["msg_type"] == "comm_open":
        opened.append(message["content"])
    if message["msg_type"] == "error":
        raise SystemExit("\\n".join(message["content"]["traceback"]))
client.execute_interactive({code!r}, output_hook=hook, timeout=120)
client.stop_channels(); manager.shutdown_kernel(now=True)
[ours] = [c for c in opened if c["target_name"] == "spreadlab.handshake"]
print(ours["data"]["version"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [sl.__version__]

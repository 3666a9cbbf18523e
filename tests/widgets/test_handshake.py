"""Kernel and extension tell each other their versions, and say what to run when they differ."""

import re
import subprocess
import sys

import pytest
from packaging.version import Version

import spreadlab as sl
from spreadlab_widgets.handshake import (
    VersionMismatchWarning,
    _Handshake,
    _order,
    extension_version,
)


def answer(version):
    return {"content": {"data": {"version": version}}}


def test_an_equal_version_is_remembered_in_silence():
    hands = _Handshake()
    hands.answered(answer(sl.__version__))
    assert hands.extension_version == sl.__version__


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ("9.9.9", 'of this kernel run: python -m pip install "spreadlab[lab]==9.9.9"'),
        ("0.0.1", f'of JupyterLab run: python -m pip install "spreadlab[lab]=={sl.__version__}"'),
        ("10.0.0rc1", 'python -m pip install "spreadlab[lab]==10.0.0rc1"'),
    ],
)
def test_another_version_warns_with_the_command(theirs, words):
    hands = _Handshake()
    with pytest.warns(VersionMismatchWarning, match=re.escape(words)):
        hands.answered(answer(theirs))
    assert hands.extension_version == theirs


def test_versions_are_ordered_as_pip_does():
    mixed = ["1.0", "0.10.0", "0.9.0", "2.0.dev1", "0.10.0rc2", "0.1.0", "1.0.1", "0.10.0rc1"]
    assert sorted(mixed, key=_order) == sorted(mixed, key=Version)


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

"""Interrupting a real kernel stops a running scan and gives the prompt back."""

from __future__ import annotations

import pytest
from jupyter_client.manager import start_new_kernel

SETUP = """
import spreadlab as sl
prices = sl.data.simulate_universe(12, 300, seed=1).prices
sl.discover_pairs(prices, progress=False)
big = sl.data.simulate_universe(3000, 1000, seed=2).prices

seen = []

def tell(progress):
    if progress.done:
        seen.append(progress)
        print(progress.done, "tiles", flush=True)
"""
SCAN = "scan = sl.discover_pairs(big, keep=10, progress=tell)"
AFTER = """
assert "scan" not in globals()
assert 0 < seen[-1].done < seen[-1].planned
"""


@pytest.fixture(scope="module")
def client():
    manager, client = start_new_kernel(kernel_name="python3")
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_interrupt_ends_the_scan_and_leaves_a_usable_kernel(client):
    manager, kernel = client
    assert kernel.execute_interactive(SETUP, timeout=180)["content"]["status"] == "ok"

    request = kernel.execute(SCAN)
    while True:  # the first tile of several hundred, so that the scan is under way
        message = kernel.get_iopub_msg(timeout=120)
        if message["msg_type"] == "stream" and "tiles" in message["content"]["text"]:
            break
    manager.interrupt_kernel()
    while True:
        reply = kernel.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == request:
            break
    assert reply["content"]["status"] == "error"
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.execute_interactive(AFTER, timeout=60)["content"]["status"] == "ok"

"""Interrupting a real kernel stops a running scan and gives the prompt back."""

from __future__ import annotations

import time

import pytest
from jupyter_client.manager import start_new_kernel

SETUP = """
import spreadlab as sl
prices = sl.data.simulate_universe(12, 300, seed=1).prices
sl.discover_pairs(prices, progress=False)
big = sl.data.simulate_universe(1500, 1000, seed=2).prices
"""
SCAN = "scan = sl.discover_pairs(big, progress=False)"
AFTER = "assert 'scan' not in globals(); [job.state for job in sl.jobs()]"


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
    time.sleep(2.0)  # past reading the frame; the scan itself lasts far longer
    asked = time.monotonic()
    manager.interrupt_kernel()
    while True:
        reply = kernel.get_shell_msg(timeout=20)
        if reply["parent_header"].get("msg_id") == request:
            break
    waited = time.monotonic() - asked
    assert reply["content"]["status"] == "error"
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    # Tiles last about 100 ms; the bound only tells an interrupt from waiting for the scan to end.
    assert waited < 2.0, f"{waited:.2f} s"
    assert kernel.execute_interactive(AFTER, timeout=20)["content"]["status"] == "ok"

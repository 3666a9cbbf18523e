"""In a real kernel: a cell that is run again holds as many comms as after its first run."""

import os
import time

import pytest
from jupyter_client.manager import start_new_kernel

import spreadlab_widgets

SETUP = """
import spreadlab as sl
from spreadlab_widgets import *

prices = sl.data.load_sp500(start="2018-01-01", end="2022-12-28")
scan = sl.discover_pairs(prices, progress=False)
pair = sl.test_pair(prices["KO"], prices["PEP"])
ou = sl.estimate_ou(pair.spread, dt=1 / 252)
policy = sl.solve_hjb(ou, cost=0.002, discount=0.05)
traded = sl.backtest(prices[["KO", "PEP"]], pair=pair, policy=policy)
model = sl.live.freeze_pair(pair, sl.ZScoreRule(60))
session = sl.live.Session(
    sl.live.ReplayFeed(prices), sl.live.Monitor([model]), sl.live.PaperBook()
)
"""
VIEWS = {
    "BacktestView": "BacktestView(traded)",
    "EnginePanel": "EnginePanel()",
    "LiveMonitor": "LiveMonitor(session)",
    "OUFitView": "OUFitView(ou)",
    "PairMap": "PairMap(scan)",
    "PairSelector": "PairSelector(scan, prices)",
    "PairTable": "PairTable(scan)",
    "PolicyHeatmap": "PolicyHeatmap(policy, ou=ou)",
    "PortfolioView": "PortfolioView(session)",
    "ScanStatus": "ScanStatus()",
    "SpreadView": "SpreadView(pair, prices, ou=ou, policy=policy)",
    "StrategyForm": "StrategyForm(prices)",
    "WindowControl": "WindowControl()",
    "Workbench": "Workbench(prices)",
}
RUNS = 20
PATIENCE = 120


class Kernel:
    """A kernel as a notebook talks to it."""

    def __init__(self):
        env = {**os.environ, "SPREADLAB_LEDGER": ":memory:"}
        self.manager, self.client = start_new_kernel(kernel_name="python3", env=env)

    def run(self, code, cell):
        """Run a cell of a notebook: its id travels with the code."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        session = self.client.session
        message = session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        reply = self.reply(message["header"]["msg_id"])
        assert reply["content"]["status"] == "ok", reply["content"]

    def comms(self):
        return set(self.reply(self.client.comm_info("jupyter.widget"))["content"]["comms"])

    def reply(self, parent):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == parent:
                return reply
        raise TimeoutError("the kernel did not answer")

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    running = Kernel()
    try:
        running.run(SETUP, "setup")
        yield running
    finally:
        running.stop()


def test_every_view_is_looked_at():
    assert set(VIEWS) == set(spreadlab_widgets._PUBLIC) - {"View"}


@pytest.mark.parametrize("name", VIEWS)
def test_a_cell_run_again_leaves_no_comm_behind(kernel, name):
    before = kernel.comms()
    kernel.run(VIEWS[name], name)
    first = kernel.comms() - before
    assert first
    for _ in range(RUNS):
        kernel.run(VIEWS[name], name)
    last = kernel.comms() - before
    assert len(last) == len(first)
    assert not first & last
    kernel.run("0", name)

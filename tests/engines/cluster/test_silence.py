"""A scheduler that is gone is said within ten seconds, by a clock that the test turns."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from spreadlab.engines.cluster import flow as flow_module
from spreadlab.engines.cluster.flow import Flow, FlowOptions
from spreadlab.engines.cluster.layout import Layout
from spreadlab.engines.order import PlannedTiles
from spreadlab.errors import EngineUnavailableError
from spreadlab.task import Tile

from .fault_tasks import FaultySums, faulty_inputs

STEP = 0.05


class FakeFuture:
    """A run that never ends."""

    status = "pending"
    key = "run"

    def add_done_callback(self, function):
        pass

    def release(self):
        self.status = "released"


class FakeClient:
    """Has two threads until so many runs were sent; then the connection breaks or falls silent."""

    cluster = None

    def __init__(self, silent, after):
        self.status = "running"
        self.scheduler = SimpleNamespace(
            address="tcp://far:8786", ncores="ncores", get_task_status="states"
        )
        self.sent = []
        self._silent, self._left = silent, after
        self._lose()

    def _lose(self):
        self.lost = self._left <= 0
        if self.lost and not self._silent:
            self.status = "connecting"

    def submit(self, *args, **options):
        self.sent.append(FakeFuture())
        self._left -= 1
        self._lose()
        return self.sent[-1]

    def sync(self, function, **options):
        if self.lost:
            raise TimeoutError
        return {"worker": 2} if function == "ncores" else dict.fromkeys(options["keys"], "waiting")

    def cancel(self, futures, **options):
        pass


class FakeBlocks:
    released = False

    def futures(self, blocks):
        return []

    def release(self):
        self.released = True


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize(("silent", "most"), [(False, 10.0), (True, 65.0)])
def test_a_lost_scheduler_is_said_in_time(tmp_path, monkeypatch, silent, most, after):
    ticks = (STEP * k for k in itertools.count())
    clock = SimpleNamespace(
        monotonic=lambda: next(ticks), monotonic_ns=lambda: 0, sleep=lambda _: None
    )
    monkeypatch.setattr(flow_module, "time", clock)
    monkeypatch.setattr(flow_module, "_POLL_SECONDS", 0.0)
    inputs = faulty_inputs(9)
    client = FakeClient(silent, after)
    flow = Flow(
        client,
        FaultySums(str(tmp_path)),
        inputs,
        PlannedTiles([Tile(i, columns=((i, i + 1),)) for i in range(9)]),
        lambda: False,
        header=b"",
        layout=Layout.of(inputs),
        blocks=FakeBlocks(),
        options=FlowOptions(patience=1e9),
    )
    with pytest.raises(EngineUnavailableError, match="far:8786 is gone; the tiles that are done"):
        list(flow.partials())
    assert clock.monotonic() <= most
    runs = [future for future in client.sent if future is not flow._call]
    assert len(runs) == (6 if silent and after else after)  # it may only be slow to answer
    assert {future.status for future in client.sent} <= {"released"}

"""The plan of a scan: its counts are those of the scan, its sums add up."""

from __future__ import annotations

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.discovery import counts as counts_module
from spreadlab.discovery.plan import scan_tiles
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.engines import scan_plan
from spreadlab.engines.local import LocalEngine
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs

FORWARD = PairScanSpec(lags=1, direction="forward", keep=1e-4)


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(scan_plan, "_SAMPLE_SECONDS", 0.05)
    monkeypatch.setattr(scan_plan, "_MOST_SAMPLE", 130)


@pytest.fixture
def engine():
    opened = LocalEngine(2)
    yield opened
    opened.close()


def test_counts_are_those_of_the_scan(engine):
    plan = sl.plan_scan(700, 60, FORWARD, engine=engine)
    assert plan.n_tests == 700 * 699 // 2
    assert plan.tiles == len(scan_tiles(700))
    assert 1 <= plan.runs <= plan.tiles
    assert plan.cores == 2
    assert plan.seconds > 0
    assert np.isnan(plan.cost)


def test_time_and_cost_follow_the_rate(engine, monkeypatch):
    monkeypatch.setattr(scan_plan, "_measure", lambda *args: (1000.0, 3.0, 8.0))
    plan = sl.plan_scan(5000, 60, FORWARD, cores=50, price_per_core_hour=0.36, engine=engine)
    assert plan.core_seconds == pytest.approx(2 * plan.n_tests / 1000)  # two threads made it
    assert plan.seconds == pytest.approx(3.0 + plan.core_seconds / 50)
    assert plan.cost == pytest.approx(plan.core_seconds * 1e-4)
    assert plan.runs == pytest.approx(min(plan.core_seconds / 1.5, plan.tiles), rel=0.01)
    assert plan.bytes_back == 8 * plan.n_tests
    assert plan.bytes_out == (plan.runs + plan.tiles) * 8 * 60 * 128


def test_the_rate_is_the_one_of_the_engine(engine, monkeypatch):
    ticks = iter(np.arange(0.0, 1e6, 0.5))
    monkeypatch.setattr(scan_plan.time, "perf_counter", lambda: next(ticks))
    plan = sl.plan_scan(130, 60, FORWARD, engine=engine)
    assert plan.core_seconds == pytest.approx(2 * 0.5)  # the whole scan in one tick, two threads


def test_what_a_scan_takes_beside_its_tiles_is_told_from_them(engine, monkeypatch):
    """An engine that takes 0.3 s a scan and 1 ms a thousand tests, on a clock of its own."""
    now, sizes = [0.0], []

    class Clocked:
        def capabilities(self):
            return engine.capabilities()

        def submit(self, scan, inputs, **options):
            sizes.append(inputs["prices"].shape[1])
            now[0] += 0.3 + scan.n_tests(sizes[-1]) * 1e-6
            return engine.submit(PairScanSpec(lags=1, direction="forward"), _two(inputs), **options)

    def _two(inputs):
        return Inputs({"prices": inputs["prices"][:, :2]}, {"symbols": ["A", "B"]})

    monkeypatch.setattr(scan_plan, "current_engine", lambda _: Clocked())
    monkeypatch.setattr(scan_plan.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(scan_plan, "_SAMPLE_SECONDS", 2.0)
    monkeypatch.setattr(scan_plan, "_MOST_SAMPLE", 3072)
    plan = sl.plan_scan(5000, 60, FORWARD)
    assert sizes[0] == sizes[1] == 512
    assert sizes == sorted(sizes)
    assert plan.core_seconds == pytest.approx(2 * plan.n_tests * 1e-6)
    assert plan.seconds == pytest.approx(0.3 + plan.n_tests * 1e-6)


@pytest.mark.parametrize("threads", [1, 64, 256])
def test_every_thread_of_a_large_cluster_is_busy_in_the_calibration(threads, monkeypatch):
    sizes = []
    ticks = iter(np.arange(0.0, 1e6, 0.01))
    monkeypatch.setattr(scan_plan.time, "perf_counter", lambda: next(ticks))
    monkeypatch.setattr(scan_plan, "_walks", lambda symbols, rows: symbols)
    monkeypatch.setattr(scan_plan, "_answer_bytes", lambda *args, **options: 8.0)

    class Wide:
        def submit(self, scan, symbols, **options):
            sizes.append(len(scan_tiles(symbols)))
            return self

        def result(self):
            return None

    scan_plan._measure(Wide(), FORWARD, 100_000, 60, threads)
    assert sizes[0] >= 2 * threads
    assert sizes[-1] >= 8 * threads


def test_a_counted_scan_needs_no_room_for_its_pvalues(engine):
    exact = sl.plan_scan(14_000, 60, FORWARD, engine=engine)
    counted = sl.plan_scan(20_000, 60, FORWARD, engine=engine)
    assert counted.submitter_bytes < 1e9 < exact.submitter_bytes


def test_a_large_scan_prints_its_plan_first(engine, monkeypatch, capsys):
    monkeypatch.setattr(counts_module, "MOST_EXACT", 100)
    prices = np.exp(np.cumsum(np.random.default_rng(0).normal(size=(60, 20)) * 0.01, axis=0))
    options = {"lags": 1, "direction": "forward", "engine": engine}
    sl.discover_pairs(prices, progress=False, **options)
    assert capsys.readouterr().err == ""
    sl.discover_pairs(prices, **options)
    said = capsys.readouterr().err
    assert said.startswith("ScanPlan(size: 20 symbols x 60 rows, 190 tests; tasks: ")
    assert "time: " in said
    assert "memory: " in said


@pytest.mark.parametrize(
    ("arguments", "options", "name"),
    [
        ((1, 60), {}, "n_symbols"),
        ((50, 10), {}, "n_obs"),
        ((50, 60, "aic"), {}, "spec"),
        ((50, 60, PairScanSpec(align="pairwise")), {}, "spec"),
        ((50, 60), {"cores": 0}, "cores"),
        ((50, 60), {"price_per_core_hour": -1.0}, "price_per_core_hour"),
    ],
)
def test_sizes_without_a_scan_are_refused(arguments, options, name):
    with pytest.raises(InvalidInputError, match=name):
        sl.plan_scan(*arguments, **options)


def test_repr_says_it_in_units():
    plan = scan_plan.ScanPlan(
        20_000, 500, 199_990_000, 2, 12_403, 300, 450.0, 900.0, 3 << 30, 1 << 20, 10**13, 500, 1.5
    )
    assert repr(plan) == (
        "ScanPlan(size: 20,000 symbols x 500 rows, 199,990,000 tests; tasks: 12,403 tiles in 300 "
        "runs; time: 7.5 min on 2 cores; memory: 3.2 GB here, 1.0 MB a worker; "
        "moved: 10.0 TB to workers, 0.5 kB back; cost: 1.50)"
    )
    assert "Plan of a scan" in plan._repr_html_()

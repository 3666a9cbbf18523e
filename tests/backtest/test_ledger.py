"""The ledger: counts right, survives crowds and kills, and shows nowhere it should not."""

import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest
from tests.backtest import cases

import spreadlab as sl
from spreadlab.api_backtest import sweep
from spreadlab.backtest import study as studies
from spreadlab.backtest.ledger import PATH_VARIABLE, Ledger, Trial, default_path
from spreadlab.backtest.significance import deflated_sharpe_ratio
from spreadlab.backtest.study import current_study, study

PANEL = cases.make_panel(200, 5)
GRID = {"entry_z": [0.5, 0.8, 1.2], "lookback": [10, 20]}


def trial(i, name="s", **changes):
    facts = {
        "study": name,
        "request": f"r{i}",
        "kind": "backtest",
        "rule": "R",
        "data_digest": "d",
        "n_obs": 100,
        "sharpe": 0.01 * i,
        "skew": 0.0,
        "kurtosis": 3.0,
        "n_trials": 1,
        "n_effective": 1.0,
        "sharpe_mean": 0.01 * i,
        "sharpe_variance": 0.0,
        "engine": "local",
        "version": "0",
    }
    return Trial(**(facts | changes))


def run(rule=None, **options):
    policy = sl.ZScoreRule(20, 1.0, 0.0) if rule is None else rule
    return sl.backtest(PANEL, pair=cases.make_pair(), policy=policy, **options)


@pytest.mark.parametrize("where", [":memory:", "file"])
def test_rows_come_back_once_each(where, tmp_path):
    book = Ledger(where if where == ":memory:" else tmp_path / "deep" / "ledger.sqlite")
    assert book.add(trial(1))
    assert not book.add(trial(1))
    assert book.add(trial(1, name="other"))
    assert book.add(trial(2, kind="sweep"))
    assert book.trials() == [trial(1), trial(1, name="other"), trial(2, kind="sweep")]
    assert list(book) == book.trials()
    assert len(book) == 3
    assert book.trials("s", "sweep") == [trial(2, kind="sweep")]
    assert book.studies() == {"other": 1, "s": 2}
    frame = book.to_frame("s")
    assert frame["request"].tolist() == ["r1", "r2"]
    assert str(frame["recorded"].dtype).endswith("UTC]")
    assert book.clear("s", before=time.time() - 3600) == 0
    assert book.clear("s") == 2
    assert book.studies() == {"other": 1}
    assert book.clear() == 1
    with pytest.raises(sl.InvalidInputError, match="study: got 3"):
        book.trials(3)
    book.close()


def test_count_pools_sweeps_and_backtests():
    random = np.random.default_rng(0)
    book, everything = Ledger(":memory:"), []
    for i, size in enumerate([1, 1, 7, 20]):
        ratios = random.normal(0.1 * i, 1.0, size)
        everything.extend(ratios)
        book.add(
            trial(
                i,
                n_trials=size,
                n_effective=size / 2,
                sharpe_mean=ratios.mean(),
                sharpe_variance=ratios.var(ddof=1) if size > 1 else 0.0,
            )
        )
    book.add(trial(99, n_trials=0, n_effective=0.0, sharpe_mean=None, sharpe_variance=None))
    count = book.count("s")
    assert count.n_trials == 29
    assert count.n_effective == 14.5
    assert count.variance == pytest.approx(np.var(everything, ddof=1))
    assert book.count("empty") == type(count)(0, 0.0, 0.0)


def test_backtests_are_counted_once_and_by_study():
    with study("mine", in_memory=True) as mine:
        assert current_study() is mine
        a, b = run(), run(sl.ZScoreRule(20, 1.5, 0.0))
        run()
        with study("inner", in_memory=True) as inner:
            run(cost_bps=1.0)
        assert current_study() is mine
    rows = mine.ledger.trials("mine")
    assert [row.kind for row in rows] == ["backtest", "backtest"]
    assert inner.count().n_trials == 1
    year = math.sqrt(252)
    assert rows[0].sharpe == pytest.approx(a.sharpe / year)
    assert rows[0].rule == "ZScoreRule"
    assert rows[0].data_digest == a.provenance["data_digest"]
    assert rows[0].engine == "local"
    assert mine.count().variance == pytest.approx(np.var([a.sharpe, b.sharpe], ddof=1) / 252)
    assert current_study().name == "default"


def test_deflated_sharpe_takes_its_trials_from_the_ledger():
    with study("mine", in_memory=True) as mine:
        alone = run()
        assert alone.deflated_sharpe() == pytest.approx(alone.probabilistic_sharpe())
        sw = sweep(PANEL, pair=cases.make_pair(), rule=sl.ZScoreRule(20), grid=GRID)
        after = alone.deflated_sharpe()
    ratios = np.append(sw.sharpe.ravel(), alone.sharpe) / math.sqrt(252)
    expected = deflated_sharpe_ratio(
        ratios[-1],
        200,
        n_trials=1 + sw.effective_trials,
        variance=ratios.var(ddof=1),
        skew=alone.metrics.skew,
        kurtosis=alone.metrics.kurtosis,
    )
    assert after == pytest.approx(expected) == pytest.approx(alone.deflated_sharpe(mine))
    assert after < alone.probabilistic_sharpe()
    assert math.isnan(run(sl.ThresholdRule(-9, 0, 9, 0)).deflated_sharpe())


def test_noise_strategies_are_significant_until_deflated():
    """Two hundred rules on pure noise: the best looks skilled alone, and not among the others."""
    random = np.random.default_rng(15)
    walks = np.exp(np.cumsum(random.normal(0, 0.01, (400, 2)), axis=0)) * 50
    best = None
    with study("noise", in_memory=True) as noise:
        for lookback in range(5, 55, 5):
            for entry in np.linspace(0.3, 2.2, 20):
                bt = sl.backtest(
                    walks,
                    pair=cases.make_pair(1.0, 0.0),
                    policy=sl.ZScoreRule(lookback, entry, 0.0),
                )
                if math.isfinite(bt.sharpe) and (best is None or bt.sharpe > best.sharpe):
                    best = bt
        assert noise.count().n_trials > 190
        assert best.probabilistic_sharpe() > 0.95
        assert best.deflated_sharpe() < 0.6


def test_points_of_a_sweep_on_demand():
    with study("mine", in_memory=True) as mine:
        sw = sweep(PANEL, pair=cases.make_pair(), rule=sl.ZScoreRule(20), grid=GRID)
        request = studies.request_digest(sw.provenance)
        assert mine.ledger.points(request) == []
        sweep(PANEL, pair=cases.make_pair(), rule=sl.ZScoreRule(20), grid=GRID, record_points=True)
    points = mine.ledger.points(request)
    assert len(points) == 6
    assert json.loads(points[1][0]) == {"entry_z": 0.5, "lookback": 20}
    assert points[1][1] == pytest.approx(sw.sharpe[0, 1] / math.sqrt(252))
    [row] = mine.ledger.trials("mine")
    assert (row.kind, row.n_trials) == ("sweep", 6)
    mine.ledger.clear("mine")
    assert mine.ledger.points(request) == []


def test_nothing_of_the_ledger_shows_in_results():
    with study("a", in_memory=True):
        first = run()
        texts = (repr(first), first._repr_html_())
        for entry in (0.7, 0.9, 1.1):
            run(sl.ZScoreRule(20, entry, 0.0))
        again = run()
        assert texts == (repr(again), again._repr_html_())


def test_a_ledger_that_cannot_be_written_costs_a_warning_not_the_answer(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    broken = studies.Study("x", Ledger(blocked / "ledger.sqlite"), [])
    with broken, pytest.warns(RuntimeWarning, match="this trial is not in the ledger"):
        assert run().n_obs == 200


def test_the_default_path_follows_the_environment(monkeypatch):
    monkeypatch.setenv(PATH_VARIABLE, "/elsewhere/l.sqlite")
    assert default_path() == "/elsewhere/l.sqlite"
    monkeypatch.delenv(PATH_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_path().replace(os.sep, "/") == "/data/spreadlab/ledger.sqlite"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_path().endswith(os.path.join("spreadlab", "ledger.sqlite"))  # noqa: PTH118


@pytest.mark.parametrize("name", ["", "  ", 3, None])
def test_a_study_needs_a_name(name):
    with pytest.raises(sl.InvalidInputError, match="name: got"):
        study(name)


WRITER = """
import sys
from spreadlab.backtest.ledger import Ledger, Trial
book, who, n = Ledger(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
i = 0
while i < n or n < 0:
    name = f"{who}-{i}"
    book.add(Trial("crowd", name, "backtest", "R", "d", 1, .1, 0., 3., 1, 1., .1, 0., "e", "v"))
    i += 1
    if n < 0:
        print(i, flush=True)
"""


def start_writer(path, who, n):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), who, str(n)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_eight_processes_write_ten_thousand_rows_at_once(tmp_path):
    path = tmp_path / "ledger.sqlite"
    writers = [start_writer(path, f"w{i}", 1250) for i in range(8)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    rows = Ledger(path).trials("crowd")
    assert len(rows) == 10_000
    assert {row.request for row in rows} == {f"w{i}-{j}" for i in range(8) for j in range(1250)}


def test_a_kill_in_the_middle_leaves_a_readable_ledger(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with start_writer(path, "victim", -1) as writer:
        assert writer.stdout.readline() == "ready\n"
        writer.stdin.write("go\n")
        writer.stdin.flush()
        written = 0
        while written < 300:
            written = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        said = [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        writer.wait()
    book = Ledger(path)
    rows = book.trials("crowd")
    assert len(rows) >= max([written, *said])
    assert [row.request for row in rows] == [f"victim-{i}" for i in range(len(rows))]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    assert book.add(trial(1))
    book.close()

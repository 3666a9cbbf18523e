"""The backtest view shows the results' own numbers, and loads the cell that is chosen."""

import numpy as np
import pytest

import spreadlab as sl
from spreadlab_widgets import BacktestView
from spreadlab_widgets.codec import from_wire

COSTS = {"cost_bps": 2.0, "slippage_bps": 1.0, "borrow_bps": 50.0}
GRID = {"lookback": [10, 20, 40], "entry_z": [1.0, 1.5, 2.0, 2.5]}


@pytest.fixture(scope="module")
def inside(prices):
    return prices[["B", "A"]].iloc[:300]


@pytest.fixture(scope="module")
def outside(prices):
    return prices[["B", "A"]].iloc[300:]


@pytest.fixture(scope="module")
def pair(inside):
    return sl.test_pair(inside["B"], inside["A"])


@pytest.fixture
def study():
    return sl.study("view", in_memory=True)


@pytest.fixture
def results(pair, inside, outside, study):
    with study:
        return [
            sl.backtest(rows, pair=pair, policy=sl.ZScoreRule(20, entry_z=1.0), **COSTS)
            for rows in (inside, outside)
        ]


@pytest.fixture
def sweep(pair, inside, study):
    with study:
        return sl.sweep(inside, pair=pair, rule=sl.ZScoreRule(20), grid=GRID, **COSTS)


def array(view, trait, name):
    return from_wire(view.get_state()[trait][name])


def test_the_account_is_both_results_one_after_the_other(results):
    view = BacktestView(*results)
    first, second = results
    assert view.error == ""
    profit = array(view, "_account", "profit")
    np.testing.assert_allclose(profit[:300], 100 * (first.equity / first.capital - 1))
    np.testing.assert_allclose(profit[300:], 100 * (second.equity / second.capital - 1))
    drawdown = array(view, "_account", "drawdown")
    np.testing.assert_allclose(drawdown, 100 * np.concatenate([first.drawdown, second.drawdown]))
    positions = array(view, "_account", "positions")
    np.testing.assert_array_equal(positions, np.concatenate([first.positions, second.positions]))
    assert view.get_state()["_account"]["parts"] == [
        {"name": "in sample", "first": 0, "end": 300},
        {"name": "out of sample", "first": 300, "end": 400},
    ]
    times = array(view, "_account", "times")
    np.testing.assert_array_equal(times, 1e3 * np.concatenate([first.times, second.times]))


def test_trades_are_those_of_the_results_on_the_bars_of_the_chart(results):
    view = BacktestView(*results)
    first, second = results
    count = len(first.trades)
    assert count > 2
    assert len(second.trades) > 1
    entry = array(view, "_trades", "entry")
    np.testing.assert_array_equal(entry[:count], first.trades["entry"])
    np.testing.assert_array_equal(entry[count:], second.trades["entry"] + 300)
    pnl = array(view, "_trades", "pnl")
    both = np.concatenate([first.trades["pnl"], second.trades["pnl"]])
    np.testing.assert_allclose(pnl, 100 * both / first.capital)
    costs = array(view, "_trades", "costs")
    paid = sum(first.trades[name] for name in ("commission", "slippage", "borrow"))
    np.testing.assert_allclose(costs[:count], 100 * paid / first.capital)
    reasons = view.get_state()["_trades"]["reasons"]
    named = [reasons[code] for code in array(view, "_trades", "reason")[:count]]
    assert named == list(first.trades["reason"])
    np.testing.assert_array_equal(
        array(view, "_trades", "part"), [0] * count + [1] * len(second.trades)
    )


def test_the_naive_sharpe_ratio_stands_beside_the_deflated_one(results, sweep, study):
    view = BacktestView(*results, sweep=sweep, study=study)
    shown = view.get_state()["_metrics"]
    for part, result in zip(shown["sharpe"], results, strict=True):
        assert part["naive"] == result.sharpe
        assert part["probabilistic"] == result.probabilistic_sharpe()
        assert part["deflated"] == result.deflated_sharpe(study)
        assert part["deflated"] < part["probabilistic"]
    count = study.count()
    assert count.n_trials >= 12
    assert (shown["n_trials"], shown["n_effective"]) == (count.n_trials, count.n_effective)


def test_the_study_is_the_one_in_force_where_the_view_was_made(results, study):
    with study:
        view = BacktestView(results[0])
    assert view.get_state()["_metrics"]["n_trials"] == study.count().n_trials
    view.out_of_sample = results[1]  # outside the block, as in a callback
    assert view.get_state()["_metrics"]["n_trials"] == study.count().n_trials


def test_metrics_are_named_figures_of_each_part(results):
    view = BacktestView(*results)
    rows = {row["name"]: row["values"] for row in view.get_state()["_metrics"]["rows"]}
    for name, values in rows.items():
        expected = [float(getattr(result.metrics, name)) for result in results]
        assert values == [
            None if np.isnan(x) else "infinite" if np.isinf(x) else x for x in expected
        ]
    words = view.get_state()["_metrics"]["rule"]
    assert words == "ZScoreRule: lookback 20, entry z 1.00, exit z 0, cooldown 0"
    assert {"total_return", "max_drawdown", "n_trades", "hit_rate", "turnover"} <= set(rows)


def test_a_cell_loads_its_backtest_in_and_out_of_sample(results, sweep, study, pair, outside):
    view = BacktestView(*results, sweep=sweep, prices_after=outside, study=study)
    before = study.count().n_trials
    view.set_state({"point": 5})  # as the browser sends it
    assert view.error == ""
    rule = sl.ZScoreRule(20, entry_z=1.5)
    assert view.in_sample.rule == rule
    np.testing.assert_array_equal(view.in_sample.equity, sweep.backtest(5).equity)
    with sl.study("other", in_memory=True):
        expected = sl.backtest(outside, pair=pair, policy=rule, **COSTS)
    np.testing.assert_array_equal(view.out_of_sample.equity, expected.equity)
    assert study.count().n_trials == before + 1  # looking at later prices is a trial
    assert view.point == 5


def test_every_cell_loads_another_backtest(sweep):
    view = BacktestView(sweep=sweep)
    seen = set()
    for point in range(sweep.n_points):
        view.point = point
        assert view.in_sample.sharpe == pytest.approx(
            sweep.sharpe.ravel()[point], rel=1e-9, nan_ok=True
        )
        assert view.out_of_sample is None
        seen.add(view.in_sample.equity.tobytes())
    assert len(seen) >= sweep.n_trials > 6


def test_a_host_may_load_cells_its_own_way(results, sweep):
    asked = []

    def load(point):
        asked.append(point)
        return results if point == 1 else None

    view = BacktestView(sweep=sweep, load=load)
    view.point = 1
    assert view.results == [("in sample", results[0]), ("out of sample", results[1])]
    view.point = 2  # its results come later
    assert view.in_sample is results[0]
    view.show(results[1], None, point=2)
    assert view.in_sample is results[1]
    assert view.point == 2
    assert asked == [1, 2]


def test_results_set_by_hand_are_of_no_cell(results, sweep):
    view = BacktestView(sweep=sweep)
    view.point = 3
    view.in_sample = results[0]
    assert view.point is None


def test_a_cell_that_fails_is_reported_and_the_picture_stays(results, sweep):
    def load(point):
        raise ValueError(f"no prices for {point}")

    view = BacktestView(*results, sweep=sweep, load=load)
    view.point = 1
    assert view.error == "ValueError: no prices for 1"
    assert view.in_sample is results[0]
    view.load = None
    view.point = 2
    assert view.error == ""


def test_the_sweep_is_sent_whole(sweep):
    view = BacktestView(sweep=sweep)
    sent = view.get_state()["_sweep"]
    assert sent["names"] == ["lookback", "entry_z"]
    np.testing.assert_array_equal(from_wire(sent["values"][0]), GRID["lookback"])
    np.testing.assert_array_equal(from_wire(sent["figures"]["sharpe"]), sweep.sharpe)
    np.testing.assert_array_equal(from_wire(sent["figures"]["n_trades"]), sweep.n_trades)
    assert sent["best"] == int(np.nanargmax(sweep.sharpe))


def test_arrays_travel_as_buffers(results, sweep):
    from ipywidgets.widgets.widget import _remove_buffers

    state, paths, _ = _remove_buffers(BacktestView(*results, sweep=sweep).get_state())
    assert {path[0] for path in paths} == {"_account", "_trades", "_sweep"}
    assert "view" not in state["_account"]["profit"]


def test_two_results_are_one_message(results):
    view = BacktestView()
    sent = []
    view.send_state = lambda key=None: sent.append(set(key))
    view.show(*results)
    assert len(sent) == 1
    assert {"_account", "_trades", "_metrics"} <= sent[0]


@pytest.mark.parametrize("name", ["point", "trade"])
def test_numbers_outside_are_refused(results, sweep, name):
    view = BacktestView(*results, sweep=sweep)
    for wrong in (-1, 1000):
        with pytest.raises(sl.InvalidInputError, match=name):
            setattr(view, name, wrong)
        assert getattr(view, name) is None
    view.trade = 2
    view.show(results[1])
    assert view.trade is None  # of the results before


@pytest.mark.parametrize("name", ["in_sample", "out_of_sample", "sweep"])
def test_other_things_are_refused(name):
    with pytest.raises(sl.InvalidInputError, match=name):
        BacktestView(**{name: 3})


def test_a_moving_hedge_ratio_cannot_go_on_beyond_its_bars(inside, outside):
    moving = sl.hedge_series(inside["B"], inside["A"], method="rolling", window=60)
    sweep = sl.sweep(inside, pair=moving, rule=sl.ZScoreRule(20), grid=GRID, **COSTS)
    view = BacktestView(sweep=sweep, prices_after=outside)
    view.point = 0
    assert "prices_after" in view.error
    view.prices_after = None
    view.point = 1
    assert view.error == ""


def test_results_without_dates_and_without_trades(pair, inside):
    never = sl.ThresholdRule(-9.0, 0.0, 9.0, 0.0)
    view = BacktestView(sl.backtest(inside.to_numpy(), pair=pair, policy=never))
    state = view.get_state()
    assert view.error == ""
    assert state["_account"]["times"] is None
    assert state["_trades"]["entry"]["shape"] == [0]
    assert state["_metrics"]["sharpe"][0]["naive"] is None


def test_repr_html_and_picture_read_without_a_kernel(results, sweep):
    view = BacktestView(*results, sweep=sweep)
    assert repr(view) == (f"BacktestView(in sample: {results[0]!r}; out of sample: {results[1]!r})")
    data, _ = view._repr_mimebundle_()
    for result in (*results, sweep):
        assert result._repr_html_() in data["text/html"]
    assert data["image/png"].startswith("iVBOR")
    alone, _ = BacktestView(sweep=sweep)._repr_mimebundle_()
    assert alone["image/png"].startswith("iVBOR")
    assert repr(BacktestView(sweep=sweep)) == f"BacktestView({sweep!r})"

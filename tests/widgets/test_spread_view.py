"""The spread view draws the pair's own spread, and hands over the window it is given."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab_widgets import SpreadView
from spreadlab_widgets.codec import from_wire
from spreadlab_widgets.spread_marks import NOT_TRADED

RULE = sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0)


@pytest.fixture(scope="module")
def inside(prices):
    return prices[["B", "A"]].iloc[:300]


@pytest.fixture(scope="module")
def pair(inside):
    return sl.test_pair(inside["B"], inside["A"])


@pytest.fixture(scope="module")
def results(pair, prices):
    legs = prices[["B", "A"]]
    return [
        sl.backtest(rows, pair=pair, policy=RULE, cost_bps=2)
        for rows in (legs.iloc[:300], legs.iloc[300:])
    ]


def lines(view):
    return {line["kind"]: line["value"] for line in view.get_state()["_levels"]["lines"]}


def test_what_is_sent_is_the_pair(pair):
    state = SpreadView(pair).get_state()
    np.testing.assert_array_equal(from_wire(state["_legs"]["prices"]), pair.prices.T)
    np.testing.assert_array_equal(from_wire(state["_spread"]["spread"]), pair.spread)
    np.testing.assert_array_equal(from_wire(state["_spread"]["hedge_ratio"]), [pair.hedge_ratio])
    days = from_wire(state["_legs"]["times"]).astype("datetime64[ms]")
    np.testing.assert_array_equal(days, pair.times)
    assert state["_legs"]["symbols"] == ["B", "A"]


def test_arrays_travel_as_buffers(pair, results):
    from ipywidgets.widgets.widget import _remove_buffers

    view = SpreadView(pair, backtest=results[0])
    _, paths, buffers = _remove_buffers(view.get_state())
    sent = {tuple(path): bytes(buffer) for path, buffer in zip(paths, buffers, strict=True)}
    assert sent["_spread", "spread", "view"] == view.spread.tobytes()
    assert {path[0] for path in sent} == {"_legs", "_spread", "_positions"}


def test_later_prices_are_shown_at_the_hedge_ratio_of_the_sample(pair, prices):
    view = SpreadView(pair, prices)
    log_b, log_a = np.log(prices["B"].to_numpy()), np.log(prices["A"].to_numpy())
    np.testing.assert_allclose(view.spread, log_b - pair.hedge_ratio * log_a - pair.intercept)
    assert view.window == (0, 300)
    assert view.n_obs == 400


def test_the_window_is_two_bars_or_two_dates(pair, prices):
    view = SpreadView(pair, prices, window=(50, 250))
    assert view.window == (50, 250)
    dates = prices.index
    view.window = (str(dates[10].date()), str(dates[99].date()))
    assert view.window == (10, 100)  # the last day is part of it
    assert view.window_dates == (dates[10].to_datetime64(), dates[99].to_datetime64())
    view.window = (dates[20], dates[80])
    assert view.window == (20, 81)
    view.set_state({"window": [5, 60]})  # as the browser sends it
    assert view.window == (5, 60)


@pytest.mark.parametrize(
    "window", [(0, 401), (-1, 100), (100, 50), (10, 20), (1.5, 100), "2020", (None, 3), ("x", "y")]
)
def test_a_window_that_has_no_meaning_is_refused(pair, prices, window):
    view = SpreadView(pair, prices)
    with pytest.raises(sl.InvalidInputError, match="window"):
        view.window = window
    assert view.window == (0, 300)


def test_dates_need_prices_with_dates(pair, inside):
    bare = sl.test_pair(inside["B"].to_numpy(), inside["A"].to_numpy())
    view = SpreadView(bare)
    assert view.dates is None
    assert view.window_dates is None
    with pytest.raises(sl.InvalidInputError, match="prices without dates"):
        view.window = ("2020-01-01", "2020-06-01")


def test_the_band_is_that_of_the_window_until_there_is_a_fit(pair):
    view = SpreadView(pair, window=(100, 200))
    part = pair.spread[100:200]
    found = [line["value"] for line in view.get_state()["_levels"]["lines"]]
    sd = np.sqrt(np.sum((part - part.mean()) ** 2) / 99)
    np.testing.assert_allclose(found, part.mean() + sd * np.array([0, -2, 2]))
    fit = sl.estimate_ou(pair.spread)
    view.ou = fit
    found = [line["value"] for line in view.get_state()["_levels"]["lines"]]
    np.testing.assert_allclose(found, fit.theta + 2 * fit.stationary_sd * np.array([0, -1, 1]))


def test_thresholds_are_those_of_the_policy(pair, policy):
    view = SpreadView(pair, policy=policy)
    levels = policy.thresholds
    assert lines(view)["enter-long"] == levels.enter_long
    assert lines(view)["exit-short"] == levels.exit_short
    view.policy = sl.ThresholdRule(-0.03, 0.01, 0.03, None)
    assert {k: v for k, v in lines(view).items() if "-" in k} == {
        "enter-long": -0.03,
        "exit-long": 0.01,
        "enter-short": 0.03,
    }


def test_levels_of_a_z_score_are_no_levels_of_the_spread(pair):
    with pytest.raises(sl.InvalidInputError, match="z-score"):
        SpreadView(pair, policy=sl.ZScoreRule(20))
    with pytest.raises(sl.InvalidInputError, match="policy"):
        SpreadView(pair, policy=3)


@pytest.mark.parametrize("method", ["rolling", "kalman"])
def test_a_hedge_ratio_that_moves_is_the_toolkits(pair, prices, method):
    view = SpreadView(pair, prices, hedge_window=60)
    view.set_state({"hedge": method})
    expected = sl.hedge_series(prices["B"], prices["A"], method=method, window=60)
    assert view.error == ""
    np.testing.assert_array_equal(view.spread, expected.forecast_error)
    sent = from_wire(view.get_state()["_spread"]["hedge_ratio"])
    np.testing.assert_array_equal(sent, expected.hedge_ratio)
    # Known the bar before: a later price changes nothing before it.
    changed = prices.copy()
    changed.iloc[200:, 0] *= 1.5
    again = SpreadView(pair, changed, hedge=method, hedge_window=60)
    np.testing.assert_array_equal(again.spread[:200], view.spread[:200])
    view.hedge = "static"
    assert view.hedge_series is None
    np.testing.assert_array_equal(view.spread, pair.spread_of(prices))


def test_levels_are_hidden_under_another_hedge_ratio(pair, policy):
    view = SpreadView(pair, policy=policy, hedge_window=60)
    view.hedge = "rolling"
    state = view.get_state()["_levels"]
    assert state["hidden"] == "static"
    assert {line["kind"] for line in state["lines"]} == {"mean", "band"}
    view.policy = RULE  # set while this hedge ratio is shown: it is of this one
    assert "enter-long" in lines(view)
    assert view.get_state()["_levels"]["hidden"] == ""


def test_a_hedge_ratio_that_cannot_be_computed_is_reported(pair):
    view = SpreadView(pair, hedge="kalman", hedge_window=1000)
    assert "InvalidInputError" in view.error
    assert view.spread is None
    assert view.get_state()["_levels"] is None
    view.hedge_window = 60
    assert view.error == ""
    assert view.spread is not None


def test_positions_stand_on_their_dates(pair, prices, results):
    view = SpreadView(pair, prices.iloc[50:], backtest=results[1])
    sent = view.get_state()["_positions"]
    positions = from_wire(sent["positions"])
    assert (positions[:250] == NOT_TRADED).all()
    np.testing.assert_array_equal(positions[250:], results[1].positions)
    np.testing.assert_array_equal(from_wire(sent["entry"]), results[1].trades["entry"] + 250)
    np.testing.assert_array_equal(from_wire(sent["exit"]), results[1].trades["exit"] + 250)
    np.testing.assert_array_equal(from_wire(sent["direction"]), results[1].trades["direction"])


def test_several_backtests_are_one_row_of_trades(pair, prices, results):
    view = SpreadView(pair, prices, backtest=results)
    first, second = (len(r.trades) for r in results)
    sent = view.get_state()["_positions"]
    assert from_wire(sent["entry"]).size == first + second
    view.trade = first  # the first of the second
    with pytest.raises(sl.InvalidInputError, match="trade"):
        view.trade = first + second
    assert view.trade == first
    view.backtest = None
    assert view.trade is None
    assert view.get_state()["_positions"] is None


def test_a_backtest_of_other_bars_is_refused(pair, prices, results):
    with pytest.raises(sl.InvalidInputError, match="dates that the prices shown do not have"):
        SpreadView(pair, backtest=results[1])
    view = SpreadView(pair, prices)
    with pytest.raises(sl.InvalidInputError, match="backtest"):
        view.backtest = [results[0], 3]


def test_a_new_pair_replaces_all_in_one_message(pair, prices):
    view = SpreadView(pair, prices, window=(60, 200))
    sent = []
    view.send_state = lambda key=None: sent.append(set(key))
    view.pair = sl.test_pair(prices["D"], prices["C"])
    assert len(sent) == 1
    assert {"_legs", "_spread", "_levels"} <= sent[0]
    assert view.window == (60, 200)  # as many bars as before
    view.pair = None
    assert view.window == (0, 0)
    assert view.get_state()["_legs"] is None


def test_repr_html_and_picture_read_without_a_kernel(pair):
    view = SpreadView(pair)
    assert repr(view) == "SpreadView(B-A, hedge='static', window=(0, 300))"
    data, _ = view._repr_mimebundle_()
    assert data["text/html"].startswith(pair._repr_html_())
    assert data["image/png"].startswith("iVBOR")  # PNG in base64
    empty, _ = SpreadView()._repr_mimebundle_()
    assert "image/png" not in empty


@pytest.mark.parametrize(
    "wrong",
    [{"pair": 3}, {"ou": 3}, {"hedge": "none"}, {"backtest": 3}, {"window": (0, 5)}, {"trade": 0}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_other_things_are_refused(pair, wrong):
    with pytest.raises(Exception, match=next(iter(wrong))) as caught:
        SpreadView(**{"pair": pair, **wrong})
    assert type(caught.value).__name__ in {"InvalidTraitError", "TraitError"}


def test_a_missing_leg_is_refused_at_once(pair, prices):
    with pytest.raises(sl.InvalidInputError, match="no column A"):
        SpreadView(pair, prices[["B", "C"]])


def test_the_trend_of_a_test_goes_on(prices):
    trended = sl.test_pair(prices["B"].iloc[100:300], prices["A"].iloc[100:300], trend="ct")
    view = SpreadView(trended, prices)
    assert view.error == ""
    assert view.window == (100, 300)
    np.testing.assert_allclose(view.spread[100:300], trended.spread, atol=1e-12)


def test_raw_prices_without_dates_are_counted_in_bars(prices):
    pair = sl.test_pair(prices["B"].to_numpy(), prices["A"].to_numpy(), transform="none")
    view = SpreadView(pair, prices[["B", "A"]].to_numpy())
    np.testing.assert_allclose(view.spread, pair.spread, atol=1e-12)
    assert view.get_state()["_legs"]["unit"] == "prices"
    assert view.get_state()["_legs"]["times"] is None


def test_ten_thousand_bars_cross_without_rounding():
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.normal(0, 0.01, 10_000)) + 4
    frame = pd.DataFrame(
        {"Y": np.exp(0.5 * walk + rng.normal(0, 0.01, 10_000)), "X": np.exp(walk)},
        index=pd.date_range("1990-01-01", periods=10_000, freq="D"),
    )
    pair = sl.test_pair(frame["Y"], frame["X"], lags=1)
    view = SpreadView(pair)
    np.testing.assert_array_equal(from_wire(view.get_state()["_spread"]["spread"]), pair.spread)


def test_any_object_with_the_right_names_is_a_fit(pair):
    view = SpreadView(pair, ou=SimpleNamespace(theta=0.5, stationary_sd=0.25))
    assert lines(view) == {"mean": 0.5, "band": 1.0}

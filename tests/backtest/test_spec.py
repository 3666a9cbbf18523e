"""The public edge: which prices, pairs and options are refused, and with which words."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.backtest import cases

import spreadlab as sl
from spreadlab._canonical import canonical_bytes, decode, encode
from spreadlab.backtest.spec import make_backtest_request

PANEL = cases.make_panel(60, 4)
RULE = sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0)
FRAME = pd.DataFrame(
    PANEL.prices, columns=["KO", "PEP"], index=pd.date_range("2020-01-01", periods=60, name="date")
)


def run(prices=PANEL, **options):
    return sl.backtest(prices, **({"pair": cases.make_pair(), "policy": RULE} | options))


def test_every_kind_of_prices_gives_the_same_answer():
    expected = run().equity
    polars = pl.from_pandas(FRAME.reset_index())
    swapped = FRAME[["PEP", "KO"]].assign(XOM=np.nan)
    for prices in (FRAME, polars, swapped, PANEL.prices, PANEL.prices.tolist()):
        np.testing.assert_array_equal(run(prices).equity, expected)


def test_dates_reach_the_frames():
    bt = run(FRAME)
    assert bt.to_frame().index.equals(FRAME.index.rename("time").as_unit("us"))
    trades = bt.trades_frame()
    assert (trades["entry_time"] == FRAME.index[trades["entry"]]).all()
    assert "entry_time" not in run().trades_frame()


def test_the_transform_is_the_pairs_unless_given():
    raw = cases.make_pair(0.8, 0.0, "none")
    assert run(pair=raw).spread[0] == PANEL.prices[0, 0] - 0.8 * PANEL.prices[0, 1]
    logs = np.log(PANEL.prices[0])
    assert run(pair=raw, transform="log").spread[0] == logs[0] - 0.8 * logs[1]


@pytest.mark.parametrize("transform", ["log", "none"])
def test_a_row_of_a_scan_is_a_pair(transform):
    row = sl.discover_pairs(FRAME, transform=transform, progress=False).best
    pair = sl.test_pair(FRAME[row.dependent], FRAME[row.hedge], transform=transform)
    rule = sl.ZScoreRule(10, 1.0)
    bt = run(FRAME, pair=row, policy=rule)
    np.testing.assert_allclose(bt.equity, run(FRAME, pair=pair, policy=rule).equity, rtol=1e-9)
    assert bt.trades.size


def test_a_pair_must_say_its_transform():
    row = SimpleNamespace(dependent="KO", hedge="PEP", hedge_ratio=0.8, intercept=0.1)
    with pytest.raises(sl.InvalidInputError, match="transform: a SimpleNamespace does not say"):
        run(pair=row)
    np.testing.assert_array_equal(run(pair=row, transform="log").equity, run().equity)


def test_a_pair_with_a_trend_is_refused():
    pair = SimpleNamespace(**vars(cases.make_pair()), slope=1e-4)
    with pytest.raises(sl.InvalidInputError, match="pair: has a trend"):
        run(pair=pair)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"prices": FRAME[["KO"]]}, "prices"),
        ({"prices": FRAME.to_numpy()[:, :1]}, "prices"),
        ({"prices": np.ones((60, 3)) + np.arange(60.0)[:, None]}, "prices"),
        ({"prices": FRAME.iloc[:1]}, "prices"),
        ({"prices": FRAME.iloc[:0]}, "prices"),
        ({"prices": FRAME.iloc[::-1]}, "prices"),
        ({"prices": FRAME.assign(KO=-FRAME["KO"])}, 'prices["KO"]'),
        ({"prices": FRAME.mask(FRAME.median() < FRAME)}, 'prices["KO"]'),
        ({"pair": 3}, "pair"),
        ({"pair": cases.make_pair(math.nan)}, "pair.hedge_ratio"),
        ({"pair": cases.make_pair("x")}, "pair.hedge_ratio"),
        ({"pair": cases.make_pair(np.ones(7))}, "pair.hedge_ratio"),
        ({"pair": cases.make_pair(1.0, math.inf)}, "pair.intercept"),
        ({"pair": cases.make_pair(transform="sqrt")}, "transform"),
        ({"policy": None}, "policy"),
        ({"transform": "sqrt"}, "transform"),
        ({"capital": 0.0}, "capital"),
        ({"capital": math.nan}, "capital"),
        ({"gross": -1.0}, "gross"),
        ({"cost_bps": -1.0}, "cost_bps"),
        ({"cost_bps": "1"}, "cost_bps"),
        ({"slippage_bps": 10_000.0}, "slippage_bps"),
        ({"borrow_bps": -0.1}, "borrow_bps"),
        ({"fill": "same_close"}, "fill"),
        ({"prices": FRAME, "fill": "next_open"}, "fill"),
        ({"compounding": 1}, "compounding"),
        ({"close_at_end": "yes"}, "close_at_end"),
        ({"periods_per_year": 0}, "periods_per_year"),
    ],
)
def test_refuses(options, argument):
    with pytest.raises(sl.InvalidInputError) as error:
        run(**options)
    assert error.value.argument == argument


def test_a_missing_leg_is_named():
    with pytest.raises(sl.InvalidInputError, match=r"no column for 'PEP' \(columns: KO, XOM\)"):
        run(FRAME.rename(columns={"PEP": "XOM"}))


def test_raw_prices_must_be_positive_too():
    prices = PANEL.prices.copy()
    prices[5, 0] = -1.0
    spec, inputs = make_backtest_request(PANEL, pair=cases.make_pair(), policy=RULE)
    with pytest.raises(sl.InvalidInputError, match="positive"):
        spec.check(sl.task.Inputs({"prices": prices}, {"symbols": ("KO", "PEP")}))
    spec.check(inputs)


def test_requests_have_one_byte_form():
    spec, inputs = make_backtest_request(FRAME, pair=cases.make_pair(), policy=RULE, cost_bps=2)
    again, same = make_backtest_request(FRAME, pair=cases.make_pair(), policy=RULE, cost_bps=2.0)
    assert canonical_bytes(spec) == canonical_bytes(again)
    assert canonical_bytes(decode(encode(spec))) == canonical_bytes(spec)
    assert inputs.digest == same.digest


def test_a_leg_that_never_moves_can_be_traded():
    prices = PANEL.prices.copy()
    prices[:, 1] = 50.0
    assert run(prices, pair=SimpleNamespace(**vars(cases.make_pair(1.0, 0.0)))).n_obs == 60

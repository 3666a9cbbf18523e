"""Hostile input to every public verb: a defined answer each, never a plausible number.

One table of spoilt prices and series goes through each verb. The verbs run on an engine that
fails when work begins, so what is refused is refused before any work.
"""

import math
import types

import numpy as np
import pandas as pd
import polars as pl
import pytest

import spreadlab as sl
from spreadlab.data.universe import simulate_universe

INDEX = pd.bdate_range("2018-01-01", periods=300, unit="ns")
DAY = str(INDEX[4].date())


class IdleEngine:
    """Checks requests as every engine does, and fails the test if one would have been run."""

    address = "idle"

    def submit(self, task, inputs=None, *, done=(), max_buffered=None):
        task.check(inputs)
        raise AssertionError(f"{type(task).__name__} was accepted")

    def capabilities(self):
        raise NotImplementedError

    def close(self):
        pass


IDLE = IdleEngine()


@pytest.fixture(scope="module")
def good():
    universe = simulate_universe(4, 300, 1, seed=12, half_life=8.0, start="2018-01-01")
    (pair,) = universe.pairs.itertuples()
    others = [name for name in universe.prices.columns if name not in {pair.dependent, pair.hedge}]
    frame = universe.prices[[pair.dependent, pair.hedge, *others]]
    return frame.set_axis(["Y", "X", "V", "W"], axis=1)


def put(value, row=4, column="X"):
    def spoil(frame):
        frame = frame.copy()
        frame.iloc[row, frame.columns.get_loc(column)] = value
        return frame

    return spoil


# What is wrong: how to spoil good prices, and what is said of the column or the table.
COLUMN_FAULTS = {
    "NaN": (put(np.nan), rf"1 missing value on {DAY}"),
    "inf": (put(np.inf), rf"1 value is infinite, the first is inf on {DAY}"),
    "-inf": (put(-np.inf), rf"1 value is infinite, the first is -inf on {DAY}"),
    "zero under log": (put(0.0), rf"1 value is not positive, the first is 0\.0 on {DAY}"),
    "negative under log": (put(-3.5), rf"1 value is not positive, the first is -3\.5 on {DAY}"),
    "overflow": (put(1e300), rf"1 value is too large, the first is 1e\+300 on {DAY}"),
    "objects": (lambda f: f.assign(X=f["X"].astype(object)), r"values of type object"),
    "text": (lambda f: f.assign(X="1.5"), r"values of type string"),
    "booleans": (lambda f: f.assign(X=True), r"values of type boolean"),
}
TABLE_FAULTS = {
    "unsorted dates": (lambda f: f.iloc[[0, 2, 1, *range(3, 300)]], r"unsorted dates: .* in row 2"),
    "newest first": (lambda f: f[::-1], r"unsorted dates"),
    "duplicated dates": (lambda f: f.iloc[[0, 1, *range(1, 300)]], r"1 duplicated dates, the fir"),
    "no rows": (lambda f: f.iloc[:0], r"(empty, no rows|too short, 0 observations)"),
}
SYMBOL_FAULTS = {
    "duplicate symbols": (lambda f: f.set_axis(["Y", "X", "V", "X"], axis=1), r"1 duplicate symb"),
    "duplicate legs": (lambda f: f[["Y", "X", "X"]], r"1 duplicate symbols: 'X'"),
}


def refused(argument, words, call, *args, **kwargs):
    with pytest.raises(sl.InvalidInputError, match=rf"^{argument}: {words}") as caught:
        call(*args, engine=IDLE, **kwargs)
    assert not isinstance(caught.value, sl.NotMeanRevertingError)
    return str(caught.value)


def cases(*tables):
    joined = {name: case for table in tables for name, case in table.items()}
    return pytest.mark.parametrize(("spoil", "words"), joined.values(), ids=joined)


# --- discover_pairs


@cases(COLUMN_FAULTS)
def test_scan_names_the_column(good, spoil, words):
    refused(r'prices\["X"\]', words, sl.discover_pairs, spoil(good))


@cases(TABLE_FAULTS, SYMBOL_FAULTS)
def test_scan_names_the_table(good, spoil, words):
    refused("prices", words, sl.discover_pairs, spoil(good))


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        (lambda f: f.iloc[:29], r"too short, 29 observations; must be at least 30"),
        (lambda f: f[["Y"]], r"1 symbol; must be at least 2 symbols"),
        (lambda f: f[[]], r"empty, no price columns"),
        (lambda f: f["Y"], r"got Series of shape \(300,\)"),
        (lambda f: None, r"got "),
        (lambda f: "prices.csv", r"got str"),
        (lambda f: f.to_numpy()[:, 0], r"got ndarray of shape \(300,\)"),
        (lambda f: f.to_numpy().astype(object), r"got values of type object"),
        (lambda f: pd.concat({"Close": f}, axis=1), r"columns with 2 levels"),
        (lambda f: pl.from_pandas(f).lazy(), r"got a lazy frame"),
    ],
)
def test_scan_refuses_what_is_no_universe(good, prices, words):
    refused("prices", words, sl.discover_pairs, prices(good))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("transform", "sqrt"),
        ("transform", None),
        ("lags", "hqic"),
        ("lags", -1),
        ("lags", 10**6),
        ("lags", 1.5),
        ("lags", True),
        ("direction", "backward"),
        ("alpha", 0.0),
        ("alpha", 1.0),
        ("alpha", math.nan),
        ("keep", -1),
        ("keep", 0),
        ("keep", 1.5),
        ("keep", math.nan),
        ("keep", "best"),
        ("keep", True),
        ("align", "outer"),
    ],
)
def test_scan_names_the_option(good, option, value):
    refused(option, "", sl.discover_pairs, good, **{option: value})


def test_scan_follows_its_own_advice_about_gaps(good):
    spoilt = put(np.nan)(good)
    message = refused(r'prices\["X"\]', "1 missing", sl.discover_pairs, spoilt)
    assert 'align="inner"' in message
    scan = sl.discover_pairs(spoilt, align="inner", progress=False)
    expected = sl.discover_pairs(good.drop(INDEX[4]), progress=False)
    pd.testing.assert_frame_equal(scan.to_frame(), expected.to_frame())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda f: f.assign(X=7.0), "constant"),
        (lambda f: f.assign(X=f["Y"]), "near_duplicate"),
        (lambda f: f.assign(X=3 * f["Y"] ** 2), "near_duplicate"),
        (lambda f: f.assign(X=np.exp(-2 * np.log(f["Y"]) + 1)), "near_duplicate"),
    ],
)
def test_scan_answers_a_pair_without_answer_by_nan_and_a_reason(good, spoil, reason):
    scan = sl.discover_pairs(spoil(good)[["Y", "X", "V"]], progress=False)
    table = scan.to_frame()
    of_pair = table[table["dependent"].isin(["Y", "X"]) & table["hedge"].isin(["Y", "X"])]
    assert len(of_pair) == 1
    row = of_pair.iloc[0]
    for column in ("statistic", "pvalue", "pvalue_bh", "pvalue_by", "half_life"):
        assert math.isnan(row[column]), column
    assert reason in set(row.astype(str))
    other = table[table["dependent"].isin(["Y", "V"]) & table["hedge"].isin(["Y", "V"])].iloc[0]
    assert math.isfinite(other["pvalue"])


# --- test_pair


@pytest.mark.parametrize("leg", ["y", "x"])
@cases(COLUMN_FAULTS, {k: v for k, v in TABLE_FAULTS.items() if k != "no rows"})
def test_pair_names_the_leg(good, spoil, words, leg):
    legs = {"y": good["Y"], "x": good["V"], leg: spoil(good)["X"]}
    refused(leg, words, sl.test_pair, **legs)


@pytest.mark.parametrize(
    ("y", "x", "argument", "words"),
    [
        (lambda f: f["Y"], lambda f: f["X"].iloc[1:], "x", r"299 observations against 300 in y"),
        (lambda f: f["Y"].iloc[1:], lambda f: f["X"].iloc[:-1], "x", r"row 0 is 2018-01-01, and"),
        (lambda f: f["Y"], lambda f: f["X"].reset_index(drop=True), "x", r"has no dates while y"),
        (lambda f: f["Y"].iloc[:29], lambda f: f["X"].iloc[:29], "y", r"too short, 29 observatio"),
        (lambda f: [], lambda f: [], "y", r"too short, 0 observations"),
        (lambda f: f, lambda f: f["X"], "y", r"got DataFrame of shape"),
        (lambda f: f["Y"], lambda f: None, "x", r"got "),
        (lambda f: f["Y"] * 0 + 2, lambda f: f["X"], "y", r"constant \(2\.0 throughout\)"),
        (lambda f: f["Y"], lambda f: f["X"] * 0 + 2, "x", r"constant \(2\.0 throughout\)"),
    ],
)
def test_pair_refuses_what_is_no_pair(good, y, x, argument, words):
    refused(argument, words, sl.test_pair, y(good), x(good))


@pytest.mark.parametrize("transform", ["log", "none"])
@pytest.mark.parametrize("factor", [1.0, 3.0, 1e-6])
def test_pair_refuses_collinear_legs(good, transform, factor):
    y = good["Y"]
    x = factor * (y**2 if transform == "log" else y) + (0 if transform == "log" else 7)
    with pytest.raises(sl.InvalidInputError, match=r"^x: near_duplicate"):
        sl.test_pair(y, x, transform=transform)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("name", 3),
        ("transform", "sqrt"),
        ("lags", "hqic"),
        ("lags", -1),
        ("lags", 10**6),
        ("lags", None),
        ("trend", "ctt"),
        ("alpha", 0.0),
        ("alpha", "5%"),
    ],
)
def test_pair_names_the_option(good, option, value):
    refused(option, "", sl.test_pair, good["Y"], good["X"], **{option: value})


def test_advice_names_no_option_that_the_verb_lacks(good):
    spoilt = put(np.nan)(good)
    assert "align=" not in refused("x", "1 missing", sl.test_pair, spoilt["Y"], spoilt["X"])
    message = refused(
        r'prices\["X"\]', "1 missing", sl.backtest, spoilt, pair=pair_of(good), policy=rule()
    )
    assert "align=" not in message


# --- estimate_ou


@pytest.fixture(scope="module")
def spread():
    path = sl.simulate_ou(20.0, 0.0, 0.2, 1 / 252, n_obs=300, seed=5)
    return pd.Series(path, INDEX, name="spread")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda s: s.mask(s.index == INDEX[4]), r".*(missing|NaN)"),
        (lambda s: s.mask(s.index == INDEX[4], np.inf), r".*infinite"),
        (lambda s: s * 0 + 2, r"constant"),
        (lambda s: s * 1e300, r""),
        (lambda s: s.iloc[:5], r"(too short, )?5 observations; must be at least"),
        (lambda s: [], r"(too short, )?0 observations"),
        (lambda s: s.to_numpy().reshape(30, 5, 2), r"got .*shape \(30, 5, 2\)"),
        (lambda s: s.astype(object), r".*type object"),
        (lambda s: s.astype(str), r".*"),
        (lambda s: s.to_numpy() + 0j, r"got .*complex"),
        (lambda s: None, r"got "),
        (lambda s: "spread", r"got "),
        (lambda s: {"spread": [1, 2]}, r"got "),
        (lambda s: s > 0, r".*bool"),
        (lambda s: s[::-1], r"unsorted dates"),
        (lambda s: s.iloc[[0, *range(300)]], r"1 duplicated dates"),
        (lambda s: s.reset_index(drop=True).iloc[[1, 0, *range(2, 300)]], r".*unsorted"),
    ],
)
def test_ou_names_the_spread(spread, spoil, words):
    refused(r"spread(\.index)?", words, sl.estimate_ou, spoil(spread))


@pytest.mark.parametrize("dt", [0.0, -1.0, math.nan, math.inf, "daily", None, True, 1e-300, 1e300])
def test_ou_names_dt(spread, dt):
    refused("dt", "got", sl.estimate_ou, spread, dt)


def test_ou_of_what_wanders_or_alternates_is_an_error_not_a_number(spread):
    explosive = 1.05 ** np.arange(300) + spread.to_numpy()
    alternating = np.where(np.arange(300) % 2, 1.0, -1.0) + 0.1 * spread.to_numpy()
    for series in (explosive, alternating):
        with pytest.raises(sl.NotMeanRevertingError, match=r"^spread: "):
            sl.estimate_ou(series)


@pytest.mark.parametrize("series", [np.linspace(0, 1, 300), 0.9 ** np.arange(300)])
def test_ou_of_what_has_no_noise_is_an_error_not_a_number(series):
    with pytest.raises(sl.InvalidInputError, match=r"^spread: "):
        sl.estimate_ou(series)


# --- solve_hjb


def ou(**change):
    return types.SimpleNamespace(**{"kappa": 3.0, "theta": 0.0, "sigma": 0.2, **change})


@pytest.mark.parametrize("parameter", ["kappa", "theta", "sigma"])
@pytest.mark.parametrize("value", [math.nan, math.inf, "fast", None])
def test_policy_names_the_parameter(parameter, value):
    refused(
        rf"ou\.{parameter}", "got", sl.solve_hjb, ou(**{parameter: value}), discount=0.04, cost=0.01
    )


@pytest.mark.parametrize("parameter", ["kappa", "sigma"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_policy_needs_positive_speed_and_volatility(parameter, value):
    refused(
        rf"ou\.{parameter}", "got", sl.solve_hjb, ou(**{parameter: value}), discount=0.04, cost=0.01
    )


@pytest.mark.parametrize("model", [None, 3.0, "ou", {}, np.zeros(3)])
def test_policy_needs_a_model(model):
    refused("ou", "got .* without kappa", sl.solve_hjb, model, discount=0.04, cost=0.01)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("cost", 0.0),
        ("cost", -0.1),
        ("cost", math.nan),
        ("cost", math.inf),
        ("cost", "1bp"),
        ("discount", 0.0),
        ("discount", -0.1),
        ("discount", math.nan),
        ("discount", None),
        ("risk_penalty", -1.0),
        ("risk_penalty", math.inf),
        ("objective", "sharpe"),
        ("accounting", "accrual"),
        ("method", "guess"),
        ("n_grid", 0),
        ("n_grid", 10**9),
        ("n_grid", 100.5),
    ],
)
def test_policy_names_the_option(option, value):
    refused(option, "", sl.solve_hjb, ou(), **{"discount": 0.04, "cost": 0.01, option: value})


# --- backtest


def pair_of(frame, **change):
    fields = {
        "dependent": "Y",
        "hedge": "X",
        "hedge_ratio": 1.0,
        "intercept": 0.0,
        "transform": "log",
        **change,
    }
    return types.SimpleNamespace(**fields)


def rule():
    return sl.ThresholdRule(-0.05, 0.0, 0.05, 0.0)


@cases(COLUMN_FAULTS)
def test_backtest_names_the_column(good, spoil, words):
    refused(r'prices\["X"\]', words, sl.backtest, spoil(good), pair=pair_of(good), policy=rule())


@pytest.mark.parametrize("transform", ["log", "none"])
def test_backtest_needs_positive_prices_whatever_the_transform(good, transform):
    pair = pair_of(good, transform=transform)
    refused(
        r'prices\["X"\]',
        "1 value is not pos",
        sl.backtest,
        put(-1.0)(good),
        pair=pair,
        policy=rule(),
    )


@cases(TABLE_FAULTS, {"duplicate legs": SYMBOL_FAULTS["duplicate legs"]})
def test_backtest_names_the_table(good, spoil, words):
    refused("prices", words, sl.backtest, spoil(good), pair=pair_of(good), policy=rule())


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        (lambda f: f.iloc[:1], r"too short, 1 observation"),
        (lambda f: f[["Y", "V"]], r"no column for 'X'"),
        (lambda f: f.to_numpy(), r"an array of 4 columns; must be 2 columns"),
        (lambda f: f["Y"], r"got "),
        (lambda f: None, r"got "),
    ],
)
def test_backtest_refuses_what_holds_no_legs(good, prices, words):
    refused("prices", words, sl.backtest, prices(good), pair=pair_of(good), policy=rule())


def test_backtest_does_not_mind_what_other_columns_hold(good):
    spoilt = good.assign(V=np.nan)
    bt = sl.backtest(spoilt, pair=pair_of(good), policy=rule())
    expected = sl.backtest(good, pair=pair_of(good), policy=rule())
    np.testing.assert_array_equal(bt.equity, expected.equity)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"hedge_ratio": math.nan}, r"pair\.hedge_ratio"),
        ({"hedge_ratio": math.inf}, r"pair\.hedge_ratio"),
        ({"hedge_ratio": "one"}, r"pair\.hedge_ratio"),
        ({"hedge_ratio": np.ones(299)}, r"pair\.hedge_ratio"),
        ({"hedge_ratio": np.ones((300, 2))}, r"pair\.hedge_ratio"),
        ({"intercept": math.nan}, r"pair\.intercept"),
        ({"intercept": np.zeros(7)}, r"pair\.intercept"),
        ({"transform": "sqrt"}, r"transform"),
        ({"hedge": "Y"}, r"pair"),
    ],
)
def test_backtest_names_the_part_of_the_pair(good, change, argument):
    refused(argument, "", sl.backtest, good, pair=pair_of(good, **change), policy=rule())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("pair", None),
        ("pair", ("Y", "X")),
        ("policy", None),
        ("policy", "hold"),
        ("transform", "sqrt"),
        ("capital", 0.0),
        ("capital", -1.0),
        ("capital", math.nan),
        ("gross", 0.0),
        ("gross", math.inf),
        ("gross", 1e200),
        ("capital", 1e300),
        ("borrow_bps", 1e300),
        ("periods_per_year", 1e300),
        ("periods_per_year", 1e-300),
        ("cost_bps", -1.0),
        ("cost_bps", 10_000),
        ("cost_bps", math.nan),
        ("slippage_bps", -1.0),
        ("slippage_bps", "2"),
        ("borrow_bps", -1.0),
        ("fill", "now"),
        ("fill", "next_open"),
        ("compounding", "yes"),
        ("close_at_end", None),
        ("periods_per_year", 0),
    ],
)
def test_backtest_names_the_option(good, option, value):
    arguments = {"pair": pair_of(good), "policy": rule(), option: value}
    refused(option, "", sl.backtest, good, **arguments)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"pair": None}, "pair"),
        ({"cost_bps": -1.0}, "cost_bps"),
        ({"cost_bps": "5"}, "cost_bps"),
        ({"slippage_bps": math.nan}, "slippage_bps"),
        ({"prices": "KO"}, "prices"),
        ({"prices": np.ones(3)}, "prices"),
        ({"prices": [1.0, -1.0]}, "prices"),
        ({"prices": [1.0, math.nan]}, "prices"),
    ],
)
def test_spread_cost_names_the_argument(good, arguments, argument):
    known = {"pair": pair_of(good, transform="none"), "cost_bps": 5.0, "prices": [1.0, 2.0]}
    assert sl.spread_cost(**known) > 0
    with pytest.raises(sl.InvalidInputError, match=rf"^{argument}: "):
        sl.spread_cost(**{**known, **arguments})


# --- all


def test_good_input_reaches_the_engine(good, spread):
    for call in (
        lambda: sl.discover_pairs(good, engine=IDLE),
        lambda: sl.test_pair(good["Y"], good["X"], engine=IDLE),
        lambda: sl.estimate_ou(spread, engine=IDLE),
        lambda: sl.solve_hjb(ou(), discount=0.04, cost=0.01, engine=IDLE),
        lambda: sl.backtest(good, pair=pair_of(good), policy=rule(), engine=IDLE),
    ):
        with pytest.raises(AssertionError, match="was accepted"):
            call()

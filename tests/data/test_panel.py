"""What becomes a panel, and what each kind of bad input is told."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spreadlab.data.panel import ensure_pair, ensure_panel, ensure_series
from spreadlab.errors import InvalidInputError

INDEX = pd.bdate_range("2019-01-01", periods=40, unit="ns")


@pytest.fixture
def prices():
    walk = np.random.default_rng(3).standard_normal((40, 3)).cumsum(axis=0)
    return pd.DataFrame(100 * np.exp(0.01 * walk), index=INDEX, columns=["ABC", "KO", "XYZ"])


def message_of(call, *args, **kwargs):
    with pytest.raises(InvalidInputError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


POSITIVE = st.floats(1e-6, 1e6)


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(2, 12), st.integers(1, 5)), elements=POSITIVE),
    st.integers(0, 10**9),
)
def test_pandas_polars_and_numpy_make_the_same_panel(values, seconds):
    n_obs, n_symbols = values.shape
    index = pd.to_datetime(seconds, unit="s") + pd.to_timedelta(np.arange(n_obs), unit="D")
    names = [str(i) for i in range(n_symbols)]
    frame = pd.DataFrame(values, index=index, columns=names)
    dated = frame.rename_axis("date").reset_index()
    panels = [
        ensure_panel(table, constant="allow")
        for table in (frame, dated, pl.from_pandas(dated), values, values.tolist())
    ]
    for panel in panels:
        np.testing.assert_array_equal(panel.prices, values)
        assert panel.symbols == tuple(names)
        assert panel.digest == panels[0].digest
        assert not panel.prices.flags.writeable
    for panel in panels[:3]:
        np.testing.assert_array_equal(panel.timestamps, index.as_unit("ns").asi8)
    assert (
        ensure_panel(panels[0], constant="allow").to_frame().equals(frame.set_axis(names, axis=1))
    )


def test_a_panel_passes_through_without_a_copy(prices):
    panel = ensure_panel(prices, periods_per_year=365)
    again = ensure_panel(panel)
    assert np.shares_memory(again.prices, panel.prices)
    assert again.periods_per_year == 365
    assert again.digest == panel.digest


def test_a_panel_is_checked_again_for_another_purpose(prices):
    panel = ensure_panel(prices - 100, transform="none")
    assert 'prices["' in message_of(ensure_panel, panel, transform="log")


def test_later_changes_of_the_array_do_not_reach_the_panel(prices):
    array = prices.to_numpy(copy=True)
    panel = ensure_panel(array)
    array[:] = 1
    np.testing.assert_array_equal(panel.prices, prices.to_numpy())


def test_missing_values_are_named_with_their_dates(prices):
    prices.iloc[23:26, 2] = np.nan
    assert message_of(ensure_panel, prices) == (
        'prices["XYZ"]: 3 missing values between 2019-02-01 and 2019-02-05; '
        'fill or drop them (align="inner")'
    )
    prices.iloc[5, 0] = np.nan
    assert message_of(ensure_panel, prices) == (
        'prices["ABC"]: 1 missing value on 2019-01-08 (and likewise in 1 other column); '
        'fill or drop them (align="inner")'
    )
    assert message_of(ensure_panel, prices.to_numpy()[6:]).startswith(
        'prices["2"]: 3 missing values between rows 17 and 19'
    )


def test_inner_drops_the_rows_with_gaps_and_counts_them(prices):
    whole = prices.copy()
    prices.iloc[3, 0] = prices.iloc[3, 1] = prices.iloc[9, 2] = np.nan
    panel = ensure_panel(prices, align="inner")
    assert panel.dropped_rows == 2
    expected = whole.drop(whole.index[[3, 9]])
    np.testing.assert_array_equal(panel.prices, expected.to_numpy())
    np.testing.assert_array_equal(panel.timestamps, expected.index.asi8)
    assert ensure_panel(panel, align="inner").dropped_rows == 2
    prices.iloc[:39, 0] = np.nan
    assert message_of(ensure_panel, prices, align="inner") == (
        "prices: too short, 1 observation left of 40 after dropping rows with NaN; "
        "must be at least 2 observations"
    )


def test_pairwise_lets_gaps_through(prices):
    prices.iloc[3, 0] = np.nan
    panel = ensure_panel(prices, align="pairwise")
    assert np.isnan(panel.prices[3, 0])
    assert panel.n_obs == 40
    prices["KO"] = np.nan
    assert message_of(ensure_panel, prices, align="pairwise").startswith(
        'prices["KO"]: no values at all'
    )


@pytest.mark.parametrize("align", ["error", "inner", "pairwise"])
@pytest.mark.parametrize(
    ("value", "transform", "expected"),
    [
        (np.inf, "log", "1 value is infinite, the first is inf on 2019-01-04; must be finite"),
        (-np.inf, "none", "1 value is infinite, the first is -inf on 2019-01-04"),
        (0.0, "log", "1 value is not positive, the first is 0.0 on 2019-01-04; must be positive"),
        (-2.5, "log", "1 value is not positive, the first is -2.5 on 2019-01-04"),
        (1e300, "log", "1 value is too large, the first is 1e+300 on 2019-01-04; must be at most"),
        (-1e300, "none", "1 value is too large, the first is -1e+300 on 2019-01-04"),
    ],
)
def test_values_without_an_answer_are_named(prices, align, value, transform, expected):
    prices.iloc[3, 1] = value
    message = message_of(ensure_panel, prices, align=align, transform=transform)
    assert message.startswith(f'prices["KO"]: {expected}')


def test_the_remedy_for_prices_that_are_not_positive_works(prices):
    prices.iloc[3:5, 1] = -1.0
    message = message_of(ensure_panel, prices)
    assert "2 values are not positive" in message
    assert 'under transform="log"; use transform="none"' in message
    assert ensure_panel(prices, transform="none").prices[3, 1] == -1.0


def test_vanishing_values_are_refused(prices):
    prices["KO"] *= 1e-200
    assert 'prices["KO"]: no value is larger than ' in message_of(ensure_panel, prices)


@pytest.mark.parametrize("level", [7.5, 0.1, -3.0, 0.0])
def test_constant_columns_are_an_error_unless_allowed(prices, level):
    prices["KO"] = level
    assert message_of(ensure_panel, prices, transform="none") == (
        f'prices["KO"]: constant ({level} throughout); must be a series that varies; leave it out'
    )
    panel = ensure_panel(prices, transform="none", constant="allow")
    assert (panel.prices[:, 1] == level).all()


def test_constant_but_for_rounding_is_constant(prices):
    prices["KO"] = 0.1 * (1 + 1e-15 * np.arange(40))
    assert 'prices["KO"]: constant but for rounding (0.1 to ' in message_of(ensure_panel, prices)
    prices["KO"] = 0.1 * (1 + 1e-9 * np.arange(40))
    ensure_panel(prices)


def test_sizes_are_checked(prices):
    assert message_of(ensure_panel, prices.iloc[:1]) == (
        "prices: too short, 1 observation; must be at least 2 observations"
    )
    assert "too short, 40 observations; must be at least 50" in message_of(
        ensure_panel, prices, min_obs=50
    )
    assert message_of(ensure_panel, prices[["KO"]], min_symbols=2) == (
        "prices: 1 symbol; must be at least 2 symbols"
    )
    assert message_of(ensure_panel, prices.iloc[:0]).startswith("prices: empty, no rows")
    assert message_of(ensure_panel, prices[[]]).startswith("prices: empty, no price columns")
    assert message_of(ensure_panel, pd.DataFrame()).startswith("prices: empty")
    assert message_of(ensure_panel, pl.DataFrame()).startswith("prices: empty")
    assert message_of(ensure_panel, np.empty((0, 3))).startswith("prices: empty, no rows")
    assert message_of(ensure_panel, []).startswith("prices: ")


def test_the_argument_is_named_as_the_caller_calls_it(prices):
    prices.iloc[0, 0] = np.nan
    assert message_of(ensure_panel, prices, advice="fill them").endswith("2019-01-01; fill them")
    assert message_of(ensure_panel, prices, "universe").startswith('universe["ABC"]: ')


@pytest.mark.parametrize("option", ["transform", "align", "constant"])
def test_options_are_checked_by_name(prices, option):
    message = message_of(ensure_panel, prices, **{option: "maybe"})
    assert message.startswith(f"{option}: got 'maybe'; must be one of '")


def test_bars_a_year_are_given_or_inferred_or_daily(prices):
    assert ensure_panel(prices).periods_per_year == 252
    assert ensure_panel(prices, periods_per_year=52).periods_per_year == 52
    crypto = prices.set_axis(pd.date_range("2020-01-01", periods=40, freq="h"))
    assert ensure_panel(crypto).periods_per_year == 252
    assert ensure_panel(crypto, periods_per_year="infer").periods_per_year == 24 * 252
    longer = pd.concat([crypto] * 20).set_axis(pd.date_range("2020", periods=800, freq="h"))
    assert ensure_panel(longer, periods_per_year="infer").periods_per_year == 24 * 365
    assert "periods_per_year: 'infer' without dates" in message_of(
        ensure_panel, prices.to_numpy(), periods_per_year="infer"
    )
    for bad in (0, -1, np.nan, np.inf, "daily"):
        assert message_of(ensure_panel, prices, periods_per_year=bad).startswith(
            "periods_per_year: "
        )


THOUSANDTHS = st.integers(-(10**9), 10**9).map(lambda n: n / 1000)


@given(hnp.arrays(np.float64, st.integers(2, 20), elements=THOUSANDTHS))
def test_series_of_every_kind_read_the_same(values):
    index = pd.bdate_range("2020-01-01", periods=values.size, unit="ns")
    for series in (
        pd.Series(values, index, name="s"),
        pl.Series("s", values),
        values,
        list(values),
    ):
        array, name, stamps = ensure_series(series, "spread", constant="allow")
        np.testing.assert_array_equal(array, values)
        assert not array.flags.writeable
        assert name == (None if isinstance(series, np.ndarray | list) else "s")
        assert (stamps is not None) == isinstance(series, pd.Series)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([1.0, np.nan, 2.0], {}, "spread: 1 missing value in row 1; fill or drop them"),
        ([1.0, np.inf], {}, "spread: 1 value is infinite, the first is inf in row 1"),
        ([3.0, 3.0], {}, "spread: constant (3.0 throughout)"),
        ([1.0, 2.0], {"min_obs": 3}, "spread: too short, 2 observations; must be at least 3"),
        ([], {}, "spread: too short, 0 observations"),
        ([1.0, -2.0], {"transform": "log"}, "spread: 1 value is not positive, the first is -2.0"),
        ([1.0, 1e200], {}, "spread: 1 value is too large"),
    ],
)
def test_series_errors_name_the_argument(values, options, message):
    assert message_of(ensure_series, values, "spread", **options).startswith(message)


def test_series_may_drop_gaps():
    series = pd.Series([1.0, np.nan, 2.0], INDEX[:3])
    array, _, stamps = ensure_series(series, "spread", align="inner")
    np.testing.assert_array_equal(array, [1, 2])
    np.testing.assert_array_equal(stamps, INDEX[[0, 2]].asi8)


def test_a_pair_is_a_panel_of_two(prices):
    pair = ensure_pair(prices["KO"], prices["XYZ"])
    assert pair.symbols == ("KO", "XYZ")
    np.testing.assert_array_equal(pair.prices, prices[["KO", "XYZ"]].to_numpy())
    np.testing.assert_array_equal(pair.timestamps, INDEX.asi8)


def test_names_of_a_pair_fall_back_to_the_arguments(prices):
    ko = prices["KO"]
    assert ensure_pair(ko, ko.to_numpy()).symbols == ("y", "x")
    assert ensure_pair(ko, prices["XYZ"].rename("KO")).symbols == ("y", "x")
    assert ensure_pair(ko.to_numpy(), list(ko)).timestamps is None
    assert ensure_pair(ko.to_numpy(), ko).timestamps is not None


def test_a_pair_is_never_aligned_unasked(prices):
    y, x = prices["KO"], prices["XYZ"]
    assert message_of(ensure_pair, y, x.iloc[1:]) == (
        "x: 39 observations against 40 in y; must be as long as y; "
        'align them first, as pandas.concat([y, x], axis=1, join="inner") does'
    )
    assert message_of(ensure_pair, y.iloc[:-1], x.iloc[1:]).startswith(
        "x: row 0 is 2019-01-02, and 2019-01-01 in y; must be on the same rows as y"
    )
    assert "has no dates while y has" in message_of(ensure_pair, y, x.reset_index(drop=True))
    assert "has no dates while x has" in message_of(ensure_pair, y.reset_index(drop=True), x)
    numbered = y.reset_index(drop=True), x.reset_index(drop=True)
    assert message_of(ensure_pair, numbered[0].iloc[:-1], numbered[1].iloc[1:]).startswith(
        "x: row 0 is 1, and 0 in y"
    )
    assert message_of(ensure_pair, y.to_numpy(), x.to_numpy()[1:]).startswith("x: 39 observations")


def test_inner_keeps_the_dates_that_both_have(prices):
    y, x = prices["KO"].iloc[:-1].copy(), prices["XYZ"].iloc[2:]
    y.iloc[5] = np.nan
    pair = ensure_pair(y, x, align="inner")
    expected = prices[["KO", "XYZ"]].iloc[2:-1].drop(INDEX[5])
    np.testing.assert_array_equal(pair.prices, expected.to_numpy())
    np.testing.assert_array_equal(pair.timestamps, expected.index.asi8)
    assert pair.dropped_rows == 4
    none = message_of(ensure_pair, prices["KO"].iloc[:9], prices["XYZ"].iloc[9:], align="inner")
    assert none.startswith("y: too short, 0 observations")


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda s: s.where(s.index != INDEX[4]), "1 missing value on 2019-01-07"),
        (lambda s: s.mask(s.index == INDEX[4], np.inf), "1 value is infinite"),
        (lambda s: s.mask(s.index == INDEX[4], -1.0), "1 value is not positive, the first is -1.0"),
        (lambda s: s * 0 + 5, "constant (5.0 throughout)"),
        (lambda s: s * 1e300, "40 values are too large"),
        (lambda s: s[::-1], "unsorted dates"),
        (lambda s: s.iloc[[0, 0, 1]], "1 duplicated dates"),
        (lambda s: s.astype(object), "values of type object"),
        (lambda s: s.to_frame(), "got DataFrame of shape (40, 1)"),
    ],
)
@pytest.mark.parametrize("leg", ["y", "x"])
def test_pair_errors_name_the_leg(prices, spoil, expected, leg):
    legs = {"y": prices["KO"], "x": prices["XYZ"]}
    legs[leg] = spoil(legs[leg])
    assert message_of(ensure_pair, **legs).startswith(f"{leg}: {expected}")


def test_pairs_that_are_too_short_or_empty(prices):
    y, x = prices["KO"], prices["XYZ"]
    assert "y: too short, 40 observations; must be at least 60" in message_of(
        ensure_pair, y, x, min_obs=60
    )
    assert message_of(ensure_pair, [], []).startswith("y: too short, 0 observations")

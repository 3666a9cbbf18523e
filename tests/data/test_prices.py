"""The panel itself: immutable, one digest, cut by symbols and rows."""

import numpy as np
import pytest

from spreadlab.data.prices import PricePanel
from spreadlab.errors import InvalidInputError

STAMPS = np.arange(5, dtype=np.int64) * 86_400 * 10**9


@pytest.fixture
def panel():
    prices = np.arange(1.0, 16.0).reshape(5, 3)
    return PricePanel(prices, ("A", "B", "C"), STAMPS, 365.0, prices + 0.5)


def test_nothing_in_it_can_be_written(panel):
    for array in (panel.prices, panel.timestamps, panel.opens):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(AttributeError):
        panel.prices = None


def test_views_that_someone_else_can_write_are_copied():
    owner = np.arange(1.0, 7.0).reshape(3, 2)
    view = owner.view()
    view.flags.writeable = False
    panel = PricePanel(view, ("A", "B"))
    owner[0, 0] = 99
    assert panel.prices[0, 0] == 1


def test_cuts_carry_everything(panel):
    cut = panel.select(["C", "A"]).rows(1, 3)
    assert cut.symbols == ("C", "A")
    np.testing.assert_array_equal(cut.prices, [[6, 4], [9, 7]])
    np.testing.assert_array_equal(cut.opens, [[6.5, 4.5], [9.5, 7.5]])
    np.testing.assert_array_equal(cut.timestamps, STAMPS[1:3])
    assert cut.periods_per_year == 365
    assert cut.inputs.labels["symbols"] == ("C", "A")
    np.testing.assert_array_equal(cut.inputs["prices"], cut.prices)


def test_rows_are_a_view(panel):
    assert np.shares_memory(panel.rows(1, 4).prices, panel.prices)
    assert panel.rows(-2, 5).n_obs == 2


def test_the_digest_names_prices_and_symbols(panel):
    same = PricePanel(panel.prices.copy(), ("A", "B", "C"))
    assert same.digest == panel.digest
    assert PricePanel(panel.prices, ("A", "B", "D")).digest != panel.digest
    assert panel.rows(0, 4).digest != panel.digest


def test_repr(panel):
    assert repr(panel) == "PricePanel(5 rows x 3 symbols, 1970-01-01 to 1970-01-05)"
    assert repr(PricePanel(panel.prices, ("A", "B", "C"))) == "PricePanel(5 rows x 3 symbols)"


def test_to_frame(panel):
    frame = panel.to_frame()
    assert list(frame.columns) == ["A", "B", "C"]
    np.testing.assert_array_equal(frame.index.asi8, STAMPS)
    frame.iloc[0, 0] = 99
    assert panel.prices[0, 0] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prices": np.ones(3)}, r"prices: got shape \(3,\)"),
        ({"symbols": ("A", "B")}, r"symbols: 2 symbols for 3 columns"),
        ({"symbols": ("A", "B", "A")}, r"symbols: 1 duplicate symbols: 'A'"),
        ({"timestamps": STAMPS[:4]}, r"timestamps: got shape \(4,\) for 5 rows"),
        ({"timestamps": STAMPS[::-1]}, r"timestamps: unsorted dates"),
        ({"opens": np.ones((4, 3))}, r"opens: got shape \(4, 3\); must be"),
        ({"periods_per_year": 0}, r"periods_per_year: got 0"),
    ],
)
def test_parts_must_fit(panel, change, message):
    parts = {"prices": panel.prices, "symbols": panel.symbols, "timestamps": STAMPS, **change}
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        PricePanel(**parts)


@pytest.mark.parametrize("symbols", [["A", "Z"], ["A", "A"]])
def test_unknown_or_repeated_symbols_are_refused(panel, symbols):
    with pytest.raises(InvalidInputError, match=r"^symbols: "):
        panel.select(symbols)

"""A window is a range of bars of a panel."""

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.data.panel import ensure_panel
from spreadlab_widgets import WindowControl
from spreadlab_widgets.codec import from_wire


@pytest.fixture
def panel(prices):
    return ensure_panel(prices)


def test_a_panel_is_shown_whole(panel, prices):
    view = WindowControl(panel)
    assert view.window == (0, 400)
    bars = view.get_state()["_bars"]
    assert bars["count"] == 400
    milliseconds = from_wire(bars["times"])
    np.testing.assert_array_equal(milliseconds, prices.index.as_unit("ms").asi8.astype(np.float64))


def test_bars_without_dates_have_numbers(prices):
    view = WindowControl(ensure_panel(prices.to_numpy()))
    assert view.get_state()["_bars"]["times"] is None


def test_the_page_moves_it(panel):
    view = WindowControl(panel)
    view.set_state({"window": [10, 200], "dragging": True})
    assert view.window == (10, 200)
    assert view.dragging


@pytest.mark.parametrize("window", [(-1, 100), (0, 401), (100, 100), (100, 129), (200, 100)])
def test_a_window_that_can_not_be_is_refused(panel, window):
    view = WindowControl(panel)
    with pytest.raises(sl.InvalidInputError, match=r"window: got .*at least 30 bars"):
        view.window = window
    assert view.window == (0, 400)


def test_without_prices_there_is_no_window(panel):
    view = WindowControl()
    with pytest.raises(sl.InvalidInputError, match="without prices"):
        view.window = (0, 100)
    view.panel = panel
    view.panel = None
    assert view.window is None
    assert repr(view) == "WindowControl(no prices)"

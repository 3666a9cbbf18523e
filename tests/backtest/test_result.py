"""How a backtest shows itself."""

import numpy as np
import pandas as pd
import pytest
from tests.backtest import cases

import spreadlab as sl


@pytest.fixture(
    scope="module",
    params=[sl.ThresholdRule(-0.03, 0.0, 0.03, 0.0), sl.ZScoreRule(20, 1.0, 0.0, stop_z=3.0)],
)
def bt(request):
    frame = pd.DataFrame(
        cases.make_panel(300, 1).prices,
        columns=["KO", "PEP"],
        index=pd.date_range("2020-01-01", periods=300, name="date"),
    )
    return sl.backtest(
        frame, pair=cases.make_pair(), policy=request.param, cost_bps=2.0, close_at_end=False
    )


def test_repr_leads_with_the_sharpe_ratio_and_no_engine(bt):
    assert repr(bt).startswith("BacktestResult(KO-PEP: sharpe=")
    for text in (repr(bt), bt._repr_html_()):
        assert "local" not in text
        assert sl.__version__ not in text
        assert "0x" not in text
    assert "Sharpe ratio" in bt._repr_html_()
    assert repr(bt.costs).startswith("Costs(commission=")


def test_arrays_are_read_only_and_aligned(bt):
    for name in ("equity", "returns", "positions", "spread", "drawdown"):
        array = getattr(bt, name)
        assert array.shape == (300,)
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    assert bt.shares.shape == bt.exposures.shape == (300, 2)
    for kind in ("commission", "slippage", "borrow"):
        assert not getattr(bt.costs, kind).flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        bt.trades["pnl"][0] = 1.0


def test_frames_hold_what_the_arrays_hold(bt):
    frame = bt.to_frame()
    np.testing.assert_array_equal(frame["equity"], bt.equity)
    np.testing.assert_array_equal(frame["shares_PEP"], bt.shares[:, 1])
    trades = bt.trades_frame()
    assert len(trades) == len(bt.trades)
    np.testing.assert_array_equal(trades["entry_price_KO"], bt.trades["entry_prices"][:, 0])
    assert trades["pnl"].sum() + bt.capital == pytest.approx(bt.equity[-1], rel=1e-14)


def test_figure_has_its_four_rows(bt):
    figure = bt.plot()
    assert len(figure.axes) == 4
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), bt.equity)
    labels = {text.get_text() for text in figure.axes[2].get_legend().get_texts()}
    assert {"enter long", "exit short", "long fill", "exit fill"} <= labels
    assert figure.to_png().startswith(b"\x89PNG")


def test_provenance_names_data_spec_and_engine(bt):
    assert set(bt.provenance) == {"data_digest", "spec", "version", "engine"}
    assert bt.provenance["engine"] == "local"
    assert bt.provenance["spec"].cost_bps == 2.0

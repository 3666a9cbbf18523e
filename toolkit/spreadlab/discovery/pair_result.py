"""What a pair test answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.pair_spec import transformed
from spreadlab.discovery.rules import HURST_WINDOW
from spreadlab.display.html import card
from spreadlab.display.numbers import pvalue as pvalue_text
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_WORDS = {
    "engle-granger": ("Engle-Granger", "lagged differences"),
    "phillips-ouliaris": ("Phillips-Ouliaris", "autocovariances"),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PairResult:
    """A cointegration test of one pair: spread = dependent - hedge_ratio hedge - intercept.

    Attributes
    ----------
    name, dependent, hedge : str
        The pair and its two symbols.
    statistic, pvalue : float
        t-ratio of the lagged residual, and MacKinnon's p-value for two series.
    critical_values : mapping of str to float
        ``"1%"``, ``"5%"``, ``"10%"``, with finite-sample terms.
    hedge_ratio, hedge_ratio_stderr, intercept : float
        Least squares of step 1, in the units of `transform`. The standard error is that of
        ordinary regression: it says nothing about a hedge ratio of two random walks.
    slope : float
        Trend per bar, 0 unless ``trend="ct"``.
    lags : int
        Lagged differences in step 2.
    spread : ndarray, shape (T,)
        Residuals of step 1.
    half_life : float
        Bars in which an expected deviation halves; NaN with a `half_life_reason`.
    half_life_reason : str
        Why there is no half-life, or "".
    hurst : float
        Generalised Hurst exponent (q = 2, differences of 1 to 10 bars): 0.5 for a random walk,
        lower for a spread that reverts.
    transform, trend : str
        What the test saw and fitted.
    alpha : float
        Level of `is_cointegrated`.
    method : str
        ``"engle-granger"``, or ``"phillips-ouliaris"``: then `lags` counts autocovariances.
    prices : ndarray, shape (T, 2)
        Dependent and hedge as given.
    times : ndarray of datetime64[ns], shape (T,), or None
        Dates of the bars, UTC.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    name: str
    dependent: str
    hedge: str
    statistic: float
    pvalue: float
    critical_values: Mapping[str, float]
    hedge_ratio: float
    hedge_ratio_stderr: float
    intercept: float
    slope: float
    lags: int
    spread: NDArray[np.float64]
    half_life: float
    half_life_reason: str
    hurst: float
    transform: str
    trend: str
    alpha: float
    method: str
    prices: NDArray[np.float64]
    times: NDArray[np.datetime64] | None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spread.flags.writeable = False

    @property
    def is_cointegrated(self) -> bool:
        """Whether this one test rejects at `alpha`. It says nothing of a pair picked from many."""
        return self.pvalue < self.alpha

    @property
    def n_obs(self) -> int:
        """Observations T."""
        return int(self.spread.size)

    @property
    def hurst_dfa(self) -> float:
        """DFA-1 exponent of the spread, see `dfa_exponent`; NaN for fewer than 64 bars."""
        from spreadlab.discovery.dfa import dfa_exponent

        return dfa_exponent(self.spread)

    def spread_of(self, new_prices: Any, *, first_bar: int | None = None) -> NDArray[np.float64]:
        """Return the spread of other prices under the hedge ratio of this sample.

        Parameters
        ----------
        new_prices : pandas or polars frame, PricePanel, or ndarray (S, 2)
            A frame that has both symbols, or an array of dependent and hedge in this order.
        first_bar : int, optional
            Bars between the first one of this sample and the first new one: needed by, and
            allowed for, ``trend="ct"`` alone.

        Returns
        -------
        ndarray, shape (S,)
            dependent - hedge_ratio hedge - intercept (- slope times the bar), nothing refitted.

        Raises
        ------
        InvalidInputError
            If a symbol is missing or the prices have no spread.
        """
        from spreadlab._validation import ensure_int
        from spreadlab.data.panel import ensure_panel

        panel = ensure_panel(
            new_prices,
            "new_prices",
            transform=self.transform,  # type: ignore[arg-type]
            constant="allow",
            min_obs=1,
        )
        pair = (self.dependent, self.hedge)
        if set(pair) <= set(panel.symbols):
            panel = panel.select(pair)
        elif not (isinstance(new_prices, np.ndarray) and panel.n_symbols == 2):
            missing = ", ".join(symbol for symbol in pair if symbol not in panel.symbols)
            raise InvalidInputError(
                "new_prices",
                f"no column {missing}",
                f"a frame with {self.dependent} and {self.hedge}, or an array of the two",
            )
        values = transformed(panel.prices, self.transform)
        spread = values[:, 0] - self.hedge_ratio * values[:, 1] - self.intercept
        if self.trend == "ct":
            if first_bar is None:
                raise InvalidInputError(
                    "first_bar", "got None", "the bar at which the trend goes on", "e.g. pair.n_obs"
                )
            spread = spread - self.slope * (
                ensure_int(first_bar, "first_bar") + np.arange(len(spread))
            )
        elif first_bar is not None:
            raise InvalidInputError("first_bar", f"got {first_bar!r}", 'None unless trend="ct"')
        return np.asarray(spread)

    def explain(self) -> str:
        """Return in words why the pair passed or failed."""
        relation = "below" if self.is_cointegrated else "not below"
        chance = pvalue_text(self.pvalue)
        chance = chance if chance.startswith("<") else f"= {chance}"
        test, memory = _WORDS[self.method]
        article = "an" if test.startswith("E") else "a"
        first = (
            f"{self.name}: the spread {self._formula()} over {self.n_obs:,} bars has {article} "
            f"{test} statistic of {short(self.statistic)} with {self.lags} "
            f"{memory}, p {chance}, {relation} alpha = {self.alpha:g}."
        )
        words = [first]
        critical = self.critical_values["5%"]
        if not np.isnan(critical):
            side = "beyond" if self.statistic < critical else "short of"
            words.append(f"That is {side} the 5 % critical value {short(critical)}.")
        if self.is_cointegrated:
            words.append(
                "A random walk would look this mean-reverting with that probability. If the pair "
                "was picked from many, only the adjusted p-values of the scan count."
            )
        else:
            words.append("Two unrelated random walks look like this often enough.")
        if self.half_life_reason:
            words.append(f"It has no half-life: {self.half_life_reason}.")
        else:
            words.append(f"Deviations halve in about {short(self.half_life)} bars.")
        words.append(
            f"Hurst {short(self.hurst)} over 1 to {HURST_WINDOW} bars, where 0.5 is a random walk."
        )
        return " ".join(words)

    def _formula(self) -> str:
        wrap = "log {}" if self.transform == "log" else "{}"
        left, right = wrap.format(self.dependent), wrap.format(self.hedge)
        sign = "+" if self.hedge_ratio < 0 else "-"
        return f"{left} {sign} {short(abs(self.hedge_ratio), 4)} {right}"

    def __repr__(self) -> str:
        return (
            f"PairResult({self.name!r}, statistic={short(self.statistic, 4)}, "
            f"pvalue={pvalue_text(self.pvalue)}, hedge_ratio={short(self.hedge_ratio, 4)}, "
            f"lags={self.lags}, half_life={short(self.half_life)}, n_obs={self.n_obs})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "statistic": short(self.statistic, 4),
            "p-value": pvalue_text(self.pvalue),
            "critical value (5 %)": short(self.critical_values["5%"], 4),
            "hedge ratio": short(self.hedge_ratio, 4),
            "lags": short(self.lags),
            "half-life (bars)": short(self.half_life),
            "Hurst": short(self.hurst),
            "observations": short(self.n_obs),
        }
        return card(f"Pair {self.name}", facts, note=self.explain())

    def to_frame(self) -> pd.DataFrame:
        """Return prices and spread by bar; the index is the dates where there are any."""
        import pandas as pd

        index = None if self.times is None else pd.DatetimeIndex(self.times, name="date")
        columns = {
            self.dependent: self.prices[:, 0],
            self.hedge: self.prices[:, 1],
            "spread": self.spread,
        }
        return pd.DataFrame(columns, index=index)

    def plot(self) -> StaticFigure:
        """Return the rebased prices above the spread with its mean and two standard deviations."""
        from spreadlab.discovery.figures import pair_figure

        return pair_figure(
            self.prices, (self.dependent, self.hedge), self.spread, self.times, self._formula()
        )

"""Simulated universes whose cointegrated pairs are known, for tests, teaching and calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.display import html
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_BARS_PER_YEAR = 252.0
_LAST_DAY = "2262-04-10"
_FIRST_PRICES = (20.0, 200.0)

Range = float | tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Universe:
    """Simulated prices and the truth about them.

    Attributes
    ----------
    prices : DataFrame, shape (T, N)
        Prices on business days, one column a symbol.
    pairs : DataFrame
        One row a planted pair, log(dependent) = intercept + hedge_ratio * log(hedge) + spread:
        ``dependent``, ``hedge``, ``hedge_ratio``, ``intercept``, ``kappa`` (a year of 252 bars),
        ``half_life`` (bars), ``sigma`` (log units a square root of a year) and ``spread_sd``
        (stationary standard deviation, log units).
    seed : int
        What it was drawn from.
    """

    prices: pd.DataFrame
    pairs: pd.DataFrame
    seed: int

    def __repr__(self) -> str:
        rows, columns = self.prices.shape
        return (
            f"Universe({rows} rows x {columns} symbols, {len(self.pairs)} pairs, seed={self.seed})"
        )

    def _repr_html_(self) -> str:
        rows, columns = self.prices.shape
        first, last = self.prices.index[0], self.prices.index[-1]
        facts = {
            "symbols": str(columns),
            "business days": f"{rows} ({first:%Y-%m-%d} to {last:%Y-%m-%d})",
            "planted pairs": str(len(self.pairs)),
            "seed": str(self.seed),
        }
        shown = [
            [pair.dependent, pair.hedge, short(pair.hedge_ratio), short(pair.half_life)]
            for pair in self.pairs.head(10).itertuples()
        ]
        head = ["dependent", "hedge", "hedge ratio", "half-life (bars)"]
        below = html.table(head, shown, text_columns=2) if shown else ""
        more = len(self.pairs) - len(shown)
        note = f"The first {len(shown)} planted pairs of {len(self.pairs)}:" if more else ""
        return html.card("Simulated universe", facts, note=note, below=below)


def simulate_universe(
    n_symbols: int,
    n_obs: int,
    n_pairs: int = 0,
    *,
    seed: int,
    half_life: Range = (5.0, 30.0),
    spread_sd: Range = 0.02,
    hedge_ratio: Range = (0.5, 1.5),
    drift: float = 0.05,
    volatility: Range = (0.15, 0.4),
    market_correlation: float = 0.3,
    noise: float = 0.0,
    heavy_tails: float | None = None,
    start: Any = "2015-01-02",
) -> Universe:
    r"""Draw prices in which exactly `n_pairs` pairs are cointegrated, and say which.

    Parameters
    ----------
    n_symbols, n_obs, n_pairs : int
        Columns, rows and planted pairs; no symbol is in two pairs, so ``2 * n_pairs <= n_symbols``.
    seed : int
        Equal seeds and arguments give equal bytes.
    half_life : float or (low, high)
        Of the planted spreads, in bars. A range is drawn from uniformly, pair by pair.
    spread_sd : float or (low, high)
        Stationary standard deviation of the planted spreads, in log units.
    hedge_ratio : float or (low, high)
        Units of log(hedge) in log(dependent), positive.
    drift : float
        Mean log return a year of the free symbols.
    volatility : float or (low, high)
        Standard deviation of log returns a year of the free symbols, market included.
    market_correlation : float
        Correlation of the log returns of any two free symbols, in [0, 1).
    noise : float
        Standard deviation of independent errors added to every log price, as of a bid-ask
        bounce; 0 for none.
    heavy_tails : float, optional
        Degrees of freedom (> 2) of Student-t returns of the free symbols, scaled to the same
        volatility; None for normal ones. Spreads stay normal.
    start : str, date or Timestamp
        First business day.

    Returns
    -------
    Universe
        ``.prices``, a DataFrame on business days, and ``.pairs``, the planted truth.

    Raises
    ------
    InvalidInputError
        If an argument is outside what is said above.

    Notes
    -----
    Free symbols are random walks in logs, :math:`\Delta \log x = \mu\,\Delta t + \sigma
    \sqrt{\Delta t}\,(\sqrt{\rho}\,m + \sqrt{1-\rho}\,z)` with one market factor m. The dependent of
    a pair is :math:`\log y = \alpha + \beta \log x + s`, where s is an Ornstein-Uhlenbeck process
    started from its stationary law and stepped exactly [1]_:
    :math:`s_{t+1} = \phi s_t + \mathrm{sd}\sqrt{1-\phi^2}\,\varepsilon_t`,
    :math:`\phi = 2^{-1/\mathrm{half\ life}}`. A year has 252 bars. Places of the pairs among the
    columns are random.

    References
    ----------
    .. [1] D. T. Gillespie, "Exact numerical simulation of the Ornstein-Uhlenbeck process and its
       integral", Physical Review E 54, 1996.
    """
    n_symbols = ensure_int(n_symbols, "n_symbols", low=1)
    n_obs = ensure_int(n_obs, "n_obs", low=2)
    n_pairs = ensure_int(n_pairs, "n_pairs", low=0)
    if 2 * n_pairs > n_symbols:
        got = f"{n_pairs} pairs need {2 * n_pairs} symbols, n_symbols is {n_symbols}"
        raise InvalidInputError("n_pairs", got, f"at most {n_symbols // 2}")
    seed = ensure_int(seed, "seed", low=0)
    drift = ensure_float(drift, "drift", low=-10, high=10)
    correlation = ensure_float(
        market_correlation, "market_correlation", low=0, high=1, high_open=True
    )
    noise = ensure_float(noise, "noise", low=0, high=1)
    if heavy_tails is not None:
        heavy_tails = ensure_float(heavy_tails, "heavy_tails", low=2, low_open=True)
    ranges = {
        "half_life": _ensure_range(half_life, "half_life", 1e6),
        "spread_sd": _ensure_range(spread_sd, "spread_sd", 2.0),
        "hedge_ratio": _ensure_range(hedge_ratio, "hedge_ratio", 10.0),
        "volatility": _ensure_range(volatility, "volatility", 5.0),
    }
    index = _business_days(start, n_obs)

    rng = np.random.default_rng(seed)
    volatilities = rng.uniform(*ranges["volatility"], n_symbols)
    market = _shocks(rng, (n_obs - 1, 1), heavy_tails)
    own = _shocks(rng, (n_obs - 1, n_symbols), heavy_tails)
    shocks = np.sqrt(correlation) * market + np.sqrt(1 - correlation) * own
    steps = drift / _BARS_PER_YEAR + volatilities / np.sqrt(_BARS_PER_YEAR) * shocks
    logs = np.empty((n_obs, n_symbols))
    logs[0] = np.log(rng.uniform(*_FIRST_PRICES, n_symbols))
    logs[1:] = logs[0] + np.cumsum(steps, axis=0)

    legs = rng.permutation(n_symbols)[: 2 * n_pairs].reshape(n_pairs, 2)
    dependents, hedges = legs[:, 0], legs[:, 1]
    betas = rng.uniform(*ranges["hedge_ratio"], n_pairs)
    half_lives = rng.uniform(*ranges["half_life"], n_pairs)
    deviations = rng.uniform(*ranges["spread_sd"], n_pairs)
    spreads = _stationary_ou(rng, n_obs, half_lives, deviations)
    # The level of a dependent is free: it starts where its own first price was drawn.
    alphas = logs[0, dependents] - betas * logs[0, hedges] - spreads[0]
    logs[:, dependents] = alphas + betas * logs[:, hedges] + spreads
    logs += noise * rng.standard_normal(logs.shape)
    return _universe(
        index,
        logs,
        seed,
        {
            "dependent": dependents,
            "hedge": hedges,
            "hedge_ratio": betas,
            "intercept": alphas,
            "half_life": half_lives,
            "spread_sd": deviations,
        },
    )


def _universe(
    index: pd.DatetimeIndex, logs: NDArray[np.float64], seed: int, truth: dict[str, NDArray[Any]]
) -> Universe:
    import pandas as pd

    with np.errstate(over="ignore", under="ignore"):
        prices = np.exp(logs)
    if not (np.isfinite(prices).all() and (prices > 0).all()):
        raise InvalidInputError(
            "volatility",
            "prices left the range of floating point",
            "",
            "use less drift or volatility",
        )
    width = len(str(logs.shape[1] - 1))
    symbols = [f"S{i:0{width}d}" for i in range(logs.shape[1])]
    kappas = np.log(2) / truth["half_life"] * _BARS_PER_YEAR
    pairs = pd.DataFrame(
        {
            "dependent": pd.Series([symbols[i] for i in truth["dependent"]], dtype="str"),
            "hedge": pd.Series([symbols[i] for i in truth["hedge"]], dtype="str"),
            "hedge_ratio": truth["hedge_ratio"],
            "intercept": truth["intercept"],
            "kappa": kappas,
            "half_life": truth["half_life"],
            "sigma": truth["spread_sd"] * np.sqrt(2 * kappas),
            "spread_sd": truth["spread_sd"],
        }
    )
    return Universe(pd.DataFrame(prices, index=index, columns=symbols), pairs, seed)


def _shocks(
    rng: np.random.Generator, shape: tuple[int, int], heavy_tails: float | None
) -> NDArray[np.float64]:
    """Return independent shocks of mean 0 and variance 1."""
    if heavy_tails is None:
        return rng.standard_normal(shape)
    return rng.standard_t(heavy_tails, shape) * math.sqrt((heavy_tails - 2) / heavy_tails)


def _stationary_ou(
    rng: np.random.Generator,
    n_obs: int,
    half_lives: NDArray[np.float64],
    deviations: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return exact OU paths of mean 0, one a column, each from its stationary law."""
    decay = np.exp2(-1 / half_lives)
    fresh = np.sqrt(-np.expm1(-2 * np.log(2) / half_lives))
    paths = rng.standard_normal((n_obs, half_lives.size))
    for t in range(1, n_obs):
        paths[t] = decay * paths[t - 1] + fresh * paths[t]
    return paths * deviations


def _ensure_range(value: Any, argument: str, high: float) -> tuple[float, float]:
    """Return (low, high) of a positive number or of a pair of them."""
    if not isinstance(value, tuple | list):
        number = ensure_float(value, argument, low=0, low_open=True, high=high)
        return number, number
    if len(value) != 2:
        raise InvalidInputError(argument, f"got {len(value)} values", "a number or (low, high)")
    ends = [
        ensure_float(end, f"{argument}[{i}]", low=0, low_open=True, high=high)
        for i, end in enumerate(value)
    ]
    if ends[0] > ends[1]:
        raise InvalidInputError(argument, f"got {tuple(ends)}", "(low, high) with low <= high")
    return ends[0], ends[1]


def _business_days(start: Any, n_obs: int) -> pd.DatetimeIndex:
    import pandas as pd

    allowed = "a date such as 2015-01-02"
    if isinstance(start, bool | int | float):
        raise InvalidInputError("start", f"got {start!r}", allowed)
    try:
        day = pd.Timestamp(start)
        first = np.busday_offset(np.datetime64(day.date()), 0, roll="forward")
    except (ValueError, TypeError, OverflowError):
        raise InvalidInputError("start", f"got {start!r}", allowed) from None
    last = np.busday_offset(first, n_obs - 1) if n_obs < 10**7 else None
    if last is None or last > np.datetime64(_LAST_DAY) or day.year < 1678:
        got = f"{n_obs} business days from {day:%Y-%m-%d}"
        raise InvalidInputError("n_obs", got, f"within 1678-01-01 to {_LAST_DAY}", "ask for fewer")
    return pd.bdate_range(first, periods=n_obs, name="date", unit="ns")

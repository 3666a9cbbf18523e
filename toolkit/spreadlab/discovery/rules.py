"""What the options of a pair test mean in numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Lags = int | str
Keep = int | float | None
Trend = Literal["c", "ct", "n"]

MIN_OBS = 30
HURST_WINDOW = 10
REASONS = ("", "near_duplicate", "constant", "singular", "too_short", "not_selected")
NOT_SELECTED = REASONS.index("not_selected")
_MAX_FIXED_LAG = 64
_CRITERIA = {"aic": 1, "bic": 2}
_ORDERS = {"n": -1, "c": 0, "ct": 1}


def schwert_lag(n_obs: int) -> int:
    """Return the longest lag order searched: min(ceil(12 (T / 100)^(1/4)), T // 2 - 1) [1]_.

    References
    ----------
    .. [1] Schwert, G. W. (1989). Tests for unit roots: a Monte Carlo investigation. Journal of
       Business & Economic Statistics 7(2), 147-159.
    """
    return min(math.ceil(12.0 * math.sqrt(math.sqrt(n_obs / 100.0))), n_obs // 2 - 1)


def search_lag(lags: Lags, n_obs: int) -> int:
    """Return the longest lag order that is searched, or the fixed one."""
    return schwert_lag(n_obs) if isinstance(lags, str) else lags


def moment_lag(lags: Lags, n_obs: int) -> int:
    """Return the lag K whose common sample t = K+1 .. T-1 the moments are taken on.

    At least one less than the Hurst window, so that its differences come from the same moments.
    """
    return max(search_lag(lags, n_obs), HURST_WINDOW - 1)


def criterion_code(lags: Lags) -> int:
    """Return 1 for AIC, 2 for BIC, 0 for a fixed order: what the kernels read."""
    return _CRITERIA[lags] if isinstance(lags, str) else 0


def trend_order(trend: str) -> int:
    """Return the order of the deterministic polynomial of step 1, -1 for none."""
    return _ORDERS[trend]


def ensure_lags(lags: object) -> Lags:
    """Return `lags` as "aic", "bic" or an int, or raise InvalidInputError."""
    if isinstance(lags, str):
        if lags in _CRITERIA:
            return lags
    elif isinstance(lags, int) and not isinstance(lags, bool) and 0 <= lags <= _MAX_FIXED_LAG:
        return lags
    allowed = f"'aic', 'bic' or an integer in [0, {_MAX_FIXED_LAG}]"
    raise InvalidInputError("lags", f"got {lags!r}", allowed)


def check_lags_fit(lags: Lags, n_obs: int) -> None:
    """Raise InvalidInputError if a fixed lag order leaves too few observations to test with."""
    longest = n_obs // 2 - 3
    if not isinstance(lags, str):
        ensure_int(lags, "lags", low=0, high=longest)


def check_options(transform: str, lags: object, alpha: object) -> None:
    """Raise InvalidInputError unless the options that all pair tests share are allowed."""
    check_choice(transform, "transform", ("log", "none"))
    ensure_lags(lags)
    ensure_float(alpha, "alpha", low=0.0, high=1.0, low_open=True, high_open=True)


def check_prices(prices: NDArray[np.float64], transform: str, *, gaps: bool = False) -> None:
    """Raise InvalidInputError unless every price can be tested; NaN only where `gaps` are allowed.

    The public functions say which price it is; this is the last line before the kernels.
    """
    from spreadlab.data.checks import LARGEST

    if gaps:
        low, high = np.fmin.reduce(prices, axis=None), np.fmax.reduce(prices, axis=None)
    else:
        low, high = prices.min(), prices.max()
    if np.isnan(low) or not max(abs(low), abs(high)) <= LARGEST:
        raise InvalidInputError(
            "prices", "has values that are not finite or beyond 1e100", "finite"
        )
    if transform == "log" and not low > 0.0:
        raise InvalidInputError("prices", f"got {low!r}", 'positive under transform="log"')


def inflation(lags: Lags, n_obs: int) -> NDArray[np.float64]:
    """Return exp(penalty p) for the orders p = 0 .. longest: what AIC and BIC charge them.

    n ln(rss / n) + n penalty p is smallest where rss exp(penalty p) is, with the penalty 2 / n
    for AIC and ln n / n for BIC over the n rows of the common sample.
    """
    longest = search_lag(lags, n_obs)
    n = n_obs - 1 - longest
    penalty = {0: 0.0, 1: 2.0 / n, 2: math.log(n) / n}[criterion_code(lags)]
    return np.asarray(np.exp(penalty * np.arange(longest + 1)))


def hurst_weights() -> NDArray[np.float64]:
    """Return w with sum_h w_h ln V_h = half the least-squares slope of ln V_h on ln h."""
    x = np.log(np.arange(1, HURST_WINDOW + 1))
    centred = x - x.mean()
    return np.asarray(0.5 * centred / (centred @ centred))

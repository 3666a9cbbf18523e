"""What a fit says about mean reversion, in words."""

from __future__ import annotations

import math

from spreadlab.display.numbers import percent, short


def verdict_of(
    half_life_bars: float, interval_bars: tuple[float, float], n_obs: int, level: float
) -> str:
    """Return the verdict on a spread.

    Parameters
    ----------
    half_life_bars : float
        Estimate.
    interval_bars : tuple of float
        Its confidence interval; an infinite end is that of a random walk, which has no half-life.
    n_obs : int
        Observations.
    level : float
        Confidence level of the interval.

    Notes
    -----
    kappa = 0 is a random walk. It is inside the interval of kappa where, and only where, the
    half-life's upper end is infinite, so interval and verdict cannot disagree.
    """
    low, high = interval_bars
    alpha = percent(1.0 - level, 1 if level > 0.99 else 0)
    if math.isinf(high):
        return (
            f"Mean reversion is not distinguishable from a random walk at this length: over "
            f"{n_obs:,} bars the estimate is a half-life of {short(half_life_bars)} bars, and at "
            f"{alpha} none above {short(low)} bars is rejected."
        )
    return (
        f"The spread reverts: over {n_obs:,} bars a random walk is rejected at {alpha}. The "
        f"half-life is {short(half_life_bars)} bars, and anything from {short(low)} to "
        f"{short(high)} bars agrees with the sample."
    )

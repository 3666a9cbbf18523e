r"""Estimates with less bias: the jackknife and the analytical correction.

The maximum-likelihood kappa is too large by about 4 / (T dt) whatever kappa is: five years of data
add 0.8. Theta has no bias of that order; that of sigma is small and is corrected along.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from spreadlab.errors import InvalidInputError, NotMeanRevertingError
from spreadlab.ou.estimate import MIN_OBS, AR1Moments, kappa_of, moments_of, sigma_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCKS = 2


def kappa_bias(kappa: float, n: int, dt: float) -> float:
    r"""Return the bias of order 1/n of the maximum-likelihood kappa.

    (e^(2 kappa dt) + 2 e^(kappa dt) + 5) / (2 n dt), theorem 3.1.1 of Tang and Chen (2009); it
    follows from bias(phi) = -(1 + 3 phi) / n and Var(phi) = (1 - phi^2) / n (Kendall 1954) by
    expanding kappa = -ln(phi) / dt to second order.
    """
    a = kappa * dt
    return (math.exp(2.0 * a) + 2.0 * math.exp(a) + 5.0) / (2.0 * n * dt)


def sigma2_bias(kappa: float, sigma: float, n: int, dt: float) -> float:
    """Return the bias of order 1/n of the maximum-likelihood sigma^2.

    sigma^2 = g(kappa) v with g = 2 kappa / (1 - e^(-2 kappa dt)); expanded to second order with
    the bias and the variance (e^(2 kappa dt) - 1) / (n dt^2) of kappa, and bias(v) = -2 v / n.
    """
    a = kappa * dt
    decay = math.exp(-2.0 * a)
    rest = -math.expm1(-2.0 * a)
    # Logarithmic derivatives of g by a: (ln g)' = 1/a - 2 decay / rest, and g''/g.
    first = 1.0 / a - 2.0 * decay / rest
    second = first**2 - 1.0 / a**2 + 4.0 * decay / rest**2
    bias_a = kappa_bias(kappa, n, dt) * dt
    variance_a = math.expm1(2.0 * a) / n
    return sigma**2 * (first * bias_a + 0.5 * second * variance_a - 2.0 / n)


def bias_corrected(moments: AR1Moments, dt: float) -> tuple[float, float]:
    """Return kappa and sigma less their estimated biases of order 1/n.

    Raises
    ------
    NotMeanRevertingError
        If nothing of kappa is left.
    """
    kappa = kappa_of(moments.rho, dt)
    sigma = sigma_of(kappa, moments.variance, dt)
    corrected = kappa - kappa_bias(kappa, moments.n, dt)
    check_left(corrected, kappa, "bias-corrected")
    variance = sigma**2 - sigma2_bias(kappa, sigma, moments.n, dt)
    return corrected, math.sqrt(variance)


def jackknife(x: NDArray[np.float64], moments: AR1Moments, dt: float) -> tuple[float, float]:
    """Return the jackknife of kappa and sigma: full sample against two halves.

    m / (m - 1) times the estimate less the sum of those of the m blocks over m (m - 1), with
    m = 2 (Phillips and Yu 2005); sigma through sigma^2.

    Raises
    ------
    InvalidInputError
        If a half has too few observations.
    NotMeanRevertingError
        If nothing of kappa is left, or a half has phi <= 0 or is constant.
    """
    m, steps = _BLOCKS, moments.n // _BLOCKS
    if steps + 1 < MIN_OBS:
        raise InvalidInputError(
            "spread", f"{x.size} observations", f"at least {m * (MIN_OBS - 1) + 1} for a jackknife"
        )
    kappa = kappa_of(moments.rho, dt)
    sigma2 = sigma_of(kappa, moments.variance, dt) ** 2
    blocks = []
    for i in range(m):
        part = moments_of(x[i * steps : (i + 1) * steps + 1])
        if not part.starts_vary:
            raise NotMeanRevertingError(
                "spread",
                f"half {i + 1} of the sample is constant",
                "a series whose halves vary",
                'method="mle" needs the whole sample alone',
            )
        if not part.phi > 0.0:
            raise NotMeanRevertingError(
                "spread",
                f"phi = {part.phi:.4g} in half {i + 1} of the sample",
                "a series whose halves have phi > 0",
                'method="mle" needs the whole sample alone',
            )
        of_part = kappa_of(part.rho, dt)
        blocks.append((of_part, sigma_of(of_part, part.variance, dt) ** 2))
    whole, share = m / (m - 1), 1.0 / (m * (m - 1))
    corrected = whole * kappa - share * sum(block[0] for block in blocks)
    check_left(corrected, kappa, "jackknife")
    variance = whole * sigma2 - share * sum(block[1] for block in blocks)
    return corrected, math.sqrt(variance)


def check_left(corrected: float, kappa: float, method: str) -> None:
    """Raise NotMeanRevertingError unless the corrected kappa is positive."""
    if corrected <= 0.0:
        raise NotMeanRevertingError(
            "spread",
            f"the {method} kappa is {corrected:.4g} (maximum likelihood {kappa:.4g}): "
            "the mean reversion seen is no more than the bias of the estimate",
            "a sample that is long against 1 / kappa",
            'method="mle" and its interval show what the sample says',
        )

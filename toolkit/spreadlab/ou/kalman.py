"""Variances of the Kalman hedge by maximum likelihood, and the filter that uses them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.errors import InvalidInputError
from spreadlab.ou.descent import derivatives, minimise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    F64 = NDArray[np.float64]

_NAMES = ("intercept", "hedge_ratio", "noise")
_GRID = (-16.0, -8.0, -4.0, 0.0)
_STILL = -6.0
_LOWEST, _HIGHEST = -30.0, 30.0


def concentrated_loglik(y: F64, x: F64, point: F64) -> tuple[float, float]:
    """Return the diffuse log-likelihood at log variance ratios, and the best noise variance.

    `point` holds ln(intercept variance / noise) and ln(hedge ratio variance / noise). With the
    ratios given the noise variance is the mean of the proper squared standardised errors.
    """
    from spreadlab.ou.kernels_hedge import kalman_loglik_nb

    level, slope = math.exp(point[0]), math.exp(point[1])
    log_f, squares, proper = kalman_loglik_nb(y, x, level, slope, 1.0)
    noise = squares / proper
    if not noise > 0.0:
        raise InvalidInputError(
            "y", "a line in x, without any error", "a series that x does not explain to rounding"
        )
    total = y.size * math.log(2.0 * math.pi) + log_f + proper * (math.log(noise) + 1.0)
    return -0.5 * total, noise


def fit_variances(y: F64, x: F64) -> tuple[dict[str, float], dict[str, float], float]:
    """Return the variances, the standard errors of their logarithms, and the log-likelihood.

    A grid over the two ratios finds the right hill, Newton's method its top. Ratios
    are held within e^-30 (no movement) and e^30 (no noise). `y` and `x` are of the order of 1.
    """

    def cost(point: F64) -> float:
        return -concentrated_loglik(y, x, point)[0]

    grid = [np.array([a, b]) for a in _GRID for b in _GRID]
    # A hedge ratio that hardly moves and one that does are often two hills.
    hills = ([p for p in grid if p[1] < _STILL], [p for p in grid if p[1] >= _STILL])
    point = min(
        (minimise(cost, min(hill, key=cost), _LOWEST, _HIGHEST) for hill in hills), key=cost
    )
    loglik, noise = concentrated_loglik(y, x, point)
    logs = np.array([point[0], point[1], 0.0]) + math.log(noise)
    variances = dict(zip(_NAMES, np.exp(logs).tolist(), strict=True))
    errors = dict(zip(_NAMES, _standard_errors(y, x, logs), strict=True))
    return variances, errors, loglik


def diffuse_loglik(y: F64, x: F64, variances: dict[str, float]) -> float:
    """Return the diffuse log-likelihood at given variances."""
    from spreadlab.ou.kernels_hedge import kalman_loglik_nb

    level, slope, noise = (variances[name] for name in _NAMES)
    log_f, squares, _ = kalman_loglik_nb(y, x, level, slope, noise)
    return -0.5 * (y.size * math.log(2.0 * math.pi) + log_f + squares)


def _standard_errors(y: F64, x: F64, logs: F64) -> list[float]:
    """Return standard errors of log variances; NaN for those at the edge of their range."""

    def cost(point: F64) -> float:
        values = np.exp(point)
        return -diffuse_loglik(y, x, dict(zip(_NAMES, values.tolist(), strict=True)))

    hessian = derivatives(cost, logs, cost(logs), 1e-2)[1]
    curved = np.diag(hessian) > 1e-3  # a variance that is zero has a flat logarithm
    errors = np.full(3, math.nan)
    inner = hessian[np.ix_(curved, curved)]
    if inner.size:
        diagonal = np.diag(np.linalg.pinv(inner))
        errors[curved] = np.sqrt(np.where(diagonal > 0.0, diagonal, np.nan))
    found: list[float] = errors.tolist()
    return found


def kalman_series(y: F64, x: F64, window: int) -> tuple[F64, dict[str, Any]]:
    """Return intercept and hedge ratio (2, T), and the other fields of a `HedgeResult`.

    Variances and units come from the first `window` bars alone, so that no value looks ahead.
    """
    from spreadlab.ou.kernels_hedge import kalman_filter_nb

    y_unit, x_unit = (float(np.sqrt(np.mean(v[:window] ** 2))) for v in (y, x))
    for unit, name in ((y_unit, "y"), (x_unit, "x")):
        if not unit > 0.0:
            raise InvalidInputError(name, f"zero in the first {window} bars", "a series that moves")
    u, w, ratio = y / y_unit, x / x_unit, y_unit / x_unit
    scaled, errors, loglik = fit_variances(u[:window], w[:window])
    out = np.full((6, y.size), np.nan)
    level, slope, noise = (scaled[name] for name in _NAMES)
    kalman_filter_nb(u, w, level, slope, noise, out)
    out[:, : window - 1] = np.nan
    return np.stack([y_unit * out[0], ratio * out[1]]), {
        "hedge_ratio_stderr": ratio * np.sqrt(out[3]),
        "variances": {
            "intercept": scaled["intercept"] * y_unit**2,
            "hedge_ratio": scaled["hedge_ratio"] * ratio**2,
            "noise": scaled["noise"] * y_unit**2,
        },
        "variance_stderr": errors,
        # Two steps are diffuse; their ln F of D add up to 2 ln |x[1] - x[0]|.
        "loglik": loglik - math.log(x_unit) - (window - 2) * math.log(y_unit),
    }

"""Variances of the Kalman hedge by maximum likelihood, and the filter that uses them."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.errors import ConvergenceError, InvalidInputError
from spreadlab.task import poll_cancel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    F64 = NDArray[np.float64]

NAMES = ("intercept", "hedge_ratio", "noise")
_HALVES = ((-16.0, -8.0), (-4.0, 0.0))  # of either coordinate: hardly moves, moves
_REACH, _ROUNDS = 4.0, 200
_STENCIL = 1e-3


def fit_variances(y: F64, x: F64) -> tuple[dict[str, float], dict[str, float], float]:
    """Return the variances, the standard errors of their logarithms, and the log-likelihood.

    An intercept or a hedge ratio that hardly moves and one that does are often different hills of
    the likelihood: all four combinations are climbed, from the best point of a coarse grid each,
    side by side. Ratios to the noise are held within e^-30 (no movement) and e^30 (no noise).
    `y` and `x` are of the order of 1.

    Raises
    ------
    ConvergenceError
        If the climb does not settle.
    """
    from spreadlab.ou.kernels_hedge import kalman_filter_nb
    from spreadlab.ou.kernels_kalman import LANES, LOGLIK, climb_nb, kalman_scores_nb

    trial, scores = np.empty((2, LANES)), np.empty((9, LANES))
    for lane, quarter in enumerate(itertools.product(_HALVES, _HALVES)):
        poll_cancel()
        points = np.array(list(itertools.product(*quarter))).T
        found = kalman_scores_nb(y, x, points)
        best = int(found[LOGLIK].argmax())
        trial[:, lane], scores[:, lane] = points[:, best], found[:, best]
    top, known, reach = trial.copy(), scores.copy(), np.full(LANES, _REACH)
    known[LOGLIK] = -math.inf  # so that the first step accepts them
    for _ in range(_ROUNDS):
        if climb_nb(trial, scores, top, known, reach) == 0:
            break
        poll_cancel()
        scores = kalman_scores_nb(y, x, trial)
    lane = int(known[LOGLIK].argmax())
    if reach[lane] > 0.0 or not math.isfinite(known[LOGLIK, lane]):
        raise ConvergenceError(f"the variances of the hedge did not settle in {_ROUNDS} steps")
    # Where the noise is next to nothing the lanes lose digits that the filter itself keeps.
    level, slope = np.exp(top[:, lane]).tolist()
    log_f, squares, proper = kalman_filter_nb(y, x, level, slope, 1.0, np.empty((0, 0)))
    noise = squares / proper
    total = y.size * math.log(2.0 * math.pi) + log_f + proper * (math.log(noise) + 1.0)
    errors = _standard_errors(y, x, top[:, lane], known[:, lane])
    variances = dict(zip(NAMES, (level * noise, slope * noise, noise), strict=True))
    return variances, dict(zip(NAMES, errors, strict=True)), -0.5 * total


def _standard_errors(y: F64, x: F64, point: F64, scores: F64) -> list[float]:
    """Return standard errors of log variances; NaN for those at the edge of their range.

    From the observed information: differences of the score for the ratios, in closed form for the
    noise variance s with the sum S of squares, -d2 loglik / ds2 = n / 2 and, in ln s and a ratio,
    -S_i / (2 s).
    """
    from spreadlab.ou.kernels_kalman import NOISE, SCORE, SQUARES_SLOPE, kalman_scores_nb

    shifts = _STENCIL * np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    score = kalman_scores_nb(y, x, point[:, None] + shifts)[SCORE : SCORE + 2]
    bend = (score[:, 1::2] - score[:, ::2]) / (2.0 * _STENCIL)
    mixed = -0.5 * scores[SQUARES_SLOPE : SQUARES_SLOPE + 2] / scores[NOISE]
    proper = y.size - 2.0
    inner = 0.5 * (bend + bend.T) + np.outer(mixed, mixed) / (0.5 * proper)
    whole = np.block([[inner, mixed[:, None]], [mixed[None, :], np.array([[0.5 * proper]])]])
    ratios = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0], [0.0, 0.0, 1.0]])
    information = ratios.T @ whole @ ratios  # of the logarithms of the three variances
    curved = np.diag(information) > 1e-3  # a variance that is zero has a flat logarithm
    errors = np.full(3, math.nan)
    if curved.any():
        diagonal = np.diag(np.linalg.pinv(information[np.ix_(curved, curved)]))
        errors[curved] = np.sqrt(np.where(diagonal > 0.0, diagonal, np.nan))
    found: list[float] = errors.tolist()
    return found


def kalman_series(y: F64, x: F64, window: int) -> tuple[F64, dict[str, Any]]:
    """Return intercept and hedge ratio (2, T), and the other fields of a `HedgeResult`.

    Variances and units come from the first `window` bars alone, so that no value looks ahead.

    Raises
    ------
    InvalidInputError
        If x does not move over these bars, or y is a line in it: there is nothing to estimate.
    """
    from spreadlab.ou.kernels_hedge import kalman_filter_nb

    y_unit, x_unit = (float(np.sqrt(np.mean(v[:window] ** 2))) for v in (y, x))
    for unit, name in ((y_unit, "y"), (x_unit, "x")):
        if not unit > 0.0:
            raise InvalidInputError(name, f"zero in the first {window} bars", "a series that moves")
    u, w, ratio = y / y_unit, x / x_unit, y_unit / x_unit
    _check_first_bars(u[:window], w[:window])
    scaled, errors, loglik = fit_variances(u[:window], w[:window])
    out = np.full((6, y.size), np.nan)
    level, slope, noise = (scaled[name] for name in NAMES)
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


def _check_first_bars(y: F64, x: F64) -> None:
    """Raise InvalidInputError unless x moves and y is no line in it; both are of the order of 1."""
    # What the filter asks of a second diffuse step.
    if not ((x - x[0]) ** 2 > 1e-12 * (1.0 + x * x) * (1.0 + x[0] ** 2)).any():
        raise InvalidInputError(
            "x",
            f"does not move in the first {x.size} bars",
            "a leg that moves within the window",
            "use a longer window",
        )
    across, up = x - x.mean(), y - y.mean()
    slope = float(across @ up / (across @ across))
    residual = up - slope * across
    rounding = 64.0 * np.finfo(float).eps * (1.0 + abs(slope))
    if math.sqrt(residual @ residual / y.size) <= rounding:
        raise InvalidInputError(
            "y",
            f"a line in x, up to rounding, over the first {y.size} bars",
            "two legs of which neither determines the other",
        )

"""Speed of the Ornstein-Uhlenbeck fits and of the Kalman hedge, against what else there is.

Every reference does the same work on the same numbers. A reference that would take minutes is
timed on a part, and its time is scaled up by the share that was left out.
"""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.statespace.mlemodel import MLEModel

import spreadlab as sl
from spreadlab.api_ou import hedge_series

DT = 1 / 252


def best_of(run: Callable[[], Any], times: int = 3) -> float:
    """Return the shortest of a few runs, in seconds; one run before them compiles and warms."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def compare(name: str, seconds: float, references: dict[str, tuple[float, float | None]]) -> Any:
    """Return a row per benchmark: references are name -> (seconds, least ratio wanted or None)."""
    rows = [
        {
            "name": other,
            "seconds": taken,
            "ratio": taken / seconds,
            "target": target,
            "met": None if target is None else taken / seconds >= target,
        }
        for other, (taken, target) in references.items()
    ]
    return {"name": name, "seconds": seconds, "references": rows}


def numpy_fit(x: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    """Fit one series as one would by hand."""
    y, lagged = x[1:], x[:-1]
    design = np.column_stack([np.ones(lagged.size), lagged])
    intercept, phi = np.linalg.lstsq(design, y, rcond=None)[0]
    residual = y - intercept - phi * lagged
    kappa = -np.log(phi) / DT
    sigma = np.sqrt(2 * kappa * (residual @ residual) / lagged.size / (1 - phi**2))
    return float(kappa), float(intercept / (1 - phi)), float(sigma)


def batch_target() -> Any:
    """10,000 fits of 1,000 observations by one call."""
    n_fits, sample = 10_000, 200
    table = sl.simulate_ou(20.0, 0.0, 0.2, DT, 1000, n_fits, seed=1)
    columns = [np.ascontiguousarray(table[:, m]) for m in range(sample)]
    seconds = best_of(lambda: sl.estimate_ou(table), 10)
    scale = n_fits / sample
    by_hand = scale * best_of(lambda: [numpy_fit(x) for x in columns], 1)
    autoreg = scale * best_of(lambda: [AutoReg(x, 1).fit().params for x in columns], 1)
    references = {"numpy loop": (by_hand, None), "statsmodels AutoReg": (autoreg, 100.0)}
    return compare("10,000 OU fits of 1,000 points", seconds, references)


class RandomWalkRegression(MLEModel):  # type: ignore[misc]
    """The Kalman hedge in statsmodels: y = a + b x + e with random-walk a and b."""

    start_params = np.log([1e-4, 1e-4, 1e-2])
    param_names = ("intercept", "hedge_ratio", "noise")

    def __init__(self, y: Any, x: Any) -> None:
        super().__init__(y, k_states=2, k_posdef=2)
        self.ssm["design"] = np.vstack([np.ones_like(x), x])[None]
        self.ssm["transition"] = np.eye(2)
        self.ssm["selection"] = np.eye(2)
        self.ssm.initialize_diffuse()
        self.ssm.loglikelihood_burn = 0

    def update(self, params: Any, **_: Any) -> None:
        """Set the variances from their logarithms."""
        self.ssm["state_cov"] = np.diag(np.exp(params[:2]))
        self.ssm["obs_cov", 0, 0] = np.exp(params[2])


def legs(n_obs: int) -> tuple[Any, Any]:
    """Return two legs whose intercept and hedge ratio walk."""
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.normal(size=n_obs) * 0.3)
    a = 1.0 + np.cumsum(rng.normal(size=n_obs) * 0.02)
    b = 1.5 + np.cumsum(rng.normal(size=n_obs) * 0.02)
    return a + b * x + 0.1 * rng.normal(size=n_obs), x


def kalman_target() -> Any:
    """Variances by maximum likelihood and the filter, on 5,000 bars."""
    n_obs = 5000
    y, x = legs(n_obs)
    seconds = best_of(lambda: hedge_series(y, x, window=n_obs, transform="none"), 10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence notes of the reference
        reference = best_of(lambda: RandomWalkRegression(y, x).fit(disp=0), 2)
    return compare(
        "Kalman hedge with fitted variances, 5,000 bars",
        seconds,
        {"statsmodels state space": (reference, 50.0)},
    )


def filter_target() -> Any:
    """Time the filter alone at given variances, which is what pykalman is usually asked for."""
    from spreadlab.ou.kernels_hedge import kalman_filter_nb

    n_obs = 5000
    y, x = legs(n_obs)
    out = np.empty((6, n_obs))
    seconds = best_of(lambda: kalman_filter_nb(y, x, 4e-4, 4e-4, 1e-2, out), 20)
    model = RandomWalkRegression(y, x)
    point = np.log([4e-4, 4e-4, 1e-2])
    references: dict[str, tuple[float, float | None]] = {
        "statsmodels state space": (best_of(lambda: model.filter(point)), None)
    }
    if importlib.util.find_spec("pykalman") is not None:
        from pykalman import KalmanFilter

        design = np.stack([np.ones(n_obs), x], axis=1)[:, None, :]
        other = KalmanFilter(
            transition_matrices=np.eye(2),
            observation_matrices=design,
            transition_covariance=4e-4 * np.eye(2),
            observation_covariance=[[1e-2]],
            initial_state_mean=np.zeros(2),
            initial_state_covariance=1e6 * np.eye(2),
        )
        references["pykalman"] = (best_of(lambda: other.filter(y)), None)
    return compare("Kalman filter at given variances, 5,000 bars", seconds, references)


def interval_target() -> Any:
    """Default intervals of one fit of 2,000 points; there is nothing to compare them with."""
    fit = sl.estimate_ou(sl.simulate_ou(5.0, 0.0, 0.2, DT, 2000, seed=1))
    return compare("simulated intervals of one fit", best_of(fit.interval), {})


def targets() -> list[Any]:
    """Run every benchmark of this module."""
    return [batch_target(), kalman_target(), filter_target(), interval_target()]


if __name__ == "__main__":
    for row in targets():
        print(f"{row['name']}: {1e3 * row['seconds']:.1f} ms")
        for other in row["references"]:
            wanted = "" if other["target"] is None else f" (target {other['target']:g} x)"
            print(f"  {other['name']}: {other['seconds']:.3f} s, {other['ratio']:.0f} x{wanted}")

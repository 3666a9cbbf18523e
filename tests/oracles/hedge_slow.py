"""Moving hedge ratios the obvious way: a fresh regression at every bar, statsmodels' filter."""

from __future__ import annotations

import numpy as np
from statsmodels.tsa.statespace.mlemodel import MLEModel


def lines(y, x, window, *, expanding=False):
    """Intercept and slope (2, T) of least squares over the bars that each t may see."""
    out = np.full((2, y.size), np.nan)
    for t in range(window - 1, y.size):
        first = 0 if expanding else t - window + 1
        design = np.column_stack([np.ones(t + 1 - first), x[first : t + 1]])
        out[:, t] = np.linalg.lstsq(design, y[first : t + 1], rcond=None)[0]
    return out


def orthogonal_lines(y, x, window):
    """The same by the leading eigenvector of the covariance of the window."""
    out = np.full((2, y.size), np.nan)
    for t in range(window - 1, y.size):
        part = slice(t - window + 1, t + 1)
        vector = np.linalg.eigh(np.cov(x[part], y[part]))[1][:, 1]
        out[1, t] = vector[1] / vector[0]
        out[0, t] = y[part].mean() - out[1, t] * x[part].mean()
    return out


class RandomWalkRegression(MLEModel):
    """y = a + b x + e with random-walk a and b, exactly diffuse; parameters are log variances."""

    start_params = np.log([1e-4, 1e-4, 1e-2])
    param_names = ("intercept", "hedge_ratio", "noise")

    def __init__(self, y, x):
        super().__init__(y, k_states=2, k_posdef=2)
        self.ssm["design"] = np.vstack([np.ones_like(x), x])[None]
        self.ssm["transition"] = np.eye(2)
        self.ssm["selection"] = np.eye(2)
        self.ssm.initialize_diffuse()
        self.ssm.loglikelihood_burn = 0

    def update(self, params, **options):
        self.ssm["state_cov"] = np.diag(np.exp(params[:2]))
        self.ssm["obs_cov", 0, 0] = np.exp(params[2])

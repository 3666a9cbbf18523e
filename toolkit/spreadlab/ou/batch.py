"""Fits of many spreads at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import ensure_float
from spreadlab.data.panel import ensure_panel
from spreadlab.display.html import card, table
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError
from spreadlab.ou.estimate import LONGEST_STEP, MIN_OBS, SHORTEST_STEP
from spreadlab.ou.tables import unit_root_pvalues
from spreadlab.task import Inputs, Partial, Tile, poll_cancel, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

    F64 = NDArray[np.float64]

_CELLS = 4_000_000  # values of a tile: some 20 ms
_BLOCK = 128  # columns that a kernel takes at once: their rows stay in the cache
_REASONS = ("", "constant", "no noise", "phi >= 1", "phi <= 0")
_FIELDS = (
    "kappa", "theta", "sigma", "phi", "loglik", "stderr", "statistic", "pvalue", "reason",
)  # fmt: skip
_SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class OUBatchResult:
    """Fits of M spreads; every array has one value per spread.

    Attributes
    ----------
    symbols : tuple of str
        Names of the spreads.
    kappa, theta, sigma : ndarray, shape (M,)
        As of a single fit; NaN where `reasons` says why there is none.
    phi : ndarray, shape (M,)
        Least-squares autoregressive coefficient, whatever it is.
    loglik : ndarray, shape (M,)
        Log-likelihood given the first observation.
    stderr : ndarray, shape (M,)
        Standard error of kappa.
    statistic, pvalue : ndarray, shape (M,)
        Unit-root t-ratio and its p-value against a random walk, as of `test_mean_reversion`.
    reason : ndarray of int8, shape (M,)
        0 where there is a fit; `reasons` has the words.
    dt : float
        Time between two observations.
    n_obs : int
        Observations of every spread.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    symbols: tuple[str, ...]
    kappa: NDArray[np.float64]
    theta: NDArray[np.float64]
    sigma: NDArray[np.float64]
    phi: NDArray[np.float64]
    loglik: NDArray[np.float64]
    stderr: NDArray[np.float64]
    statistic: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    reason: NDArray[np.int8]
    dt: float
    n_obs: int
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def half_life(self) -> NDArray[np.float64]:
        """Half-lives ln 2 / kappa, in the unit of dt."""
        lives: NDArray[np.float64] = math.log(2.0) / self.kappa
        return lives

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why there is no fit: "constant", "no noise", "phi >= 1", "phi <= 0", or ""."""
        return tuple(_REASONS[code] for code in self.reason)

    def __repr__(self) -> str:
        fitted = int((self.reason == 0).sum())
        return f"OUBatchResult({fitted} of {len(self)} spreads fitted, n_obs={self.n_obs})"

    def _repr_html_(self) -> str:
        fitted = int((self.reason == 0).sum())
        facts = {
            "spreads": short(len(self)),
            "fitted": short(fitted),
            "observations each": short(self.n_obs),
        }
        order = np.argsort(self.pvalue, kind="stable")[:_SHOWN]
        rows = [
            (
                self.symbols[i],
                *(short(float(values[i])) for values in (self.kappa, self.half_life / self.dt)),
                short(float(self.pvalue[i])),
            )
            for i in order
        ]
        head = ("spread", "kappa", "half-life (bars)", "p-value against a random walk")
        note = "Smallest p-values first." if len(self) > _SHOWN else ""
        return card("Ornstein-Uhlenbeck fits", facts, note=note, below=table(head, rows))

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per spread."""
        import pandas as pd

        names = ("kappa", "theta", "sigma", "half_life", "phi", "stderr", "loglik", "statistic")
        columns: dict[str, Any] = {name: getattr(self, name) for name in (*names, "pvalue")}
        columns["reason"] = list(self.reasons)
        return pd.DataFrame(columns, index=pd.Index(self.symbols, name="spread"))

    def plot(self) -> StaticFigure:
        """Return half-lives against p-values."""
        from spreadlab.ou.figures import batch_figure

        return batch_figure(self.half_life / self.dt, self.pvalue)


@wire("OUBatchSpec")
@dataclass(frozen=True, slots=True)
class OUBatchSpec:
    """Fit every column, sampled every `dt`.

    Attributes
    ----------
    dt : float
        Time between two observations.
    """

    dt: float = 1 / 252

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the spreads are finite and long enough."""
        ensure_float(self.dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
        _check_cells(inputs.matrix("spreads"), inputs.column_labels("symbols", "spreads"))

    def start(self, inputs: Inputs) -> dict[str, F64]:
        """Return empty columns."""
        n_columns = inputs["spreads"].shape[1]
        return {name: np.full(n_columns, np.nan) for name in _FIELDS}

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:  # noqa: ARG002
        """Return blocks of columns."""
        if stage > 0:
            return []
        n_columns, width = inputs["spreads"].shape[1], self._width(inputs)
        starts = range(0, n_columns, width)
        return [
            Tile(i, columns=((low, min(low + width, n_columns)),), args={"low": low})
            for i, low in enumerate(starts)
        ]

    def most_tiles(self, inputs: Inputs, stage: int) -> int:
        """Return the number of blocks, then 0."""
        return 0 if stage else -(-inputs["spreads"].shape[1] // self._width(inputs))

    @staticmethod
    def _width(inputs: Inputs) -> int:
        n_obs: int = inputs["spreads"].shape[0]
        return max(1, _CELLS // n_obs)

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Fit a block of columns."""
        spreads = view["spreads"]
        parts = []
        for low in range(0, spreads.shape[1], _BLOCK):
            poll_cancel()
            parts.append(fit_columns(spreads[:, low : low + _BLOCK], self.dt))
        values = {name: np.concatenate([part[name] for part in parts]) for name in _FIELDS}
        return Partial(tile.id, {"low": tile.args["low"], **values}, tile.stage)

    def absorb(self, state: dict[str, F64], partial: Partial) -> None:
        """Put the block where it belongs."""
        low = partial.values["low"]
        for name in _FIELDS:
            block = partial.values[name]
            state[name][low : low + block.size] = block

    def finish(self, inputs: Inputs, state: dict[str, F64]) -> OUBatchResult:
        """Return the fits."""
        arrays: dict[str, Any] = {**state, "reason": state["reason"].astype(np.int8)}
        for array in arrays.values():
            array.flags.writeable = False
        return OUBatchResult(
            **arrays,
            symbols=inputs.labels["symbols"],
            dt=self.dt,
            n_obs=inputs["spreads"].shape[0],
            provenance=provenance_of(self, inputs),
        )


def fit_columns(x: F64, dt: float) -> dict[str, F64]:
    """Return the fields of an `OUBatchResult` for a few columns (T, m)."""
    from spreadlab.ou.kernels import ar1_moments_nb

    x = np.ascontiguousarray(x)
    n = x.shape[0] - 1
    mean, drift, sxx, sxd, rss, lowest, highest = ar1_moments_nb(x)
    top = np.maximum(np.abs(lowest), np.abs(highest))
    width = highest - lowest
    # Constant up to its last value leaves phi as unknown as constant throughout does.
    constant = (width <= 1e-13 * top) | (width < 1e-140) | (sxx <= n * (1e-13 * mean) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = sxd / sxx
        variance = rss / n
        rounding = 8.0 * np.finfo(float).eps * top
        noiseless = variance <= np.maximum(rounding**2, 1e-24 * sxx / n)
        kappa = -np.log1p(rho) / dt
        sigma = np.sqrt(2.0 * kappa * variance / -np.expm1(-2.0 * kappa * dt))
        statistic = rho / np.sqrt(rss / (n - 2) / sxx)
        found = {
            "kappa": kappa,
            "theta": mean - drift / rho,
            "sigma": sigma,
            "phi": 1.0 + rho,
            "loglik": -0.5 * n * (np.log(2.0 * np.pi * variance) + 1.0),
            "stderr": np.sqrt(variance / sxx) / ((1.0 + rho) * dt),
            "statistic": statistic,
        }
    found["pvalue"] = unit_root_pvalues(statistic, n)
    reason = np.select(
        [constant, noiseless, 1.0 + rho >= 1.0, 1.0 + rho <= 0.0], [1.0, 2.0, 3.0, 4.0], 0.0
    )
    for name in ("kappa", "theta", "sigma", "loglik", "stderr"):
        found[name][reason > 0] = np.nan
    for name in ("phi", "statistic", "pvalue"):
        found[name][(reason == 1) | (reason == 2)] = np.nan
    return found | {"reason": reason}


def _check_cells(values: F64, symbols: Sequence[str]) -> None:
    """Raise InvalidInputError that names the first value without a meaning."""
    if values.shape[0] < MIN_OBS or values.shape[1] == 0:
        raise InvalidInputError(
            "spread", f"shape {values.shape}", f"T x M with at least {MIN_OBS} rows"
        )
    # Two passes without a copy: NaN or infinite values show in the extremes.
    lowest, highest = float(values.min()), float(values.max())
    largest = max(-lowest, highest)
    if math.isfinite(lowest) and math.isfinite(highest):
        if largest > 1e140:
            raise InvalidInputError(
                "spread", f"values up to {largest:.1e}", "below 1e140", "change the units"
            )
        return
    row, column = np.argwhere(~np.isfinite(values))[0].tolist()
    raise InvalidInputError(
        f'spread["{symbols[column]}"]',
        f"missing (NaN) or infinite at row {row}",
        "finite",
        "fill or drop them",
    )


def make_estimate_ou_batch_request(spreads: Any, dt: float) -> tuple[OUBatchSpec, Inputs]:
    """Return the request of `estimate_ou` for a T x M table of spreads."""
    dt = ensure_float(dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
    values: F64
    symbols: tuple[str, ...]
    if type(spreads) is np.ndarray and spreads.dtype == np.float64:
        # A plain table is read where it is: copying one takes longer than fitting it.
        values, symbols = spreads, tuple(map(str, range(spreads.shape[1])))
    else:
        panel = ensure_panel(spreads, "spread", transform="none", min_obs=MIN_OBS, constant="allow")
        values, symbols = panel.inputs["prices"], panel.symbols
    return OUBatchSpec(dt), Inputs({"spreads": values}, {"symbols": symbols})

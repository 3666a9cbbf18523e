"""The switching problem on a grid that is rebuilt around its own thresholds.

Without a fee the two layers are solved one by one, each a scalar double-obstacle problem; with a
fee the three coupled inequalities are solved together. Either way a few coarse grids locate the
thresholds, the last one is dense around them, and a grid with half the nodes (and half the times)
gives the error estimate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.control.kernels_layer import layer_thresholds_nb
from spreadlab.control.kernels_mesh import mesh_nb
from spreadlab.control.kernels_obstacle import horizon_layer_nb, stationary_layer_nb
from spreadlab.control.kernels_switching import horizon_switching_nb, stationary_switching_nb
from spreadlab.control.scaling import ScaledLayers, scale_layers
from spreadlab.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.control.spec import SwitchingSpec

# The ergodic problem is the limit of small discounts; at this share of kappa thresholds differ
# from the limit by less than the grid's own error.
_VANISHING = 1e-6
_LEAST_REACH = 8.0
_MOST_REACH = 60.0
_RESOLVED = 0.1  # v^2 h of a step that resolves a level of speed v
_MOST_PIECES = 16
_MIRROR = np.array([1, 0, 4, 5, 2, 3])  # the switch that each one becomes under z -> -z


@dataclass(frozen=True, slots=True, eq=False)
class GridSolution:
    """What the scheme returns, in standardised units.

    Attributes
    ----------
    z : ndarray, shape (M,)
    tau : ndarray, shape (N,)
        Times to go in 1/kappa; infinity alone without a deadline.
    values : ndarray, shape (3, N, M)
    switches : ndarray, shape (N, 6)
        Levels in the order of `policy_map_nb`.
    error : float
        Estimated error of the last row of `switches`.
    iterations : int
    unit : float
        Unit of the values, in units of the spread.
    """

    z: NDArray[np.float64]
    tau: NDArray[np.float64]
    values: NDArray[np.float64]
    switches: NDArray[np.float64]
    error: float
    iterations: int
    unit: float


def solve_grid(spec: SwitchingSpec, n_grid: int, n_time: int) -> GridSolution:
    """Return the solution of a request on a grid.

    Raises
    ------
    ConvergenceError
        If policy iteration did not end, or thresholds stay outside ever larger grids.
    """
    scaled = scale_layers(spec)
    if spec.objective == "ergodic":
        ratio = (1.0 + _VANISHING) / scaled.order
        scaled = replace(scaled, order=1.0 + _VANISHING, **_costs_times(scaled, ratio))
    fee = scaled.reversal - 2.0 * scaled.cost
    problem = _Problem(spec, scaled, fee)
    return problem.with_deadline(n_grid, n_time) if spec.horizon else problem.stationary(n_grid)


def _costs_times(scaled: ScaledLayers, ratio: float) -> dict[str, float]:
    # `unit` holds 1/(kappa + rho), so a change of rho rescales the standardised costs.
    return {
        "unit": scaled.unit / ratio,
        "cost": scaled.cost * ratio,
        "first": scaled.first * ratio,
        "reversal": scaled.reversal * ratio,
    }


class _Problem:
    def __init__(self, spec: SwitchingSpec, scaled: ScaledLayers, fee: float) -> None:
        self.spec, self.scaled, self.fee = spec, scaled, fee
        self.tilts = (scaled.tilt_long, scaled.tilt_short)
        self.symmetric = scaled.tilt_long == scaled.tilt_short
        self.no_penalty = spec.risk_penalty == 0.0

    # --- infinite horizon ---------------------------------------------------------------------

    def stationary(self, n_grid: int) -> GridSolution:
        guess = self._first_guess()
        reach = max(6.0, 1.5 * float(np.abs(guess).max()))
        total = 0
        sizes = [n for n in (129, 257) if n < n_grid] + [n_grid]
        k = 0
        while True:
            z = self._mesh(sizes[k], guess, reach)
            values, levels, count = self._stationary_on(z, guess)
            total += count
            if np.isnan(levels).any():
                reach = self._enlarge(reach)
                continue
            guess = levels
            reach = max(6.0, 1.5 * float(np.abs(levels).max()))
            k += 1
            if k == len(sizes):
                break
        _, coarse, count = self._stationary_on(np.ascontiguousarray(z[::2]), guess)
        return GridSolution(
            z=z,
            tau=np.array([np.inf]),
            values=values[:, None, :],
            switches=levels[None, :],
            error=_error(z, levels, coarse),
            iterations=total + count,
            unit=self.scaled.unit,
        )

    def _first_guess(self) -> NDArray[np.float64]:
        order = self.scaled.order
        cost = self.scaled.cost + 0.5 * self.fee
        half = cost + (3.0 * cost / order) ** (1.0 / 3.0)
        low, high = self.tilts[0] - half, self.tilts[0] + half
        left, right = -self.tilts[1] - half, -self.tilts[1] + half
        return np.array([low, right, high, right, left, low])

    def _enlarge(self, reach: float) -> float:
        if reach > 1e7:
            raise ConvergenceError(
                f"the thresholds of {self.spec!r} stay outside grids of up to {reach:.0e} standard "
                "deviations"
            )
        return 2.0 * reach

    def _mesh(
        self, n: int, levels: NDArray[np.float64], reach: float, most: float = math.inf
    ) -> NDArray[np.float64]:
        centres = np.unique(levels[np.isfinite(levels)])
        if self.symmetric:
            centres = np.unique(np.abs(centres))
            centres = np.concatenate([-centres[::-1], centres])
        span = float(centres[-1] - centres[0]) if centres.size > 1 else 1.0
        apart = centres[np.concatenate([[True], np.diff(centres) > 1e-3 * span])]
        # Values bend over the range between levels, the tails, or what a discount time diffuses.
        most = min(0.25 * max(span, 1e-12), 2.0 / math.sqrt(self.scaled.order), most)
        widths = np.minimum(most, 1.0 / (1.0 + np.abs(apart)))
        z = mesh_nb(n, apart, widths, -reach, reach)
        return 0.5 * (z - z[::-1]) if self.symmetric else z

    def _stationary_on(
        self, z: NDArray[np.float64], guess: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        scaled = self.scaled
        if self.fee > 0.0:
            values, levels, count = stationary_switching_nb(
                z, scaled.order, self.tilts, scaled.cost, self.fee, guess
            )
            self._check(count)
            return values, self._tidy(levels), count
        out, gain, low, high, count = stationary_layer_nb(
            z, scaled.order, self.tilts[0], scaled.cost, guess[0], guess[2]
        )
        self._check(count)
        if self.symmetric:
            out_short, gain_short, left, right = out[::-1], gain[::-1], low, high
        else:
            mirrored = np.ascontiguousarray(-z[::-1])
            out_short, gain_short, left, right, more = stationary_layer_nb(
                mirrored, scaled.order, self.tilts[1], scaled.cost, -guess[1], -guess[4]
            )
            self._check(more)
            count += more
            out_short, gain_short = out_short[::-1], gain_short[::-1]
        values = np.stack([out + out_short + gain_short, out + out_short, out + gain + out_short])
        return values, self._tidy(np.array([low, -left, high, -left, -right, low])), count

    # --- finite horizon -----------------------------------------------------------------------

    def with_deadline(self, n_grid: int, n_time: int) -> GridSolution:
        spec, scaled = self.spec, self.scaled
        horizon = spec.kappa * float(spec.horizon or 0.0)
        # Near the deadline nobody enters closer than where the drift pays both costs.
        near = (2.0 * scaled.cost + self.fee) / -math.expm1(-scaled.order * horizon)
        tilt = max(abs(self.tilts[0]), abs(self.tilts[1]))
        long_run = layer_thresholds_nb(scaled.order, self.tilts[0], scaled.cost + 0.5 * self.fee)
        widest = max(abs(long_run[0]), abs(long_run[1]), tilt)
        far = max(near + tilt, widest)
        reach = min(max(_LEAST_REACH, 1.5 * far), max(_MOST_REACH, 2.0 * widest))
        guess = np.array([-far, far, long_run[1], far, -long_run[1], -far])
        total = 0
        noise = math.sqrt(2.0 * horizon)  # what the boundaries move over
        for size, steps in ((201, 80), (301, 100)):  # the second where the first lacks a level
            z = self._mesh(size, np.append(guess, self._exit_at_deadline()), reach, noise)
            _, levels, count = self._deadline_on(z, _times(horizon, steps), every=False)
            total += count
            last = levels[-1]
            guess = np.where(np.isnan(last), guess, last)
            seen = float(np.nanmax(np.abs(last))) if np.isfinite(last).any() else 0.0
            if np.isfinite(last).all():
                reach = max(_LEAST_REACH, 1.5 * seen)
                break
        z = self._mesh(n_grid, np.append(guess, self._exit_at_deadline()), reach, noise)
        tau = _times(horizon, n_time)
        values, levels, count = self._deadline_on(z, tau, every=True)
        half = np.ascontiguousarray(z[::2])
        _, coarse, more = self._deadline_on(half, _times(horizon, max(n_time // 2, 2)), every=False)
        return GridSolution(
            z=z,
            tau=tau,
            values=values,
            switches=levels,
            error=_error(z, levels[-1], coarse[-1]),
            iterations=total + count + more,
            unit=scaled.unit,
        )

    def _exit_at_deadline(self) -> NDArray[np.float64]:
        # At the deadline itself a position is closed where holding it earns less than delay saves.
        saved = (self.scaled.order - 1.0) / self.scaled.order * self.scaled.cost
        return np.array([self.tilts[0] + saved, -self.tilts[1] - saved])

    def _deadline_on(
        self, z: NDArray[np.float64], tau: NDArray[np.float64], *, every: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        scaled = self.scaled
        if every:
            near = 2.0 * scaled.cost + self.fee
            clock, row = _with_short_steps(tau, scaled.order, near, float(z[-1]))
        else:
            clock, row = tau, np.full(tau.size, -1)
            row[-1] = 0
        if self.fee > 0.0:
            values, levels, count = horizon_switching_nb(
                z, clock, scaled.order, self.tilts, scaled.cost, self.fee, row
            )
            self._check(count)
            return values, self._tidy(levels), count
        out, gain, low, high, count = horizon_layer_nb(
            z, clock, scaled.order, self.tilts[0], scaled.cost, row, every
        )
        self._check(count)
        if self.symmetric:
            out_short, gain_short, left, right = out[:, ::-1], gain[:, ::-1], low, high
        else:
            mirrored = np.ascontiguousarray(-z[::-1])
            out_short, gain_short, left, right, more = horizon_layer_nb(
                mirrored, clock, scaled.order, self.tilts[1], scaled.cost, row, every
            )
            self._check(more)
            count += more
            out_short, gain_short = out_short[:, ::-1], gain_short[:, ::-1]
        values = np.empty((3, *out.shape))
        np.add(out, out_short, out=values[1])
        np.add(values[1], gain_short, out=values[0])
        np.add(values[1], gain, out=values[2])
        return values, np.stack([low, -left, high, -left, -right, low], axis=1), count

    # --- both -----------------------------------------------------------------------------------

    def _check(self, iterations: int) -> None:
        if iterations < 0:
            raise ConvergenceError(
                f"policy iteration did not end at {self.spec!r}; another n_grid may help"
            )

    def _tidy(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Make exact what symmetry says is equal, where the grid has it only to its own error."""
        if self.symmetric:
            levels = 0.5 * (levels - levels[..., _MIRROR])
        if self.fee == 0.0 and self.no_penalty and self.spec.horizon is None:
            low = 0.5 * (levels[..., 0] + levels[..., 4])
            high = 0.5 * (levels[..., 1] + levels[..., 2])
            levels = np.stack([low, high, high, high, low, low], axis=-1)
        return levels


def _times(horizon: float, n: int) -> NDArray[np.float64]:
    return horizon * (np.arange(n + 1) / n) ** 2


def _with_short_steps(
    tau: NDArray[np.float64], order: float, near: float, reach: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return `tau` with shorter steps where the entry level is fast, and each time's place in it.

    Near the deadline the entry level is at about s = near/(1 - exp(-order tau)) and comes in at
    the speed v = -ds/dtau. The layer in front of it is 1/v thick, so a step h resolves it where
    v h << 1/v. Where the level is still outside the grid nothing has to be resolved.

    Parameters
    ----------
    tau : ndarray, shape (N,)
        Times to go, ascending from 0.
    order, near : float
        1 + nu, and what two trades cost.
    reach : float
        Distance of the end of the grid.

    Returns
    -------
    clock : ndarray, shape (K,)
    row : ndarray of int, shape (K,)
        Index into `tau`, -1 for times that are not in it.
    """
    left = -np.expm1(-order * tau[1:])
    speed = near * order * (1.0 - left) / left**2
    pieces = np.ceil(speed**2 * np.diff(tau) / _RESOLVED)
    pieces = np.clip(np.where(near / left > reach, 1.0, pieces), 1.0, _MOST_PIECES).astype(int)
    ends = np.cumsum(pieces)
    clock = np.interp(np.arange(ends[-1] + 1), np.append(0, ends), tau)
    row = np.full(clock.size, -1)
    row[0], row[ends] = 0, np.arange(1, tau.size)
    return clock, row


def _error(z: NDArray[np.float64], fine: NDArray[np.float64], coarse: NDArray[np.float64]) -> float:
    """Return thrice the change from half the nodes, plus what the nodes' phase may hide in it."""
    known = np.isfinite(fine) & np.isfinite(coarse)
    if not known.any():
        return math.nan
    levels = fine[known]
    width = max(float(levels.max() - levels.min()), 1e-300)
    cells = np.interp(levels, 0.5 * (z[1:] + z[:-1]), np.diff(z))
    change = float(np.abs(levels - coarse[known]).max())
    return 3.0 * change + 0.25 * float((cells**2).max()) / width


def vanishing_gain(spec: SwitchingSpec, value: float) -> float:
    """Return the long-run gain per unit of time from the value at the vanishing discount."""
    return _VANISHING * spec.kappa * value

"""What Johansen's test answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_int
from spreadlab.discovery.pair_spec import transformed
from spreadlab.display.html import card, table
from spreadlab.display.numbers import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_CASES = {
    "n": "no deterministic terms",
    "c": "a constant, no trend in the relations",
    "ct": "a constant and a linear trend",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class JohansenResult:
    """Johansen's test of N series; entry r of an array is the null of at most r relations.

    Attributes
    ----------
    eigenvalues : ndarray, shape (N,)
        Squared canonical correlations, falling.
    vectors : ndarray, shape (N, N)
        Relations as columns, by falling eigenvalue, scaled to unit residual variance, first
        entry positive.
    trace, max_eigenvalue : ndarray, shape (N,)
        Statistics.
    trace_critical, max_critical : ndarray, shape (N, 3)
        Critical values at 10, 5 and 1 %.
    symbols : tuple of str
        The legs.
    transform, trend : str
        What the test saw, and its deterministic case.
    lags : int
        Lagged differences.
    prices : ndarray, shape (T, N)
        As given.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    eigenvalues: NDArray[np.float64]
    vectors: NDArray[np.float64]
    trace: NDArray[np.float64]
    max_eigenvalue: NDArray[np.float64]
    trace_critical: NDArray[np.float64]
    max_critical: NDArray[np.float64]
    symbols: tuple[str, ...]
    transform: str
    trend: str
    lags: int
    prices: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """Relations found by the trace test at 5 %: the first r that is not rejected."""
        return _first_kept(self.trace, self.trace_critical[:, 1])

    @property
    def rank_max(self) -> int:
        """Relations found by the maximum-eigenvalue test at 5 %."""
        return _first_kept(self.max_eigenvalue, self.max_critical[:, 1])

    def weights(self, relation: int = 0) -> NDArray[np.float64]:
        """Return the legs' weights in one relation, those of the first leg set to 1.

        Raises
        ------
        InvalidInputError
            If there is no such relation.
        """
        column = ensure_int(relation, "relation", low=0, high=len(self.symbols) - 1)
        return np.asarray(self.vectors[:, column] / self.vectors[0, column])

    def spread(self, relation: int = 0) -> NDArray[np.float64]:
        """Return the weighted sum of the (transformed) legs less its mean, shape (T,)."""
        values = transformed(self.prices, self.transform) @ self.weights(relation)
        return np.asarray(values - values.mean())

    def explain(self) -> str:
        """Return in words what the test found."""
        rank, legs = self.rank, len(self.symbols)
        if rank == legs:
            found = "every combination is stationary: the legs themselves do not wander"
        elif rank:
            found = f"{rank} relation{'s' * (rank > 1)} hold{'s' * (rank == 1)} the {legs} legs"
        else:
            found = f"no relation holds the {legs} legs"
        return (
            f"At 5 % the trace test says: {found} ({_CASES[self.trend]}, {self.lags} lagged "
            f"differences); the maximum-eigenvalue test says {self.rank_max}."
        )

    def _rows(self) -> list[tuple[str, ...]]:
        columns = (self.trace, self.trace_critical[:, 1], self.max_eigenvalue)
        return [
            (f"r <= {r}", *(short(float(c[r])) for c in columns), short(float(m)))
            for r, m in enumerate(self.max_critical[:, 1])
        ]

    def __repr__(self) -> str:
        return (
            f"JohansenResult({', '.join(self.symbols)}: rank={self.rank}, "
            f"trace={short(float(self.trace[0]))}, trend={self.trend!r}, lags={self.lags})"
        )

    def _repr_html_(self) -> str:
        heads = ("null", "trace", "5 %", "max eigenvalue", "5 %")
        facts = {"relations (trace, 5 %)": short(self.rank), "lags": short(self.lags)}
        title = f"Johansen test of {', '.join(self.symbols)}"
        return card(title, facts, note=self.explain(), below=table(heads, self._rows()))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per null hypothesis with both statistics and their critical values."""
        import pandas as pd

        columns: dict[str, Any] = {"eigenvalue": self.eigenvalues}
        for name, values, critical in (
            ("trace", self.trace, self.trace_critical),
            ("max_eigenvalue", self.max_eigenvalue, self.max_critical),
        ):
            columns[name] = values
            columns |= {f"{name}_{level}%": critical[:, k] for k, level in enumerate((10, 5, 1))}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.symbols), name="rank"))

    def plot(self) -> StaticFigure:
        """Return the spread of the strongest relation."""
        from spreadlab.display.figure import ACCENT, INK, new_figure

        figure, (axes,) = new_figure(size=(8.0, 3.0))
        spread = self.spread()
        axes.plot(spread, color=INK, lw=0.8)
        for side in (-2, 0, 2):
            axes.axhline(side * spread.std(), color=ACCENT, lw=1, ls="--" if side else "-")
        weights = " ".join(
            f"{short(float(w))} {name}"
            for w, name in zip(self.weights(), self.symbols, strict=True)
        )
        axes.set_title(f"strongest relation: {weights}", fontsize=9, loc="left")
        axes.set_xlabel("bar")
        axes.set_ylabel("spread, mean ± 2 sd")
        return figure


def _first_kept(statistic: NDArray[np.float64], critical: NDArray[np.float64]) -> int:
    kept = np.flatnonzero(statistic <= critical)
    return int(kept[0]) if kept.size else len(statistic)

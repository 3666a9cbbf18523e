"""Which pairs are worth a test, decided before any test and on the record.

Every pair that is not tested spares the multiple-testing adjustment a test, but only if the rule
that leaves it out does not look at the test. So a selection is made first, says how many pairs
each step left out, and travels in the spec of the scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.display.html import card
from spreadlab.display.numbers import short
from spreadlab.errors import DataUnavailableError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.data.panel import PricePanel

OUT = -1  # group of a symbol that is in no pair
_CLUSTERS = ("hdbscan", "optics")


@wire("Selection")
@dataclass(frozen=True, slots=True, repr=False)
class Selection:
    """Pairs inside a group are tested, all others are not.

    Attributes
    ----------
    symbols : tuple of str
        The universe, in the order of the prices.
    groups : tuple of int
        Group of each symbol; -1 for one that is in no pair.
    steps : tuple of (str, int)
        What was asked, and how many pairs that left out of those the steps before had kept.
    """

    symbols: tuple[str, ...]
    groups: tuple[int, ...]
    steps: tuple[tuple[str, int], ...] = ()

    @property
    def n_pairs(self) -> int:
        """Pairs of the universe."""
        return len(self.symbols) * (len(self.symbols) - 1) // 2

    @property
    def n_selected(self) -> int:
        """Pairs that are tested."""
        return count_pairs(np.array(self.groups))

    @property
    def n_excluded(self) -> int:
        """Pairs that are not: the sum over the steps."""
        return self.n_pairs - self.n_selected

    def explain(self) -> str:
        """Return in words what was left out and why."""
        parts = [f"{count:,} by {step}" for step, count in self.steps]
        left_out = "; ".join(parts) if parts else "nothing left out"
        return f"{self.n_selected:,} of {self.n_pairs:,} pairs are tested: {left_out}."

    def __repr__(self) -> str:
        return f"Selection({self.explain()})"

    def _repr_html_(self) -> str:
        facts = {"pairs": short(self.n_pairs)}
        facts |= {f"left out by {step}": short(count) for step, count in self.steps}
        facts |= {"tested": short(self.n_selected)}
        return card("Selection of pairs", facts)

    def to_frame(self) -> pd.DataFrame:
        """Return each symbol with its group, -1 for none."""
        import pandas as pd

        return pd.DataFrame({"symbol": self.symbols, "group": self.groups})


def count_pairs(groups: NDArray[np.int64]) -> int:
    """Return how many pairs lie inside a group."""
    _, sizes = np.unique(groups[groups != OUT], return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())


def preselect(
    prices: Any,
    *,
    groups: Mapping[str, Any] | None = None,
    min_history: int | None = None,
    max_zero_share: float | None = None,
    cluster: str | None = None,
    min_cluster_size: int = 2,
) -> Selection:
    """Choose the pairs to test: give the answer to ``discover_pairs(..., selection=...)``.

    The steps are applied in the order of the arguments; each counts the pairs it leaves out.

    Parameters
    ----------
    prices : pandas or polars frame, ndarray (T, N), or PricePanel
        What will be scanned. Gaps are allowed without `cluster`.
    groups : mapping of symbol to label, optional
        Only pairs with one label are tested, such as those of a sector. Every symbol needs one;
        None as a label takes the symbol out. Pairs across groups are not found, cointegrated or
        not.
    min_history : int, optional
        Fewest prices of a symbol.
    max_zero_share : float, optional
        Largest share of returns that are exactly zero, a sign of hardly traded symbols.
    cluster : {"hdbscan", "optics"}, optional
        Only pairs in one cluster of return correlations are tested (distance sqrt(2 (1 - rho))
        of log returns, scikit-learn). Symbols in no cluster are in no pair.
    min_cluster_size : int
        Fewest symbols of a cluster.

    Returns
    -------
    Selection
        With the counts of each step.

    Raises
    ------
    InvalidInputError
        For bad prices or options, or symbols without a group.
    DataUnavailableError
        If `cluster` is asked for and scikit-learn is not installed.
    """
    from spreadlab.data.panel import ensure_panel

    panel = ensure_panel(
        prices,
        align="error" if cluster is not None else "pairwise",
        constant="allow",
        min_symbols=2,
    )
    maker = _Maker(panel)
    if groups is not None:
        maker.split("group", _labels(groups, panel.symbols))
    if min_history is not None:
        fewest = ensure_int(min_history, "min_history", low=1)
        history = np.sum(~np.isnan(panel.prices), axis=0)
        maker.drop(f"fewer than {fewest} prices", history < fewest)
    if max_zero_share is not None:
        most = ensure_float(max_zero_share, "max_zero_share", low=0.0, high=1.0)
        maker.drop(f"more than {100 * most:g} % zero returns", _zero_shares(panel) > most)
    if cluster is not None:
        check_choice(cluster, "cluster", _CLUSTERS)
        size = ensure_int(min_cluster_size, "min_cluster_size", low=2)
        maker.split(f"{cluster} cluster", cluster_labels(panel.prices, cluster, size))
    return maker.selection()


class _Maker:
    """Applies the steps one after the other and counts."""

    def __init__(self, panel: PricePanel) -> None:
        self._symbols = panel.symbols
        self._groups = np.zeros(panel.n_symbols, dtype=np.int64)
        self._steps: list[tuple[str, int]] = []

    def split(self, name: str, labels: NDArray[np.int64]) -> None:
        together = np.stack([self._groups, labels])
        fresh = np.unique(together, axis=1, return_inverse=True)[1].reshape(-1)
        self._set(name, np.where((self._groups == OUT) | (labels == OUT), OUT, fresh))

    def drop(self, name: str, wrong: NDArray[np.bool_]) -> None:
        self._set(name, np.where(wrong, OUT, self._groups))

    def _set(self, name: str, groups: NDArray[np.int64]) -> None:
        self._steps.append((name, count_pairs(self._groups) - count_pairs(groups)))
        self._groups = groups

    def selection(self) -> Selection:
        groups = tuple(int(group) for group in self._groups)
        return Selection(self._symbols, groups, tuple(self._steps))


def _labels(groups: Mapping[str, Any], symbols: tuple[str, ...]) -> NDArray[np.int64]:
    missing = [symbol for symbol in symbols if symbol not in groups]
    if missing:
        raise InvalidInputError(
            "groups",
            f"no group for {missing[0]!r}" + (f" and {len(missing) - 1} more" * (len(missing) > 1)),
            "a label for every symbol",
            "give None as the label of symbols to leave out",
        )
    numbers: dict[Any, int] = {}
    labels = [groups[symbol] for symbol in symbols]
    return np.array(
        [OUT if label is None else numbers.setdefault(label, len(numbers)) for label in labels]
    )


def _zero_shares(panel: PricePanel) -> NDArray[np.float64]:
    from spreadlab.discovery.legs import zero_share

    return np.array([zero_share(column[~np.isnan(column)]) for column in panel.prices.T.copy()])


def cluster_labels(
    prices: NDArray[np.float64], method: str, min_cluster_size: int
) -> NDArray[np.int64]:
    """Return the cluster of each symbol by return correlation, -1 for none.

    Raises
    ------
    DataUnavailableError
        If scikit-learn is not installed.
    """
    try:
        from sklearn.cluster import HDBSCAN, OPTICS
    except ImportError:
        raise DataUnavailableError(
            "clustering needs scikit-learn: pip install 'spreadlab[select]'"
        ) from None
    returns = np.diff(np.log(prices), axis=0)
    varies = returns.std(axis=0) > 0
    labels = np.full(prices.shape[1], OUT, dtype=np.int64)
    if varies.sum() < min_cluster_size:
        return labels
    correlation = np.corrcoef(returns[:, varies].T)
    distance = np.sqrt(np.maximum(2.0 * (1.0 - correlation), 0.0))
    np.fill_diagonal(distance, 0.0)
    if method == "hdbscan":
        model = HDBSCAN(min_cluster_size=min_cluster_size, metric="precomputed", copy=True)
    else:
        model = OPTICS(min_samples=min_cluster_size, metric="precomputed")
    labels[varies] = model.fit_predict(distance)
    return labels

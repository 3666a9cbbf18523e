"""What the roughness of one series is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spreadlab.display.html import card
from spreadlab.display.numbers import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_WORDS = {"generalized": "differences", "dfa": "boxes, line taken out"}


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class HurstResult:
    """The Hurst exponent of a level: 0.5 for a random walk, lower for one that reverts.

    Attributes
    ----------
    exponent : float
        Half the slope of the log mean square on the log scale; NaN where a mean square is zero.
    method : str
        ``"generalized"`` (scales are lags in bars) or ``"dfa"`` (scales are box sizes in bars).
    scales : ndarray of int64, shape (M,)
        Lags or box sizes.
    mean_squares : ndarray, shape (M,)
        Mean square at each scale.
    n_obs : int
        Observations T.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    exponent: float
    method: str
    scales: NDArray[np.int64]
    mean_squares: NDArray[np.float64]
    n_obs: int
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scales.flags.writeable = False
        self.mean_squares.flags.writeable = False

    def __float__(self) -> float:
        return self.exponent

    def __repr__(self) -> str:
        return (
            f"HurstResult(exponent={short(self.exponent)}, method={self.method!r}, "
            f"scales={self.scales[0]}..{self.scales[-1]}, n_obs={self.n_obs})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "Hurst exponent": short(self.exponent),
            "scales (bars)": f"{self.scales[0]} to {self.scales[-1]}",
            "observations": short(self.n_obs),
        }
        note = "0.5 for a random walk, lower for a series that reverts to a mean."
        return card(f"Hurst exponent by {_WORDS[self.method]}", facts, note=note)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a scale: scale (bars) and mean_square."""
        import pandas as pd

        return pd.DataFrame({"scale": self.scales, "mean_square": self.mean_squares})

    def plot(self) -> StaticFigure:
        """Return the mean squares over the scales, both in logs, with the line fitted."""
        from spreadlab.discovery.figures import hurst_figure

        return hurst_figure(self.scales, self.mean_squares, self.exponent, _WORDS[self.method])

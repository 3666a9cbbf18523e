"""What is asked of a whole universe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.discovery import counts
from spreadlab.discovery.dfa import dfa_tiles, most_dfa_tiles, run_dfa
from spreadlab.discovery.pair_spec import transformed
from spreadlab.discovery.plan import scan_size, scan_tiles
from spreadlab.discovery.rules import (
    MIN_OBS,
    Keep,
    Lags,
    check_lags_fit,
    check_options,
    check_prices,
    ensure_lags,
)
from spreadlab.discovery.scan_state import ScanState
from spreadlab.discovery.selection import Selection
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spreadlab.discovery.result import DiscoveryResult

_ALIGN = ("error", "inner", "pairwise")


@wire("PairScanSpec")
@dataclass(frozen=True, slots=True)
class PairScanSpec:
    """Test every pair of the columns of ``prices``.

    Attributes
    ----------
    transform : str
        ``"log"`` or ``"none"``.
    lags : str or int
        ``"aic"``, ``"bic"`` or a fixed order.
    direction : str
        ``"both"``: each symbol on the other, two tests a pair, or ``"forward"``: the earlier
        column on the later one, one test a pair.
    alpha : float
        Level of the verdict.
    keep : None, float or int
        Pairs listed in the result: all, those with a smaller p-value, or the best k.
    align : str
        ``"pairwise"`` tests each pair on the rows that both have; anything else needs all rows.
    selection : Selection or None
        Which pairs are tested; None for all.
    dfa : int
        How many of the listed pairs, the best ones, get a DFA exponent in a second stage.
    """

    transform: str = "log"
    lags: Lags = "aic"
    direction: str = "both"
    alpha: float = 0.05
    keep: Keep = None
    align: str = "error"
    selection: Selection | None = None
    dfa: int = 1000

    @property
    def n_directions(self) -> int:
        """Tests a pair."""
        return 2 if self.direction == "both" else 1

    @property
    def groups(self) -> tuple[int, ...] | None:
        """Group of each symbol where only pairs inside a group are tested, else None."""
        return None if self.selection is None else self.selection.groups

    def n_tests(self, n_symbols: int) -> int:
        """Return how many tests a scan of N symbols runs."""
        pairs = n_symbols * (n_symbols - 1) // 2
        return self.n_directions * (pairs if self.selection is None else self.selection.n_selected)

    def is_counted(self, n_symbols: int) -> bool:
        """Return whether so many p-values are counted by size, and not kept one by one."""
        return self.n_tests(n_symbols) > counts.MOST_EXACT

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the options are known and the panel can be scanned."""
        check_options(self.transform, self.lags, self.alpha)
        check_choice(self.direction, "direction", ("both", "forward"))
        ensure_keep(self.keep)
        check_choice(self.align, "align", _ALIGN)
        ensure_int(self.dfa, "dfa", low=0)
        prices = inputs.matrix("prices")
        if prices.shape[1] < 2:
            raise InvalidInputError("prices", f"got shape {prices.shape}", "at least 2 symbols")
        if prices.shape[0] < MIN_OBS:
            raise InvalidInputError(
                "prices", f"{prices.shape[0]} observations", f"at least {MIN_OBS} observations"
            )
        check_lags_fit(self.lags, prices.shape[0])
        check_prices(prices, self.transform, gaps=self.align == "pairwise")
        if self.selection is None:
            return
        if len(self.selection.groups) != prices.shape[1]:
            got = f"{len(self.selection.groups)} groups for {prices.shape[1]} symbols"
            raise InvalidInputError("selection", got, "a group for each symbol")
        if self.selection.symbols != inputs.labels.get("symbols"):
            raise InvalidInputError(
                "selection",
                "made for other symbols than these prices have",
                "a selection of the same columns in the same order",
                "call sl.preselect on these prices",
            )

    def start(self, inputs: Inputs) -> ScanState:
        """Return a state without answers."""
        return ScanState(inputs["prices"].shape[1], self)

    def plan(self, inputs: Inputs, state: ScanState, stage: int) -> Sequence[Tile]:
        """Return the tiles of the upper triangle, then those of the best pairs."""
        n_symbols = inputs["prices"].shape[1]
        if stage == 0:
            return scan_tiles(n_symbols, self.groups, counted=self.is_counted(n_symbols))
        if stage == 1 and self.dfa:
            return dfa_tiles(state.best(self.dfa), n_symbols)
        return []

    def most_tiles(self, inputs: Inputs, stage: int) -> int:
        """Return the tiles of all pairs, then those of `dfa` pairs, then 0."""
        n_symbols = inputs["prices"].shape[1]
        if stage == 0:
            return scan_size(n_symbols)
        return most_dfa_tiles(self.dfa, n_symbols) if stage == 1 else 0

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Test the pairs of one tile."""
        from spreadlab.discovery.tile import run_tile_pairs

        values = transformed(view["prices"], self.transform)
        if tile.stage == 1:
            return Partial(tile.id, run_dfa(values, tile), tile.stage)
        return Partial(tile.id, run_tile_pairs(self, values, tile), tile.stage)

    def absorb(self, state: ScanState, partial: Partial) -> None:
        """Keep all p-values and the rows of the pairs that are listed."""
        state.absorb(partial)

    def finish(self, inputs: Inputs, state: ScanState) -> DiscoveryResult:
        """Return the listed pairs with p-values adjusted over all tests."""
        from spreadlab.discovery.result import DiscoveryResult

        columns: dict[str, Any] = state.columns()
        return DiscoveryResult(
            **columns,
            symbols=inputs.labels["symbols"],
            all_pvalues=state.pvalues,
            counts=state.counts,
            leg_pvalue=state.leg_pvalue,
            zero_share=state.zero_share,
            n_obs=inputs["prices"].shape[0],
            spec=self,
            provenance=provenance_of(self, inputs),
        )


def ensure_keep(keep: object) -> Keep:
    """Return `keep` as None, a p-value threshold in (0, 1] or a number of pairs."""
    if keep is None:
        return None
    if isinstance(keep, int | np.integer) and not isinstance(keep, bool):
        return ensure_int(keep, "keep", low=1)
    if isinstance(keep, float):
        return ensure_float(keep, "keep", low=0.0, high=1.0, low_open=True)
    raise InvalidInputError(
        "keep", f"got {keep!r}", "None, a p-value threshold (float) or a number of pairs (int)"
    )


def make_scan_request(
    prices: Any,
    *,
    transform: str = "log",
    lags: Lags = "aic",
    direction: str = "both",
    alpha: float = 0.05,
    keep: Keep = None,
    align: str = "error",
    selection: Selection | None = None,
    dfa: int = 1000,
) -> tuple[PairScanSpec, Inputs]:
    """Return the request of `discover_pairs`."""
    from spreadlab.data.panel import ensure_panel

    check_options(transform, lags, alpha)
    check_choice(direction, "direction", ("both", "forward"))
    check_choice(align, "align", _ALIGN)
    kept = ensure_keep(keep)
    if selection is not None and not isinstance(selection, Selection):
        raise InvalidInputError("selection", f"got {selection!r}", "what sl.preselect returns")
    panel = ensure_panel(
        prices,
        transform=transform,  # type: ignore[arg-type]
        align=align,  # type: ignore[arg-type]
        constant="allow",
        min_obs=MIN_OBS,
        min_symbols=2,
    )
    check_lags_fit(lags, panel.n_obs)
    spec = PairScanSpec(
        transform=transform,
        lags=ensure_lags(lags),
        direction=direction,
        alpha=float(alpha),
        keep=kept,
        align=align,
        selection=selection,
        dfa=ensure_int(dfa, "dfa", low=0),
    )
    spec.check(panel.inputs)
    return spec, panel.inputs

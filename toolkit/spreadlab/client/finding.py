"""Find the pairs of a universe one by one, each appraised as soon as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_int
from spreadlab.client.appraisal import PairAppraisal, Terms, appraise
from spreadlab.discovery.blocks import block_of, tiles_by_id
from spreadlab.discovery.scan_spec import make_scan_request
from spreadlab.engines.registry import current_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spreadlab.discovery.blocks import PairBlock
    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.engines.base import Engine
    from spreadlab.task import Inputs

_BLOCKS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """How far the search is, with a pair that it found or none.

    Attributes
    ----------
    pairs_tested, pairs_found : int
        So far; pairs that can't be tested count as tested.
    progress : float
        Share of the pairs that has been tested.
    pair : PairAppraisal or None
        The pair found.
    """

    pairs_tested: int
    pairs_found: int
    progress: float
    pair: PairAppraisal | None = None


def find_pairs(
    prices: Any, terms: Terms, *, max_pairs: int = 0, engine: Any = None
) -> Iterator[Finding]:
    """Return an iterator over the pairs that are cointegrated and rough enough.

    Each earlier column is tested on each later one. A pair is found if its p-value is below
    ``terms.significance`` and its Hurst exponent below ``terms.min_hurst``.

    Parameters
    ----------
    prices : frame, ndarray (T, N) or PricePanel
        The universe.
    terms : Terms
        What counts as found.
    max_pairs : int
        0 hands out every pair as its block is done. Otherwise the best so many by p-value, which
        are known, and handed out, when all pairs have been tested.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    iterator of Finding
        One after each block, one for each pair found, and a last one without a pair. Leaving the
        loop cancels the rest.

    Raises
    ------
    InvalidInputError
        For prices that can't be scanned, at the call.
    """
    most = ensure_int(max_pairs, "max_pairs", low=0)
    spec, inputs = make_scan_request(
        prices, direction="forward", alpha=terms.significance, keep=terms.significance, dfa=0
    )
    return _Search(spec, inputs, terms, current_engine(engine)).run(most)


class _Search:
    def __init__(self, spec: PairScanSpec, inputs: Inputs, terms: Terms, engine: Engine) -> None:
        self._spec, self._inputs, self._terms, self._engine = spec, inputs, terms, engine
        self._column = {name: k for k, name in enumerate(inputs.labels["symbols"])}
        self._all = len(self._column) * (len(self._column) - 1) // 2
        self._tested = self._found = 0

    def run(self, most: int) -> Iterator[Finding]:
        tiles = tiles_by_id(len(self._column))
        symbols = self._inputs.labels["symbols"]
        waiting: list[tuple[float, str, str]] = []
        with self._engine.submit(self._spec, self._inputs, max_buffered=_BLOCKS_AHEAD) as job:
            for partial in job.events():
                block = block_of(partial, tiles[partial.tile_id], symbols)
                self._tested += block.all_pvalues.shape[1] or block.n_tests
                good = _good(block, self._terms)
                if most:
                    waiting = sorted(waiting + good)[:most]
                else:
                    yield from self._hand_out(sorted(good))
                yield self._so_far()
        yield from self._hand_out(waiting)
        yield self._so_far()

    def _hand_out(self, good: list[tuple[float, str, str]]) -> Iterator[Finding]:
        prices = self._inputs["prices"]
        for _, dependent, hedge in good:
            appraisal = appraise(
                prices[:, self._column[dependent]],
                prices[:, self._column[hedge]],
                self._terms,
                symbols=(dependent, hedge),
                engine=self._engine,
            )
            self._found += 1
            yield self._so_far(appraisal)

    def _so_far(self, pair: PairAppraisal | None = None) -> Finding:
        return Finding(self._tested, self._found, self._tested / self._all, pair)


def _good(block: PairBlock, terms: Terms) -> list[tuple[float, str, str]]:
    chosen = np.flatnonzero((block.pvalue < terms.significance) & (block.hurst < terms.min_hurst))
    return [(float(block.pvalue[k]), block.dependent[k], block.hedge[k]) for k in chosen]

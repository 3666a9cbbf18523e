"""Tiles that can't be done: how often each is tried, and what is said in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spreadlab.errors import SpreadlabError, TileError

if TYPE_CHECKING:
    from spreadlab.task import Inputs, Tile

_MOST_TILES = 10  # so many failed tiles are no accident: the rest is not worth the wait


class Failures:
    """Counts attempts and keeps the last error of each tile that is given up.

    Parameters
    ----------
    inputs : Inputs
        For the names of what a tile reads.
    retries : int
        Attempts after the first, for an error that may pass.
    """

    def __init__(self, inputs: Inputs, retries: int) -> None:
        self._symbols = inputs.labels.get("symbols", ())
        self._retries = retries
        self._attempts: dict[int, int] = {}
        self._final: dict[int, tuple[Tile, Exception]] = {}

    @property
    def hopeless(self) -> bool:
        """Whether so many tiles failed that the others need not be run."""
        return len(self._final) >= _MOST_TILES

    def record(self, tile: Tile, error: Exception) -> bool:
        """Note that `tile` raised `error`; return whether to try it again.

        An error that spreadlab raises on purpose would be the same again.
        """
        attempts = self._attempts[tile.id] = self._attempts.get(tile.id, 0) + 1
        if attempts <= self._retries and not isinstance(error, SpreadlabError):
            return True
        self._final[tile.id] = (tile, error)
        return False

    def record_death(self, tile: Tile, deaths: int) -> None:
        """Note that workers died each time they ran `tile`, alone."""
        error = TileError(
            f"its worker was lost {deaths} times while it ran alone; look at the worker's log, and "
            "give it more memory if it went over its limit"
        )
        self._final[tile.id] = (tile, error)

    def raise_any(self) -> None:
        """Raise if a tile was given up, naming the first one and counting the others."""
        if not self._final:
            return
        tile, error = self._final[min(self._final)]
        others = len(self._final) - 1
        where = self._name(tile)
        more = f"; {others} more tile{'s' * (others != 1)} failed" if others else ""
        if isinstance(error, SpreadlabError) and not isinstance(error, TileError):
            error.add_note(f"in {where}{more}")
            raise error
        words = str(error) if isinstance(error, TileError) else f"{type(error).__name__}: {error}"
        rest = "" if self.hopeless else "; all other tiles are done"
        raise TileError(f"{where}: {words}{more}{rest}") from error

    def _name(self, tile: Tile) -> str:
        if tile.columns is None:
            return f"tile {tile.id}"
        sides = [self._span(low, high) for low, high in tile.columns]
        shown = " with ".join(sides[:4]) + " ..." * (len(sides) > 4)
        return f"tile {tile.id} ({shown})"

    def _span(self, low: int, high: int) -> str:
        first, last = (
            self._symbols[k] if k < len(self._symbols) else f"column {k}" for k in (low, high - 1)
        )
        return first if high == low + 1 else f"{first} .. {last}"

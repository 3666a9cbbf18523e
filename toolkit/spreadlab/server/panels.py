"""Panels that callers sent: kept by caller and digest, the least recently used make room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import grpc

from spreadlab.rpc.codec import size_of
from spreadlab.rpc.errors import RefusedError

if TYPE_CHECKING:
    from spreadlab.task import Inputs


class PanelStore:
    """What callers have sent.

    Parameters
    ----------
    quota : int
        Bytes that one caller may keep, uploads under way included.
    total : int
        Bytes of all callers together.
    """

    def __init__(self, quota: int, total: int) -> None:
        self._quota, self._total = quota, total
        self._lock = threading.Lock()
        self._panels: OrderedDict[tuple[str, str], Inputs] = OrderedDict()
        self._sizes: dict[tuple[str, str], int] = {}
        self._reserved: dict[str, int] = {}

    @property
    def nbytes(self) -> int:
        """Bytes kept, of all callers."""
        with self._lock:
            return sum(self._sizes.values())

    def __len__(self) -> int:
        return len(self._panels)

    def get(self, principal: str, digest: str) -> Inputs:
        """Return a panel.

        Raises
        ------
        RefusedError
            With reason PANEL_MISSING if this caller has none of that digest here.
        """
        with self._lock:
            found = self._panels.get((principal, digest))
            if found is not None:
                self._panels.move_to_end((principal, digest))
                return found
        raise RefusedError(
            grpc.StatusCode.NOT_FOUND,
            "PANEL_MISSING",
            f"no panel with digest {digest[:64]!r} is here; upload it first",
        )

    def has(self, principal: str, digest: str) -> bool:
        """Return whether this caller's panels hold `digest`."""
        with self._lock:
            return (principal, digest) in self._panels

    def reserve(self, principal: str, nbytes: int) -> None:
        """Set `nbytes` aside for an upload, dropping what was used least recently.

        Raises
        ------
        RefusedError
            If they don't fit beside the uploads under way.
        """
        with self._lock:
            under_way = self._reserved.get(principal, 0)
            everybody = sum(self._reserved.values())
            if under_way + nbytes > self._quota or everybody + nbytes > self._total:
                raise RefusedError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    "PANEL_QUOTA",
                    f"{nbytes:,} bytes do not fit into the {self._quota:,} bytes that one caller "
                    "may keep here",
                    1.0 if under_way or everybody else None,
                )
            self._reserved[principal] = under_way + nbytes
            self._make_room(principal)

    def release(self, principal: str, nbytes: int) -> None:
        """Give back what `reserve` set aside."""
        with self._lock:
            self._reserved[principal] -= nbytes
            if not self._reserved[principal]:
                del self._reserved[principal]

    def put(self, principal: str, inputs: Inputs) -> None:
        """Keep a panel whose bytes were reserved."""
        key = (principal, inputs.digest)
        with self._lock:
            self._panels[key] = inputs
            self._panels.move_to_end(key)
            self._sizes[key] = size_of(inputs)

    def _make_room(self, principal: str) -> None:
        def used(keys: list[tuple[str, str]]) -> int:
            return sum(self._sizes[key] for key in keys)

        def own() -> list[tuple[str, str]]:
            return [key for key in self._panels if key[0] == principal]

        while own() and used(own()) + self._reserved[principal] > self._quota:
            self._drop(own()[0])
        while self._panels and used(list(self._panels)) + sum(self._reserved.values()) > (
            self._total
        ):
            self._drop(next(iter(self._panels)))

    def _drop(self, key: tuple[str, str]) -> None:
        del self._panels[key]
        del self._sizes[key]

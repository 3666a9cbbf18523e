"""Kernels of pages: they end soon after their page has gone."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Float


class PageKernels(AsyncMappingKernelManager):
    """Ends the kernel of a page that has gone without saying so, as in a lost connection.

    A page that is closed or reloaded says so, and its kernel ends at once.
    """

    linger = Float(20.0, min=0.0, help="Seconds in which a page may come back.").tag(config=True)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page, or its line, has gone."""
        super().notify_disconnect(kernel_id)  # type: ignore[no-untyped-call]
        asyncio.get_running_loop().call_later(self.linger, self._end_if_alone, kernel_id)

    def _end_if_alone(self, kernel_id: str) -> None:
        if kernel_id in self and not self._kernel_connections.get(kernel_id, 0):
            self.log.info("The page of kernel %s has gone", kernel_id)
            task: asyncio.Future[Any] = asyncio.ensure_future(
                self.shutdown_kernel(kernel_id)  # type: ignore[no-untyped-call]
            )
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self._ending: set[asyncio.Future[Any]] = set()

"""The kernel's own thread, on which widgets are touched."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def on_kernel_loop(callback: Callable[[], None], delay: float = 0.0) -> bool:
    """Have the kernel call back between two messages; return whether there is a kernel to ask.

    Widgets aren't made to be touched by two threads at once, and the kernel's own handles the
    messages of the page.

    Parameters
    ----------
    callback : callable
        What it calls.
    delay : float
        Seconds to wait before.
    """
    module = sys.modules.get("ipykernel.kernelapp")
    if module is None or not module.IPKernelApp.initialized():
        return False
    loop = getattr(module.IPKernelApp.instance().kernel, "io_loop", None)
    if loop is None:
        return False
    if delay:
        loop.add_callback(loop.call_later, delay, callback)
    else:
        loop.add_callback(callback)
    return True

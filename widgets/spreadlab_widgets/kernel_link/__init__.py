"""What JupyterLab's sidebar and status bar learn from a kernel, and what they may ask of it.

`import spreadlab` in a kernel starts it. The kernel *tells*: a thread of its own sends the engine
in use, the jobs that run and the latest results over a comm, when something changed and at most
twice a second. So the page hears of a scan while the cell that runs it blocks the kernel, the
kernel is asked nothing, and its execution count and its busy light stay as they are. The page
*asks* rarely, when somebody presses a button: each question opens a comm of its own, which a kernel
with subshells answers while a cell runs.
"""

from __future__ import annotations

import sys
from typing import Any

from spreadlab_widgets.kernel_link.link import Link

_links: list[Link] = []


def start() -> None:
    """Tell the front end of this kernel what runs in it; where there is no kernel, do nothing."""
    shell = _kernel_shell()
    if shell is None or _links:
        return
    from spreadlab_widgets.kernel_link.comms import open_comms

    link = Link(shell.user_ns)
    _links.append(link)
    shell.events.register("post_run_cell", lambda *_: link.wake())
    open_comms(link)
    link.start()


def _kernel_shell() -> Any:
    """Return the shell of the kernel that this process is, without importing one."""
    ipykernel = sys.modules.get("ipykernel.kernelapp")
    if ipykernel is None or not ipykernel.IPKernelApp.initialized():
        return None
    return ipykernel.IPKernelApp.instance().shell

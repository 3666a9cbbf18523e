"""The two comm targets between a kernel and JupyterLab.

`TELL` is opened by the kernel, once, under an identity that every page knows: a page that comes
late (a reload) understands the next message without asking. `ASK` is opened by the page, once a
question: ipykernel hands a `comm_open` to the subshell that it was sent to, but later messages of a
comm to the thread that used it last, which would be the one that a cell blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import comm

from spreadlab._version import __version__

if TYPE_CHECKING:
    from spreadlab_widgets.kernel_link.link import Link

TELL = "spreadlab.tell"
ASK = "spreadlab.ask"


def open_comms(link: Link) -> None:
    """Connect `link` with the front end."""
    tell = comm.create_comm(target_name=TELL, comm_id=TELL, data={"version": __version__})
    link.send = tell.send

    def asked(opened: Any, message: dict[str, Any]) -> None:
        opened.send(link.answer(message["content"]["data"]))

    comm.get_comm_manager().register_target(ASK, asked)

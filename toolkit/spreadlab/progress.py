"""A progress bar over a job: silent when the work is short."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Protocol

from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Progress

_DELAY_SECONDS = 1.0  # shorter work shows no bar, which also keeps notebook outputs the same
_REFRESH_SECONDS = 0.1


class _Waitable(Protocol):
    @property
    def progress(self) -> Progress: ...

    def wait(self, timeout: float | None = None) -> bool: ...

    def cancel(self) -> None: ...


def check_progress(progress: object) -> None:
    """Raise InvalidInputError unless `progress` is None, a bool or callable."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise InvalidInputError(
            "progress", f"got {progress!r}", "None, True, False or a function of a Progress"
        )


def follow(
    job: _Waitable,
    progress: bool | Callable[[Progress], Any] | None,  # noqa: FBT001 - one of three kinds
    label: str,
) -> None:
    """Wait for `job`, showing how far it is.

    Parameters
    ----------
    job : Job
        What to wait for. A KeyboardInterrupt cancels it and is re-raised.
    progress : None, bool or callable
        None shows a bar once the work has lasted a second, to somebody who waits in the main
        thread, unless the environment says ``TQDM_DISABLE=1`` as tqdm itself reads it; True shows
        one at once, False never. A callable gets a `Progress` at most ten times a second and once
        at the end.
    label : str
        Text before the bar.
    """
    try:
        if progress is False or (progress is None and _is_unasked()):
            job.wait()
        elif callable(progress):
            while not job.wait(_REFRESH_SECONDS):
                progress(job.progress)
            progress(job.progress)
        elif not (progress is None and job.wait(_DELAY_SECONDS)):
            _show_bar(job, label)
    except KeyboardInterrupt:
        job.cancel()
        raise


def _is_unasked() -> bool:
    # A thread beside the main one works for a view: its bar would stand in some other cell.
    beside = threading.current_thread() is not threading.main_thread()
    return beside or os.environ.get("TQDM_DISABLE", "0") != "0"


def _show_bar(job: _Waitable, label: str) -> None:
    layout = "{l_bar}{bar}| {elapsed}<{remaining}"
    # Whoever asked for the bar gets it, whatever TQDM_DISABLE says.
    with _bar()(total=100.0, desc=label, bar_format=layout, leave=False, disable=False) as bar:
        while not job.wait(_REFRESH_SECONDS):
            bar.update(100.0 * job.progress.fraction - bar.n)
        bar.update(100.0 * job.progress.fraction - bar.n)


def _bar() -> Any:
    """Return tqdm's class for a notebook or for a terminal.

    ``tqdm.auto`` would choose, too, but hushes a warning for the whole process while it does: with
    the job's threads at work, whose compiler does the same, the warning gets through.
    """
    if _in_notebook() and importlib.util.find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm
    else:
        from tqdm.std import tqdm
    return tqdm


def _in_notebook() -> bool:
    # Spyder's console is a kernel too, and shows no widgets.
    if "ipykernel.zmqshell" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"

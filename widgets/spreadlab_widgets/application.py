"""What the tabs of the JupyterLab application ask a kernel for.

Each tab has a kernel of its own, and asks again after a restart of the kernel or a reload of the
page: what is open already is shown again, with everything chosen in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import spreadlab as sl
from spreadlab_widgets import handshake

if TYPE_CHECKING:
    from spreadlab_widgets.result_file import ResultFile
    from spreadlab_widgets.workbench import Workbench

SAMPLE = 'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")'
_open: dict[str, Workbench] = {}


def is_open(path: str | Path | None = None) -> bool:
    """Return whether `workbench` of this file was shown by this kernel before."""
    return str(path) in _open


def workbench(path: str | Path | None = None) -> Workbench:
    """Return the workbench of a file of prices, the one from before if there is one.

    Parameters
    ----------
    path : path, optional
        As in `spreadlab.data.read_prices`; without one, the closes that come with spreadlab.

    Returns
    -------
    Workbench
        The same object for the same path.

    Raises
    ------
    InvalidInputError
        If the file holds no prices that a workbench can use.
    """
    from spreadlab_widgets.workbench import Workbench

    handshake.greet()
    key = str(path)
    if key not in _open:
        if path is None:
            prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")
            source = SAMPLE
        else:
            prices = sl.data.read_prices(path)
            source = f"prices = sl.data.read_prices({str(path)!r})"
        _open[key] = Workbench(prices, source=source)
    return _open[key]


def show(path: str | Path) -> ResultFile | Workbench:
    """Return what a Parquet file holds: rows of a result, or the workbench of its prices.

    Parameters
    ----------
    path : path
        A file that a result's ``to_parquet`` wrote, or one of prices.

    Raises
    ------
    InvalidInputError
        If it holds neither.
    """
    from spreadlab_widgets.result_file import kind_of, read_columns, read_result

    handshake.greet()
    named = Path(path).name.endswith(".pairs.parquet")
    if named or kind_of(read_columns(path)) is not None:
        return read_result(path)
    return workbench(path)

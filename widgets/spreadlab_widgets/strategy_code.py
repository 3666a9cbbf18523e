"""The code that runs what a strategy form shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from spreadlab.strategy.spec import Strategy


def code_of(strategy: Strategy, file: Path | None = None) -> str:
    """Return code that backtests a strategy on `prices`.

    Parameters
    ----------
    strategy : Strategy
        What is shown.
    file : Path, optional
        That it is saved in; without one, the code says it all.
    """
    if file is not None:
        made = f"sl.load_strategy({json.dumps(file.as_posix(), ensure_ascii=False)})"
    else:
        body = strategy.to_dict()
        lines = "".join(f"    {name}={value!r},\n" for name, value in body.items())
        made = f"sl.Strategy(\n{lines})"
    return f"import spreadlab as sl\n\nstrategy = {made}\nstrategy.backtest(prices)\n"

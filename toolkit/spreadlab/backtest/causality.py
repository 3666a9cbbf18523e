"""Does a rule look ahead? Change the future, and see whether the past decides otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_int
from spreadlab.backtest.rules import LevelRule
from spreadlab.backtest.user_rules import History, Rule, decide_all, load_rule, rule_name
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SEED = 20_011
_NEXT = (
    "use each value only for decisions at or after its bar, and seed what is random anew in prepare"
)


def check_causal(rule: Any, prices: Any, *, pair: Any = None, n_checks: int = 20) -> None:
    """Fail if a rule's past decisions move when the future does.

    Parameters
    ----------
    rule : rule or str
        A user's rule, a built-in one, or the name of an installed one.
    prices : frame, PricePanel or ndarray (T, 2)
        Prices to try it on; long enough that it trades.
    pair : PairResult, optional
        Gives the spread; by default the difference of the log prices of the first two columns.
    n_checks : int
        Bars, spread over the history, after which the prices are replaced by noise.

    Raises
    ------
    InvalidInputError
        Naming the first decision that moved, and the bar after which prices had changed.

    Notes
    -----
    A rule that passes has not been caught: it may still know the future from elsewhere, such as
    prices it was built with.
    """
    from types import SimpleNamespace

    from spreadlab.backtest.legs import read_legs
    from spreadlab.data.panel import ensure_panel

    if pair is None:
        panel = ensure_panel(prices, min_obs=3, min_symbols=2, constant="allow")
        prices = panel.select(panel.symbols[:2])
        pair = SimpleNamespace(
            dependent=panel.symbols[0],
            hedge=panel.symbols[1],
            hedge_ratio=1.0,
            intercept=0.0,
            transform="log",
        )
    n_checks = ensure_int(n_checks, "n_checks", low=1)
    if isinstance(rule, str):
        rule = load_rule(rule)
    if not isinstance(rule, Rule | LevelRule) or isinstance(rule, type):
        raise InvalidInputError("rule", f"got {type(rule).__name__}", "a rule with prepare, decide")
    legs = read_legs(prices, pair, None)
    history = legs.history()
    check_decisions(rule, history, decide_all(rule, history), n_checks=n_checks)


def check_decisions(
    rule: Rule, history: History, targets: NDArray[np.int8], *, n_checks: int
) -> None:
    """Fail if a decision up to one of `n_checks` bars moves when later bars become noise.

    The spread is disturbed as its own series, which covers every way it can follow from prices.
    """
    cuts = np.unique(np.linspace(0, history.n_obs - 2, n_checks + 2).astype(np.int64)[1:-1])
    random = np.random.default_rng(_SEED)
    for cut in cuts.tolist():
        again = decide_all(rule, _with_noise_after(history, cut, random))
        moved = np.flatnonzero(again[: cut + 1] != targets[: cut + 1])
        if moved.size:
            raise InvalidInputError(
                "policy",
                f"{rule_name(rule)} looks ahead: its decision at bar {int(moved[0])} changed when "
                f"prices after bar {cut} did",
                "a rule whose decisions depend on the past alone",
                _NEXT,
            )


def _with_noise_after(history: History, cut: int, random: np.random.Generator) -> History:
    prices, spread = history.prices.copy(), history.spread.copy()
    rest = history.n_obs - cut - 1
    jumps = random.normal(0.0, 0.1, (rest, prices.shape[1]))
    prices[cut + 1 :] = prices[cut] * np.exp(np.cumsum(jumps, axis=0))
    scale = 3.0 * float(spread.std()) + 1e-3
    spread[cut + 1 :] = spread[cut] + scale * random.normal(0.0, 1.0, rest)
    for array in (prices, spread):
        array.flags.writeable = False
    return History(prices, spread, history.symbols, history.times)

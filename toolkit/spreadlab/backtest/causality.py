"""Does a rule look ahead? Change the future, and see whether the past decides otherwise."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_int
from spreadlab.backtest.rules import LevelRule
from spreadlab.backtest.user_rules import History, Rule, decide_all, installed_rule, rule_name
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
        Bars after which the prices are replaced by noise: some at which a position was decided,
        some spread over the history.

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
        rule = installed_rule(rule, "rule")
    if not isinstance(rule, Rule | LevelRule) or isinstance(rule, type):
        raise InvalidInputError("rule", f"got {type(rule).__name__}", "a rule with prepare, decide")
    legs = read_legs(prices, pair, None)
    history = legs.history()
    causal_targets(rule, history, n_checks=n_checks)


def causal_targets(rule: Rule, history: History, *, n_checks: int) -> NDArray[np.int8]:
    """Return what `rule` decides, (T,), unless one of `n_checks` checks finds it out.

    A decision up to some bar may not move when later bars become noise. The spread is disturbed
    as its own series, which covers every way it can follow from prices. The first check asks the
    rule again, which finds those that answer differently when asked twice; the others ask copies
    made before it saw anything, which finds those that remember the future.
    """
    fresh = _copy_of(rule)
    targets = decide_all(rule, history)
    random = np.random.default_rng(_SEED)
    for number, cut in enumerate(reversed(_cuts(targets, n_checks).tolist())):
        asked = _copy_of(fresh) if number else rule
        again = decide_all(asked, _with_noise_after(history, cut, random))
        moved = np.flatnonzero(again[: cut + 1] != targets[: cut + 1])
        if moved.size:
            raise InvalidInputError(
                "policy",
                f"{rule_name(rule)} looks ahead: its decision at bar {int(moved[0])} changed when "
                f"prices after bar {cut} did",
                "a rule whose decisions depend on the past alone",
                _NEXT,
            )
    return targets


def _copy_of(rule: Rule) -> Rule:
    try:
        return copy.deepcopy(rule)
    except Exception:  # noqa: BLE001 - whatever a user's class raises; then it is taken as it is
        return rule


def _cuts(targets: NDArray[np.int8], n_checks: int) -> NDArray[np.int64]:
    """Return bars to check: half where a position was decided, half spread over the history."""
    n_obs = targets.size
    before = np.concatenate([np.zeros(1, np.int8), targets[:-1]])
    changes = np.flatnonzero((targets != before)[: n_obs - 1])
    n_changes = min(n_checks // 2, changes.size)
    places = np.linspace(0, max(changes.size - 1, 0), n_changes).astype(np.int64)
    even = np.linspace(0, n_obs - 2, n_checks - n_changes + 2).astype(np.int64)[1:-1]
    return np.unique(np.concatenate([changes[places], even]))


def _with_noise_after(history: History, cut: int, random: np.random.Generator) -> History:
    """Return the history with noise after `cut`, which starts the other way than what happened."""
    prices, spread = history.prices.copy(), history.spread.copy()
    rest = history.n_obs - cut - 1
    jumps = random.normal(0.0, 0.1, (rest, prices.shape[1]))
    jumps[0] = _against(prices[cut + 1] - prices[cut], jumps[0])
    scale = 3.0 * float(np.nanstd(spread)) + 1e-3
    shocks = scale * random.normal(0.0, 1.0, rest)
    shocks[0] = _against(spread[cut + 1] - spread[cut], shocks[0])
    prices[cut + 1 :] = prices[cut] * np.exp(np.cumsum(jumps, axis=0))
    spread[cut + 1 :] = spread[cut] + shocks
    for array in (prices, spread):
        array.flags.writeable = False
    return History(prices, spread, history.symbols, history.times)


def _against(step: Any, shock: Any) -> Any:
    return np.where(step > 0, -np.abs(shock), np.abs(shock))

"""A pair, frozen: what is watched and traded, and with how much money."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab.backtest.legs import Legs, read_legs, spread_of
from spreadlab.backtest.rules import LevelRule, locked
from spreadlab.backtest.spec import BPS, account_options, check_account
from spreadlab.backtest.user_rules import Rule, TargetPath, installed_rule, rule_name
from spreadlab.errors import InvalidInputError
from spreadlab.ou.estimate import MIN_OBS, check_noise, moments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the spread behaved when the pair was formed: an AR(1) of one bar.

    Attributes
    ----------
    phi : float
        Autoregressive coefficient, in (0, 1).
    theta : float
        Mean.
    innovation_sd : float
        Standard deviation of one step's error.
    """

    phi: float
    theta: float
    innovation_sd: float

    @property
    def sd(self) -> float:
        """Standard deviation of the spread about its mean."""
        return self.innovation_sd / float(np.sqrt(1.0 - self.phi**2))

    @property
    def half_life(self) -> float:
        """Bars in which an expected deviation halves."""
        return float(np.log(2.0) / -np.log(self.phi))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PairModel:
    """One spread whose hedge ratio, intercept and rule no longer change. Made by `freeze_pair`.

    Attributes
    ----------
    name : str
        What it is called, by default its symbols: "KO-PEP".
    symbols : tuple of str
        The legs; a pair has dependent, hedge.
    weights : ndarray, shape (1, L)
        Weight of each leg in the spread.
    intercept : float
        Subtracted from the weighted legs.
    transform : {"log", "none"}
        Whether the spread is of log prices.
    policy : object
        The rule or optimal policy that decides.
    deadline : int, date or None
        As in `sl.backtest`.
    baseline : Baseline or None
        What the watch on the relationship compares with.
    capital, gross, cost_bps, slippage_bps, borrow_bps, fill, compounding, periods_per_year
        As in `sl.backtest`: sizing and costs of the pair's own account.
    """

    name: str
    symbols: tuple[str, ...]
    weights: NDArray[np.float64]
    intercept: float
    transform: str
    policy: Any
    deadline: Any = None
    baseline: Baseline | None = None
    capital: float = 1_000_000.0
    gross: float = 1.0
    cost_bps: float = 0.0
    slippage_bps: float = 0.0
    borrow_bps: float = 0.0
    fill: str = "next_close"
    compounding: bool = False
    periods_per_year: float = 252.0

    @property
    def in_shares(self) -> bool:
        """Whether the legs are sized in shares (spread of prices), not in value (of logs)."""
        return self.transform == "none"

    @property
    def cost(self) -> float:
        """Commission as a fraction of value."""
        return self.cost_bps * BPS

    @property
    def slip(self) -> float:
        """Slippage as a fraction of the price."""
        return self.slippage_bps * BPS

    @property
    def borrow(self) -> float:
        """Borrow fee of one bar, as a fraction of the value of the short legs."""
        return self.borrow_bps * BPS / self.periods_per_year

    def spread_of(self, prices: NDArray[np.float64]) -> float:
        """Return the spread of one price a leg."""
        one = spread_of(prices[None, :], self.weights, np.array([self.intercept]), self.transform)
        return float(one[0])

    @property
    def digest(self) -> str:
        """What tells this model from any other: of its numbers, costs and the rule's words."""
        numbers = (
            *self.weights.ravel().tolist(),
            self.intercept,
            self.capital,
            self.gross,
            self.cost_bps,
            self.slippage_bps,
            self.borrow_bps,
            self.periods_per_year,
        )
        words = (
            self.name,
            *self.symbols,
            self.transform,
            self.fill,
            str(self.compounding),
            str(self.deadline),
            policy_words(self.policy),
            *(float(x).hex() for x in numbers),
            *_levels_of(self.policy),
        )
        return hashlib.sha256("\0".join(words).encode()).hexdigest()

    def __repr__(self) -> str:
        return f"PairModel({self.name!r}, {policy_words(self.policy)})"


def _levels_of(policy: Any) -> list[str]:
    """Return every digit of an optimal policy's levels, of which its words show a few."""
    parts = []
    thresholds = getattr(policy, "thresholds", None)
    if is_dataclass(thresholds):
        levels = [getattr(thresholds, part.name) for part in fields(thresholds)]
        parts += ["none" if level is None else float(level).hex() for level in levels]
    table = getattr(policy, "levels", None)
    if isinstance(table, np.ndarray):
        parts.append(hashlib.sha256(np.ascontiguousarray(table).tobytes()).hexdigest())
    return parts


def policy_words(policy: Any) -> str:
    """Return the name of what decides, with its parameters where it shows them."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, Rule) and not isinstance(policy, LevelRule):
        return rule_name(policy)
    return repr(policy)


def freeze_pair(
    pair: Any,
    policy: Any,
    *,
    name: str | None = None,
    transform: Literal["log", "none"] | None = None,
    deadline: int | Any | None = None,
    formation: Any = None,
    capital: float = 1_000_000.0,
    gross: float = 1.0,
    cost_bps: float = 0.0,
    slippage_bps: float = 0.0,
    borrow_bps: float = 0.0,
    fill: Literal["next_close", "next_open"] = "next_close",
    compounding: bool = False,
    periods_per_year: float = 252.0,
) -> PairModel:
    """Return a pair with its rule, ready to be watched and traded live.

    Parameters
    ----------
    pair : PairResult or JohansenResult
        Its hedge ratio and intercept are used as they are.
    policy : PolicyResult, ThresholdRule, ZScoreRule, KalmanRule, Rule or str
        As in `sl.backtest`.
    name : str, optional
        What it is called; by default the symbols.
    formation : array_like, optional
        Spread of the sample that the pair was formed on, by default the pair's own: what the watch
        on the relationship compares with.
    transform, deadline, capital, gross, cost_bps, slippage_bps, borrow_bps, fill, compounding, \
periods_per_year
        As in `sl.backtest`.

    Returns
    -------
    PairModel

    Raises
    ------
    InvalidInputError
        If the hedge ratio moves, or another argument has no meaning.
    """
    basket = hasattr(pair, "symbols") and callable(getattr(pair, "weights", None))
    for part in ("hedge_ratio", "intercept"):
        if not basket and np.size(getattr(pair, part, 0.0)) != 1:
            raise InvalidInputError(
                f"pair.{part}", "moves from bar to bar", "one number: a frozen pair"
            )
    if isinstance(policy, str):
        policy = installed_rule(policy, "policy")
    if isinstance(policy, TargetPath | type):
        got = "decisions of the past" if isinstance(policy, TargetPath) else f"got {policy!r}"
        raise InvalidInputError("policy", got, "a rule that can decide on new bars")
    n_legs = len(pair.symbols) if basket else 2
    legs = read_legs(np.ones((2, n_legs)), pair, transform)
    symbols: tuple[str, ...] = legs.inputs.labels["symbols"]
    if formation is None:
        formation = _formation(pair, legs, basket=basket)
    model = PairModel(
        name="-".join(symbols) if name is None else str(name),
        symbols=symbols,
        weights=locked(legs.weights),
        intercept=float(legs.intercept[0]),
        transform=legs.transform,
        policy=policy,
        deadline=deadline,
        baseline=_baseline(formation),
        **account_options(
            capital=capital,
            gross=gross,
            cost_bps=cost_bps,
            slippage_bps=slippage_bps,
            borrow_bps=borrow_bps,
            fill=fill,
            compounding=compounding,
            periods_per_year=periods_per_year,
        ),
    )
    check_account(model)
    from spreadlab.live.deciders import make_decider

    make_decider(model)  # says now what is wrong with the policy
    return model


def _formation(pair: Any, legs: Legs, *, basket: bool) -> Any:
    """Return the spread of the sample that the pair was formed on, None if it has none."""
    if not basket:
        return getattr(pair, "spread", None)
    return spread_of(np.asarray(pair.prices), legs.weights, legs.intercept, legs.transform)


def _baseline(spread: Any) -> Baseline | None:
    """Return the AR(1) of the formation sample, None without one or if it doesn't revert."""
    if spread is None:
        return None
    values = np.asarray(spread, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InvalidInputError("formation", f"shape {values.shape}", "a finite spread (T,)")
    if values.size < MIN_OBS or values.min() == values.max():
        return None
    moments = moments_of(values)
    check_noise(values, moments, "formation")
    if not 0.0 < moments.phi < 1.0:
        return None
    return Baseline(moments.phi, moments.theta, float(np.sqrt(moments.variance)))

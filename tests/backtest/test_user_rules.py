"""Rules that users write: how they are run, what they may answer, and who catches a cheat."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backtest import cases

import spreadlab as sl
from spreadlab.backtest import user_rules
from spreadlab.backtest.causality import check_causal
from spreadlab.backtest.user_rules import TargetPath, as_rule, load_rule

PANEL = cases.make_panel(200, 9)


@dataclass
class Contrarian:
    """Long below the running mean of what was seen, short above it."""

    wait: int = 10

    def prepare(self, history):
        return 0.0

    def decide(self, t, history, state):
        assert history.n_obs == t + 1
        assert history.prices.shape == (t + 1, 2)
        total = state + history.spread[-1]
        mean = total / (t + 1)
        return (0 if t < self.wait else int(np.sign(mean - history.spread[-1]))), total


class FullSampleZScore:
    """The commonest cheat: mean and deviation of the whole sample."""

    def prepare(self, history):
        return (history.spread - history.spread.mean()) / history.spread.std()

    def decide(self, t, history, state):
        return (1 if state[t] < -1 else -1 if state[t] > 1 else 0), state


class Tomorrow:
    """Buys what will rise."""

    def prepare(self, history):
        return np.append(np.sign(np.diff(history.spread)), 0)

    def decide(self, t, history, state):
        return int(state[t]), state


class Remembers:
    """Keeps the first history that it is shown, and with it the future."""

    def prepare(self, history):
        self.first = getattr(self, "first", history.spread)

    def decide(self, t, history, state):
        return int(np.sign(self.first[min(t + 1, self.first.size - 1)] - self.first[t])), None


class Underneath:
    """Reads the whole array that its history is a view of."""

    def prepare(self, history):
        return None

    def decide(self, t, history, state):
        whole = history.prices if history.prices.base is None else history.prices.base
        return int(np.sign(whole[min(t + 1, len(whole) - 1), 0] - whole[t, 0])), None


class Seldom:
    """Trades by the past, and only where the next bar agrees."""

    def prepare(self, history):
        return history.spread

    def decide(self, t, history, state):
        x, coming = history.spread[-1], state[min(t + 1, state.size - 1)]
        return (1 if x < -0.03 and coming > x else -1 if x > 0.03 and coming < x else 0), state


def test_a_users_rule_trades_what_it_decides():
    bt = sl.backtest(PANEL, pair=cases.make_pair(), policy=Contrarian(), cost_bps=3.0)
    running = np.cumsum(bt.spread) / np.arange(1, 201)
    expected = np.where(np.arange(200) < 10, 0, np.sign(running - bt.spread))
    np.testing.assert_array_equal(bt.positions[1:-1], expected[:-2])
    assert isinstance(bt.rule, TargetPath)
    assert bt.rule.name == "Contrarian"
    assert {"reverse", "end"} <= set(bt.trades["reason"].tolist())
    assert bt.plot().axes


@pytest.mark.parametrize("cheat", [FullSampleZScore, Tomorrow, Remembers, Underneath, Seldom])
def test_a_rule_that_looks_ahead_is_caught(cheat):
    with pytest.raises(sl.InvalidInputError, match="looks ahead: its decision at bar"):
        check_causal(cheat(), PANEL, pair=cases.make_pair())
    with pytest.raises(sl.InvalidInputError, match="looks ahead"):
        sl.backtest(PANEL, pair=cases.make_pair(), policy=cheat())


def test_a_cheat_is_caught_where_the_spread_starts_late():
    late = np.where(np.arange(200) < 30, np.nan, 0.8)
    with pytest.raises(sl.InvalidInputError, match="looks ahead"):
        check_causal(Seldom(), PANEL, pair=cases.make_pair(late, 0.1))


def test_a_rule_that_answers_differently_when_asked_twice_is_refused():
    class Dice:
        def __init__(self):
            self.random = np.random.default_rng(0)

        def prepare(self, history):
            return None

        def decide(self, t, history, state):
            return int(self.random.integers(-1, 2)), None

    with pytest.raises(sl.InvalidInputError, match="seed what is random anew in prepare"):
        sl.backtest(PANEL, pair=cases.make_pair(), policy=Dice())


def test_a_rule_that_cannot_be_copied_is_checked_all_the_same():
    class Locked(Tomorrow):
        def __deepcopy__(self, memo):
            raise TypeError("no copies")

    with pytest.raises(sl.InvalidInputError, match="looks ahead"):
        check_causal(Locked(), PANEL)


@pytest.mark.parametrize(
    "rule", [Contrarian(), sl.ZScoreRule(20, 1.0, 0.0, max_hold=7), sl.KalmanRule(1.0)]
)
def test_an_honest_rule_passes(rule):
    check_causal(rule, PANEL)
    check_causal(rule, PANEL.prices, pair=cases.make_pair(), n_checks=3)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), t=st.integers(5, 55))
def test_noise_in_the_future_changes_nothing_for_a_users_rule(seed, t):
    panel = cases.make_panel(60, seed)
    prices = panel.prices.copy()
    prices[t + 1 :] *= np.exp(np.random.default_rng(seed).normal(0, 0.3, prices[t + 1 :].shape))
    a = sl.backtest(panel, pair=cases.make_pair(), policy=Contrarian())
    b = sl.backtest(prices, pair=cases.make_pair(), policy=Contrarian())
    np.testing.assert_array_equal(a.equity[: t + 1], b.equity[: t + 1])


class Answers:
    def __init__(self, answer):
        self.answer = answer

    def prepare(self, history):
        return None

    def decide(self, t, history, state):
        return self.answer


@pytest.mark.parametrize("answer", [1, (2, None), (0.5, None), (None, None), (np.nan, None), (1,)])
def test_nonsense_from_a_rule_is_refused(answer):
    with pytest.raises(sl.InvalidInputError, match=r"policy: Answers\.decide gave .* at bar 0"):
        sl.backtest(PANEL, pair=cases.make_pair(), policy=Answers(answer))


def test_rules_are_found_by_entry_point(monkeypatch):
    points = [
        SimpleNamespace(name="contrarian", load=lambda: Contrarian),
        SimpleNamespace(name="ready", load=lambda: Contrarian(5)),
    ]

    def entry_points(group):
        assert group == "spreadlab.rules"
        return points

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    assert load_rule("contrarian", wait=3).wait == 3
    assert load_rule("ready").wait == 5
    by_name = sl.backtest(PANEL, pair=cases.make_pair(), policy="contrarian")
    direct = sl.backtest(PANEL, pair=cases.make_pair(), policy=Contrarian())
    np.testing.assert_array_equal(by_name.equity, direct.equity)
    with pytest.raises(sl.InvalidInputError, match=r"no rule named 'x'.*contrarian, ready"):
        sl.backtest(PANEL, pair=cases.make_pair(), policy="x")


def test_a_policy_trades_its_thresholds():
    levels = SimpleNamespace(enter_long=-0.1, exit_long=0.1, enter_short=0.1, exit_short=-0.1)
    policy = SimpleNamespace(thresholds=levels)
    assert as_rule(policy, None) == sl.ThresholdRule(-0.1, 0.1, 0.1, -0.1)
    for wrong in (SimpleNamespace(thresholds=None), None, 3, Contrarian):
        with pytest.raises(sl.InvalidInputError, match="policy: got"):
            as_rule(wrong, None)


def test_check_causal_refuses_what_is_no_rule():
    with pytest.raises(sl.InvalidInputError, match="rule: got int"):
        check_causal(3, PANEL)
    with pytest.raises(sl.InvalidInputError, match="n_checks"):
        check_causal(Contrarian(), PANEL, n_checks=0)


def test_reasons_follow_from_targets():
    targets = np.array([0, 1, 1, -1, 0, 0], np.int8)
    names = [("hold", "entry", "exit", "reverse")[i] for i in user_rules.reasons_of(targets)]
    assert names == ["hold", "entry", "hold", "reverse", "exit", "hold"]

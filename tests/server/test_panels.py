"""The panels kept: by caller, within quota, least recently used first."""

import numpy as np
import pytest

from spreadlab.rpc.errors import RefusedError
from spreadlab.server.panels import PanelStore
from spreadlab.task import Inputs


def panel(seed, kilobytes=1):
    return Inputs({"x": np.random.default_rng(seed).normal(size=128 * kilobytes)})


def send(store, caller, inputs):
    nbytes = inputs["x"].nbytes
    store.reserve(caller, nbytes)
    store.put(caller, inputs)
    store.release(caller, nbytes)


def test_a_panel_is_its_callers_own():
    store = PanelStore(4096, 8192)
    send(store, "a", panel(1))
    assert store.get("a", panel(1).digest) is store.get("a", panel(1).digest)
    assert not store.has("b", panel(1).digest)
    with pytest.raises(RefusedError) as raised:
        store.get("b", panel(1).digest)
    assert raised.value.reason == "PANEL_MISSING"


def test_the_least_recently_used_makes_room():
    store = PanelStore(3072, 1 << 20)
    for seed in range(3):
        send(store, "a", panel(seed))
    store.get("a", panel(0).digest)
    send(store, "a", panel(9))
    held = [store.has("a", panel(seed).digest) for seed in (0, 1, 2, 9)]
    assert held == [True, False, True, True]
    assert store.nbytes == 3072


def test_one_caller_does_not_push_out_another():
    store = PanelStore(2048, 1 << 20)
    send(store, "b", panel(5))
    for seed in range(4):
        send(store, "a", panel(seed))
    assert store.has("b", panel(5).digest)


def test_all_callers_together_are_bounded():
    store = PanelStore(2048, 4096)
    for caller in "abcdef":
        send(store, caller, panel(1, 2))
    assert store.nbytes <= 4096
    assert store.has("f", panel(1, 2).digest)


def test_what_does_not_fit_is_refused_before_it_comes():
    store = PanelStore(2048, 4096)
    with pytest.raises(RefusedError) as never:
        store.reserve("a", 2049)
    assert never.value.retry_after is None
    store.reserve("a", 2048)
    with pytest.raises(RefusedError) as later:
        store.reserve("a", 8)
    assert later.value.retry_after is not None
    store.release("a", 2048)
    store.reserve("a", 2048)

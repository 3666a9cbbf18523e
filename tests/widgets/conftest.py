"""Small real results that the views show."""

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl


@pytest.fixture(scope="session")
def prices():
    rng = np.random.default_rng(20)
    walks = np.cumsum(rng.normal(0, 0.01, (400, 5)), axis=0) + 4
    walks[:, 1] = 0.8 * walks[:, 0] + rng.normal(0, 0.02, 400)
    return pd.DataFrame(
        np.exp(walks), columns=list("ABCDE"), index=pd.bdate_range("2020-01-01", periods=400)
    )


@pytest.fixture(scope="session")
def scan(prices):
    return sl.discover_pairs(prices, progress=False)


@pytest.fixture(scope="session")
def policy():
    ou = sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3)
    return sl.solve_hjb(ou, cost=0.003, discount=0.05)


@pytest.fixture(scope="session")
def dated_policy():
    ou = sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3)
    return sl.solve_hjb(ou, cost=0.003, discount=0.05, horizon=0.5)


@pytest.fixture
def open_widgets():
    """Let a test see what it left open: the widgets that came into being and were not closed."""
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    return lambda: [_instances[key] for key in set(_instances) - before]

"""A small universe with a pair, and where a page keeps its files."""

import numpy as np
import pandas as pd
import pytest

from spreadlab_widgets.weblab.config import PageSettings


@pytest.fixture(scope="session")
def prices():
    rng = np.random.default_rng(5)
    walks = np.cumsum(rng.normal(0, 0.01, (900, 4)), axis=0) + 4
    noise = np.zeros(900)
    for k in range(1, 900):
        noise[k] = 0.9 * noise[k - 1] + rng.normal(0, 0.01)
    walks[:, 1] = 0.8 * walks[:, 0] + noise
    return pd.DataFrame(
        np.exp(walks), columns=list("ABCD"), index=pd.bdate_range("2018-01-01", periods=900)
    )


@pytest.fixture
def settings(tmp_path, prices):
    file = tmp_path / "prices.parquet"
    prices.rename_axis("date").reset_index().to_parquet(file)
    (tmp_path / "strategies").mkdir()
    return PageSettings(
        engine="local",
        prices=str(file),
        replay_from=None,
        speed=10_000.0,
        book=str(tmp_path / "book.sqlite"),
        strategies=str(tmp_path / "strategies"),
    )

"""The tests' own ledger, so that running them leaves no trials in a user's."""

import pytest

from spreadlab.backtest.ledger import PATH_VARIABLE


@pytest.fixture(autouse=True, scope="session")
def _ledger_in_memory():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PATH_VARIABLE, ":memory:")
        yield

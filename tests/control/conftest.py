"""Parameter sets that the tests of the control problems share."""

import pytest

import spreadlab as sl


@pytest.fixture
def ou():
    """The process of the worked example."""
    return sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)

"""The examples of the docstrings run and say what they say."""

from __future__ import annotations

import doctest

import pytest

from spreadlab import api_ou
from spreadlab.ou import simulate


@pytest.mark.parametrize("module", [api_ou, simulate])
def test_examples(module):
    found = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0

"""The search for pairs against tests of every pair one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.client.appraisal import Terms, appraise
from spreadlab.client.finding import find_pairs
from tests.client.cases import universe


def one_by_one(prices, terms):
    found = {}
    for i, j in itertools.combinations(range(prices.shape[1]), 2):
        result = appraise(prices[:, i], prices[:, j], terms, symbols=(str(i), str(j)))
        if result.p_value < terms.significance and result.hurst < terms.min_hurst:
            found[str(i), str(j)] = result
    return found


@pytest.mark.parametrize("terms", [Terms(), Terms(significance=0.3, min_hurst=0.5)])
def test_finds_what_testing_each_pair_finds(terms):
    prices = universe()
    steps = list(find_pairs(prices, terms))
    found = {(s.pair.symbol1, s.pair.symbol2): s.pair for s in steps if s.pair is not None}
    expected = one_by_one(prices, terms)
    assert found == expected
    assert {("0", "1"), ("2", "3")} <= set(found)
    assert (steps[-1].pair, steps[-1].progress) == (None, 1.0)
    assert (steps[-1].pairs_tested, steps[-1].pairs_found) == (28, len(expected))


def test_counts_grow_with_the_blocks():
    steps = list(find_pairs(universe(150, 60), Terms(significance=0.01)))
    tested = [step.pairs_tested for step in steps]
    found = [step.pairs_found for step in steps]
    assert tested == sorted(tested)
    assert found == sorted(found)
    assert len(set(tested)) > 1
    assert tested[-1] == 150 * 149 // 2
    assert found[-1] == sum(step.pair is not None for step in steps)


def test_max_pairs_takes_the_best():
    prices = universe()
    terms = Terms(significance=0.3, min_hurst=0.5)
    every = sorted(one_by_one(prices, terms).values(), key=lambda pair: pair.p_value)
    assert len(every) > 2
    best = [s.pair for s in find_pairs(prices, terms, max_pairs=2) if s.pair is not None]
    assert best == every[:2]


def test_leaving_the_loop_cancels_the_scan():
    before = set(map(id, sl.jobs()))
    search = find_pairs(universe(300, 300), Terms())
    next(search)
    [job] = [job for job in sl.jobs() if "PairScanSpec" in repr(job) and id(job) not in before]
    search.close()
    assert job.wait(60)
    assert job.state == "cancelled"


def test_bad_input_is_refused_at_the_call():
    prices = universe()
    prices[3, 2] = np.nan
    with pytest.raises(sl.InvalidInputError, match=r'prices\["2"\]'):
        find_pairs(prices, Terms())
    with pytest.raises(sl.InvalidInputError, match="max_pairs"):
        find_pairs(universe(), Terms(), max_pairs=-1)

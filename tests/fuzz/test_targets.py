"""The fuzzer's targets on choices that are the same every time, and what it has found so far."""

from __future__ import annotations

import random

import pytest

from spreadlab._canonical import encode
from spreadlab.errors import InvalidInputError
from spreadlab.task import NO_INPUTS

from .found import INPUTS, late_tile, smuggled, tampered_fields
from .run import NAMES
from .tampering import CASES, Drawn, replaced
from .targets import TARGETS, attempt, handle

ROUNDS = {"tasks": 400, "inputs": 60, "tiles": 150, "answers": 400, "panels": 400, "legacy": 60}
FOUND = tampered_fields()


def request(label):
    task, inputs = CASES[label]()
    inputs = NO_INPUTS if inputs is None else inputs
    return encode(task), inputs, [encode(tile) for tile in task.plan(inputs, None, 0)[:1]]


def test_the_fuzzer_knows_every_target():
    assert set(NAMES) == set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_breaks(target):
    choices = Drawn(random.Random(13))
    made_sense = [attempt(target, choices) for _ in range(ROUNDS[target])]
    # Neither is everything refused, nor does everything pass: the target reaches the work.
    assert True in made_sense
    assert False in made_sense


@pytest.mark.certify
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_breaks_in_a_long_run(target, record_property):
    choices = Drawn(random.Random(17))
    rounds = 20 * ROUNDS[target]
    record_property("requests", rounds)
    record_property("made_sense", sum(attempt(target, choices) for _ in range(rounds)))


@pytest.mark.parametrize(("label", "way", "new", "argument"), FOUND, ids=str)
def test_a_field_of_another_type_or_size_is_refused_by_name(label, way, new, argument):
    task, inputs, tiles = request(label)
    with pytest.raises(InvalidInputError) as refused:
        handle(replaced(task, way, new), inputs, tiles)
    assert refused.value.argument == argument


@pytest.mark.parametrize(("label", "change", "argument"), INPUTS)
def test_inputs_of_another_task_are_refused_by_name(label, change, argument):
    task, inputs, tiles = request(label)
    with pytest.raises(InvalidInputError) as refused:
        handle(task, change(inputs), tiles)
    assert refused.value.argument == argument


@pytest.mark.parametrize("label", ["cases_discovery: calibration", "cases_backtest: sweep"])
def test_no_tile_gets_round_its_plan_by_its_stage(label):
    task, inputs, tiles = request(label)
    with pytest.raises(InvalidInputError, match="stage 5"):
        handle(task, inputs, [late_tile(tile) for tile in tiles])


def test_no_tile_gets_round_its_plan_inside_a_subset():
    task, inputs, tiles = request("cases_backtest: sweep")
    subset = smuggled(task, tiles[0])
    with pytest.raises(InvalidInputError, match="is not of this task"):
        handle(subset, inputs, [])


def test_what_a_valid_task_raises_is_not_taken_for_a_bad_request(monkeypatch):
    """A mistake of ours in a computation stays an error of the server."""
    from spreadlab.discovery.hurst_spec import HurstSpec

    task, inputs, tiles = request("cases_discovery: Hurst exponent")

    def run(*_):
        raise IndexError("ours")

    monkeypatch.setattr(HurstSpec, "run", run)
    with pytest.raises(IndexError, match="ours"):
        handle(task, inputs, tiles)

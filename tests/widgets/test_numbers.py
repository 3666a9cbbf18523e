"""Python and TypeScript write numbers the same way: both read number_cases.json."""

import json
from pathlib import Path

import pytest

from spreadlab.display.numbers import pvalue, short

CASES = json.loads(Path(__file__).with_name("number_cases.json").read_text("utf-8"))


@pytest.mark.parametrize(("value", "text"), CASES["short"])
def test_short(value, text):
    assert short(float(value)) == text


@pytest.mark.parametrize(("value", "text"), CASES["pvalue"])
def test_pvalue(value, text):
    assert pvalue(float(value)) == text

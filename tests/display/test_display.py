"""Numbers, HTML and figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadlab.display import html, numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.2345, "1.23"),
        (12.345, "12.3"),
        (0.00012345, "0.000123"),
        (1234.5, "1,234"),
        (-0.5, "-0.500"),
        (1.5e-7, "1.50e-07"),
        (2.5e9, "2.50e+09"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "n/a"),
        (3, "3"),
        (12345, "12,345"),
        (123.4, "123"),
    ],
)
def test_short(value, text):
    assert numbers.short(value) == text


@given(st.floats(-1e300, 1e300))
def test_short_is_within_half_a_unit_of_its_last_digit(value):
    assert float(numbers.short(value).replace(",", "")) == pytest.approx(value, rel=6e-3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0016, ".0016"),
        (0.31, ".310"),
        (1e-9, "<.0001"),
        (0.99999, "1"),
        (math.nan, "n/a"),
        (0.05, ".0500"),
    ],
)
def test_pvalue(value, text):
    assert numbers.pvalue(value) == text


def test_percent_and_interval():
    assert numbers.percent(0.1234) == "12.3 %"
    assert numbers.percent(math.nan) == "n/a"
    assert numbers.interval(2.3, 11.94) == "[2.30, 11.9]"


def test_html_escapes_what_users_name():
    text = html.card("<b>", {"a&b": "<script>"}, note="x<y")
    assert "<script>" not in text
    assert "&lt;b&gt;" in text
    assert "x&lt;y" in text
    assert "<td" in html.table(["name"], [["<A>"]])
    assert "<A>" not in html.table(["name"], [["<A>"]])


def test_a_figure_is_a_png_and_the_same_each_time():
    from spreadlab.display.figure import new_figure

    def draw():
        figure, (left, right) = new_figure(1, 2, size=(4, 2))
        left.plot([1, 2, 3])
        right.set_xlabel("bars")
        return figure

    first, second = draw(), draw()
    assert first.to_png()[:8] == b"\x89PNG\r\n\x1a\n"
    assert first._repr_png_() == second._repr_png_()
    assert repr(first) == repr(second) == "<StaticFigure with 2 axes>"

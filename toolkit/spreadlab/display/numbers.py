"""Numbers as a reader wants them: three significant digits, p-values as .0016."""

from __future__ import annotations

import math

_SMALLEST_PVALUE = 5e-5


def short(value: float, digits: int = 3) -> str:
    """Return `value` with `digits` significant digits; integers and NaN plainly."""
    if isinstance(value, int):
        return f"{value:,}"
    if math.isnan(value):
        return "n/a"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if -4 <= magnitude < digits:
        return f"{value:.{max(digits - 1 - magnitude, 0)}f}"
    if digits <= magnitude < 7:
        return f"{value:,.0f}"
    return f"{value:.{digits - 1}e}"


def pvalue(value: float) -> str:
    """Return a p-value as .0016, with <.0001 below what four digits can show."""
    if math.isnan(value):
        return "n/a"
    if value < _SMALLEST_PVALUE:
        return "<.0001"
    if value >= 0.99995:
        return "1"
    return f"{value:.4f}"[1:] if value < 0.1 else f"{value:.3f}"[1:]


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction as a percentage: 0.123 as 12.3 %."""
    return "n/a" if math.isnan(value) else f"{100 * value:.{digits}f} %"


def interval(low: float, high: float, digits: int = 3) -> str:
    """Return an interval in brackets."""
    return f"[{short(low, digits)}, {short(high, digits)}]"

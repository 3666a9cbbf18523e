"""What is so far from a spread's own scales that floats can't hold an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spreadlab._validation import ensure_float
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

# In units of kappa, and in standard deviations of the spread.
LEAST_RATE, MOST_RATE = 1e-9, 1e9
FARTHEST, FARTHEST_BY_DEADLINE = 1e9, 1e3
LEAST_TIME, MOST_TIME = 1e-8, 1e9
# Of kappa and sigma, in whatever units: products and powers of them are still numbers.
SMALLEST, LARGEST = 1e-30, 1e30


def ensure_process(kappa: object, theta: object, sigma: object) -> tuple[float, float, float]:
    """Return the parameters of a spread as floats, or raise InvalidInputError naming one."""
    return (
        ensure_float(kappa, "ou.kappa", low=SMALLEST, high=LARGEST),
        ensure_float(theta, "ou.theta", low=-LARGEST, high=LARGEST),
        ensure_float(sigma, "ou.sigma", low=SMALLEST, high=LARGEST),
    )


def check_rate(name: str, value: float, kappa: float, least: float = LEAST_RATE) -> None:
    """Raise InvalidInputError unless a discount is comparable with the speed of reversion."""
    if not least <= value / kappa <= MOST_RATE:
        raise InvalidInputError(
            name,
            f"got {value!r}, {value / kappa:.1e} times kappa",
            f"in [{least:.0e}, {MOST_RATE:.0e}] times kappa",
            "discount and kappa are per the same unit of time",
        )


def check_time(name: str, value: float, kappa: float) -> None:
    """Raise InvalidInputError if a deadline leaves only closing, or is as good as none."""
    if not value * kappa >= LEAST_TIME:
        raise InvalidInputError(
            name,
            f"got {value!r}, {value * kappa:.1e} times 1/kappa",
            f"at least {LEAST_TIME:.0e} times 1/kappa",
            "so close to the deadline a position can only be closed",
        )
    if not value * kappa <= MOST_TIME:
        raise InvalidInputError(
            name,
            f"got {value!r}, {value * kappa:.1e} times 1/kappa",
            f"at most {MOST_TIME:.0e} times 1/kappa",
            "leave the deadline away: one so far makes no difference",
        )


def check_lengths(
    lengths: Mapping[str, tuple[float, float]], sd: float, most: float = FARTHEST
) -> None:
    """Raise InvalidInputError for the argument that moves levels farthest, if that is too far.

    Parameters
    ----------
    lengths : mapping of str to (float, float)
        By argument its value, and by how much that moves levels, in units of the spread.
    sd : float
        Stationary standard deviation of the spread.
    most : float
        How many of them are allowed.
    """
    name = max(lengths, key=lambda each: lengths[each][1])
    value, length = lengths[name]
    if not length <= most * sd:
        raise InvalidInputError(
            name,
            f"got {value!r}, which moves levels by {length:.1e} where the spread's stationary "
            f"standard deviation is {sd:.1e}",
            f"such that they move by at most {most:.0e} standard deviations",
            "costs, levels, theta and sigma are in units of the same spread",
        )

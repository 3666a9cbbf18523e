"""Numba kernels of the parabolic cylinder integral and its moments, safe far from the mean.

Everything rests on

    I(nu, z) = int_0^inf u^(nu-1) exp(-z u - u^2/2) du = Gamma(nu) exp(z^2/4) D_{-nu}(z),

(DLMF 12.5.1), which is the decreasing eigenfunction of the Ornstein-Uhlenbeck generator in
standardised units; I(nu, -z) is the increasing one. With u = u0 exp(delta) around the peak u0 of
the integrand the exponent is

    -nu (e^delta - 1 - delta) - u0^2 (e^delta - 1)^2 / 2,

a sum of two terms of one sign, so nothing cancels and nothing overflows for any nu > 0 and any z.
The trapezoidal rule in delta converges geometrically (Trefethen & Weideman, SIAM Review 56 (2014)).
"""

from __future__ import annotations

import math

from numba import njit

_FLAT = 0.1
_TERMS = 11  # 0.1^11/11! is below the last bit
_CUT = 41.0  # exp(-41) is far below the last bit of the sums, also after a factor u
_LOG_2 = math.log(2.0)


@njit(nogil=True, cache=True, error_model="numpy")
def _left_tail_nb(
    nu: float, peak: float, width: float, step: float, delta: float
) -> tuple[float, float, float, float, float]:
    # The five sums of `integral_moments_nb` over all nodes from delta downwards. With r = e^delta
    # the weight is exp(nu - peak^2/2) r^nu exp(a r - peak^2 r^2/2), a = peak^2 - nu. Far left of
    # the peak the last factor is a short power series in r, and every power of r adds up to a
    # geometric series; without this, small nu would take hundreds of nodes.
    square = peak * peak
    a = square - nu
    lost = width * peak
    ratio = math.exp(delta)
    scale = math.exp(nu - 0.5 * square + nu * delta)
    near, near_before = 1.0, 0.0  # coefficients of exp(a r - square r^2/2)
    far, far_before = 1.0, 0.0  # with a - lost for a
    gap, gap_before = 0.0, 0.0  # near less far, without cancellation
    total = first = drop = far_first = area = 0.0
    power = scale
    here = power / -math.expm1(-step * nu)  # power r^j summed over the nodes
    for j in range(_TERMS):
        following = power * ratio / -math.expm1(-step * (nu + j + 1.0))
        total += near * here
        first += near * following
        drop += gap * here
        far_first += far * following
        area += (a * gap + lost * far - square * gap_before) / (j + 1.0) * here
        near, near_before = (a * near - square * near_before) / (j + 1.0), near
        gap, gap_before = (a * gap + lost * far - square * gap_before) / (j + 1.0), gap
        far, far_before = ((a - lost) * far - square * far_before) / (j + 1.0), far
        power *= ratio
        here = following
    return total, first * peak, drop, far_first * peak, area / peak


@njit(nogil=True, cache=True, error_model="numpy")
def integral_moments_nb(
    nu: float, z: float, width: float
) -> tuple[float, float, float, float, float]:
    """Return the integral I(nu, z) and its relatives over a shift of `width` >= 0; nu >= 1.

    Returns
    -------
    log_value : float
        log I(nu, z).
    slope : float
        I(nu+1, z) / I(nu, z), which is -d/dz log I.
    drop : float
        1 - I(nu, z + width) / I(nu, z), without cancellation.
    far_slope : float
        I(nu+1, z + width) / I(nu, z).
    area : float
        int_z^{z+width} I(nu, t) dt / I(nu, z).
    """
    root = math.sqrt(z * z + 4.0 * nu)
    peak = 2.0 * nu / (z + root) if z > 0.0 else 0.5 * (root - z)
    half_square = 0.5 * peak * peak
    # The strip of analyticity is pi/4 wide, and the peak has variance 1/(nu + peak^2).
    step = min(0.1, 0.4 / math.sqrt(nu + peak * peak))
    bend = abs(peak * peak - nu) + width * peak + peak
    total = 0.0
    first = 0.0
    drop = 0.0
    far_first = 0.0
    area = 0.0
    for side in range(2):
        k = side  # the peak itself belongs to the left half
        while True:
            delta = k * step if side == 1 else -k * step
            if delta < -1.0:  # far left of the peak growth rounds to -1, u must not round to 0
                ratio = math.exp(delta)
                growth = ratio - 1.0
            else:
                growth = math.expm1(delta)
                ratio = 1.0 + growth
            exponent = -nu * (growth - delta) - half_square * growth * growth
            if exponent < -_CUT:
                break
            weight = math.exp(exponent)
            if side == 0 and ratio * bend <= _FLAT:
                tail = _left_tail_nb(nu, peak, width, step, delta)
                total += tail[0]
                first += tail[1]
                drop += tail[2]
                far_first += tail[3]
                area += tail[4]
                break
            u = peak * ratio
            total += weight
            first += weight * u
            if width > 0.0:
                lost = -math.expm1(-width * u)
                drop += weight * lost
                far_first += weight * u * (1.0 - lost)
                area += weight * lost / u
            k += 1
    log_value = nu * math.log(peak) - z * peak - half_square + math.log(total * step)
    if width > 0.0:
        return log_value, first / total, drop / total, far_first / total, area / total
    return log_value, first / total, 0.0, first / total, 0.0


@njit(nogil=True, cache=True, error_model="numpy")
def log_integral_nb(nu: float, z: float) -> float:
    """Return log I(nu, z) for any nu > 0 and real z."""
    if nu >= 1.0:
        return integral_moments_nb(nu, z, 0.0)[0]
    if z >= 0.0:  # nu I(nu, z) = z I(nu+1, z) + I(nu+2, z), both terms positive
        log_next, slope, _, _, _ = integral_moments_nb(nu + 1.0, z, 0.0)
        return log_next + math.log((z + slope) / nu)
    # I(nu, z) = I(nu, 0) + int_z^0 I(nu+1, t) dt, both terms positive
    log_next, _, _, _, area = integral_moments_nb(nu + 1.0, z, -z)
    at_zero = (0.5 * nu - 1.0) * _LOG_2 + math.lgamma(0.5 * nu)
    high = max(log_next, at_zero)
    return high + math.log(area * math.exp(log_next - high) + math.exp(at_zero - high))


@njit(nogil=True, cache=True, error_model="numpy")
def log_kummer_nb(a: float, b: float, x: float) -> float:
    """Return log M(a, b, x) of Kummer's function for a >= 0, b > 0, x >= 0 (DLMF 13.2.2).

    All terms of the power series are positive, so the sum is exact to rounding; it is rescaled
    before it can overflow.
    """
    if a == 0.0 or x == 0.0:
        return 0.0
    scale = 0.0
    term = 1.0
    total = 1.0
    k = 0.0
    while True:
        ratio = (a + k) * x / ((b + k) * (k + 1.0))
        term *= ratio
        total += term
        k += 1.0
        if ratio < 0.5 and term < 1e-17 * total:
            return scale + math.log(total)
        if total > 1e280:
            term *= 1e-280
            total *= 1e-280
            scale += 280.0 * math.log(10.0)

"""Likelihood, score and information of the Kalman hedge at several variances in one pass.

A filter waits for its own last step: most of a pass over the bars is latency. Derivatives and a
few points side by side ("lanes", the vector registers' width) fill the waiting, so that a pass
costs hardly more than one evaluation of the likelihood alone.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]

LANES = 4
LOWEST, HIGHEST = -30.0, 30.0  # ln of variance ratios: no movement, no noise
SHORT = 0.1  # steps over which the score tells the curvature
GAIN = 1e-10  # in log-likelihood: what is not worth another step

# Rows of the work array, `LANES` numbers each. It is flat and its offsets are constants, or the
# compiler could not tell that lanes do not touch each other and would run them one by one.
# Five rows (a, b, P00, P01, P11) are the state; two more fives its derivatives.
_A, _B, _P00, _P01, _P11 = (k * LANES for k in range(5))
_FIVE = 5 * LANES
_Q00, _Q11 = 15 * LANES, 16 * LANES  # added a step; their derivatives in the four rows after
_TWO = 2 * LANES
_DV, _DF = 21 * LANES, 23 * LANES  # of this step: derivatives of v, and of f over f
_LOG_F, _PRODUCT, _SQUARES = 25 * LANES, 26 * LANES, 27 * LANES
_SUM_F, _SUM_S = 28 * LANES, 30 * LANES  # derivatives of the sums of ln F and of v^2 / F
_INFO_F, _INFO_V = 32 * LANES, 35 * LANES
_SIZE = 38 * LANES

# Rows of the answer of `kalman_scores_nb`.
LOGLIK, NOISE, SCORE, INFO, SQUARES_SLOPE = 0, 1, 2, 4, 7


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def kalman_scores_nb(y: F64, x: F64, points: F64) -> F64:
    """Return the likelihood of `kalman_filter_nb` and its derivatives at `LANES` points.

    A column of `points` (2, LANES) holds ln(intercept variance / noise) and ln(hedge ratio
    variance / noise); the noise variance is the best one given these, S / N for N proper steps
    with the sum S of v^2 / F. A column of the answer (9, LANES) holds the diffuse log-likelihood,
    the noise variance, the two derivatives of the log-likelihood, its information (the elements
    00, 01, 11) and the derivatives of S.

    Derivatives are carried along the filter. The information is Fisher's with v as observed,
    sum of F_i F_j / (2 F^2) + v_i v_j / F (Harvey 1989, section 3.4.5), less what goes into the
    noise variance: never negative, and right to first order where the model is.
    """
    w = np.zeros(_SIZE)
    for i in range(LANES):
        level, slope = math.exp(points[0, i]), math.exp(points[1, i])
        w[_Q00 + i], w[_Q11 + i] = level, slope
        w[_Q00 + _TWO + i], w[_Q11 + 2 * _TWO + i] = level, slope
        w[_PRODUCT + i] = 1.0
    d00, d01, d11 = 1.0, 0.0, 1.0
    base, proper, unknown = 0.0, 0, 2
    for t in range(y.size):
        xt, yt = x[t], y[t]
        f_diffuse, n0, n1 = 0.0, 0.0, 0.0
        if unknown > 0:
            n0, n1 = d00 + d01 * xt, d01 + d11 * xt
            f_diffuse = n0 + n1 * xt
        # Which steps are diffuse depends on x alone, so it is the same in all lanes.
        if f_diffuse > 1e-12 * (1.0 + xt * xt):
            k0, k1 = n0 / f_diffuse, n1 / f_diffuse
            d00 -= k0 * n0
            d01 -= k0 * n1
            d11 -= k1 * n1
            base += math.log(f_diffuse)
            unknown -= 1
            _diffuse_step_nb(w, yt, xt, k0, k1)
            continue
        proper += 1
        for i in range(LANES):
            a, b = w[_A + i], w[_B + i]
            p00, p01, p11 = w[_P00 + i], w[_P01 + i], w[_P11 + i]
            m0, m1 = p00 + p01 * xt, p01 + p11 * xt
            # Spelt out and with `inverse` late, so that little waits for the division.
            f = (p00 + 1.0) + xt * ((p01 + p01) + xt * p11)
            inverse = 1.0 / f
            v = yt - a - b * xt
            u = v * inverse
            k0, k1 = m0 * inverse, m1 * inverse
            w[_A + i] = a + m0 * u
            w[_B + i] = b + m1 * u
            w[_P00 + i] = (p00 + w[_Q00 + i]) - m0 * m0 * inverse
            w[_P01 + i] = p01 - m0 * m1 * inverse
            w[_P11 + i] = (p11 + w[_Q11 + i]) - m1 * m1 * inverse
            w[_PRODUCT + i] *= f
            w[_SQUARES + i] += v * u
            for j in range(2):
                s, row = (j + 1) * _FIVE + i, j * LANES + i
                da, db, e00, e01, e11 = w[s + _A], w[s + _B], w[s + _P00], w[s + _P01], w[s + _P11]
                g0, g1 = e00 + e01 * xt, e01 + e11 * xt
                df = g0 + g1 * xt
                ratio = df * inverse
                dv = -da - db * xt
                du = dv * inverse - u * ratio
                half = g0 - k0 * df
                w[s + _A] = da + g0 * u + m0 * du
                w[s + _B] = db + g1 * u + m1 * du
                w[s + _P00] = (e00 + w[_Q00 + (j + 1) * _TWO + i]) - k0 * (g0 + half)
                w[s + _P01] = e01 - k0 * g1 - k1 * half
                w[s + _P11] = (e11 + w[_Q11 + (j + 1) * _TWO + i]) - k1 * (g1 + g1 - k1 * df)
                w[_DV + row], w[_DF + row] = dv, ratio
                w[_SUM_F + row] += ratio
                w[_SUM_S + row] += u * (dv + dv - v * ratio)
            r0, r1 = w[_DF + i], w[_DF + LANES + i]
            z0, z1 = w[_DV + i], w[_DV + LANES + i]
            w[_INFO_F + i] += r0 * r0
            w[_INFO_F + LANES + i] += r0 * r1
            w[_INFO_F + _TWO + i] += r1 * r1
            w[_INFO_V + i] += z0 * z0 * inverse
            w[_INFO_V + LANES + i] += z0 * z1 * inverse
            w[_INFO_V + _TWO + i] += z1 * z1 * inverse
        if t % 4 == 0:
            # Logarithms are slow: one of a product does for many steps.
            top = 0.0
            for i in range(LANES):
                top = max(top, w[_PRODUCT + i])
            if top > 1e150:
                for i in range(LANES):
                    w[_LOG_F + i] += math.log(w[_PRODUCT + i])
                    w[_PRODUCT + i] = 1.0
    return _scores_of_sums_nb(w, base, y.size, proper)


@njit(nogil=True, cache=True, error_model="numpy")
def _diffuse_step_nb(w: F64, yt: float, xt: float, k0: float, k1: float) -> None:
    """Take a step whose gain does not depend on the variances, in the state and derivatives."""
    for i in range(LANES):
        for j in range(3):
            s = j * _FIVE + i
            observed, noise = (yt, 1.0) if j == 0 else (0.0, 0.0)
            v = observed - w[s + _A] - w[s + _B] * xt
            m0 = w[s + _P00] + w[s + _P01] * xt
            m1 = w[s + _P01] + w[s + _P11] * xt
            f = m0 + m1 * xt + noise
            w[s + _A] += k0 * v
            w[s + _B] += k1 * v
            w[s + _P00] += k0 * k0 * f - 2.0 * k0 * m0 + w[_Q00 + j * _TWO + i]
            w[s + _P01] += k0 * k1 * f - k0 * m1 - k1 * m0
            w[s + _P11] += k1 * k1 * f - 2.0 * k1 * m1 + w[_Q11 + j * _TWO + i]


@njit(nogil=True, cache=True, error_model="numpy")
def _scores_of_sums_nb(w: F64, base: float, n_obs: int, proper: int) -> F64:
    """Return the answer of `kalman_scores_nb`: the noise variance is taken out of the sums."""
    out = np.empty((9, LANES))
    for i in range(LANES):
        squares = w[_SQUARES + i]
        noise = squares / proper
        log_f = base + w[_LOG_F + i] + math.log(w[_PRODUCT + i])
        total = n_obs * math.log(2.0 * math.pi) + log_f + proper * (math.log(noise) + 1.0)
        out[LOGLIK, i] = -0.5 * total
        out[NOISE, i] = noise
        for j in range(2):
            row = j * LANES + i
            out[SCORE + j, i] = -0.5 * (w[_SUM_F + row] + w[_SUM_S + row] / noise)
            out[SQUARES_SLOPE + j, i] = w[_SUM_S + row]
        f0, f1 = w[_SUM_F + i], w[_SUM_F + LANES + i]
        for j, product in enumerate((f0 * f0, f0 * f1, f1 * f1)):
            row = j * LANES + i
            info = 0.5 * (w[_INFO_F + row] - product / proper)
            out[INFO + j, i] = info + w[_INFO_V + row] / noise
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def climb_nb(trial: F64, scores: F64, at: F64, known: F64, reach: F64) -> int:
    """Move `trial` (2, LANES) towards the likelihood's tops; return the lanes that are not there.

    `scores` holds the answer at `trial`, `at` and `known` the best points so far and theirs,
    `reach` how far a coordinate may go in a step: 0 once a lane has arrived. Scoring in a box
    (a trust region): a step that gains nothing is taken back and the box made smaller.
    """
    climbing = 0
    for i in range(LANES):
        if reach[i] == 0.0:
            continue
        gain = scores[LOGLIK, i] - known[LOGLIK, i]
        longest = max(abs(trial[0, i] - at[0, i]), abs(trial[1, i] - at[1, i]))
        if gain > 0.0:
            if longest > 0.99 * reach[i]:
                reach[i] *= 2.0
            if longest < SHORT:
                _correct_nb(scores[:, i], known[:, i], trial[:, i] - at[:, i])
            at[:, i] = trial[:, i]
            known[:, i] = scores[:, i]
        else:
            reach[i] = 0.25 * longest
        if _step_nb(at[:, i], known[:, i], reach[i], trial[:, i]) < GAIN:
            reach[i] = 0.0
            trial[:, i] = at[:, i]
        else:
            climbing += 1
    return climbing


@njit(nogil=True, cache=True, error_model="numpy")
def _step_nb(point: F64, scores: F64, reach: float, target: F64) -> float:
    """Fill `target` (2,) with the top of the quadratic model in a box, return what it promises."""
    g0, g1 = scores[SCORE], scores[SCORE + 1]
    tiny = 1e-12 * (scores[INFO] + scores[INFO + 2]) + 1e-300
    i00, i01, i11 = scores[INFO] + tiny, scores[INFO + 1], scores[INFO + 2] + tiny
    low0, high0 = max(-reach, LOWEST - point[0]), min(reach, HIGHEST - point[0])
    low1, high1 = max(-reach, LOWEST - point[1]), min(reach, HIGHEST - point[1])
    det = i00 * i11 - i01 * i01
    move0 = (g0 * i11 - g1 * i01) / det
    move1 = (g1 * i00 - g0 * i01) / det
    if not (low0 <= move0 <= high0 and low1 <= move1 <= high1):
        move0, move1 = min(max(move0, low0), high0), min(max(move1, low1), high1)
        for _ in range(20):  # one coordinate given the other, in turns
            move0 = min(max((g0 - i01 * move1) / i00, low0), high0)
            move1 = min(max((g1 - i01 * move0) / i11, low1), high1)
    target[0], target[1] = point[0] + move0, point[1] + move1
    bend = i00 * move0 * move0 + 2.0 * i01 * move0 * move1 + i11 * move1 * move1
    promise: float = g0 * move0 + g1 * move1 - 0.5 * bend
    return promise


@njit(nogil=True, cache=True, error_model="numpy")
def _correct_nb(scores: F64, before: F64, move: F64) -> None:
    """Correct the information along the last step by what the score did over it (as BFGS does).

    Fisher's information differs from the curvature by what chance there is in the sample, so that
    with it alone the last digits come slowly. Long steps towards a variance of zero are better
    without: the logarithm of such a variance has a curvature that says nothing of the distance.
    """
    c0, c1 = before[SCORE] - scores[SCORE], before[SCORE + 1] - scores[SCORE + 1]
    i00, i01, i11 = scores[INFO], scores[INFO + 1], scores[INFO + 2]
    b0, b1 = i00 * move[0] + i01 * move[1], i01 * move[0] + i11 * move[1]
    expected, found = b0 * move[0] + b1 * move[1], c0 * move[0] + c1 * move[1]
    if found > 0.01 * expected and expected > 0.0:
        scores[INFO] += c0 * c0 / found - b0 * b0 / expected
        scores[INFO + 1] += c0 * c1 / found - b0 * b1 / expected
        scores[INFO + 2] += c1 * c1 / found - b1 * b1 / expected

"""Slow, obvious solutions of the control problems in high precision, from their equations."""

from __future__ import annotations

import mpmath as mp
import numpy as np
from scipy.special import ndtr

mp.mp.dps = 40


def log_parabolic_integral(nu, z):
    """Return log int_0^inf u^(nu-1) exp(-z u - u^2/2) du through D_{-nu}."""
    nu, z = mp.mpf(nu), mp.mpf(z)
    return mp.log(mp.pcfu(nu - mp.mpf(1) / 2, z)) + z * z / 4 + mp.loggamma(nu)


class Layer:
    """One layer with reward a - b y while in: w_out = A G, w_in = P + B F, four conditions."""

    def __init__(self, kappa, sigma, rho, cost, a, b):
        self.kappa, self.sigma, self.rho = mp.mpf(kappa), mp.mpf(sigma), mp.mpf(rho)
        self.cost, self.a, self.b = mp.mpf(cost), mp.mpf(a), mp.mpf(b)
        self.sd = self.sigma / mp.sqrt(2 * self.kappa)
        self.nu = self.rho / self.kappa

    def eigen(self, shift, z):
        """Return exp(z^2/4) D_{-(nu+shift)}(z)."""
        nu = self.nu + shift
        return mp.exp(z * z / 4) * mp.pcfd(-nu, z)

    def f(self, y):
        return self.eigen(0, -y / self.sd)

    def df(self, y):
        return self.nu * self.eigen(1, -y / self.sd) / self.sd

    def g(self, y):
        return self.eigen(0, y / self.sd)

    def dg(self, y):
        return -self.nu * self.eigen(1, y / self.sd) / self.sd

    def particular(self, y):
        return -self.b * y / (self.kappa + self.rho) + self.a / self.rho

    def weights(self, s, e):
        """Return A and B from D'(s) = D'(e) = 0."""
        right = self.b / (self.kappa + self.rho)
        solution = mp.lu_solve(
            mp.matrix([[-self.dg(s), self.df(s)], [-self.dg(e), self.df(e)]]),
            mp.matrix([right, right]),
        )
        return solution[0], solution[1]

    def solve(self, s, e):
        """Return s and e with D(s) = c and D(e) = -c, from a guess."""

        def gaps(s, e):
            big_a, big_b = self.weights(s, e)
            d_s = self.particular(s) + big_b * self.f(s) - big_a * self.g(s)
            d_e = self.particular(e) + big_b * self.f(e) - big_a * self.g(e)
            return d_s - self.cost, d_e + self.cost

        root = mp.findroot(gaps, (mp.mpf(s), mp.mpf(e)), tol=1e-24)
        return root[0], root[1]


def symmetric_level(kappa, sigma, rho, cost, b=None, guess=None):
    """Return A* of A - O/O' = c (kappa + rho)/b with the odd Kummer solution O."""
    kappa, sigma, rho, cost = (mp.mpf(v) for v in (kappa, sigma, rho, cost))
    b = kappa if b is None else mp.mpf(b)

    def odd(y):
        return y * mp.hyp1f1(
            mp.mpf(1) / 2 + rho / (2 * kappa), mp.mpf(3) / 2, kappa * y**2 / sigma**2
        )

    right = cost * (kappa + rho) / b
    start = mp.mpf(guess) if guess else right + mp.cbrt(3 * sigma**2 * cost / (2 * b))
    return mp.findroot(lambda y: y - odd(y) / mp.diff(odd, y) - right, start)


class Trip:
    """One round trip in cash flows with F, G in high precision; `stop` is None for no stop-loss."""

    def __init__(self, kappa, theta, sigma, rate, entry_rate, cost, entry_cost):
        self.theta, self.cost, self.entry_cost = mp.mpf(theta), mp.mpf(cost), mp.mpf(entry_cost)
        self.leave = Layer(kappa, sigma, rate, 0, 0, 1)
        self.enter = Layer(kappa, sigma, entry_rate, 0, 0, 1)

    def exit_level(self, guess):
        """Return the root of F(b) = (b - c) F'(b)."""
        return mp.findroot(
            lambda b: (
                self.leave.f(b - self.theta) - (b - self.cost) * self.leave.df(b - self.theta)
            ),
            mp.mpf(guess),
        )

    def entry_level(self, top, guess):
        """Return the root of G (V' - 1) = G' (V - d - c')."""
        scale = (top - self.cost) / self.leave.f(top - self.theta)

        def gap(d):
            y = d - self.theta
            value, slope = scale * self.leave.f(y), scale * self.leave.df(y)
            gain = value - d - self.entry_cost
            return self.enter.g(y) * (slope - 1) - self.enter.dg(y) * gain

        return mp.findroot(gap, mp.mpf(guess))

    def stopped_exit(self, stop, guess):
        """Return b with value matching at stop and b, and smooth fit at b."""
        f, df, g, dg = self.leave.f, self.leave.df, self.leave.g, self.leave.dg
        low = mp.mpf(stop) - self.theta

        def gap(b):
            y, c = b - self.theta, self.cost
            return (
                ((stop - c) * g(y) - (b - c) * g(low)) * df(y)
                + ((b - c) * f(low) - (stop - c) * f(y)) * dg(y)
                - (g(y) * f(low) - g(low) * f(y))
            )

        return mp.findroot(gap, mp.mpf(guess))

    def stopped_value(self, stop, top):
        """Return V and V' as functions on [stop, top]."""
        f, g = self.leave.f, self.leave.g
        low, high = mp.mpf(stop) - self.theta, top - self.theta
        weights = mp.lu_solve(
            mp.matrix([[f(low), g(low)], [f(high), g(high)]]),
            mp.matrix([stop - self.cost, top - self.cost]),
        )
        return (
            lambda x: weights[0] * f(x - self.theta) + weights[1] * g(x - self.theta),
            lambda x: (
                weights[0] * self.leave.df(x - self.theta)
                + weights[1] * self.leave.dg(x - self.theta)
            ),
        )

    def stopped_entry(self, value, slope, low_guess, high_guess):
        """Return both ends of the entry interval."""

        def gap(x, u, du):
            y = x - self.theta
            return u(y) * (slope(x) - 1) - du(y) * (value(x) - x - self.entry_cost)

        return (
            mp.findroot(lambda x: gap(x, self.enter.f, self.enter.df), mp.mpf(low_guess)),
            mp.findroot(lambda x: gap(x, self.enter.g, self.enter.dg), mp.mpf(high_guess)),
        )


def cycle_variance(z):
    """Return Bertram's variance of a cycle between -z and z times kappa^2, by his series."""
    z = mp.mpf(z)
    root = mp.sqrt(2)

    def w1(z):
        up = mp.nsum(lambda k: mp.gamma(k / 2) * (root * z) ** k / mp.factorial(k), [1, mp.inf])
        down = mp.nsum(
            lambda k: (-1) ** int(k) * mp.gamma(k / 2) * (root * z) ** k / mp.factorial(k),
            [1, mp.inf],
        )
        return (up / 2) ** 2 - (down / 2) ** 2

    def w2(z):
        return mp.nsum(
            lambda k: (
                mp.gamma(k - mp.mpf(1) / 2)
                * (mp.digamma(k - mp.mpf(1) / 2) - mp.digamma(1))
                * (root * z) ** (2 * k - 1)
                / mp.factorial(2 * k - 1)
            ),
            [1, mp.inf],
        )

    return w1(z) - w1(-z) - w2(z) + w2(-z)


def riccati(kappa, theta, sigma, exponent, m0, m1, horizon):
    """Return B and C at the horizon by integrating their equations."""
    from scipy.integrate import solve_ivp

    q = exponent / (1 - exponent)

    def rates(_, state):
        b, c = state
        s2 = sigma**2
        return [
            kappa * theta * c - kappa * b + s2 * b * c + q / s2 * (m0 + s2 * b) * (s2 * c - m1),
            -2 * kappa * c + s2 * c * c + q / s2 * (s2 * c - m1) ** 2,
        ]

    return solve_ivp(rates, (0, horizon), [0, 0], method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]


class Deadline:
    """The two levels of a layer before a deadline, by the integral equations of their values.

    While out of [s, e] the layer forgoes or pays what the obstacle absorbs, so with
    D(0, y) = -c, the mean m = y exp(-kappa u) and the variance of the process after u,

        D(tau, y) = D_0(tau, y) - int_0^tau e^{-rho u} E[(a - b Y_u - rho c) 1{Y_u < s(tau - u)}
                                                  + (a - b Y_u + rho c) 1{Y_u > e(tau - u)}] du,

    D(tau, s) = c and D(tau, e) = -c: marched forward in sqrt(tau) (Kitapbayev and Leung 2017).
    """

    def __init__(self, kappa, sigma, rho, cost, a, b, horizon, steps=150):
        self.parameters = kappa, sigma, rho, cost, a, b
        self.horizon, self.steps = horizon, steps
        edges = np.concatenate([[0.0], 2.0 ** np.arange(-11, -3), np.arange(1, 9) / 8]) * np.pi / 2
        nodes, weights = np.polynomial.legendre.leggauss(8)
        half = 0.5 * np.diff(edges)[:, None]
        angle = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel()
        # u = tau sin(angle)^2: levels are smooth functions of sqrt(tau - u).
        self.share = np.sin(angle) ** 2
        self.root = np.cos(angle)
        self.weights = (half * weights).ravel() * np.sin(2.0 * angle)
        # 1/s and e at sqrt(tau) = sqrt(horizon) j/steps
        self.inverse, self.leave = np.zeros(steps + 1), np.zeros(steps + 1)
        self.leave[0] = (rho * cost + a) / b

    def excess(self, j, y):
        """Return D(tau_j, y) with the levels up to j as they stand."""
        kappa, sigma, rho, cost, a, b = self.parameters
        tau = self.horizon * (j / self.steps) ** 2
        u = tau * self.share
        at = j * self.root
        i = np.minimum(at.astype(int), j - 1)
        part = at - i
        with np.errstate(divide="ignore"):
            low = 1.0 / ((1.0 - part) * self.inverse[i] + part * self.inverse[i + 1])
        high = (1.0 - part) * self.leave[i] + part * self.leave[i + 1]
        mean = y * np.exp(-kappa * u)
        sd = sigma * np.sqrt(-np.expm1(-2.0 * kappa * u) / (2.0 * kappa))

        def normal(z):
            return np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)

        below, above = (low - mean) / sd, (high - mean) / sd
        lost = (a - b * mean - rho * cost) * ndtr(below) + b * sd * normal(below)
        lost += (a - b * mean + rho * cost) * ndtr(-above) - b * sd * normal(above)
        absorbed = tau * (self.weights * np.exp(-rho * u) * lost).sum()
        fade = -np.expm1(-(kappa + rho) * tau) / (kappa + rho)
        grown = a * (-np.expm1(-rho * tau) / rho if rho else tau)
        return -cost * np.exp(-rho * tau) + grown - b * y * fade - absorbed

    def solve(self):
        """Return s and e at the horizon."""
        kappa, sigma, rho, cost, _, b = self.parameters
        for j in range(1, self.steps + 1):
            tau = self.horizon * (j / self.steps) ** 2
            noise = sigma * np.sqrt(tau)
            if j < 3:
                fade = -np.expm1(-(kappa + rho) * tau) / (kappa + rho)
                s, e = -2.0 * cost / (b * fade), self.leave[0] + 0.6 * noise
            else:
                s = 1.0 / (2.0 * self.inverse[j - 1] - self.inverse[j - 2])
                e = 2.0 * self.leave[j - 1] - self.leave[j - 2]
            for _ in range(30):

                def gaps(s, e, j=j):
                    self.inverse[j], self.leave[j] = 1.0 / s, e
                    return np.array([self.excess(j, s) - cost, self.excess(j, e) + cost])

                h, k = 1e-6 * abs(s), 1e-6 * noise
                now = gaps(s, e)
                by_s, by_e = (gaps(s + h, e) - now) / h, (gaps(s, e + k) - now) / k
                ds, de = -np.linalg.solve(np.stack([by_s, by_e], axis=1), now)
                s += np.clip(ds, -0.3 * abs(s), 0.3 * abs(s))
                e += np.clip(de, -0.5 * noise, 0.5 * noise)
                if abs(ds) < 1e-8 * abs(s) and abs(de) < 1e-8 * noise:
                    break
            else:
                raise ArithmeticError("the integral equations were not solved")
            self.inverse[j], self.leave[j] = 1.0 / s, e
        return s, e

"""Slow, obvious solutions of the control problems in high precision, from their equations."""

from __future__ import annotations

import mpmath as mp

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

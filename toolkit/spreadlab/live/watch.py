"""Is the relationship breaking? Four looks at a spread, each from the past alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.display.numbers import pvalue as pvalue_text
from spreadlab.display.numbers import short
from spreadlab.live.alerts import Alert
from spreadlab.live.model import Baseline
from spreadlab.live.series import Tail
from spreadlab.ou.estimate import MIN_OBS, moments_of
from spreadlab.ou.tables import unit_root_pvalue

_SIEGMUND = 1.166


@dataclass(frozen=True, slots=True)
class Watch:
    r"""What makes a relationship look broken.

    Parameters
    ----------
    window : int
        Bars of the rolling half-life and p-value, at least 20. Nothing is said of them before the
        first full window.
    pvalue : float
        Alert when the Dickey-Fuller test of the window does not reject a random walk at this
        level.
    half_life_factor : float
        Alert when the half-life of the window is longer than this many times the formation's, or
        there is none.
    cusum_drift, cusum_limit : float
        Page's k and h, in standard deviations of the formation's one-step errors.
    band : float
        Standard deviations about the formation's mean.
    out_of_band_half_lives : float
        Alert when the spread has been outside the band for this many half-lives without a break.
    stale_bars : int
        Alert when a leg had no price for this many bars in a row.
    rearm : int
        Bars that a condition must have been over before it raises its alert again.

    Raises
    ------
    InvalidInputError
        If a parameter is outside its range.

    Notes
    -----
    The cumulated sums of the standardised errors :math:`e_t` under the formation's AR(1) are
    :math:`S^\pm_t = \max(0, S^\pm_{t-1} \pm e_t - k)`; one above `h` raises the alert and starts
    anew ([1]_). See `in_control_run_length` for how often that happens by chance.

    References
    ----------
    .. [1] Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115.
    .. [2] Siegmund, D. (1985). Sequential Analysis. Springer. Section X.2.
    """

    window: int = 252
    pvalue: float = 0.5
    half_life_factor: float = 3.0
    cusum_drift: float = 0.5
    cusum_limit: float = 6.0
    band: float = 2.0
    out_of_band_half_lives: float = 3.0
    stale_bars: int = 3
    rearm: int = 20

    def __post_init__(self) -> None:
        ensure_int(self.window, "window", low=MIN_OBS)
        ensure_float(self.pvalue, "pvalue", low=0, high=1, low_open=True)
        ensure_int(self.stale_bars, "stale_bars", low=1)
        ensure_int(self.rearm, "rearm", low=0)
        for name in (
            "half_life_factor",
            "cusum_drift",
            "cusum_limit",
            "band",
            "out_of_band_half_lives",
        ):
            ensure_float(getattr(self, name), name, low=0, low_open=True)

    @property
    def in_control_run_length(self) -> float:
        r"""Bars from one false alarm of the sums to the next, while nothing has changed.

        Siegmund's approximation for each side, :math:`(e^{2kb} - 2kb - 1) / 2k^2` with
        :math:`b = h + 1.166` ([2]_ of `Watch`), halved for two.
        """
        k, b = self.cusum_drift, self.cusum_limit + _SIEGMUND
        return (math.exp(2 * k * b) - 2 * k * b - 1) / (2 * k * k) / 2


@dataclass(frozen=True, slots=True)
class Health:
    """How the relationship is after one bar; NaN where there is nothing to say yet.

    Attributes
    ----------
    half_life : float
        Of the window, in bars; inf where the window doesn't revert.
    pvalue : float
        Of the window's Dickey-Fuller test.
    cusum_up, cusum_down : float
        Page's sums.
    bars_out_of_band : int
        Bars without a break outside the band.
    """

    half_life: float = math.nan
    pvalue: float = math.nan
    cusum_up: float = math.nan
    cusum_down: float = math.nan
    bars_out_of_band: int = 0


class Watcher:
    """Follows one spread; see `Watch`."""

    def __init__(self, name: str, watch: Watch, baseline: Baseline | None) -> None:
        self._name, self._watch, self._baseline = name, watch, baseline
        self._spread = Tail(watch.window)
        self._up = self._down = 0.0
        self._outside = 0
        self._last = math.nan
        self._n_obs = 0
        self._raised: dict[str, int] = {}  # the last bar at which a condition was true

    def step(self, time: int, spread: float) -> tuple[Health, list[Alert]]:
        """Return the health after one more bar, and the alerts that it raises."""
        self._spread.push(spread)
        self._n_obs += 1
        half_life, pvalue = self._rolling()
        alerts = [
            *self._window_alerts(time, half_life, pvalue),
            *self._cusum_alerts(time, spread),
            *self._band_alerts(time, spread),
        ]
        self._last = spread
        known = self._baseline is not None
        health = Health(
            half_life,
            pvalue,
            self._up if known else math.nan,
            self._down if known else math.nan,
            self._outside,
        )
        return health, alerts

    def _rolling(self) -> tuple[float, float]:
        window = self._watch.window
        if len(self._spread) < window:
            return math.nan, math.nan
        values = np.ascontiguousarray(self._spread.last(window)[:, 0])
        if values.min() == values.max():
            return math.nan, math.nan
        moments = moments_of(values)
        if not (moments.rss > 0 and moments.starts_vary):
            return math.nan, math.nan
        reverts = 0.0 < moments.phi < 1.0
        half_life = math.log(2) / -math.log(moments.phi) if reverts else math.inf
        if moments.phi <= 0.0:
            half_life = 0.0  # back at the mean, and beyond, within a bar
        return half_life, unit_root_pvalue(moments.unit_root_statistic, moments.n)

    def _edge(self, kind: str, *, raised: bool) -> bool:
        """Return whether a condition has come true that was over for long enough."""
        if not raised:
            return False
        before = self._raised.get(kind)
        self._raised[kind] = self._n_obs
        return before is None or self._n_obs - before - 1 > self._watch.rearm

    def _alert(self, time: int, kind: str, words: str, **numbers: float) -> Alert:
        return Alert(self._name, time, kind, numbers, f"{self._name}: {words}")

    def _window_alerts(self, time: int, half_life: float, pvalue: float) -> Iterator[Alert]:
        watch, baseline = self._watch, self._baseline
        if self._edge("pvalue", raised=pvalue > watch.pvalue):
            words = (
                f"over the last {watch.window} bars the spread looks like a random walk, "
                f"p {pvalue_text(pvalue)} against {watch.pvalue:g}"
            )
            yield self._alert(time, "pvalue", words, pvalue=pvalue, limit=watch.pvalue)
        if baseline is None:
            return
        limit = watch.half_life_factor * baseline.half_life
        if self._edge("half_life", raised=half_life > limit):
            now = "there is none" if math.isinf(half_life) else f"{short(half_life)} bars"
            words = (
                f"half-life over the last {watch.window} bars: {now}, beyond "
                f"{watch.half_life_factor:g} times the formation's {short(baseline.half_life)}"
            )
            yield self._alert(
                time, "half_life", words, half_life=half_life, formation=baseline.half_life
            )

    def _cusum_alerts(self, time: int, spread: float) -> Iterator[Alert]:
        watch, baseline = self._watch, self._baseline
        if baseline is None or math.isnan(self._last):
            return
        expected = baseline.theta + baseline.phi * (self._last - baseline.theta)
        error = (spread - expected) / baseline.innovation_sd
        self._up = max(0.0, self._up + error - watch.cusum_drift)
        self._down = max(0.0, self._down - error - watch.cusum_drift)
        for side, total in (("up", self._up), ("down", self._down)):
            if total > watch.cusum_limit:
                words = (
                    f"one-step errors add up to {short(total)} standard deviations {side}wards, "
                    f"beyond {watch.cusum_limit:g}: the spread drifts away from its model"
                )
                yield self._alert(time, "cusum", words, cusum=total, limit=watch.cusum_limit)
        if max(self._up, self._down) > watch.cusum_limit:
            self._up = self._down = 0.0

    def _band_alerts(self, time: int, spread: float) -> Iterator[Alert]:
        watch, baseline = self._watch, self._baseline
        if baseline is None:
            return
        z = (spread - baseline.theta) / baseline.sd
        self._outside = self._outside + 1 if abs(z) > watch.band else 0
        limit = watch.out_of_band_half_lives * baseline.half_life
        if self._edge("out_of_band", raised=self._outside > limit):
            words = (
                f"{self._outside} bars without a break beyond {watch.band:g} standard deviations, "
                f"z = {short(z)} now; {watch.out_of_band_half_lives:g} half-lives are "
                f"{short(limit)} bars"
            )
            yield self._alert(
                time, "out_of_band", words, bars=float(self._outside), limit=limit, z=z
            )

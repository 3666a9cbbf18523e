"""Public functions on pairs."""
# ruff: noqa: PT028 - test_pair is a public function, not a test

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Any, Literal

from spreadlab._validation import check_choice
from spreadlab.discovery.blocks import block_of, tiles_by_id
from spreadlab.discovery.calibration import make_calibration_request
from spreadlab.discovery.hurst_spec import make_hurst_request
from spreadlab.discovery.johansen_spec import make_johansen_request
from spreadlab.discovery.pair_spec import make_pair_test_request
from spreadlab.discovery.scan_spec import make_scan_request
from spreadlab.discovery.selection import Selection, preselect
from spreadlab.discovery.sink import ScanSink, read_scan
from spreadlab.engines.registry import current_engine
from spreadlab.engines.run import run
from spreadlab.engines.scan_plan import plan_scan
from spreadlab.progress import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from spreadlab.discovery.blocks import PairBlock
    from spreadlab.discovery.calibration_result import CalibrationResult
    from spreadlab.discovery.hurst_result import HurstResult
    from spreadlab.discovery.johansen_result import JohansenResult
    from spreadlab.discovery.pair_result import PairResult
    from spreadlab.discovery.result import DiscoveryResult
    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.engines.job import Job
    from spreadlab.task import Inputs, Partial, Progress

__all__ = [
    "calibrate",
    "discover_pairs",
    "hurst",
    "iter_pairs",
    "johansen",
    "plan_scan",
    "preselect",
    "read_scan",
    "test_pair",
]

_BLOCKS_AHEAD = 8


def test_pair(
    y: Any,
    x: Any,
    *,
    name: str | None = None,
    transform: Literal["log", "none"] = "log",
    lags: Literal["aic", "bic"] | int = "aic",
    trend: Literal["c", "ct", "n"] = "c",
    alpha: float = 0.05,
    method: Literal["engle-granger", "phillips-ouliaris"] = "engle-granger",
    engine: Any = None,
) -> PairResult:
    r"""Test whether two price series are cointegrated (Engle and Granger).

    Parameters
    ----------
    y, x : array_like, shape (T,)
        Dependent and hedge, at least 30 bars: Series or arrays. Series with dates must have the
        same dates.
    name : str, optional
        What to call the pair; the two symbols by default.
    transform : {"log", "none"}
        Whether to test log prices or the prices themselves.
    lags : {"aic", "bic"} or int
        How many lagged differences enter: searched by an information criterion up to
        min(ceil(12 (T/100)^(1/4)), T // 2 - 1), or fixed.
    trend : {"c", "ct", "n"}
        Deterministic terms of the relation: constant, constant and trend, none.
    alpha : float
        Level of `PairResult.is_cointegrated`.
    method : {"engle-granger", "phillips-ouliaris"}
        "phillips-ouliaris" takes the Z_t statistic [4]_ of the same residual, with a Bartlett
        kernel of automatic bandwidth; `lags` is then not used.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    PairResult
        ``statistic``, ``pvalue``, ``critical_values``, ``hedge_ratio``, ``intercept``, ``lags``,
        ``spread``, ``half_life``, ``hurst``; `PairResult.explain` says it in words.

    Raises
    ------
    InvalidInputError
        For NaN, infinite, constant, too short or (under "log") non-positive prices, for lengths
        or dates that differ, and for two series that are the same up to scale and shift.

    Notes
    -----
    Step 1 fits :math:`y_t = \alpha + \beta x_t + e_t` by least squares, step 2
    :math:`\Delta e_t = \rho e_{t-1} + \sum_{k=1}^p g_k \Delta e_{t-k} + u_t`. The statistic is
    the t-ratio of :math:`\rho` [1]_. Its p-value is that of a residual of two series [2]_, the
    critical values are those of [3]_. The test is not symmetric in y and x.

    References
    ----------
    .. [1] Engle, R. F. and Granger, C. W. J. (1987). Co-integration and error correction.
       Econometrica 55(2), 251-276.
    .. [2] MacKinnon, J. G. (1994). Approximate asymptotic distribution functions for unit-root
       and cointegration tests. Journal of Business & Economic Statistics 12(2), 167-176.
    .. [3] MacKinnon, J. G. (2010). Critical values for cointegration tests. Queen's University,
       Department of Economics, Working Paper 1227.
    .. [4] Phillips, P. C. B. and Ouliaris, S. (1990). Asymptotic properties of residual based
       tests for cointegration. Econometrica 58(1), 165-193.
    """
    spec, inputs = make_pair_test_request(
        y, x, name=name, transform=transform, lags=lags, trend=trend, alpha=alpha, method=method
    )
    return run(spec, inputs, engine=engine, label="pair test")


def discover_pairs(
    prices: Any,
    *,
    transform: Literal["log", "none"] = "log",
    lags: Literal["aic", "bic"] | int = "aic",
    direction: Literal["both", "forward"] = "both",
    alpha: float = 0.05,
    keep: float | None = None,
    align: Literal["error", "inner", "pairwise"] = "error",
    selection: Selection | None = None,
    dfa: int = 1000,
    sink: str | PathLike[str] | None = None,
    progress: bool | Callable[[Progress], Any] | None = None,
    engine: Any = None,
) -> DiscoveryResult:
    """Test every pair of a universe for cointegration and count the tests honestly.

    Parameters
    ----------
    prices : pandas or polars frame, ndarray (T, N), or PricePanel
        At least 30 rows and 2 columns, one a symbol.
    transform, lags
        As in `test_pair`.
    direction : {"both", "forward"}
        "both" tests each symbol on the other and lists the smaller p-value, counted as two
        tests; "forward" tests the earlier column on the later one.
    alpha : float
        Level of the verdict.
    keep : None, float or int
        List all pairs, those with a smaller p-value, or the best k. The adjusted p-values count
        all tests whatever is listed.
    align : {"error", "inner", "pairwise"}
        What to do about NaN: refuse, drop each row that has one, or test each pair on the rows
        that both have, which takes the slower path for every pair.
    selection : Selection, optional
        Which pairs to test, from `preselect`; all by default. `n_tests` and the adjustment count
        what is tested.
    dfa : int
        How many of the listed pairs, the best ones, get the DFA exponent ``hurst_dfa`` in a
        second stage; 0 for scans that have to be quick.
    sink : str or path, optional
        Folder to write as the scan goes: all p-values and the listed rows of every tile, and at
        the end ``pairs.parquet``. After an interrupt it is a valid partial scan: the same call
        goes on from there, and `read_scan` reads it at any time.
    progress : None, bool or callable
        None shows a bar when the scan takes longer than a second, True always, False never. Before
        more than 100 million tests the plan of `plan_scan` is printed, unless False.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    DiscoveryResult
        One row per listed pair; `DiscoveryResult.verdict` says what it means.

    Raises
    ------
    InvalidInputError
        For NaN, infinite or (under "log") non-positive prices, duplicate symbols, unsorted
        dates, too few rows or columns. A pair that can't be tested (a constant leg, two columns
        that are the same up to scale and shift) does not raise: it has NaN and a reason.
    ScanCancelledError
        If the scan was cancelled. An interrupt of the kernel stops it within about 150 ms.

    Notes
    -----
    With `n_tests` tests at level alpha about alpha n_tests reject by chance, so p-values are
    adjusted over all tests [1]_ [2]_. The smaller of the two p-values of a pair is not a p-value
    of a level-alpha test: it rejects independent random walks 8 to 10 % of the time at 5 %.

    References
    ----------
    .. [1] Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal
       of the Royal Statistical Society B 57(1), 289-300.
    .. [2] Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in
       multiple testing under dependency. Annals of Statistics 29(4), 1165-1188.
    """
    spec, inputs = make_scan_request(
        prices,
        transform=transform,
        lags=lags,
        direction=direction,
        alpha=alpha,
        keep=keep,
        align=align,
        selection=selection,
        dfa=dfa,
    )
    _announce(spec, inputs, engine, progress)
    if sink is None:
        return run(spec, inputs, engine=engine, progress=progress, label="pair scan")
    folder = ScanSink.open(sink, spec, inputs)
    job = current_engine(engine).submit(
        spec, inputs, done=folder.partials(), max_buffered=_BLOCKS_AHEAD
    )
    with _draining(job, folder.write):
        follow(job, progress, "pair scan")
    result = job.result()
    folder.close(result)
    return result


def _announce(spec: PairScanSpec, inputs: Inputs, engine: Any, progress: Any) -> None:
    """Print the plan of a scan that takes minutes or more, unless nobody wants to see progress."""
    n_obs, n_symbols = inputs["prices"].shape
    plain = spec.selection is None and spec.align != "pairwise"
    if plain and progress is not False and spec.is_counted(n_symbols):
        plan = plan_scan(n_symbols, n_obs, spec, engine=current_engine(engine))
        sys.stderr.write(f"{plan!r}\n")


@contextlib.contextmanager
def _draining(job: Job[Any], write: Callable[[Partial], None]) -> Iterator[None]:
    """Pass every partial of `job` to `write` in a thread; what it raises ends the job.

    An interrupt waits for the file that is being written and for no other.
    """
    failures: list[BaseException] = []
    interrupted = threading.Event()

    def drain() -> None:
        try:
            for partial in job.events():
                if interrupted.is_set():
                    break
                write(partial)
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
            job.cancel()

    thread = threading.Thread(target=drain, name="spreadlab-sink", daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        interrupted.set()
        raise
    finally:
        thread.join()
    if failures:
        raise failures[0]


def iter_pairs(
    prices: Any,
    *,
    transform: Literal["log", "none"] = "log",
    lags: Literal["aic", "bic"] | int = "aic",
    direction: Literal["both", "forward"] = "both",
    alpha: float = 0.05,
    keep: float | None = None,
    align: Literal["error", "inner", "pairwise"] = "error",
    selection: Selection | None = None,
    order: Literal["arrival", "block"] = "arrival",
    engine: Any = None,
) -> Iterator[PairBlock]:
    """Yield the blocks of a scan while it runs.

    Parameters
    ----------
    prices, transform, lags, direction, alpha, keep, align, selection, engine
        As in `discover_pairs`. A `keep` that is a number of pairs lists that many of each block.
    order : {"arrival", "block"}
        As they are done, or along the rows of the map of pairs: the same order on every run and
        every engine.

    Yields
    ------
    PairBlock
        Its listed pairs and all its p-values. At most a few blocks wait for a slow reader, so
        memory does not grow with the universe; leaving the loop cancels the rest.

    Raises
    ------
    InvalidInputError
        As `discover_pairs`, at the call.
    """
    check_choice(order, "order", ("arrival", "block"))
    spec, inputs = make_scan_request(
        prices,
        transform=transform,
        lags=lags,
        direction=direction,
        alpha=alpha,
        keep=keep,
        align=align,
        selection=selection,
        dfa=0,
    )
    return _blocks(spec, inputs, "tile" if order == "block" else "arrival", engine)


def _blocks(
    spec: PairScanSpec, inputs: Inputs, order: Literal["arrival", "tile"], engine: Any
) -> Iterator[PairBlock]:
    tiles = tiles_by_id(inputs["prices"].shape[1])
    with current_engine(engine).submit(spec, inputs, max_buffered=_BLOCKS_AHEAD) as job:
        for partial in job.events(order):
            yield block_of(partial, tiles[partial.tile_id], inputs.labels["symbols"])


def hurst(
    series: Any,
    *,
    max_lag: int = 20,
    method: Literal["generalized", "dfa"] = "generalized",
    engine: Any = None,
) -> HurstResult:
    r"""Estimate the Hurst exponent of a level, such as a spread or a log price.

    Parameters
    ----------
    series : array_like, shape (T,)
        The level itself, not its differences; at least 30 observations, 64 for "dfa".
    max_lag : int
        Longest difference of the generalised exponent, from 2 to T / 2. Not read by "dfa".
    method : {"generalized", "dfa"}
        Mean squares of differences, or of residuals about lines fitted in boxes.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    HurstResult
        ``exponent``: 0.5 for a random walk, lower for a series that reverts.

    Raises
    ------
    InvalidInputError
        For a series that is too short, constant or not finite.

    Notes
    -----
    The generalised exponent with q = 2 [1]_ is half the least-squares slope of
    :math:`\ln \overline{(x_t - x_{t-h})^2}` on :math:`\ln h`, h = 1 .. `max_lag`, all over the
    same t. Detrended fluctuation analysis [2]_ takes the level as the profile, boxes of 8 to T / 4
    bars and a line in each. A stationary series has no single exponent: it falls with the scale,
    so compare numbers of one method and one window only.

    References
    ----------
    .. [1] Di Matteo, T., Aste, T. and Dacorogna, M. M. (2003). Scaling behaviors in differently
       developed markets. Physica A 324(1-2), 183-188.
    .. [2] Peng, C.-K. et al. (1994). Mosaic organization of DNA nucleotides. Physical Review E
       49(2), 1685-1689.
    """
    spec, inputs = make_hurst_request(series, max_lag=max_lag, method=method)
    return run(spec, inputs, engine=engine, label="Hurst exponent")


def johansen(
    prices: Any,
    *,
    transform: Literal["log", "none"] = "log",
    trend: Literal["n", "c", "ct"] = "c",
    lags: int = 1,
    engine: Any = None,
) -> JohansenResult:
    """Test 2 to 12 series for the number of relations that hold them together (Johansen).

    Parameters
    ----------
    prices : pandas or polars frame, ndarray (T, N), or PricePanel
        At least 30 rows, 2 to 12 columns, no NaN.
    transform : {"log", "none"}
        Whether to test log prices or the prices themselves.
    trend : {"n", "c", "ct"}
        Deterministic case: none, a constant, a constant and a linear trend.
    lags : int
        Lagged differences in the vector autoregression.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    JohansenResult
        ``rank``, ``trace`` and ``max_eigenvalue`` with critical values, ``weights()``.

    Raises
    ------
    InvalidInputError
        For bad prices as in `test_pair`, collinear columns, or too many lags for the sample.

    Notes
    -----
    The hypotheses r = 0, 1, ... are tested in turn; the first that is not rejected is the rank
    [1]_.

    References
    ----------
    .. [1] Johansen, S. (1991). Estimation and hypothesis testing of cointegration vectors in
       Gaussian vector autoregressive models. Econometrica 59(6), 1551-1580.
    """
    spec, inputs = make_johansen_request(prices, transform=transform, trend=trend, lags=lags)
    return run(spec, inputs, engine=engine, label="Johansen test")


def calibrate(
    prices: Any,
    *,
    spec: PairScanSpec | None = None,
    n_universes: int = 200,
    method: Literal["random-walk", "phase", "block-bootstrap"] = "random-walk",
    block_length: int | None = None,
    seed: int = 0,
    progress: bool | Callable[[Progress], Any] | None = None,
    engine: Any = None,
) -> CalibrationResult:
    """Repeat a scan on universes like this one in which no pair is cointegrated.

    Parameters
    ----------
    prices : pandas or polars frame, ndarray (T, N), or PricePanel
        What was scanned, without gaps.
    spec : PairScanSpec, optional
        How it was scanned: ``scan.spec``; the defaults of `discover_pairs` otherwise.
    n_universes : int
        Null universes, at least 20.
    method : {"random-walk", "phase", "block-bootstrap"}
        Normal steps with the sample covariance; steps with each symbol's own spectrum, random
        phases and the sample correlation; or rows of steps drawn in blocks.
    block_length : int, optional
        Rows of a block; ceil(T^(1/3)) by default.
    seed : int
        Equal seeds give equal universes.
    progress, engine
        As in `discover_pairs`.

    Returns
    -------
    CalibrationResult
        Observed against expected discoveries at each p-value level, the empirical false
        discovery rate, and ``verdict()``.

    Raises
    ------
    InvalidInputError
        As `discover_pairs`, and for options that are not allowed.

    Notes
    -----
    Pairs share legs and the tests are only asymptotically of their level, so the number of
    small p-values under the null is neither alpha n on average nor binomial around it. This
    measures it: the empirical false discovery rate at a level is the mean count of the null
    universes over the observed one.
    """
    task, inputs = make_calibration_request(
        prices,
        spec=spec,
        n_universes=n_universes,
        method=method,
        block_length=block_length,
        seed=seed,
    )
    return run(task, inputs, engine=engine, progress=progress, label="calibration")

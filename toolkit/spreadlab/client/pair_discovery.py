"""The client of the first design, method by method, on our own services."""
# ruff: noqa: FBT001, FBT002 - signatures are those of the first design

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.api_discovery import hurst, test_pair
from spreadlab.api_ou import estimate_ou
from spreadlab.client.appraisal import (
    MIN_HURST,
    RHO,
    SIGNIFICANCE,
    TRANSACTION_COST,
    PairAppraisal,
    Terms,
    appraise,
)
from spreadlab.client.finding import find_pairs
from spreadlab.client.spread_trading import best_bounds, trade_spread
from spreadlab.data.panel import PricePanel
from spreadlab.data.tables import read_column
from spreadlab.engines.registry import open_engine
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    from spreadlab.data.tables import Column
    from spreadlab.engines.base import Engine

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 50051
_SCORES = ("coint_score", "meanrev_score", "profit_score", "combined_score")


class HJBBounds(NamedTuple):
    """What `PairDiscoveryClient.solve_hjb` answers.

    Attributes
    ----------
    lower, upper : float
        Levels of the spread at which the optimal policy goes long and short.
    residual : float
        Estimated error of the two.
    iterations : int
        Iterations taken.
    """

    lower: float
    upper: float
    residual: float
    iterations: int


class PairDiscoveryClient:
    """Pairs, fits, policies and backtests by the names of the first design.

    Parameters
    ----------
    host : str, optional
        The server; else ``GRPC_HOST``, else localhost.
    port : int, optional
        Its port; else ``GRPC_PORT``, else 50051.
    token : str, optional
        Shown with every call; else ``SPREADLAB_TOKEN``, else the file ``SPREADLAB_TOKEN_FILE``.
    ca : path, optional
        PEM file of the authority that signed the server's certificate; else ``SPREADLAB_CA``.
        With one the client speaks TLS, without one it doesn't.
    client_cert, client_key : path, optional
        PEM files for servers that ask for a client certificate; else ``SPREADLAB_CLIENT_CERT``
        and ``SPREADLAB_CLIENT_KEY``.
    engine : Engine, optional
        Compute there, without a server; it stays open when the client is closed.

    Raises
    ------
    InvalidInputError
        If an argument, or the variable that stands for it, has no meaning.
    EngineUnavailableError
        If no server answers, or it refuses the client.

    Notes
    -----
    Costs of a pair are fractions of the value traded one way; costs, bounds and profits of a bare
    spread are in units of the spread. Prices are tested in logarithms. Times are in years.

    Examples
    --------
    >>> import numpy as np, spreadlab as sl
    >>> rng = np.random.default_rng(0)
    >>> eth = np.exp(0.01 * rng.normal(size=500).cumsum())
    >>> btc = eth * np.exp(0.01 * rng.normal(size=500))
    >>> with sl.PairDiscoveryClient(engine=sl.connect("local")) as client:
    ...     client.test_pair(btc, eth, pair_name="BTC-ETH")["is_cointegrated"]
    True
    """

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        *,
        token: str | None = None,
        ca: str | PathLike[str] | None = None,
        client_cert: str | PathLike[str] | None = None,
        client_key: str | PathLike[str] | None = None,
        engine: Engine | None = None,
    ) -> None:
        self._owned = engine is None
        if engine is not None:
            self._engine = open_engine(engine)
            return
        secure = ca is not None or bool(os.environ.get("SPREADLAB_CA"))
        address = server_address(host, port, secure=secure)
        self._engine = open_engine(
            address, token=token, ca=ca, client_cert=client_cert, client_key=client_key
        )

    def __repr__(self) -> str:
        return f"PairDiscoveryClient({self.address!r})"

    @property
    def address(self) -> str:
        """Where it computes."""
        return self._engine.address

    def close(self) -> None:
        """Hang up; closing twice is harmless."""
        if self._owned:
            self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def test_pair(
        self,
        prices_x: Any,
        prices_y: Any,
        pair_name: str | None = None,
        symbol1: str | None = None,
        symbol2: str | None = None,
        significance: float = SIGNIFICANCE,
        min_hurst: float = MIN_HURST,
        transaction_cost: float = TRANSACTION_COST,
    ) -> dict[str, Any]:
        """Appraise one pair: test, fit, optimal policy, and what it made over the same prices.

        Parameters
        ----------
        prices_x, prices_y : array_like, shape (T,)
            Dependent (symbol 1) and hedge (symbol 2), positive, at least 30 bars.
        pair_name : str, optional
            What to call the pair; ``"BTC-ETH"`` also names the symbols.
        symbol1, symbol2 : str, optional
            The symbols; by default those of the name, else those of two Series.
        significance, min_hurst, transaction_cost : float
            Level of the test, Hurst exponent below which `discover_pairs` takes a pair, and cost
            one way as a fraction of the value traded.

        Returns
        -------
        dict
            pair_name, pair, symbol1, symbol2, is_cointegrated, beta, hedge_ratio, p_value, hurst,
            hurst_exponent, kappa, theta, sigma, half_life, lower_boundary, upper_boundary,
            total_return, sharpe_ratio, max_drawdown, num_trades, win_rate, coint_score,
            meanrev_score, profit_score, combined_score, reason. NaN, with the `reason`, from the
            step on that has no answer; see `spreadlab.client.appraisal.PairAppraisal`.

        Raises
        ------
        InvalidInputError
            For prices that can't be tested.
        """
        terms = Terms(significance, min_hurst, transaction_cost)
        symbols = _symbols(prices_x, prices_y, pair_name, symbol1, symbol2)
        found = appraise(
            prices_x,
            prices_y,
            terms,
            symbols=symbols,
            arguments=("prices_x", "prices_y"),
            engine=self._engine,
        )
        return _mapping(found, pair_name)

    def discover_pairs(
        self,
        data: Any,
        pair_names: Sequence[str] | None = None,
        significance: float = SIGNIFICANCE,
        min_hurst: float = MIN_HURST,
        transaction_cost: float = TRANSACTION_COST,
        max_pairs: int = 0,
    ) -> Iterator[dict[str, Any]]:
        """Yield the pairs of a universe as they are found.

        Parameters
        ----------
        data : mapping of str to array_like, or ndarray (T, N), or frame
            Prices by symbol, or a matrix with time on axis 0 and `pair_names`.
        pair_names : sequence of str, optional
            Symbols of the columns of a matrix.
        significance, min_hurst, transaction_cost : float
            A pair is found if its p-value is below the first and its Hurst exponent below the
            second; costs as in `test_pair`.
        max_pairs : int
            0 yields every pair at once; otherwise the best so many by p-value, at the end.

        Yields
        ------
        dict
            As `test_pair`, with pairs_tested, pairs_found and progress (0 to 1). A p-value below
            the level is no discovery among many tests: `spreadlab.discover_pairs` adjusts them.

        Raises
        ------
        InvalidInputError
            For prices that can't be tested, at the call.
        """
        terms = Terms(significance, min_hurst, transaction_cost)
        universe = _universe(data, pair_names)
        steps = find_pairs(universe, terms, max_pairs=max_pairs, engine=self._engine)
        return (
            _mapping(step.pair)
            | {
                "pairs_tested": step.pairs_tested,
                "pairs_found": step.pairs_found,
                "progress": step.progress,
            }
            for step in steps
            if step.pair is not None
        )

    def solve_hjb(
        self,
        kappa: float,
        theta: float,
        sigma: float,
        rho: float = RHO,
        transaction_cost: float = TRANSACTION_COST,
        n_points: int = 200,
        max_iter: int = 2000,
        tolerance: float = 1e-6,
        n_std: float = 4.0,
    ) -> HJBBounds:
        """Return the two levels at which it is best to trade a spread.

        Parameters
        ----------
        kappa, theta, sigma : float
            The Ornstein-Uhlenbeck process of the spread.
        rho : float
            Discount rate a year.
        transaction_cost : float
            Cost of one unit of position, in units of the spread.
        max_iter, tolerance : int, float
            Most iterations, and largest error of a level; beyond them there is no answer.
        n_points, n_std : int, float
            Of the grid that the first design solved on; the levels here come from no grid.

        Returns
        -------
        HJBBounds
            lower, upper, residual, iterations.

        Raises
        ------
        InvalidInputError, ConvergenceError
            Where there is no solution, or none that good.
        """
        ensure_int(n_points, "n_points", low=2)
        ensure_float(n_std, "n_std", low=0.0, low_open=True)
        policy = best_bounds(
            kappa=kappa,
            theta=theta,
            sigma=sigma,
            rho=rho,
            transaction_cost=transaction_cost,
            max_iter=ensure_int(max_iter, "max_iter", low=1),
            tolerance=ensure_float(tolerance, "tolerance", low=0.0, low_open=True),
            engine=self._engine,
        )
        levels = policy.thresholds
        return HJBBounds(
            levels.enter_long, levels.enter_short, policy.error_estimate, policy.iterations
        )

    def estimate_ou_params(
        self, spread: Any, dt: float = 1 / 252, use_mle: bool = True
    ) -> dict[str, float]:
        """Fit a spread: kappa, theta, sigma and half_life, the last in the unit of `dt`.

        At regular times least squares on the exact discretisation is the maximum of the
        likelihood, so `use_mle` changes nothing.

        Raises
        ------
        InvalidInputError
            For a spread that can't be fitted, or that has no mean to revert to.
        """
        if not isinstance(use_mle, bool):
            raise InvalidInputError("use_mle", f"got {use_mle!r}", "True or False")
        fit = estimate_ou(spread, dt, engine=self._engine)
        return {name: getattr(fit, name) for name in ("kappa", "theta", "sigma", "half_life")}

    def test_cointegration(
        self, y: Any, x: Any, significance: float = SIGNIFICANCE
    ) -> dict[str, Any]:
        """Test y on x as they are, without logarithms.

        Returns
        -------
        dict
            beta, adf_statistic, p_value, is_cointegrated, spread.

        Raises
        ------
        InvalidInputError
            For series that can't be tested.
        """
        found = test_pair(y, x, transform="none", alpha=significance, engine=self._engine)
        return {
            "beta": found.hedge_ratio,
            "adf_statistic": found.statistic,
            "p_value": found.pvalue,
            "is_cointegrated": found.is_cointegrated,
            "spread": found.spread,
        }

    def calculate_hurst(self, series: Any, max_lag: int = 20, use_dfa: bool = False) -> float:
        """Return the Hurst exponent of a level, by differences up to `max_lag` or by DFA.

        Raises
        ------
        InvalidInputError
            For a series that is too short or does not vary.
        """
        if not isinstance(use_dfa, bool):
            raise InvalidInputError("use_dfa", f"got {use_dfa!r}", "True or False")
        method: Any = "dfa" if use_dfa else "generalized"
        return hurst(series, max_lag=max_lag, method=method, engine=self._engine).exponent

    def backtest_strategy(
        self,
        spread: Any,
        lower_bound: float,
        upper_bound: float,
        transaction_cost: float = TRANSACTION_COST,
    ) -> dict[str, Any]:
        """Trade one unit of a spread between two bounds, on a capital of one.

        Long at or below `lower_bound`, short at or above `upper_bound`, decided at one bar and
        filled at the next; costs and profits in units of the spread.

        Returns
        -------
        dict
            total_return, sharpe_ratio, max_drawdown (at most 0), num_trades, win_rate, pnl (by
            bar), avg_holding_period (bars), profit_factor.

        Raises
        ------
        InvalidInputError
            If an argument has no meaning.
        """
        result = trade_spread(
            spread,
            lower_bound=lower_bound,
            upper_bound=upper_bound,
            transaction_cost=transaction_cost,
            engine=self._engine,
        )
        metrics = result.metrics
        return {
            "total_return": metrics.total_return,
            "sharpe_ratio": metrics.sharpe,
            "max_drawdown": metrics.max_drawdown,
            "num_trades": metrics.n_trades,
            "win_rate": metrics.hit_rate,
            "pnl": result.returns,
            "avg_holding_period": metrics.average_holding,
            "profit_factor": metrics.profit_factor,
        }


def server_address(host: str | None, port: int | None, *, secure: bool) -> str:
    """Return the address of a server given by host and port, else by the environment.

    Raises
    ------
    InvalidInputError
        If the host is no name, or the port no number from 1 to 65535.
    """
    where = "host" if host is not None else "GRPC_HOST"
    name: Any = host if host is not None else os.environ.get("GRPC_HOST") or DEFAULT_HOST
    if not isinstance(name, str) or not name or any(c in name for c in "/@ "):
        raise InvalidInputError(where, f"got {name!r}", "the name or address of a server")
    argument = "port" if port is not None else "GRPC_PORT"
    given: Any = port if port is not None else os.environ.get("GRPC_PORT") or DEFAULT_PORT
    if isinstance(given, str):
        if not given.isdecimal():
            raise InvalidInputError(argument, f"got {given!r}", "a number from 1 to 65535")
        given = int(given)
    number = ensure_int(given, argument, low=1, high=65_535)
    bracketed = f"[{name}]" if ":" in name and not name.startswith("[") else name
    return f"{'grpcs' if secure else 'grpc'}://{bracketed}:{number}"


def _symbols(
    prices_x: Any, prices_y: Any, pair_name: str | None, symbol1: str | None, symbol2: str | None
) -> tuple[str, str]:
    for argument, value in (("pair_name", pair_name), ("symbol1", symbol1), ("symbol2", symbol2)):
        if value is not None and not isinstance(value, str):
            raise InvalidInputError(argument, f"got {value!r}", "text or None")
    parts = (pair_name or "").split("-")
    by_name = parts if len(parts) == 2 and all(parts) else ["prices_x", "prices_y"]
    if pair_name is None:
        series = [read_column(prices_x, "prices_x").name, read_column(prices_y, "prices_y").name]
        if all(series):
            by_name = [str(name) for name in series]
    return symbol1 or by_name[0], symbol2 or by_name[1]


def _universe(data: Any, names: Sequence[str] | None) -> Any:
    if isinstance(data, Mapping):
        if names is not None:
            raise InvalidInputError("pair_names", "given with a mapping", "left out")
        return _panel({name: read_column(data[name], f"data[{name!r}]") for name in data})
    if names is None:
        return data
    matrix = np.asarray(data)
    symbols = tuple(names)
    if matrix.ndim != 2 or matrix.shape[1] != len(symbols):
        raise InvalidInputError(
            "pair_names",
            f"{len(symbols)} names for prices of shape {matrix.shape}",
            "one name a column, time on axis 0",
        )
    return PricePanel(matrix, symbols)


def _panel(columns: Mapping[str, Column]) -> PricePanel:
    if not columns:
        raise InvalidInputError("data", "empty", "at least two symbols")
    (first, model), *others = columns.items()
    for name, column in others:
        if column.values.size != model.values.size:
            raise InvalidInputError(
                f"data[{name!r}]",
                f"{column.values.size} prices",
                f"as many as {first} has, {model.values.size}",
            )
        if not np.array_equal(_dates(column), _dates(model)):
            raise InvalidInputError(
                f"data[{name!r}]", f"other dates than {first}", "the same dates", "align them first"
            )
    values = np.column_stack([column.values for column in columns.values()])
    return PricePanel(values, tuple(columns), model.timestamps)


def _dates(column: Column) -> Any:
    return () if column.timestamps is None else column.timestamps


def _mapping(pair: PairAppraisal, name: str | None = None) -> dict[str, Any]:
    label = f"{pair.symbol1}-{pair.symbol2}"
    found = asdict(pair) | {score: getattr(pair, score) for score in _SCORES}
    return found | {
        "pair_name": label if name is None else name,
        "pair": label,
        "hedge_ratio": pair.beta,
        "hurst_exponent": pair.hurst,
    }

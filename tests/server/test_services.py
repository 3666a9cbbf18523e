"""The typed services: the same numbers as the public functions, for clients of any language."""

from __future__ import annotations

from types import SimpleNamespace

import grpc
import numpy as np
import pytest

import spreadlab as sl
from spreadlab._canonical import encode
from spreadlab.errors import InvalidInputError
from spreadlab.rpc import codec
from spreadlab.rpc.errors import error_of
from spreadlab.rpc.v1 import (
    backtest_pb2,
    backtest_pb2_grpc,
    model_pb2,
    model_pb2_grpc,
    pair_pb2,
    pair_pb2_grpc,
    panel_pb2_grpc,
    task_pb2,
    task_pb2_grpc,
)
from spreadlab.server.app import start_in_thread
from spreadlab.server.config import ServerConfig
from spreadlab.task import Inputs
from tests.engines.cases_core import SumsSpec, sums_inputs

HANG = 120
RNG = np.random.default_rng(8)
WALK = RNG.normal(size=300).cumsum() * 0.01
NOISE = np.zeros(300)
for k in range(1, 300):
    NOISE[k] = 0.8 * NOISE[k - 1] + 0.01 * RNG.normal()
X = np.exp(4 + WALK)
Y = np.exp(1 + 0.7 * np.log(X) + NOISE)


@pytest.fixture(scope="module")
def channel():
    with (
        start_in_thread(ServerConfig(port=0, threads=2)) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.server.port}") as opened,
    ):
        yield opened


def test_progress_comes_between_the_answers(channel):
    task, inputs = SumsSpec(width=1), sums_inputs()
    tiles = [encode(tile) for tile in task.plan(inputs, None, 0)]

    def events(wanted):
        request = task_pb2.RunRequest(
            canonical_task=encode(task), inline=codec.inline_panel(inputs), tiles=wanted
        )
        return list(task_pb2_grpc.TaskServiceStub(channel).Run(request, timeout=HANG))

    kinds = [event.WhichOneof("event") for event in events(tiles)]
    assert kinds == (["partial", "progress"] * len(tiles))[:-1]
    told = [event.progress for event in events(tiles) if event.HasField("progress")]
    assert [step.tiles_done for step in told] == list(range(1, len(tiles)))
    assert {step.tiles_total for step in told} == {len(tiles)}
    assert all(step.scans_running >= 1 for step in told)
    # A single answer is all the progress there is.
    assert [event.WhichOneof("event") for event in events(tiles[:1])] == ["partial"]


def test_a_whole_task_on_the_server_has_the_same_limit_of_tiles():
    config = ServerConfig(port=0, threads=1, max_tiles=2)
    with (
        start_in_thread(config) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.server.port}") as channel,
    ):
        scan = pair_pb2.DiscoverPairsRequest(inline=codec.inline_panel(universe()))
        pairs = pair_pb2_grpc.PairServiceStub(channel)
        grid = [
            backtest_pb2.GridAxis(name="entry_z", values=np.linspace(1, 3, 100)),
            backtest_pb2.GridAxis(name="exit_z", values=np.linspace(0, 1, 50)),
        ]
        sweep = backtest_pb2.SweepRequest(prices=PRICES, pair=WIRE_PAIR, rule=ZSCORE, grid=grid)
        backtests = backtest_pb2_grpc.BacktestServiceStub(channel)
        for call in (
            lambda: list(pairs.DiscoverPairs(scan, timeout=HANG)),
            lambda: backtests.Sweep(sweep, timeout=HANG),
        ):
            error = refused(call)
            assert error.code is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert error.reason == "PLAN_TOO_LARGE"


def test_the_largest_block_of_pairs_fits_every_client(channel):
    """128 x 128 pairs, all of them listed: gRPC clients take 4 MiB unless told otherwise."""
    inputs = universe(256, 40)
    stub = panel_pb2_grpc.PanelServiceStub(channel)
    digest = stub.UploadPanel(codec.upload_messages(inputs), timeout=HANG).digest
    request = pair_pb2.DiscoverPairsRequest(digest=digest, lags="1", direction="forward")
    stream = pair_pb2_grpc.PairServiceStub(channel).DiscoverPairs(request, timeout=HANG)
    blocks = [message for message in stream if message.HasField("block")]
    assert max(message.block.n_tests for message in blocks) == 128 * 128
    assert 900_000 < max(message.ByteSize() for message in blocks) < 2_000_000


def universe(n_symbols=40, n_obs=120):
    rng = np.random.default_rng(4)
    prices = np.exp(np.cumsum(rng.normal(size=(n_obs, n_symbols)) * 0.01, axis=0))
    return Inputs({"prices": prices}, {"symbols": [f"S{i:02}" for i in range(n_symbols)]})


def refused(call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return error_of(raised.value)


def floats(payload):
    return np.frombuffer(payload, "<f8")


def ints(payload):
    return np.frombuffer(payload, "<i4")


def test_one_pair(channel):
    stub = pair_pb2_grpc.PairServiceStub(channel)
    request = pair_pb2.TestPairRequest(
        y=Y.tobytes(), x=X.tobytes(), name="Y-X", lags="2", alpha=0.01
    )
    got = stub.TestPair(request, timeout=HANG)
    expected = sl.test_pair(Y, X, name="Y-X", lags=2, alpha=0.01)
    for name in ("name", "statistic", "pvalue", "hedge_ratio", "intercept", "lags", "half_life"):
        assert getattr(got, name) == getattr(expected, name), name
    assert got.is_cointegrated is expected.is_cointegrated
    assert dict(got.critical_values) == dict(expected.critical_values)
    np.testing.assert_array_equal(floats(got.spread), expected.spread)


def test_one_pair_by_default_options(channel):
    stub = pair_pb2_grpc.PairServiceStub(channel)
    got = stub.TestPair(pair_pb2.TestPairRequest(y=Y.tobytes(), x=X.tobytes()), timeout=HANG)
    assert got.pvalue == sl.test_pair(Y, X).pvalue


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"y": b"123"}, "y"),
        ({"y": np.full(300, np.nan).tobytes()}, "y"),
        ({"lags": "many"}, "lags"),
        ({"alpha": float("inf")}, "alpha"),
        ({"transform": "cube"}, "transform"),
    ],
)
def test_hostile_numbers_are_invalid_arguments(channel, options, argument):
    stub = pair_pb2_grpc.PairServiceStub(channel)
    request = pair_pb2.TestPairRequest(**({"y": Y.tobytes(), "x": X.tobytes()} | options))
    error = refused(lambda: stub.TestPair(request, timeout=HANG))
    assert isinstance(error, InvalidInputError)
    assert error.argument == argument


def scan(channel, **request):
    """Return blocks by id, the progress messages and the summary of one stream."""
    stub = pair_pb2_grpc.PairServiceStub(channel)
    stream = list(stub.DiscoverPairs(pair_pb2.DiscoverPairsRequest(**request), timeout=HANG))
    blocks = [message.block for message in stream if message.HasField("block")]
    progress = [message.progress for message in stream if message.HasField("progress")]
    assert stream[-1].WhichOneof("event") == "summary"
    assert len({block.id for block in blocks}) == len(blocks)
    return {block.id: block for block in blocks}, progress, stream[-1].summary


def test_a_universe_block_by_block(channel):
    inputs = universe()
    blocks, progress, summary = scan(channel, inline=codec.inline_panel(inputs), lags="1")
    result = sl.discover_pairs(inputs["prices"], lags=1, dfa=0)
    assert summary.blocks_total == len(blocks) == progress[-1].blocks_done
    assert summary.n_tests == sum(b.n_tests for b in blocks.values()) == result.n_tests
    got = {
        (d, h): (p, ratio, lag)
        for block in blocks.values()
        for d, h, p, ratio, lag in zip(
            ints(block.dependent),
            ints(block.hedge),
            floats(block.pvalue),
            floats(block.hedge_ratio),
            ints(block.lags),
            strict=True,
        )
    }
    frame = result.to_frame()
    number = {symbol: i for i, symbol in enumerate(result.symbols)}
    expected = {
        (number[row.dependent], number[row.hedge]): (row.pvalue, row.hedge_ratio, row.lags)
        for row in frame.itertuples()
    }
    assert got == expected
    assert summary.pairs_listed == len(expected)


def test_a_broken_stream_is_taken_up_where_it_ended(channel):
    inputs = universe()
    panel = codec.inline_panel(inputs)
    whole, _, summary = scan(channel, inline=panel, keep_below=1e-9)
    assert all(block.n_tests and not block.pvalue for block in whole.values())
    done = [pair_pb2.BlockRange(first=0, last=1)]
    rest, progress, again = scan(
        channel, inline=panel, keep_below=1e-9, done=done, scan_id=summary.scan_id
    )
    assert set(rest) == set(whole) - {0, 1}
    assert all(rest[number] == whole[number] for number in rest)
    assert progress[0].blocks_done == 2
    assert again.scan_id == summary.scan_id


def test_blocks_of_another_scan_do_not_fit(channel):
    stub = pair_pb2_grpc.PairServiceStub(channel)
    panel = codec.inline_panel(universe())
    for wrong, argument in (
        ({"scan_id": "another"}, "scan_id"),
        ({"done": [pair_pb2.BlockRange(first=0, last=99)]}, "done"),
        ({"done": [pair_pb2.BlockRange(first=2, last=1)]}, "done"),
    ):
        request = pair_pb2.DiscoverPairsRequest(inline=panel, **wrong)
        error = refused(lambda request=request: list(stub.DiscoverPairs(request, timeout=HANG)))
        assert error.argument == argument
    other = scan(channel, inline=panel, alpha=0.01)[2].scan_id
    assert other != scan(channel, inline=panel)[2].scan_id


def test_prices_sent_before_are_named_by_digest(channel):
    inputs = universe(9)
    panel_pb2_grpc.PanelServiceStub(channel).UploadPanel(codec.upload_messages(inputs))
    blocks, _, _ = scan(channel, digest=inputs.digest, keep_best=2)
    inline, _, _ = scan(channel, inline=codec.inline_panel(inputs), keep_best=2)
    assert blocks == inline


def test_prices_without_names_are_refused(channel):
    stub = pair_pb2_grpc.PairServiceStub(channel)
    for inputs in (
        Inputs({"prices": universe()["prices"]}),
        Inputs({"x": universe()["prices"]}, universe().labels),
    ):
        request = pair_pb2.DiscoverPairsRequest(inline=codec.inline_panel(inputs))
        error = refused(lambda request=request: list(stub.DiscoverPairs(request, timeout=HANG)))
        assert error.argument == "prices"


def test_fit(channel):
    stub = model_pb2_grpc.ModelServiceStub(channel)
    got = stub.EstimateOu(
        model_pb2.EstimateOuRequest(spread=NOISE.tobytes(), dt=1 / 52), timeout=HANG
    )
    expected = sl.estimate_ou(NOISE, dt=1 / 52)
    for name in ("kappa", "theta", "sigma", "half_life", "half_life_bars", "loglik", "n_obs"):
        assert getattr(got, name) == getattr(expected, name), name
    assert dict(got.stderr) == dict(expected.stderr)


def test_policy(channel):
    stub = model_pb2_grpc.ModelServiceStub(channel)
    request = model_pb2.SolveHjbRequest(
        kappa=20, theta=0.1, sigma=0.3, discount=0.05, cost=0.002, risk_penalty=0.5
    )
    got = stub.SolveHjb(request, timeout=HANG)
    expected = sl.solve_hjb(
        sl.OUParams(kappa=20, theta=0.1, sigma=0.3), discount=0.05, cost=0.002, risk_penalty=0.5
    )
    for name in ("enter_long", "exit_long", "enter_short", "exit_short"):
        assert getattr(got, name) == getattr(expected.thresholds, name), name
    assert got.method == expected.method
    assert refused(lambda: stub.SolveHjb(model_pb2.SolveHjbRequest(), timeout=HANG)).argument


PAIR = sl.test_pair(Y, X, lags=1)
LEGS = Inputs({"prices": np.column_stack([Y, X])}, {"symbols": ["Y", "X"]})
PRICES = backtest_pb2.Prices(inline=codec.inline_panel(LEGS))
WIRE_PAIR = backtest_pb2.Pair(
    dependent="Y",
    hedge="X",
    hedge_ratio=PAIR.hedge_ratio,
    intercept=PAIR.intercept,
    transform="log",
)
COSTS = backtest_pb2.Costs(cost_bps=2.0, capital=5000.0)
ZSCORE = backtest_pb2.Rule(
    zscore=backtest_pb2.ZScoreLevels(lookback=20, entry_z=1.5, exit_z=0.5, stop_z=4.0)
)


def test_backtest(channel):
    stub = backtest_pb2_grpc.BacktestServiceStub(channel)
    request = backtest_pb2.BacktestRequest(prices=PRICES, pair=WIRE_PAIR, rule=ZSCORE, costs=COSTS)
    got = stub.Backtest(request, timeout=HANG)
    expected = sl.backtest(
        LEGS["prices"],
        pair=PAIR,
        policy=sl.ZScoreRule(20, 1.5, 0.5, 4.0),
        cost_bps=2.0,
        capital=5000.0,
    )
    assert got.n_trades == expected.metrics.n_trades > 0
    for name in ("total_return", "sharpe", "max_drawdown", "turnover", "exposure"):
        assert getattr(got, name) == getattr(expected.metrics, name), name
    np.testing.assert_array_equal(floats(got.equity), expected.equity)


def test_rules_of_users_go_by_the_name_they_are_installed_under(channel, monkeypatch):
    class Short:
        """Always short: what an installed package would offer."""

        def prepare(self, history):
            return None

        def decide(self, t, history, state):
            return -1, state

    point = SimpleNamespace(name="short", load=lambda: Short)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point])
    stub = backtest_pb2_grpc.BacktestServiceStub(channel)
    request = backtest_pb2.BacktestRequest(
        prices=PRICES, pair=WIRE_PAIR, rule=backtest_pb2.Rule(installed="short")
    )
    got = stub.Backtest(request, timeout=HANG)
    expected = sl.backtest(LEGS["prices"], pair=PAIR, policy=Short())
    np.testing.assert_array_equal(floats(got.equity), expected.equity)
    assert got.n_trades == 1
    request.rule.installed = "none-such"
    error = refused(lambda: stub.Backtest(request, timeout=HANG))
    assert "no rule named 'none-such'; must be an installed rule (short)" in str(error)
    request.ClearField("rule")
    assert refused(lambda: stub.Backtest(request, timeout=HANG)).argument == "rule"


def test_sweep(channel):
    stub = backtest_pb2_grpc.BacktestServiceStub(channel)
    grid = {"entry_z": [1.0, 1.5, 2.0], "exit_z": [0.0, 0.5]}
    request = backtest_pb2.SweepRequest(
        prices=PRICES,
        pair=WIRE_PAIR,
        rule=ZSCORE,
        costs=COSTS,
        grid=[backtest_pb2.GridAxis(name=name, values=v) for name, v in grid.items()],
    )
    got = stub.Sweep(request, timeout=HANG)
    expected = sl.sweep(
        LEGS["prices"],
        pair=PAIR,
        rule=sl.ZScoreRule(20, 1.5, 0.5, 4.0),
        grid=grid,
        cost_bps=2.0,
        capital=5000.0,
    )
    for name in ("sharpe", "total_return", "max_drawdown", "n_trades"):
        np.testing.assert_array_equal(
            floats(getattr(got, name)).reshape(3, 2), getattr(expected, name)
        )


def test_walk_forward(channel):
    stub = backtest_pb2_grpc.BacktestServiceStub(channel)
    inputs = universe(5, 260)
    request = backtest_pb2.WalkForwardRequest(
        prices=backtest_pb2.Prices(inline=codec.inline_panel(inputs)),
        formation=100,
        trading=40,
        select="raw",
        lags="1",
        rule=ZSCORE,
        costs=backtest_pb2.Costs(cost_bps=1.0),
    )
    *fractions, last = stub.WalkForward(request, timeout=HANG)
    assert all(message.WhichOneof("event") == "fraction" for message in fractions)
    assert fractions[-1].fraction == 1.0
    expected = sl.walk_forward(
        inputs["prices"],
        formation=100,
        trading=40,
        select="raw",
        lags=1,
        rule=sl.ZScoreRule(20, 1.5, 0.5, 4.0),
        cost_bps=1.0,
    )
    assert last.summary.n_folds == expected.n_folds == 4
    assert last.summary.total_return == expected.total_return
    np.testing.assert_array_equal(floats(last.summary.equity), expected.equity)


def test_a_deadline_ends_the_work(channel):
    """The task would take hours; the server goes on with the next caller at once."""
    stub = task_pb2_grpc.TaskServiceStub(channel)
    endless = SumsSpec(spin=10**9)
    request = task_pb2.RunRequest(
        inline=codec.inline_panel(sums_inputs()),
        canonical_task=encode(endless),
        tiles=[encode(tile) for tile in endless.plan(sums_inputs(), None, 0)],
    )
    with pytest.raises(grpc.RpcError) as raised:
        list(stub.Run(request, timeout=0.5))
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert pair_pb2_grpc.PairServiceStub(channel).TestPair(
        pair_pb2.TestPairRequest(y=Y.tobytes(), x=X.tobytes()), timeout=HANG
    )

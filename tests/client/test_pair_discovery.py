"""The first design's client and its snippets, over a local engine and over real servers."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab.client.pair_discovery import server_address
from spreadlab.engines.local import LocalEngine
from tests.client.cases import pair, universe
from tests.client.test_spread_trading import slow_trade
from tests.server.servers import ServerProcess, secure_server

KEYS = {
    *("pair_name", "pair", "symbol1", "symbol2", "is_cointegrated", "beta", "hedge_ratio"),
    *("p_value", "hurst", "hurst_exponent", "kappa", "theta", "sigma", "half_life"),
    *("lower_boundary", "upper_boundary", "total_return", "sharpe_ratio", "max_drawdown"),
    *("num_trades", "win_rate", "coint_score", "meanrev_score", "profit_score"),
    *("combined_score", "reason"),
}
SNIPPETS = """
import json, sys
import numpy as np
from spreadlab import PairDiscoveryClient

prices_x, prices_y = np.load(sys.argv[1])
price_matrix = np.load(sys.argv[2])
pair_names = ["BTC", "ETH", "LTC", "XRP", "ADA", "SOL", "DOT", "BNB"]
client = PairDiscoveryClient()
found = {"one": client.test_pair(prices_x, prices_y, pair_name="BTC-ETH")["is_cointegrated"]}
found["many"] = []
for r in client.discover_pairs(price_matrix, pair_names):
    found["many"].append(r["pair_name"])
lower, upper, residual, iterations = client.solve_hjb(3.0, 0.1, 0.2, 0.04, 0.001)
found["bounds"] = [lower, upper]
spread = np.log(prices_x / prices_y)
found["kappa"] = client.estimate_ou_params(spread, 1 / 252, True)["kappa"]
found["p_value"] = client.test_cointegration(np.log(prices_x), np.log(prices_y))["p_value"]
found["hurst"] = client.calculate_hurst(spread, 20, False)
found["trades"] = client.backtest_strategy(spread, -0.02, 0.02, 0.001)["num_trades"]
client.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def client():
    engine = LocalEngine(threads=2)
    with sl.PairDiscoveryClient(engine=engine) as client:
        yield client
    # It was lent, so it still runs.
    assert sl.hurst(np.arange(100.0), engine=engine).exponent == pytest.approx(1.0)
    engine.close()


def check_snippets(found):
    assert found["one"] is True
    assert {"BTC-ETH", "LTC-XRP"} <= set(found["many"])
    policy = sl.solve_hjb(sl.OUParams(kappa=3.0, theta=0.1, sigma=0.2), discount=0.04, cost=0.001)
    levels = policy.thresholds
    assert found["bounds"] == [levels.enter_long, levels.enter_short]
    y, x = pair()
    spread = np.log(y / x)
    assert found["kappa"] == sl.estimate_ou(spread).kappa
    assert found["p_value"] == sl.test_pair(np.log(y), np.log(x), transform="none").pvalue
    assert found["hurst"] == sl.hurst(spread).exponent
    assert found["trades"] == len(slow_trade(spread, -0.02, 0.02, 0.001)[2])


@pytest.mark.parametrize("kind", ["plain", "TLS and token"])
def test_the_snippets_need_nothing_but_the_environment(tmp_path, kind):
    np.save(tmp_path / "pair.npy", np.stack(pair()))
    np.save(tmp_path / "universe.npy", universe())
    if kind == "plain":
        server, options = ServerProcess(), None
    else:
        server, options = secure_server(tmp_path)
    with server:
        environment = {"PATH": "/usr/bin:/bin", "GRPC_HOST": "localhost"}
        environment["GRPC_PORT"] = str(server.port)
        if options is not None:
            (tmp_path / "client-token").write_text(options["token"] + "\n")
            environment["SPREADLAB_CA"] = str(options["ca"])
            environment["SPREADLAB_TOKEN_FILE"] = str(tmp_path / "client-token")
        files = [str(tmp_path / "pair.npy"), str(tmp_path / "universe.npy")]
        done = subprocess.run(
            [sys.executable, "-c", SNIPPETS, *files],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    check_snippets(json.loads(done.stdout))


def test_test_pair_has_every_key(client):
    y, x = pair()
    found = client.test_pair(y, x, pair_name="BTC-ETH")
    assert set(found) == KEYS
    tested = sl.test_pair(y, x)
    assert (found["pair_name"], found["pair"]) == ("BTC-ETH", "BTC-ETH")
    assert (found["symbol1"], found["symbol2"]) == ("BTC", "ETH")
    assert found["beta"] == found["hedge_ratio"] == tested.hedge_ratio
    assert found["hurst"] == found["hurst_exponent"] == tested.hurst
    assert found["p_value"] == tested.pvalue
    product = found["coint_score"] * found["meanrev_score"] * found["profit_score"]
    assert found["combined_score"] == pytest.approx(product)


def test_names_come_from_where_they_are_given(client):
    y, x = pair()
    series = pd.Series(y, name="KO"), pd.Series(x, name="PEP")
    assert client.test_pair(*series)["pair_name"] == "KO-PEP"
    assert client.test_pair(y, x)["symbol1"] == "prices_x"
    named = client.test_pair(*series, pair_name="my pair", symbol1="A", symbol2="B")
    assert (named["pair_name"], named["pair"]) == ("my pair", "A-B")


def test_discover_pairs_takes_a_mapping_a_matrix_and_a_frame(client):
    prices = universe()
    names = [f"S{i}" for i in range(8)]
    by_matrix = list(client.discover_pairs(prices, names))
    assert set(by_matrix[0]) == KEYS | {"pairs_tested", "pairs_found", "progress"}
    assert {"S0-S1", "S2-S3"} <= {found["pair_name"] for found in by_matrix}
    assert [found["pairs_found"] for found in by_matrix] == list(range(1, len(by_matrix) + 1))
    assert (by_matrix[-1]["pairs_tested"], by_matrix[-1]["progress"]) == (28, 1.0)
    mapping = {name: prices[:, i].tolist() for i, name in enumerate(names)}
    frame = pd.DataFrame(prices, columns=names, index=pd.bdate_range("2020-01-01", periods=600))
    dated = {name: frame[name] for name in names}
    for universe_ in (mapping, frame, dated):
        assert list(client.discover_pairs(universe_)) == by_matrix
    [best] = client.discover_pairs(mapping, max_pairs=1)
    assert best["p_value"] == min(found["p_value"] for found in by_matrix)


def test_backtest_strategy_has_every_key(client):
    spread = np.random.default_rng(0).normal(size=100)
    found = client.backtest_strategy(spread, -1.0, 1.0, 0.01)
    profits, _, trips = slow_trade(spread, -1.0, 1.0, 0.01)
    np.testing.assert_allclose(found.pop("pnl"), profits, atol=1e-12)
    assert found["num_trades"] == len(trips)
    assert found["total_return"] == pytest.approx(profits.sum())
    assert set(found) == {
        *("total_return", "sharpe_ratio", "max_drawdown", "num_trades", "win_rate"),
        *("avg_holding_period", "profit_factor"),
    }


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda c: c.test_pair([1, 2, 3], [2, 4, 6]),
            "prices_x: too short, 3 observations; must be at least 30 observations",
        ),
        (lambda c: c.test_pair(*pair(), pair_name=3), "pair_name: got 3"),
        (lambda c: c.test_pair(*pair(), significance=2), "significance: got 2"),
        (lambda c: c.discover_pairs(universe(), ["A"]), "pair_names: 1 names for prices of shape"),
        (lambda c: c.discover_pairs({}), "data: empty"),
        (
            lambda c: c.discover_pairs({"A": [1.0] * 50, "B": [1.0] * 49}),
            r"data\['B'\]: 49 prices; must be as many as A has, 50",
        ),
        (
            lambda c: c.discover_pairs(
                {
                    name: pd.Series(pair()[0], index=pd.bdate_range(day, periods=600))
                    for name, day in (("A", "2020-01-01"), ("B", "2020-01-02"))
                }
            ),
            "other dates than A",
        ),
        (lambda c: c.solve_hjb(-1.0, 0.0, 0.2), "kappa"),
        (lambda c: c.solve_hjb(1.0, 0.0, 0.2, n_points=1), "n_points"),
        (lambda c: c.estimate_ou_params(np.arange(100.0) ** 2), "not mean-reverting"),
        (lambda c: c.estimate_ou_params([1.0, math.nan] * 30), "spread"),
        (lambda c: c.test_cointegration([1, 2, 3], [1, 2, 3]), "y: too short"),
        (lambda c: c.calculate_hurst(np.ones(100)), "series: constant"),
        (lambda c: c.backtest_strategy([1.0, 2.0], 1.0, 0.0), "upper_bound"),
    ],
)
def test_errors_are_raised_and_say_what_was_wrong(client, call, words):
    with pytest.raises(sl.InvalidInputError, match=words):
        call(client)


@pytest.mark.parametrize(
    ("host", "port", "environment", "expected"),
    [
        (None, None, {}, "grpc://localhost:50051"),
        (None, None, {"GRPC_HOST": "grpc-server", "GRPC_PORT": "7"}, "grpc://grpc-server:7"),
        ("other", 8, {"GRPC_HOST": "grpc-server", "GRPC_PORT": "7"}, "grpc://other:8"),
        ("::1", None, {}, "grpc://[::1]:50051"),
        (None, None, {"GRPC_PORT": "many"}, "GRPC_PORT: got 'many'"),
        (None, 70_000, {}, "port: got 70000"),
        ("grpc://here", None, {}, "host: got 'grpc://here'"),
    ],
)
def test_the_address(monkeypatch, host, port, environment, expected):
    for name in ("GRPC_HOST", "GRPC_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if expected.startswith("grpc"):
        assert server_address(host, port, secure=False) == expected
        assert server_address(host, port, secure=True) == expected.replace("grpc:", "grpcs:")
    else:
        with pytest.raises(sl.InvalidInputError, match=expected):
            server_address(host, port, secure=False)


def test_no_server_is_an_error_that_says_so():
    with pytest.raises(sl.EngineUnavailableError, match="localhost:1"):
        sl.PairDiscoveryClient("localhost", 1)

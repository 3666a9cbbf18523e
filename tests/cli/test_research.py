"""fit, policy, backtest, walkforward, report, ledger, warmup: what the API says, as a process."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab.cli import main
from spreadlab.cli.commands import COMMANDS


@pytest.fixture(scope="module")
def prices():
    universe = sl.data.simulate_universe(5, 700, n_pairs=2, half_life=(8, 12), seed=3)
    return universe.prices.rename_axis("date")


@pytest.fixture(scope="module")
def pair(prices):
    best = sl.discover_pairs(prices, progress=False, dfa=0).to_frame().iloc[0]
    return f"{best['dependent']},{best['hedge']}"


@pytest.fixture
def folder(prices, tmp_path, monkeypatch):
    prices.to_parquet(tmp_path / "prices.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPREADLAB_LEDGER", str(tmp_path / "ledger.sqlite"))
    return tmp_path


def answer(capsys, *arguments):
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def legs(prices, pair):
    dependent, hedge = pair.split(",")
    return prices[dependent], prices[hedge]


def test_fit_is_estimate_ou(folder, prices, pair, capsys):
    got = answer(capsys, "fit", "prices.parquet", "-p", pair, "-m", "jackknife", "--dt", "1/252")
    expected = sl.estimate_ou(sl.test_pair(*legs(prices, pair)).spread, method="jackknife")
    assert got["figures"]["kappa"] == expected.kappa
    assert got["summary"] == expected.verdict()
    assert [row["parameter"] for row in got["rows"]] == ["kappa", "theta", "sigma", "half_life"]


def test_policy_of_parameters_and_of_prices(folder, prices, pair, capsys):
    model = ["--kappa", "3", "--theta", "0", "--sigma", "0.2"]
    assert main(["policy", *model, "--cost", "0.001"]) == 0
    expected = sl.solve_hjb(sl.OUParams(kappa=3, theta=0, sigma=0.2), discount=0.04, cost=0.001)
    printed = capsys.readouterr().out
    assert printed.startswith(repr(expected))
    assert f"{expected.thresholds.exit_long:.4g}" in printed
    got = answer(capsys, "policy", "prices.parquet", "-p", pair, "--cost-bps", "3")
    tested = sl.test_pair(*legs(prices, pair))
    expected = sl.solve_hjb(
        sl.estimate_ou(tested.spread), discount=0.04, cost=sl.spread_cost(tested, 3)
    )
    assert got["summary"] == repr(expected)


@pytest.mark.parametrize("rule", ["optimal", "zscore", "kalman"])
def test_backtest_fits_before_the_split_and_trades_from_it(folder, prices, pair, capsys, rule):
    options = ["--split", "2017-01-02", "--rule", rule, "--cost-bps", "2", "--entry-z", "1.5"]
    got = answer(capsys, "backtest", "prices.parquet", "-p", pair, *options)
    before, after = prices.loc[:"2017-01-01"], prices.loc["2017-01-02":]
    tested = sl.test_pair(*legs(before, pair))
    policies = {
        "optimal": lambda: sl.solve_hjb(
            sl.estimate_ou(tested.spread), discount=0.05, cost=sl.spread_cost(tested, 2)
        ),
        "zscore": lambda: sl.ZScoreRule(60, 1.5, 0.0),
        "kalman": lambda: sl.KalmanRule(entry_z=1.5),
    }
    with sl.study("check", in_memory=True):
        expected = sl.backtest(
            after[pair.split(",")], pair=tested, policy=policies[rule](), cost_bps=2
        )
    assert got["figures"]["sharpe"] == expected.sharpe
    assert got["figures"]["n_trades"] == len(got["rows"]) == expected.metrics.n_trades


def test_walkforward_is_walk_forward(folder, prices, capsys):
    windows = ["--formation", "300", "--trading", "100", "--select", "raw", "--max-pairs", "3"]
    got = answer(capsys, "walkforward", "prices.parquet", *windows, "--discount", "0.05")
    with sl.study("check", in_memory=True):
        expected = sl.walk_forward(prices, formation=300, trading=100, select="raw", max_pairs=3)
    assert got["summary"] == expected.verdict()
    assert [row["n_tests"] for row in got["rows"]] == expected.to_frame()["n_tests"].tolist()


def test_report_writes_html_and_the_ledger_knows(folder, pair, capsys):
    command = ["report", "prices.parquet", "-p", pair, "--cost-bps", "2", "-o", "report.html"]
    assert main(command) == 0
    html = (folder / "report.html").read_text("utf-8")
    assert "<html" in html
    assert "Sharpe" in html
    capsys.readouterr()
    assert main(["ledger", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"default": 1}
    assert main(["ledger", "--study", "default"]) == 0
    assert "ThresholdRule" in capsys.readouterr().out
    assert main(["ledger", "--study", "default", "--clear"]) == 0
    assert "1 trial of 'default' deleted" in capsys.readouterr().out
    assert main(["ledger"]) == 0
    assert capsys.readouterr().out == "no trials yet\n"


def test_tables_are_written(folder, prices, pair):
    assert main(["fit", "prices.parquet", "-p", pair, "-o", "fit.csv", "--quiet"]) == 0
    written = pd.read_csv(folder / "fit.csv", index_col="parameter")
    expected = sl.estimate_ou(sl.test_pair(*legs(prices, pair)).spread).to_frame()
    np.testing.assert_allclose(written.to_numpy(), expected.to_numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fit", "prices.parquet"], "--pair: not given"),
        (["fit", "prices.parquet", "-p", "S0,NONE"], "no symbol 'NONE'"),
        (["policy", "--kappa", "3", "--cost", "1"], "all of --kappa, --theta, --sigma"),
        (["policy", "--cost", "1"], "got no spread"),
        (["policy", "--kappa", "3", "--theta", "0", "--sigma", "1"], "--cost: not given"),
        (["backtest", "prices.parquet", "-p", "S0,S1", "--split", "2050-01-01"], "a date inside"),
        (["backtest", "prices.parquet", "-p", "S0,S1", "--split", "soon"], "a date like"),
        (["backtest", "prices.parquet", "-p", "S0,S1"], "no cost is given"),
        (["backtest", "prices.parquet", "-p", "S0,S1", "--rule", "none-such"], "none-such"),
        (["report", "prices.parquet", "-p", "S0,S1"], "--output: not given"),
        (["report", "prices.parquet", "-p", "S0,S1", "-o", "r.csv"], "ends in .html"),
        (["ledger", "--clear"], "the study to clear"),
    ],
)
def test_what_has_no_answer_is_code_2(folder, capsys, arguments, words):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err


def test_warmup_runs_each_kind(capsys):
    assert main(["warmup"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines][:4] == ["scan", "pair", "fit", "hedge"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_shows_an_example(name, capsys):
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"example: spreadlab {name}" in text


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_completion_script_names_every_command(shell, capsys):
    with pytest.raises(SystemExit):
        main(["--print-completion", shell])
    script = capsys.readouterr().out
    assert all(name in script for name in COMMANDS)


def test_a_reader_that_has_enough_is_no_error(folder):
    command = [sys.executable, "-m", "spreadlab.cli", "scan", "prices.parquet", "--json"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(120)
    assert errors == ""

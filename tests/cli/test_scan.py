"""`spreadlab scan`: exit codes, errors on stderr, output equal to the API's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab.api_discovery import read_scan
from spreadlab.cli import main


def universe(n_symbols: int, n_obs: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    logs = np.cumsum(rng.normal(size=(n_obs, n_symbols)) * 0.01, axis=0)
    noise = np.zeros(n_obs)
    for t in range(1, n_obs):
        noise[t] = 0.5 * noise[t - 1] + 0.005 * rng.normal()
    logs[:, 1] = logs[:, 0] + noise
    dates = pd.bdate_range("2020-01-01", periods=n_obs, name="date")
    return pd.DataFrame(50 * np.exp(logs), index=dates, columns=[f"S{i}" for i in range(n_symbols)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli")
    universe(6, 200).to_parquet(path / "prices.parquet")
    universe(6, 200).to_csv(path / "prices.csv")
    return path


def run(*arguments, cwd):
    command = [sys.executable, "-m", "spreadlab.cli", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )


def test_scan_writes_what_the_api_finds(folder):
    done = run("scan", "prices.parquet", "-o", "pairs.parquet", "--lags", "bic", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    scan = sl.discover_pairs(universe(6, 200), lags="bic", progress=False)
    assert done.stdout == f"{scan.verdict()}\n15 pairs written to pairs.parquet\n"
    written = pd.read_parquet(folder / "pairs.parquet")
    pd.testing.assert_frame_equal(written, scan.to_frame())


def test_errors_go_to_stderr_in_the_words_of_the_api(folder):
    done = run("scan", "prices.parquet", "--lags", "many", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    with pytest.raises(sl.InvalidInputError) as error:
        sl.discover_pairs(universe(6, 200), lags="many")
    assert done.stderr == f"spreadlab: error: {error.value}\n"


def test_an_interrupt_stops_it(tmp_path):
    """The first tile of 3,000 symbols is written long before the last of nine million tests."""
    rng = np.random.default_rng(0)
    logs = np.cumsum(rng.normal(size=(300, 3000)) * 0.01, axis=0)
    dates = pd.bdate_range("2015-01-01", periods=300, name="date")
    names = [f"S{i}" for i in range(3000)]
    pd.DataFrame(np.exp(logs), index=dates, columns=names).to_parquet(tmp_path / "prices.parquet")
    command = [sys.executable, "-m", "spreadlab.cli", "scan", "prices.parquet"]
    command += ["--keep", "10", "--sink", "scan", "--quiet"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("scan/tile-*.parquet")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, "spreadlab: error: interrupted\n")
    assert read_scan(tmp_path / "scan").n_pending > 0


@pytest.mark.parametrize("adjust", ["none", "bh", "by"])
def test_adjust_writes_the_survivors(folder, capsys, adjust):
    output = folder / f"{adjust}.csv"
    assert main(["scan", str(folder / "prices.csv"), "-o", str(output), "--adjust", adjust]) == 0
    frame = sl.discover_pairs(universe(6, 200), progress=False).to_frame()
    column = {"none": "pvalue", "bh": "pvalue_bh", "by": "pvalue_by"}[adjust]
    expected = frame[frame[column] < 0.05].reset_index(drop=True)
    written = pd.read_csv(output, keep_default_na=False)
    assert len(written) == len(expected) >= 1
    assert f"{len(expected)} pair" in capsys.readouterr().out
    np.testing.assert_allclose(written["statistic"], expected["statistic"], rtol=1e-7)


def test_dates_and_keep(folder, capsys):
    output = folder / "some.parquet"
    dates = ["--start", "2020-03-01", "--end", "2020-09-30"]
    options = ["--keep", "4", "--alpha", "0.1", "--quiet"]
    code = main(["scan", str(folder / "prices.parquet"), "-o", str(output), *dates, *options])
    assert (code, capsys.readouterr().out) == (0, "")
    prices = universe(6, 200).loc["2020-03-01":"2020-09-30"]
    expected = sl.discover_pairs(prices, keep=4, alpha=0.1, progress=False).to_frame()
    pd.testing.assert_frame_equal(pd.read_parquet(output), expected)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.parquet"], "no such file"),
        (["prices.parquet", "-o", "pairs.xlsx"], "--output"),
        (["prices.parquet", "-o", "nowhere/pairs.csv"], "no such folder"),
        (["prices.parquet", "--alpha", "2"], "alpha"),
        (["prices.parquet", "--end", "2020-01-20"], "too short"),
    ],
)
def test_what_has_no_answer_is_code_2(folder, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(folder)
    assert main(["scan", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.startswith("spreadlab: error: ")


def test_a_full_disk_is_code_1(folder, capsys, monkeypatch):
    def full(*_arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr("spreadlab.cli.scan._write", full)
    monkeypatch.chdir(folder)
    assert main(["scan", "prices.parquet", "-o", "full.csv"]) == 1
    assert "no space left" in capsys.readouterr().err

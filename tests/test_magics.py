"""`%pairs` does what `sl.discover_pairs` does, with help, completion and clear refusals."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import spreadlab as sl
from spreadlab.magics import complete

RNG = np.random.default_rng(7)


@pytest.fixture(scope="module")
def shell():
    shell = InteractiveShell(
        user_ns={
            "prices": pd.DataFrame(
                np.exp(np.cumsum(RNG.normal(0, 0.01, (300, 4)), axis=0)),
                columns=["KO", "PEP", "XOM", "CVX"],
                index=pd.bdate_range("2020-01-01", periods=300),
            ),
            "holes": pd.DataFrame({"a": [1.0, np.nan], "b": [1.0, 2.0]}),
            "series": pd.Series([1.0, 2.0]),
            "_private": np.ones((3, 3)),
        }
    )
    shell.run_line_magic("load_ext", "spreadlab")
    return shell


def run(shell, line):
    return shell.run_line_magic("pairs", line)


def test_it_is_discover_pairs(shell):
    expected = sl.discover_pairs(shell.user_ns["prices"]).to_frame()
    pd.testing.assert_frame_equal(run(shell, "prices").to_frame(), expected)


def test_options_reach_the_scan(shell):
    scan = run(shell, "prices -t none -l 2 -d forward -a 0.1 -k 3")
    spec = scan.spec
    assert (spec.transform, spec.lags, spec.direction) == ("none", 2, "forward")
    assert (spec.alpha, spec.keep, len(scan)) == (0.1, 3, 3)
    assert run(shell, "prices -k 0.5").spec.keep == 0.5


def test_output_keeps_the_result_and_shows_it(shell):
    shown = run(shell, "prices -o kept")
    assert shell.user_ns["kept"] is shown


def test_an_expression_selects_columns(shell):
    scan = run(shell, 'prices[["KO","PEP"]]')
    assert set(scan.symbols) == {"KO", "PEP"}


def test_a_misspelt_name_gets_advice(shell):
    with pytest.raises(UsageError, match="did you mean prices"):
        run(shell, "pricse")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "required: subject"),
        ("prices -t square", "invalid choice"),
        ("prices -k many", "number of pairs"),
        ("prices -o 2nd", "is not a name"),
        ("prices[", "is no expression"),
        ("unheard_of", "there are: holes, prices"),
    ],
)
def test_a_wrong_line_is_a_usage_error(shell, line, message):
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        run(shell, line)


def test_bad_prices_are_refused_like_everywhere(shell):
    with pytest.raises(sl.InvalidInputError, match=r"holes|prices\["):
        run(shell, "holes")


def test_help_lists_every_option(shell):
    text = shell.find_line_magic("pairs").__doc__
    for option in ("--transform", "--lags", "--direction", "--alpha", "--keep", "--output"):
        assert option in text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%pairs ", ["holes", "prices"]),
        ("%pairs pr", ["prices"]),
        ("%pairs prices --tr", ["--transform"]),
        ("%pairs prices --transform ", ["log", "none"]),
        ("%pairs prices -d f", ["forward"]),
        ("%pairs prices -o ", []),
    ],
)
def test_completion(shell, line, expected):
    symbol = line.rpartition(" ")[2]
    event = SimpleNamespace(line=line, symbol=symbol)
    found = [name for name in complete(shell, event) if name != "kept"]
    assert found == expected


def test_completion_is_wired_into_ipython(shell):
    line = "%pairs prices --dir"
    with provisionalcompleter():
        texts = {completion.text for completion in shell.Completer.completions(line, len(line))}
    assert "--direction" in texts


def magic(shell, name, line):
    return shell.run_line_magic(name, line)


@pytest.fixture
def reverting(shell):
    shell.user_ns["twins"] = sl.data.simulate_universe(4, 600, n_pairs=2, seed=2).prices
    best = sl.discover_pairs(shell.user_ns["twins"], dfa=0).to_frame().iloc[0]
    return f"{best['dependent']},{best['hedge']}"


def test_the_verbs_follow_one_another(shell, reverting):
    """Fit, solve, trade: each takes what the one before left in the notebook."""
    ou = magic(shell, "oufit", f"twins -p {reverting} -o ou")
    pair = sl.test_pair(*(shell.user_ns["twins"][name] for name in reverting.split(",")))
    assert ou.kappa == sl.estimate_ou(pair.spread).kappa
    shell.user_ns["pair"] = pair
    assert magic(shell, "oufit", "pair").kappa == ou.kappa
    assert magic(shell, "oufit", "pair.spread").kappa == ou.kappa
    policy = magic(shell, "hjb", "ou --cost 0.002 --discount 0.05 -o policy")
    assert policy.thresholds == sl.solve_hjb(ou, cost=0.002, discount=0.05).thresholds
    with sl.study("magics", in_memory=True):
        bt = magic(shell, "backtest", f"twins -p {reverting} --rule zscore --cost-bps 1")
        expected = sl.backtest(
            shell.user_ns["twins"][reverting.split(",")],
            pair=pair,
            policy=sl.ZScoreRule(60),
            cost_bps=1,
        )
        assert bt.sharpe == expected.sharpe
        walk = magic(shell, "walkforward", "twins --formation 300 --trading 150")
    assert walk.n_folds == 2


def test_a_study_names_what_its_cell_tries(shell, reverting, monkeypatch):
    before = sl.ledger.studies().get("named by a cell", 0)
    line = f"%backtest twins -p {reverting} --rule zscore"
    shell.run_cell_magic("study", "named by a cell", line)
    assert sl.ledger.studies()["named by a cell"] == before + 1
    with pytest.raises(UsageError, match="give the study a name"):
        shell.run_cell_magic("study", "", line)
    with pytest.raises(ZeroDivisionError):
        shell.run_cell_magic("study", "named by a cell", "1 / 0")


def test_the_engine_in_use(shell, capsys):
    magic(shell, "spreadlab", "connect local?threads=1")
    assert "engine local?threads=1: spreadlab" in capsys.readouterr().out
    assert magic(shell, "spreadlab", "engine").address == "local?threads=1"
    magic(shell, "spreadlab", "connect local")
    magic(shell, "spreadlab", "status")
    assert "engine local: spreadlab" in capsys.readouterr().out
    magic(shell, "spreadlab", "doctor localhost:1")
    assert "FAIL  port" in capsys.readouterr().out
    for line, words in [("connect", "give an address"), ("dance", "invalid choice")]:
        with pytest.raises(UsageError, match=words):
            magic(shell, "spreadlab", line)
    with pytest.raises(sl.InvalidInputError, match="ftp"):
        magic(shell, "spreadlab", "connect ftp://x")


@pytest.mark.parametrize("name", ["pairs", "oufit", "hjb", "backtest", "walkforward", "spreadlab"])
def test_help_shows_an_example(shell, name):
    text = " ".join(shell.find_line_magic(name).__doc__.split())
    assert f"example: %{name}" in text


def test_completion_knows_what_a_magic_can_work_on(shell, reverting):
    shell.user_ns["fitted"] = sl.OUParams(kappa=1, theta=0, sigma=1)
    found = {}
    for name in ("pairs", "oufit", "hjb", "spreadlab"):
        event = SimpleNamespace(line=f"%{name} ", symbol="")
        found[name] = complete(shell, event)
    assert "twins" in found["pairs"]
    assert "series" not in found["pairs"]
    assert "series" in found["oufit"]
    assert "fitted" in found["hjb"]
    assert found["spreadlab"] == ["connect", "status", "engine", "warmup", "doctor"]

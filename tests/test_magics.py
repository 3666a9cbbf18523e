"""`%pairs` does what `sl.discover_pairs` does, with help, completion and clear refusals."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import spreadlab as sl
from spreadlab.magics import complete_pairs

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
        ("", "required: prices"),
        ("prices -t square", "invalid choice"),
        ("prices -k many", "number of pairs"),
        ("prices -o 2nd", "is not a name"),
        ("prices[", "is no expression"),
        ("unheard_of", "price tables: holes, prices"),
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
    found = [name for name in complete_pairs(shell, event) if name != "kept"]
    assert found == expected


def test_completion_is_wired_into_ipython(shell):
    line = "%pairs prices --dir"
    with provisionalcompleter():
        texts = {completion.text for completion in shell.Completer.completions(line, len(line))}
    assert "--direction" in texts

"""Strategies: what a file says is what the functions do, and nothing in it is passed over."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.cli import main
from spreadlab.strategy.describe import strategy_fields
from spreadlab.strategy.spec import section_errors

TEXT = """
name = "cola"

[pair]
dependent = "KO"
hedge = "PEP"

[window]
start = 2014-06-02
split = 2018-01-02

[rule]
kind = "zscore"
lookback = 40
entry_z = 1.5
stop_z = 4

[costs]
cost_bps = 5
slippage_bps = 2
borrow_bps = 50

[sizing]
capital = 50_000
gross = 1.5
compounding = true

[limits]
gross = 2
daily_loss = 0.03
"""


@pytest.fixture(scope="module")
def prices():
    return sl.data.load_sp500(start="2014-01-01", end="2019-12-31")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cola.toml"
    path.write_text(TEXT)
    return path


def by_hand(prices, policy=None):
    formation, trading = prices.loc["2014-06-02":"2018-01-01"], prices.loc["2018-01-02":]
    pair = sl.test_pair(formation["KO"], formation["PEP"])
    costs = {"cost_bps": 5, "slippage_bps": 2, "borrow_bps": 50}
    if policy is None:
        ou = sl.estimate_ou(pair.spread)
        policy = sl.solve_hjb(ou, cost=sl.spread_cost(pair, 5, 2), discount=0.1)
    return sl.backtest(
        trading[["KO", "PEP"]],
        pair=pair,
        policy=policy,
        capital=50_000,
        gross=1.5,
        compounding=True,
        **costs,
    )


def test_a_file_is_the_backtest_that_it_describes(file, prices):
    bt = sl.load_strategy(file).backtest(prices)
    expected = by_hand(prices, sl.ZScoreRule(40, 1.5, stop_z=4))
    assert bt.equity.tolist() == expected.equity.tolist()
    assert bt.metrics.n_trades > 3


def test_the_optimal_rule_is_fitted_in_the_formation_window(file, prices):
    rule = '[rule]\nkind = "optimal"\ndiscount = 0.1\n\n[costs]'
    head, tail = TEXT.split("[rule]", maxsplit=1)[0], TEXT.split("[costs]")[1]
    file.write_text(head + rule + tail)
    bt = sl.load_strategy(file).backtest(prices)
    assert bt.equity.tolist() == by_hand(prices).equity.tolist()
    changed = prices.copy()
    changed.loc["2018-01-02":, "KO"] *= 1.3
    fitted = sl.load_strategy(file).fit(changed)
    assert fitted.policy.thresholds == sl.load_strategy(file).fit(prices).policy.thresholds


def test_a_deadline_belongs_to_a_horizon(prices):
    strategy = sl.Strategy(
        name="timed",
        pair={"dependent": "KO", "hedge": "PEP"},
        rule={"discount": 0.0, "horizon": 0.2, "deadline": 10},
        costs={"cost_bps": 5},
    )
    bt = strategy.backtest(prices)
    assert 0 < bt.trades["holding"].max() <= 11


def test_a_given_hedge_ratio_is_not_estimated(prices):
    strategy = sl.Strategy(
        name="given",
        pair={"dependent": "KO", "hedge": "PEP", "hedge_ratio": 0.5, "intercept": 1.25},
        window={"split": "2018-01-02"},
        rule={"kind": "threshold", "enter_long": -0.02, "exit_long": 0.0},
    )
    fitted = strategy.fit(prices)
    assert (fitted.pair.hedge_ratio, fitted.pair.intercept) == (0.5, 1.25)
    assert len(fitted.pair.spread) == len(prices.loc[:"2018-01-01"])
    assert set(strategy.backtest(prices).positions) <= {0.0, 1.0}


def test_saved_and_loaded_it_is_the_same(file, tmp_path):
    strategy = sl.load_strategy(file)
    strategy.save(tmp_path / "again.toml")
    assert sl.load_strategy(tmp_path / "again.toml") == strategy
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).filter(
    lambda s: s.strip()
)
FLOATS = st.floats(1e-6, 1e6)
STRATEGIES = st.builds(
    sl.Strategy,
    name=TEXTS,
    pair=st.fixed_dictionaries(
        {"dependent": st.just("A"), "hedge": TEXTS.filter(lambda s: s != "A")}
    ),
    rule=st.one_of(
        st.fixed_dictionaries({"discount": FLOATS}),
        st.builds(
            lambda lookback, entry, stop: {
                "kind": "zscore",
                "lookback": lookback,
                "entry_z": entry,
                "stop_z": entry + stop,
            },
            st.integers(2, 500),
            FLOATS,
            st.floats(0.1, 9.0),
        ),
        st.fixed_dictionaries({"kind": st.just("installed"), "name": TEXTS, "width": FLOATS}),
    ),
    costs=st.fixed_dictionaries({"cost_bps": st.floats(0, 9000)}),
    limits=st.fixed_dictionaries({}, optional={"gross": FLOATS, "name": FLOATS}),
)


@given(STRATEGIES)
def test_any_strategy_survives_its_file(tmp_path_factory, strategy):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    strategy.save(path)
    assert sl.load_strategy(path) == strategy


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lookback = 40", "lokback = 40", "rule.lokback: unknown; must be one of lookback"),
        ("lookback = 40", "lookback = 1", "rule.lookback: got 1"),
        ("lookback = 40", "", "rule.lookback: missing"),
        ("lookback = 40", 'lookback = "40"', "rule.lookback: got '40'"),
        ("entry_z = 1.5", "entry_z = -1", r"rule.entry_z: got -1"),
        ("stop_z = 4", "stop_z = 1", r"rule.stop_z: got 1.0"),
        ('kind = "zscore"', 'kind = "best"', "rule.kind: got 'best'"),
        ('hedge = "PEP"', 'hedge = "KO"', "pair.hedge: got 'KO' twice"),
        ('hedge = "PEP"', "hedge = 3", "pair.hedge: got 3"),
        ('hedge = "PEP"', "", "pair.hedge: missing"),
        ('hedge = "PEP"', 'hedge = "PEP"\nhedge_ratio = 1', "pair.intercept: missing"),
        ("split = 2018-01-02", 'split = "soon"', "window.split: got 'soon'"),
        ("cost_bps = 5", "cost_bps = -5", "costs.cost_bps: got -5"),
        ("cost_bps = 5", "cost = 5", "costs.cost: unknown"),
        ("capital = 50_000", "capital = 0", "sizing.capital: got 0"),
        ("compounding = true", 'compounding = "yes"', "sizing.compounding: got 'yes'"),
        ("gross = 2", "gross = 0", "limits.gross: got 0"),
        ("[limits]", "[limit]", "limit: unknown; must be one of name, pair"),
        ('name = "cola"', "", "name: missing"),
        ('name = "cola"', 'name = " "', "name: got ' '"),
        ('name = "cola"', "name = ", "is no TOML"),
        ("[costs]", '[rules]\nkind = "kalman"\n[costs]', "rules: unknown"),
    ],
)
def test_errors_name_section_and_key(file, old, new, message):
    assert old in TEXT
    file.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.load_strategy(file)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("lookback = 40", "lokback = 40", 14),
        ("entry_z = 1.5", "entry_z = -1", 15),
        ('hedge = "PEP"', "", 4),
        ('name = "cola"', 'name = " "', 2),
        ("cost_bps = 5", "'cost_bps' = -5", 19),
        ("[limits]", "[ limits ] # of a book\ndaily_los = 1", 29),
    ],
)
def test_errors_name_the_line(file, old, new, line):
    assert old in TEXT
    file.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(sl.InvalidInputError, match=rf"line {line} of cola\.toml$"):
        sl.load_strategy(file)


def test_a_key_of_no_section_names_the_file_alone(file):
    file.write_text(TEXT.replace('name = "cola"', ""))
    with pytest.raises(sl.InvalidInputError, match=r"name: missing.*; cola\.toml$"):
        sl.load_strategy(file)


def test_a_file_that_is_there_is_kept_when_it_is_to_be(file, tmp_path):
    strategy = sl.load_strategy(file)
    with pytest.raises(sl.InvalidInputError, match="is there already"):
        strategy.save(file, replace=False)
    assert file.read_text() == TEXT
    strategy.save(tmp_path / "new.toml", replace=False)
    assert sl.load_strategy(tmp_path / "new.toml") == strategy
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cola.toml", "new.toml"]


def test_without_links_a_new_file_is_no_less_new(file, tmp_path, monkeypatch):
    def no_link(*_):
        raise OSError("no links here")

    monkeypatch.setattr("os.link", no_link)
    strategy = sl.load_strategy(file)
    with pytest.raises(sl.InvalidInputError, match="is there already"):
        strategy.save(file, replace=False)
    strategy.save(tmp_path / "new.toml", replace=False)
    assert sl.load_strategy(tmp_path / "new.toml") == strategy
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cola.toml", "new.toml"]


def test_every_section_tells_its_own_mistake():
    body = {
        "name": "a",
        "pair": {"dependent": "KO", "hedge": "KO"},
        "rule": {"kind": "zscore", "lookback": 1},
        "costs": {"cost_bps": -1},
        "sizing": {"capital": 1},
    }
    found = [error.argument for error in section_errors(body)]
    assert found == ["pair.hedge", "rule.lookback", "costs.cost_bps"]


def test_the_fields_are_those_of_the_sections_and_rules():
    fields = {field.key: field for field in strategy_fields()}
    assert len(fields) == len(strategy_fields())
    of_zscore = {f.name for f in fields.values() if f.rule == "zscore"}
    assert of_zscore == {"lookback", "entry_z", "exit_z", "stop_z", "max_hold", "cooldown"}
    kinds = {
        "name": "text",
        "pair.hedge": "symbol",
        "pair.transform": "choice",
        "pair.hedge_ratio": "number",
        "window.split": "date",
        "rule.kind": "choice",
        "rule.zscore.lookback": "integer",
        "rule.zscore.max_hold": "integer",
        "rule.threshold.enter_long": "number",
        "rule.optimal.deadline": "integer",
        "rule.installed.parameters": "lines",
        "sizing.compounding": "flag",
        "limits.pair_loss": "number",
    }
    assert {key: fields[key].kind for key in kinds} == kinds
    assert fields["rule.zscore.lookback"].required
    assert not fields["rule.threshold.enter_long"].required
    assert fields["sizing.fill"].choices == ("next_close", "next_open")
    assert fields["rule.zscore.entry_z"].default == 2.0
    assert fields["costs.borrow_bps"].help == "Fee on short legs, a year."
    assert fields["pair.hedge_ratio"].help == fields["pair.intercept"].help


@pytest.mark.parametrize("kind", ["optimal", "zscore", "kalman", "threshold"])
def test_a_field_of_a_rule_is_a_key_that_its_file_takes(kind):
    values = {"number": 1.5, "integer": 30}
    for field in strategy_fields():
        if field.rule == kind:
            value = field.choices[0] if field.choices else values[field.kind]
            needed = {"zscore": {"lookback": 20}, "optimal": {}}.get(kind, {})
            paired = {"horizon": {"deadline": 5}, "deadline": {"horizon": 0.1}}
            body = {"kind": kind, **needed, **paired.get(field.name, {}), field.name: value}
            if field.name == "stop_z":
                body["entry_z"] = 1.0
            strategy = sl.Strategy(name="a", pair={"dependent": "KO", "hedge": "PEP"}, rule=body)
            assert strategy.to_dict()["rule"][field.name] == value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pair": {"dependent": "KO", "hedge": "XYZ"}}, "prices: no column 'XYZ'"),
        ({"window": {"split": "2031-01-01"}}, "window.split: got '2031-01-01'"),
        ({"window": {"start": "2031-01-01"}}, "window.start: got '2031-01-01'"),
        ({"costs": {}}, "costs.cost_bps: no cost is given"),
        ({"rule": {"kind": "installed", "name": "nobody"}}, "rule.name: no rule named 'nobody'"),
    ],
)
def test_what_prices_cant_serve_is_refused(prices, change, message):
    body = {
        "name": "a",
        "pair": {"dependent": "KO", "hedge": "PEP"},
        "costs": {"cost_bps": 5},
    }
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.Strategy(**(body | change)).backtest(prices)


def test_no_file_no_strategy(tmp_path):
    with pytest.raises(sl.InvalidInputError, match="path: no such file"):
        sl.load_strategy(tmp_path / "none.toml")
    with pytest.raises(sl.InvalidInputError, match=r"a file that ends in \.toml"):
        sl.load_strategy(tmp_path / "none.json")


def test_the_command_line_runs_it(file, prices, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prices[["KO", "PEP", "XOM"]].to_parquet("prices.parquet")
    assert main(["backtest", "prices.parquet", "--strategy", "cola.toml", "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["figures"]["sharpe"] == sl.load_strategy(file).backtest(prices).sharpe
    twice = ["backtest", "prices.parquet", "--strategy", "cola.toml", "--entry-z", "1"]
    assert main(twice) != 0
    assert "--entry-z: given with --strategy" in capsys.readouterr().err


def test_live_it_trades_what_it_backtests(file, prices):
    strategy = sl.load_strategy(file)
    fitted = strategy.fit(prices)
    model = sl.live.freeze_strategy(fitted)
    assert model.name == "cola"
    book = sl.live.PaperBook(capital=50_000)
    feed = sl.live.ReplayFeed(fitted.trading)
    session = sl.live.Session(feed, sl.live.Monitor([model]), book)
    session.start()
    session.join(120)
    assert not session.running
    bt = strategy.backtest(prices)
    # The backtest closes at its last bar; the day before both hold the same.
    assert book.curve()["equity"][:-1] == pytest.approx(bt.equity[:-1], rel=1e-9)
    with pytest.raises(sl.InvalidInputError, match="prices: missing"):
        sl.live.freeze_strategy(strategy)

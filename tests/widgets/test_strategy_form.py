"""The form shows, checks, backtests and keeps a strategy, and loses nothing of it."""

import json

import numpy as np
import polars as pl
import pytest

import spreadlab as sl
from spreadlab.cli import main
from spreadlab.strategy.describe import strategy_fields
from spreadlab_widgets import StrategyForm
from spreadlab_widgets.strategy_files import FileChangedError, FileTakenError, StrategyFolder
from spreadlab_widgets.strategy_values import read_texts, texts_of

COLA = {
    "name": "cola",
    "pair": {"dependent": "KO", "hedge": "PEP"},
    "window": {"start": "2014-06-02", "split": "2018-01-02"},
    "rule": {"kind": "zscore", "lookback": 40, "entry_z": 1.5, "stop_z": 4.0},
    "costs": {"cost_bps": 5.0, "slippage_bps": 2.0, "borrow_bps": 50.0},
    "sizing": {"capital": 50_000.0, "gross": 1.5, "compounding": True},
    "limits": {"gross": 2.0, "daily_loss": 0.03},
}
RULES = [
    {"kind": "zscore", "lookback": 40, "entry_z": 1.5},
    {"kind": "kalman", "entry_z": 1.0, "max_hold": 30},
    {"kind": "threshold", "enter_short": 0.03, "exit_short": 0.0},
    {"kind": "optimal", "discount": 0.1},
    {"kind": "optimal", "horizon": 0.2, "deadline": 10, "objective": "discounted"},
]


@pytest.fixture(scope="module")
def closes():
    return sl.data.load_sp500(start="2014-01-01", end="2019-12-31")[["KO", "PEP", "XOM"]]


@pytest.fixture
def form(closes, tmp_path):
    made = StrategyForm(closes, folder=tmp_path / "kept", strategy=sl.Strategy(**COLA))
    yield made
    made.close()


def say(form, **content):
    """Have the form hear what its page would send."""
    data = {"method": "custom", "content": content}
    form.controls._handle_msg({"content": {"data": data}, "buffers": []})


def write(form, values):
    """Have the form hear what a reader writes into its fields."""
    state = {"values": {**form.values, **values}}
    data = {"method": "update", "state": state, "buffer_paths": []}
    form.controls._handle_msg({"content": {"data": data}, "buffers": []})


# Fields and values


def test_every_key_of_a_file_has_a_field(form):
    fields = {(f.section, f.name) for f in form.fields if f.rule in ("", "zscore")}
    for section, value in sl.Strategy(**COLA).to_dict().items():
        keys = value if isinstance(value, dict) else {section: value}
        for key in keys:
            assert ("" if section == "name" else section, key) in fields
    assert all(field.help for field in form.fields)
    assert {f.rule for f in form.fields} == {
        "", "optimal", "zscore", "kalman", "threshold", "installed"
    }  # fmt: skip


@pytest.mark.parametrize("rule", [*RULES, {"kind": "installed", "name": "mine", "width": 2.5}])
def test_fields_and_strategy_say_the_same(rule):
    fields = strategy_fields()
    strategy = sl.Strategy(**{**COLA, "rule": rule})
    again, problems = read_texts(fields, texts_of(fields, strategy))
    assert problems == {}
    assert again == strategy


def test_blank_fields_are_not_in_the_file(form, tmp_path):
    write(form, {"rule.zscore.stop_z": "", "limits.gross": " ", "window.start": ""})
    body = form.strategy.to_dict()
    assert "stop_z" not in body["rule"]
    assert body["limits"] == {"daily_loss": 0.03}
    assert body["window"] == {"split": "2018-01-02"}


def test_what_another_rule_has_is_kept_in_its_fields(form):
    write(form, {"rule.kind": "kalman", "rule.kalman.entry_z": "1.25"})
    assert form.strategy.rule.parameters == {"entry_z": 1.25}
    write(form, {"rule.kind": "zscore"})
    given = {key: value for key, value in COLA["rule"].items() if key != "kind"}
    assert form.strategy.rule.parameters == given


@pytest.mark.parametrize(
    ("values", "key", "words"),
    [
        ({"name": ""}, "name", "is needed"),
        ({"pair.hedge": ""}, "pair.hedge", "is needed"),
        ({"pair.hedge": "KO"}, "pair.hedge", "got 'KO' twice"),
        ({"pair.hedge": "QQQ"}, "pair.hedge", "no 'QQQ' in the prices"),
        ({"pair.hedge_ratio": "0.5"}, "pair.intercept", "missing"),
        ({"pair.lags": "few"}, "pair.lags", "aic, bic or a whole number"),
        ({"pair.lags": "2.5"}, "pair.lags", "an integer"),
        ({"window.split": "soon"}, "window.split", "a date like 2020-01-01"),
        ({"rule.zscore.lookback": ""}, "rule.zscore.lookback", "is needed"),
        ({"rule.zscore.lookback": "1"}, "rule.zscore.lookback", "got 1"),
        ({"rule.zscore.entry_z": "two"}, "rule.zscore.entry_z", "got 'two'; must be a number"),
        ({"rule.zscore.entry_z": "nan"}, "rule.zscore.entry_z", "a finite number"),
        ({"rule.zscore.stop_z": "1"}, "rule.zscore.stop_z", "got 1.0"),
        ({"rule.kind": "installed"}, "rule.installed.name", "is needed"),
        (
            {"rule.kind": "installed", "rule.installed.parameters": "a = 1\nwidth = ?"},
            "rule.installed.parameters",
            "at line 2",
        ),
        ({"costs.cost_bps": "-5"}, "costs.cost_bps", "got -5.0"),
        ({"sizing.capital": "0"}, "sizing.capital", "got 0.0"),
        ({"limits.gross": "0"}, "limits.gross", "got 0.0"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(form, values, key, words):
    form.settle()
    shown = form.result
    write(form, values)
    assert words in form.problems[key]
    assert form.strategy is None
    assert form.code == ""
    form.settle()
    assert form.result is shown
    assert "without a mistake" in form.preview.error


def test_several_mistakes_are_told_at_once(form):
    write(form, {"costs.cost_bps": "x", "rule.zscore.lookback": "1", "pair.hedge": "KO"})
    assert set(form.problems) == {"costs.cost_bps", "rule.zscore.lookback", "pair.hedge"}
    write(form, {"costs.cost_bps": "1", "rule.zscore.lookback": "20", "pair.hedge": "PEP"})
    assert form.problems == {}
    assert form.strategy.costs.cost_bps == 1.0


# The preview


@pytest.mark.parametrize("rule", RULES)
def test_form_file_and_command_line_give_the_same_numbers(
    form, closes, tmp_path, capsys, monkeypatch, rule
):
    form.strategy = sl.Strategy(**{**COLA, "rule": rule})
    form.settle()
    form.save_as("cola")
    file = tmp_path / "kept" / "cola.toml"
    loaded = sl.load_strategy(file).backtest(closes)
    np.testing.assert_array_equal(form.result.equity, loaded.equity)
    np.testing.assert_array_equal(form.result.positions, loaded.positions)
    assert form.result.metrics.n_trades > 0
    monkeypatch.chdir(tmp_path)
    closes.to_parquet("prices.parquet")
    words = ["backtest", "prices.parquet", "--strategy", str(file), "--json"]
    assert main(words) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["sharpe"] == form.result.sharpe
    assert figures["n_trades"] == form.result.metrics.n_trades


def test_the_preview_follows_the_fields(form, closes):
    form.settle()
    assert form.preview.results == [("out of sample", form.result)]
    before = form.result
    write(form, {"rule.zscore.entry_z": "2.5"})
    form.settle()
    assert form.result is not before
    expected = form.strategy.backtest(closes)
    np.testing.assert_array_equal(form.result.equity, expected.equity)
    write(form, {"window.split": ""})
    form.settle()
    assert form.preview.results == [("in sample", form.result)]


def test_name_and_limits_change_no_backtest(form):
    form.settle()
    runs, shown = form.pipeline.runs["result"], form.result
    write(form, {"name": "other", "limits.gross": "1.1"})
    form.settle()
    assert form.pipeline.runs["result"] == runs
    assert form.result is shown
    assert form.strategy.limits.gross == 1.1


def test_a_burst_of_changes_is_one_backtest(form):
    form.settle()
    runs = form.pipeline.runs["result"]
    for entry in ("1.1", "1.2", "1.3", "1.4"):
        write(form, {"rule.zscore.entry_z": entry})
    form.settle()
    assert form.strategy.rule.parameters["entry_z"] == 1.4
    assert form.pipeline.runs["result"] - runs <= 2


@pytest.mark.parametrize(
    ("values", "key", "words"),
    [
        ({"window.split": "2031-01-01"}, "window.split", "a date inside"),
        ({"rule.kind": "optimal", "costs.cost_bps": "0", "costs.slippage_bps": "0"},
         "costs.cost_bps", "no cost is given"),
        ({"rule.kind": "installed", "rule.installed.name": "nobody"},
         "rule.installed.name", "no rule named 'nobody'"),
    ],
)  # fmt: skip
def test_what_only_the_prices_can_tell_is_said_beside_its_field_too(form, values, key, words):
    write(form, values)
    form.settle()
    assert words in form.problems[key]
    assert words in form.preview.error
    assert form.result is None
    write(form, {"name": "still wrong"})
    form.settle()
    assert words in form.problems[key]
    write(form, {"window.split": "2018-01-02", "costs.cost_bps": "5", "rule.kind": "zscore"})
    form.settle()
    assert (form.problems, form.preview.error) == ({}, "")
    assert form.result is not None


def test_an_error_of_no_field_is_told_at_the_preview(form, closes):
    broken = closes.copy()
    broken.iloc[800, 0] = np.nan
    form.prices = broken
    form.settle()
    assert form.result is None
    assert "KO" in form.preview.error
    assert form.problems == {}
    form.prices = closes
    form.settle()
    assert form.result is not None
    assert form.preview.error == ""


def test_a_preview_that_its_engine_failed_can_be_had_again(form, monkeypatch):
    form.settle()
    fails = [sl.EngineUnavailableError("gone")]
    real = sl.Strategy.backtest

    def backtest(strategy, prices):
        if fails:
            raise fails.pop()
        return real(strategy, prices)

    monkeypatch.setattr(sl.Strategy, "backtest", backtest)
    write(form, {"rule.zscore.entry_z": "2"})
    form.settle()
    assert (form.preview.error, form.problems, form.result) == ("gone", {}, None)
    say(form, kind="refresh")
    form.settle()
    assert form.preview.error == ""
    np.testing.assert_array_equal(form.result.equity, real(form.strategy, form.prices).equity)


def test_a_preview_is_a_trial_once_it_was_looked_at(closes, tmp_path):
    with sl.study("form", in_memory=True) as study:
        form = StrategyForm(closes, folder=tmp_path, strategy=sl.Strategy(**COLA))
    for entry in ("1.1", "1.2", "1.3"):
        write(form, {"rule.zscore.entry_z": entry})
    form.settle()
    assert study.count().n_trials == 1
    form.settle()
    assert study.count().n_trials == 1
    form.close()


def test_without_prices_the_fields_work_and_say_what_is_missing(tmp_path):
    form = StrategyForm(folder=tmp_path)
    assert repr(form) == "StrategyForm(no strategy)"
    assert form.problems["pair.dependent"] == "is needed"
    assert (form.values["pair.transform"], form.values["rule.kind"]) == ("log", "optimal")
    assert "stands here once" in form.preview.error
    form.strategy = sl.Strategy(**COLA)
    form.settle()
    assert form.problems == {}
    assert "No prices" in form.preview.error
    form.save_as("cola")
    assert sl.load_strategy(tmp_path / "cola.toml") == form.strategy
    form.close()


def test_it_begins_with_something_to_see(closes, tmp_path):
    form = StrategyForm(closes, folder=tmp_path / "none yet")
    form.settle()
    assert (form.strategy.pair.dependent, form.strategy.pair.hedge) == ("KO", "PEP")
    assert form.result.n_obs == len(closes) - 2 * len(closes) // 3
    assert not form.changed
    assert not (tmp_path / "none yet").exists()
    form.close()


def test_other_frames_are_taken(closes, tmp_path):
    given = pl.from_pandas(closes.reset_index(names="date"))
    form = StrategyForm(given, folder=tmp_path, strategy=sl.Strategy(**COLA))
    form.settle()
    np.testing.assert_allclose(
        form.result.equity, sl.Strategy(**COLA).backtest(closes).equity, rtol=1e-12
    )
    form.close()
    with pytest.raises(sl.InvalidInputError, match="strategy: got a str"):
        StrategyForm(closes, strategy="cola")
    with pytest.raises(TypeError, match="unexpected keyword argument 'stratgy'"):
        StrategyForm(closes, stratgy=None)


# Files


def test_save_open_and_delete(form, tmp_path):
    folder = tmp_path / "kept"
    assert form.changed is False
    say(form, kind="save_as", name="cola")
    assert (form.file, form.changed, form.controls.files) == ("cola", False, ["cola"])
    assert sl.load_strategy(folder / "cola.toml") == form.strategy
    write(form, {"rule.zscore.entry_z": "2.25"})
    assert form.changed is True
    say(form, kind="save")
    assert sl.load_strategy(folder / "cola.toml").rule.parameters["entry_z"] == 2.25
    say(form, kind="new")
    assert (form.file, form.strategy.name) == ("", "new strategy")
    say(form, kind="open", name="cola")
    assert form.file == "cola"
    assert form.strategy.rule.parameters["entry_z"] == 2.25
    assert form.values["rule.zscore.entry_z"] == "2.25"
    say(form, kind="delete")
    assert "Delete cola.toml?" in form.controls.question["words"]
    say(form, kind="answer", choice="cancel")
    assert (folder / "cola.toml").exists()
    say(form, kind="delete")
    say(form, kind="answer", choice="delete")
    assert not (folder / "cola.toml").exists()
    assert (form.file, form.changed, form.controls.files) == ("", True, [])
    assert form.controls.error == ""


def test_changes_are_not_dropped_unasked(form):
    form.save_as("cola")
    write(form, {"rule.zscore.entry_z": "3"})
    for message in ({"kind": "open", "name": "cola"}, {"kind": "new"}):
        say(form, **message)
        assert "would be lost" in form.controls.question["words"]
        assert form.values["rule.zscore.entry_z"] == "3"
        say(form, kind="answer", choice="cancel")
        assert form.controls.question is None
        assert form.values["rule.zscore.entry_z"] == "3"
    say(form, kind="open", name="cola")
    say(form, kind="answer", choice="discard")
    assert form.values["rule.zscore.entry_z"] == "1.5"


def test_a_name_that_is_there_asks(form, tmp_path):
    other = sl.Strategy(**{**COLA, "name": "theirs"})
    form.save_as("cola")
    other.save(tmp_path / "kept" / "oil.toml")
    say(form, kind="save_as", name="oil")
    assert form.controls.question["words"] == "oil.toml is there already."
    assert form.file == "cola"
    assert sl.load_strategy(tmp_path / "kept" / "oil.toml") == other
    say(form, kind="answer", choice="replace")
    assert form.file == "oil"
    assert sl.load_strategy(tmp_path / "kept" / "oil.toml").name == "cola"
    with pytest.raises(FileTakenError, match="there already"):
        form.save_as("cola")


@pytest.mark.parametrize("choice", ["reopen", "replace", "cancel"])
def test_a_file_that_changed_on_disk_is_not_lost(form, tmp_path, choice):
    form.save_as("cola")
    file = tmp_path / "kept" / "cola.toml"
    theirs = sl.Strategy(**{**COLA, "name": "theirs"})
    theirs.save(file)
    write(form, {"rule.zscore.entry_z": "3"})
    mine = form.strategy
    say(form, kind="save")
    assert "changed on disk" in form.controls.question["words"]
    assert sl.load_strategy(file) == theirs
    say(form, kind="answer", choice=choice)
    assert form.strategy == (theirs if choice == "reopen" else mine)
    assert sl.load_strategy(file) == (mine if choice == "replace" else theirs)
    assert form.changed is (choice == "cancel")
    if choice == "cancel":
        with pytest.raises(FileChangedError, match="changed on disk"):
            form.save()


def test_a_file_that_was_deleted_on_disk_is_saved_again(form, tmp_path):
    form.save_as("cola")
    (tmp_path / "kept" / "cola.toml").unlink()
    form.save()
    assert sl.load_strategy(tmp_path / "kept" / "cola.toml") == form.strategy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\n[pair\n', "line 2"),
        ('name = "a"\n\n[pair]\ndependent = "KO"\nhedge = "PEP"\n[rule]\nlokback = 2\n', "line 7"),
        ('name = "a"\n[rule]\nkind = "kalman"\n', "pair"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(form, tmp_path, text, words):
    form.save_as("cola")
    (tmp_path / "kept" / "broken.toml").write_text(text)
    before = form.values
    say(form, kind="files")
    assert form.controls.files == ["broken", "cola"]
    say(form, kind="open", name="broken")
    assert words in form.controls.error
    assert form.file == "cola"
    assert form.values == before
    say(form, kind="open", name="cola")
    assert form.controls.error == ""


def test_what_is_wrong_is_not_saved(form, tmp_path):
    form.save_as("cola")
    write(form, {"rule.zscore.lookback": "1"})
    say(form, kind="save")
    assert "one field needs another value" in form.controls.error
    assert sl.load_strategy(tmp_path / "kept" / "cola.toml").rule.parameters["lookback"] == 40


@pytest.mark.parametrize("name", ["", " ", "../cola", "a/b", "a\\b", ".hidden", "x" * 101, "a\nb"])
def test_names_that_no_file_can_have(form, tmp_path, name):
    say(form, kind="save_as", name=name)
    assert "the name of a file" in form.controls.error
    assert list(tmp_path.rglob("*.toml")) == []


def test_the_folder_is_made_by_the_first_save_and_is_no_file(form, tmp_path):
    assert not (tmp_path / "kept").exists()
    form.save_as("Übung 1.toml")
    assert [f.name for f in (tmp_path / "kept").iterdir()] == ["Übung 1.toml"]
    (tmp_path / "file").write_text("")
    with pytest.raises(sl.InvalidInputError, match=r"folder: .* is a file"):
        StrategyForm(folder=tmp_path / "file")


def test_two_forms_do_not_overwrite_each_other(tmp_path):
    one, two = StrategyFolder(tmp_path), StrategyFolder(tmp_path)
    first = one.write("cola", sl.Strategy(**COLA))
    _, seen = two.read("cola")
    assert seen == first
    one.write("cola", sl.Strategy(**{**COLA, "name": "newer"}), known=first)
    with pytest.raises(FileChangedError):
        two.write("cola", sl.Strategy(**COLA), known=seen)
    assert sl.load_strategy(tmp_path / "cola.toml").name == "newer"


def test_the_code_runs_to_the_same_numbers(form, closes):
    form.settle()
    for saved in (False, True):
        if saved:
            form.save_as("co la")
        assert ("load_strategy" in form.code) is saved
        space = {"prices": closes}
        exec(form.code.replace("strategy.backtest", "bt = strategy.backtest"), space)
        np.testing.assert_array_equal(space["bt"].equity, form.result.equity)


# The page


def test_what_the_page_is_told_of_each_field(form):
    told = {field["key"]: field for field in form.controls._fields}
    assert told["rule.zscore.lookback"]["kind"] == "integer"
    assert told["rule.zscore.lookback"]["required"] is True
    assert told["rule.zscore.entry_z"]["default"] == "2"
    assert told["rule.optimal.objective"]["choices"] == ["discounted", "ergodic"]
    assert told["pair.lags"]["integer"] is True
    assert told["sizing.compounding"]["kind"] == "flag"
    assert form.controls.symbols == ["KO", "PEP", "XOM"]
    json.dumps(form.controls._fields)


def test_without_a_kernel_it_reads_as_tables_and_a_picture(form):
    form.settle()
    data, _ = form._repr_mimebundle_()
    assert "rule.lookback" in data["text/html"]
    assert "sharpe" in data["text/html"].lower()
    assert data["text/plain"] == f"StrategyForm({form.strategy!r})"
    assert len(data["image/png"]) > 1000


def test_closing_frees_every_widget_and_the_thread(closes, tmp_path, open_widgets):
    form = StrategyForm(closes, folder=tmp_path)
    form.settle()
    thread = form.pipeline._thread
    form.close()
    thread.join(60)
    assert not thread.is_alive()
    assert open_widgets() == []
    assert repr(form) == "StrategyForm(closed)"

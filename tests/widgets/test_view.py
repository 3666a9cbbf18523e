"""What every view shares."""

import json
import re
from pathlib import Path

import pytest
import traitlets as t

import spreadlab as sl
from spreadlab_widgets import (
    BacktestView,
    EnginePanel,
    LiveMonitor,
    OUFitView,
    PairMap,
    PairSelector,
    PairTable,
    PolicyHeatmap,
    PortfolioView,
    ScanStatus,
    SpreadView,
    View,
    WindowControl,
    bundles,
)
from spreadlab_widgets.view import InvalidTraitError

VIEWS = [
    BacktestView,
    EnginePanel,
    LiveMonitor,
    OUFitView,
    PairMap,
    PairSelector,
    PairTable,
    PolicyHeatmap,
    PortfolioView,
    ScanStatus,
    SpreadView,
    WindowControl,
]
BUNDLES = [
    "backtest-view",
    "engine-panel",
    "live-monitor",
    "ou-fit-view",
    "pair-map",
    "pair-table",
    "policy-heatmap",
    "portfolio-view",
    "scan-status",
    "spread-view",
    "window-control",
    "workbench-bar",
]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("view", VIEWS)
def test_repr_is_the_same_on_every_run(view):
    texts = {repr(view()) for _ in range(3)}
    assert len(texts) == 1
    assert not re.search(r"0x[0-9a-f]{6,}", texts.pop())


@pytest.mark.parametrize("view", VIEWS)
def test_an_unknown_keyword_gets_advice(view):
    with pytest.raises(
        TypeError, match=r"unexpected keyword argument 'tehme'; did you mean 'theme'"
    ):
        view(tehme="dark")
    with pytest.raises(TypeError, match=r"it takes .*loading.*theme"):
        view(zzz=1)
    with pytest.raises(TypeError, match="'_version'"):
        view(_version="9")


@pytest.mark.parametrize("view", VIEWS)
def test_theme_is_one_of_three(view):
    assert view().theme == "auto"
    assert view(theme="dark").theme == "dark"
    with pytest.raises(t.TraitError, match="theme"):
        view(theme="pink")


@pytest.mark.parametrize("view", VIEWS)
def test_ipywidgets_own_keywords_still_work(view):
    assert view(layout={"width": "300px"}).layout.width == "300px"


@pytest.mark.parametrize("view", VIEWS)
def test_close_leaves_nothing_open(view, open_widgets):
    made = view()
    with made.reporting():
        raise RuntimeError("so that there are errors to close too")
    assert open_widgets()
    layouts = [w for w in open_widgets() if type(w).__name__ in {"Layout", "HTMLStyle"}]
    made.close()
    # ipywidgets itself leaves layouts and styles to the garbage collector.
    left = [w for w in open_widgets() if w not in layouts]
    assert [w for w in left if type(w).__name__ not in {"Layout", "HTMLStyle"}] == []
    assert repr(made) == f"{view.__name__}(closed)"


def test_a_callback_that_fails_tells_the_reader():
    view = PolicyHeatmap()
    with view.reporting():
        raise ValueError("half a policy")
    assert view.error == "ValueError: half a policy"
    [traceback] = view.errors.outputs
    assert traceback["name"] == "stderr"
    assert "test_view.py" in traceback["text"]
    with view.reporting():
        pass
    assert view.error == ""


def test_an_interrupt_goes_through():
    view = PolicyHeatmap()
    with pytest.raises(KeyboardInterrupt), view.reporting():
        raise KeyboardInterrupt
    assert view.error == ""


def test_invalid_traits_are_input_errors_and_trait_errors():
    with pytest.raises(sl.InvalidInputError) as caught:
        PolicyHeatmap("a policy")
    assert isinstance(caught.value, t.TraitError)
    assert isinstance(caught.value, InvalidTraitError)
    assert caught.value.argument == "policy"


@pytest.mark.parametrize("view", VIEWS)
def test_versions_are_told_to_the_code_that_draws(view):
    assert view().get_state()["_version"] == sl.__version__


@pytest.mark.parametrize("folder", ["labextension", "widgets/frontend"])
def test_the_web_parts_have_the_version_of_the_package(folder):
    manifest = json.loads((ROOT / folder / "package.json").read_text("utf-8"))
    assert manifest["version"] == sl.__version__


@pytest.mark.parametrize("name", BUNDLES)
def test_the_bundles_are_built_for_this_version_and_reach_for_nothing(name):
    code = bundles.bundle(f"{name}.js").read_text("utf-8")
    assert f'"{sl.__version__}"' in code
    for text in (code, bundles.bundle(f"{name}.css").read_text("utf-8")):
        assert not re.search(r"https?://(?!www\.w3\.org/)", text)
        assert "@import" not in text


def test_a_missing_bundle_says_how_to_build_it():
    with pytest.raises(FileNotFoundError, match="make install"):
        bundles.bundle("no-such-view.js")


def test_views_share_one_base():
    assert all(issubclass(view, View) for view in VIEWS)

"""The panel connects, tests, lists and cancels, and keeps no token."""

import json

import pytest

import spreadlab as sl
from spreadlab.engines import registry
from spreadlab.engines.local import LocalEngine
from spreadlab_widgets import EnginePanel, engine_panel
from spreadlab_widgets.engine_panel import address_of


@pytest.fixture(autouse=True)
def local_engine_afterwards():
    yield
    sl.connect("local")


def hear(panel, **content):
    """Have the panel hear what its page would send."""
    data = {"method": "custom", "content": content}
    panel._handle_msg({"content": {"data": data}, "buffers": []})
    panel.wait()


@pytest.mark.parametrize(
    ("form", "address"),
    [
        ({"where": "local"}, "local"),
        ({"where": "local", "threads": "2"}, "local?threads=2"),
        ({"where": "remote", "host": "10.0.0.1:50051"}, "grpc://10.0.0.1:50051"),
        ({"where": "remote", "host": " box:1 ", "tls": True}, "grpcs://box:1"),
        ({"where": "remote", "host": "grpcs://box:1"}, "grpcs://box:1"),
        ({"where": "cluster", "host": "[::1]:8786"}, "dask://[::1]:8786"),
    ],
)
def test_a_form_is_an_address(form, address):
    assert address_of(form) == address


@pytest.mark.parametrize(
    "form",
    [
        {"where": "remote", "host": ""},
        {"where": "remote", "host": "box"},
        {"where": "remote", "host": ":50051"},
        {"where": "remote", "host": "box:port"},
        {"where": "remote", "host": "dask://box:1"},
        {"where": "cluster", "host": "grpc://box:1"},
    ],
)
def test_a_form_that_is_no_address_says_what_is(form):
    with pytest.raises(sl.InvalidInputError, match="address"):
        address_of(form)


def test_it_tells_of_the_engine_in_use():
    sl.connect("local?threads=1")
    panel = EnginePanel()
    assert panel.address == "local?threads=1"
    assert panel.words == f"local?threads=1 · 1 thread · spreadlab {sl.__version__}"
    assert repr(panel) == "EnginePanel(local?threads=1)"


def test_connecting_changes_the_engine_of_the_process():
    panel = EnginePanel()
    hear(panel, kind="connect", where="local", threads="1")
    assert panel.state == "connected"
    assert panel.address == registry.current_engine().address == "local?threads=1"
    result = sl.solve_hjb(sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2), cost=0.01, discount=0.05)
    assert result.provenance["engine"] == "local?threads=1"


def test_testing_changes_nothing():
    before = registry.current_engine()
    panel = EnginePanel()
    hear(panel, kind="test", where="local", threads="1")
    assert panel.words.startswith("local?threads=1 answers: ")
    assert registry.current_engine() is before
    assert panel.address == before.address


def test_a_test_closes_the_engine_that_it_opened(monkeypatch):
    opened = []

    def remember(address):
        opened.append(LocalEngine(1, address))
        return opened[-1]

    monkeypatch.setattr(engine_panel, "open_engine", remember)
    hear(EnginePanel(), kind="test", where="local")
    assert opened[0]._closed.is_set()


def test_an_engine_that_cannot_be_had_is_told_and_the_old_one_stays():
    panel = EnginePanel()
    hear(panel, kind="connect", where="local", threads="0")
    assert panel.state == "failed"
    assert "threads" in panel.error
    assert panel.address == "local"
    hear(panel, kind="connect", where="local")
    assert (panel.state, panel.error) == ("connected", "")


class FarEngine(LocalEngine):
    """Stands for one on another machine, which may go and come back."""

    def __init__(self):
        super().__init__(1, "grpc://box:1")
        self.gone = False

    def capabilities(self):
        if self.gone:
            raise sl.EngineUnavailableError("nobody answers at box:1")
        return super().capabilities()


@pytest.fixture
def far(monkeypatch):
    engine = FarEngine()
    monkeypatch.setattr(engine_panel, "current_engine", lambda: engine)
    return engine


def test_an_engine_that_stops_answering_is_lost_until_it_answers(far, monkeypatch):
    monkeypatch.setattr(engine_panel, "_LOOK_EVERY", 0.0)
    panel = EnginePanel()
    hear(panel, kind="jobs")
    assert panel.state == "connected"
    assert panel.words.startswith("grpc://box:1 · 1 thread")
    far.gone = True
    hear(panel, kind="jobs")
    assert (panel.state, panel.words) == ("lost", "grpc://box:1 does not answer.")
    assert "nobody answers at box:1" in panel.error
    far.gone = False
    hear(panel, kind="jobs")
    assert (panel.state, panel.error) == ("connected", "")
    assert panel.words.startswith("grpc://box:1 · 1 thread")


def test_an_engine_is_left_in_peace_between_two_looks(far):
    panel = EnginePanel()
    hear(panel, kind="jobs")
    far.gone = True
    hear(panel, kind="jobs")
    assert panel.state == "connected"


def test_what_is_heard_of_an_engine_that_was_replaced_is_nothing(far, monkeypatch):
    panel = EnginePanel()
    asked = []
    monkeypatch.setattr(panel._watch, "submit", lambda work, show: asked.append((work, show)))
    hear(panel, kind="jobs")
    [(work, show)] = asked
    monkeypatch.setattr(engine_panel, "current_engine", registry.current_engine)
    hear(panel, kind="jobs")
    words = panel.words
    assert words.startswith("local")
    show(work())
    show(sl.EngineUnavailableError("gone"))
    assert (panel.state, panel.words, panel.error) == ("connected", words, "")


def test_a_malformed_address_is_told_before_anything_is_opened():
    panel = EnginePanel()
    hear(panel, kind="connect", where="remote", host="nowhere")
    assert "host:port" in panel.error


def test_a_token_goes_to_the_engine_and_nowhere_else(monkeypatch):
    seen = {}

    def connect(address, **options):
        seen[address] = options
        raise sl.EngineUnavailableError("refused")

    monkeypatch.setattr(sl, "connect", connect)
    panel = EnginePanel()
    hear(panel, kind="connect", where="remote", host="box:1", tls=True, token="s3cret-token")
    assert seen == {"grpcs://box:1": {"token": "s3cret-token"}}
    assert panel.error == "EngineUnavailableError: refused"
    state = {k: v for k, v in panel.get_state().items() if k not in {"_esm", "_css"}}
    kept = [json.dumps(state, default=str), str(panel.errors.outputs), repr(vars(panel))]
    assert not any("s3cret" in text for text in kept)


def test_no_trait_is_named_like_a_secret():
    assert not [name for name in EnginePanel.class_trait_names() if "token" in name.lower()]


def test_it_follows_an_engine_that_a_cell_connects():
    panel = EnginePanel()
    sl.connect("local?threads=1")
    hear(panel, kind="jobs")
    assert panel.address == "local?threads=1"


def test_running_jobs_are_listed_and_can_be_cancelled(job_that_waits):
    from concurrent.futures import ThreadPoolExecutor

    panel, sent = EnginePanel(), []
    panel.send = lambda content, buffers=None: sent.append(content)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(job_that_waits.run)
        try:
            assert job_that_waits.started.wait(60)
            hear(panel, kind="jobs")
            assert panel.error == ""
            [row] = [r for r in sent[-1]["jobs"] if r["id"] == job_that_waits.job.id]
            assert (row["task"], row["done"], row["fraction"]) == ("waiting", 0, 0.0)
            hear(panel, kind="cancel", id=row["id"])
        finally:
            ended_by_the_panel = job_that_waits.state() == "cancelled"
            job_that_waits.job.cancel()
        with pytest.raises(sl.ScanCancelledError):
            running.result(60)
    assert ended_by_the_panel
    assert row["id"] not in [r["id"] for r in sent[-1]["jobs"]]
    hear(panel, kind="cancel", id="no such job")
    assert panel.error == ""

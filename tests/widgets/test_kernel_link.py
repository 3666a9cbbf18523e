"""What a kernel tells the sidebar, and what it does when asked."""

import gc
import json
import threading
import time
import uuid
import weakref
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

import spreadlab as sl
from spreadlab.engines import registry
from spreadlab.errors import EngineUnavailableError
from spreadlab.task import Capabilities
from spreadlab_widgets import kernel_link
from spreadlab_widgets.kernel_link.link import Link

SECONDS = 120.0


@pytest.fixture(autouse=True)
def quiet_process(monkeypatch):
    """Leave neither watchers nor an engine behind."""
    monkeypatch.setattr("spreadlab.engines.job._watchers", [])
    yield
    sl.connect("local")


@pytest.fixture
def link():
    for job in sl.jobs():  # of views that other tests closed a moment ago
        if job.state == "running":
            job.cancel()
            job.wait(60)
    namespace = {"Out": {}, "_private": 1}
    made = Link(namespace)
    made.namespace = namespace
    made.sent = []
    made.send = made.sent.append
    from spreadlab.engines.job import watch_jobs

    watch_jobs(made._hear_of)
    return made


class FakeEngine:
    """An engine that answers, or does not, as the test says."""

    def __init__(self, address="grpc://desk:1"):
        self.address = address
        self.problem = None
        self.asked = 0

    def submit(self, *_args, **_options):
        raise AssertionError("nothing is computed here")

    def capabilities(self):
        self.asked += 1
        if self.problem is not None:
            raise EngineUnavailableError(self.problem)
        return Capabilities(self.address, "0", 16)

    def close(self):
        pass


def test_there_is_no_link_without_a_kernel():
    kernel_link.start()
    assert kernel_link._links == []


def test_a_result_is_listed_under_its_name_and_not_kept_alive(link, prices):
    scan = sl.discover_pairs(prices, progress=False)
    [row] = link.state()["results"]
    assert row["name"] is None
    assert (row["task"], row["state"], row["scan"]) == ("pair scan", "done", True)
    assert row["words"] == "5 symbols, 20 tests"
    link.namespace["Out"][4] = scan
    assert link.state()["results"][0]["name"] == "Out[4]"
    link.namespace["found"] = scan
    assert link.state()["results"][0]["name"] == "found"
    question = {"kind": "code", "result": row["result"], "where": "cell"}
    assert link.answer(question) == {"code": "found"}
    # Results have no weak references; an array of theirs has.
    alive = weakref.ref(scan.pvalue)
    link.namespace.clear()
    del scan
    gc.collect()
    assert alive() is None
    assert "no variable holds this pair scan" in link.answer(question)["error"]


def test_a_result_with_tests_that_is_no_scan_is_listed_too(link, prices, until):
    scan = sl.discover_pairs(prices, progress=False)
    calibration = sl.calibrate(prices, spec=scan.spec, n_universes=20, seed=1, progress=False)
    until(lambda: len(link.state()["results"]) == 2, "both results")
    [row] = [row for row in link.state()["results"] if not row["scan"]]
    assert row["state"] == "done"
    assert row["words"].startswith(repr(calibration)[:20])


def test_a_scan_opens_the_workbench_on_the_prices_it_was_made_of(link, prices):
    sl.discover_pairs(prices, progress=False)
    number = link.state()["results"][0]["result"]
    question = {"kind": "code", "result": number, "where": "workbench"}
    link.namespace["others"] = prices * 2
    link.namespace["words"] = ["no", "prices"]
    assert "no variable holds the prices" in link.answer(question)["error"]
    link.namespace["closes"] = prices
    code = link.answer(question)["code"]
    assert "Workbench(closes, " in code
    compile(code, "cell", "exec")


def test_failures_and_cancels_are_results_too(link, job_that_waits):
    def cell():
        with pytest.raises(sl.ScanCancelledError):
            job_that_waits.run()

    thread = threading.Thread(target=cell)
    thread.start()
    assert job_that_waits.started.wait(60)
    [job] = link.state()["jobs"]
    assert (job["task"], job["done"], job["left"]) == ("waiting", 0, None)
    assert link.answer({"kind": "cancel", "job": -1}) == {"cancelled": 0}
    assert link.answer({"kind": "connect", "profile": {"address": "local"}})["error"] == (
        "1 job on the engine in use would be lost; cancel it first, or wait"
    )
    assert link.answer({"kind": "cancel", "job": job["job"]}) == {"cancelled": 1}
    thread.join(60)
    job_that_waits.job.wait(60)
    assert link.state()["jobs"] == []
    assert link.state()["results"][0]["state"] == "cancelled"


def test_only_news_is_told(link):
    link.tell()
    link.tell()
    assert len(link.sent) == 1
    sl.connect("local?threads=1")
    link.tell()
    assert [state["engine"]["threads"] for state in link.sent][-1] == 1
    assert len(link.sent) == 2
    numbers = [state["number"] for state in link.sent]
    assert numbers == sorted(set(numbers))
    assert link.answer({"kind": "watch", "seconds": 0})["state"]["number"] > numbers[-1]
    json.dumps(link.sent, allow_nan=False)


def test_an_engine_is_asked_while_somebody_looks_and_only_then(link, until):
    engine = FakeEngine()
    sl.connect(engine)
    link._engine.look()
    assert link._engine.next_look() is None
    row = link.state()["engine"]
    assert (row["address"], row["kind"], row["state"]) == ("grpc://desk:1", "remote", "ready")
    assert (row["milliseconds"], row["threads"], engine.asked) == (None, None, 0)

    link.answer({"kind": "watch", "seconds": 60})
    link._engine.look()
    until(lambda: link.state()["engine"]["threads"] == 16, "the engine's answer")
    assert link.state()["engine"]["milliseconds"] >= 0
    assert 0 < link._engine.next_look() <= 2.0
    link._engine.look()
    assert engine.asked == 1  # it is not time yet

    engine.problem = "the desk is empty"
    link._engine._asked_at = float("-inf")
    link._engine.look()
    until(lambda: link.state()["engine"]["state"] == "offline", "that it is offline")
    assert link.state()["engine"]["problem"] == "the desk is empty"
    sl.connect("local")
    assert link.state()["engine"]["problem"] == ""
    assert link._engine.next_look() is None  # this machine need not be asked


def test_a_profile_connects_and_its_token_stays_in_the_kernel(link, until, monkeypatch, tmp_path):
    seen = {}

    def open_it(address, **options):
        seen.update(options, address=address)
        return FakeEngine(address)

    monkeypatch.setattr(registry, "open_engine", open_it)
    token = tmp_path / "token"
    token.write_text("s3cret\n", "utf-8")
    profile = {"address": "grpcs://desk:1", "tokenFile": str(token), "caFile": "/ca.pem"}
    answer = link.answer({"kind": "connect", "profile": profile})
    assert "error" not in answer
    until(lambda: link.state()["engine"]["address"] == "grpcs://desk:1", "the connection")
    until(lambda: link.state()["engine"]["connecting"] is None, "its end")
    assert seen == {"address": "grpcs://desk:1", "token": "s3cret", "ca": "/ca.pem"}
    assert "s3cret" not in json.dumps([link.state(), answer])


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"address": "ftp://desk"}, "engine: got 'ftp://desk'"),
        ({"address": "grpc://desk:1", "tokenFile": "/nowhere/token"}, "can't read /nowhere/token"),
    ],
)
def test_a_connection_that_fails_says_why_and_changes_nothing(link, until, profile, words):
    sl.connect("local?threads=1")
    link.answer({"kind": "connect", "profile": profile})
    until(lambda: link.state()["engine"]["connecting"] is None, "the end of it")
    row = link.state()["engine"]
    assert words in row["problem"]
    assert row["address"] == "local?threads=1"


def test_an_engine_that_the_environment_names_is_not_opened_to_be_shown(link, monkeypatch):
    monkeypatch.setattr(registry, "_default", None)
    monkeypatch.setenv("SPREADLAB_ENGINE", "grpc://127.0.0.1:1")
    row = link.state()["engine"]
    assert (row["address"], row["state"]) == ("grpc://127.0.0.1:1", "unused")
    assert registry.peek_engine() is None


def test_the_ledger_is_told_study_by_study(link, monkeypatch):
    from spreadlab.backtest.ledger import MEMORY, Ledger, Trial

    book = Ledger(MEMORY)
    for i, sharpe in enumerate((0.05, 0.02)):
        book.add(
            Trial(
                *("s", f"r{i}", "walk_forward", "R", "d", 250, sharpe, 0.0, 3.0),
                *(1, 1.0, sharpe, 0.0, "local", "0"),
            )
        )
    monkeypatch.setattr("spreadlab_widgets.kernel_link.ledger_rows.ledger", book)
    answer = link.answer({"kind": "ledger"})
    [row] = answer["studies"]
    assert answer["path"] == MEMORY
    assert (row["study"], row["trials"], row["effective"]) == ("s", 2, 2.0)
    assert (row["rule"], row["kind"], row["sharpe"]) == ("R", "walk forward", 0.05)
    assert 0 < row["deflated"] < row["naive"] < 1


def test_a_question_that_nobody_knows_is_answered_with_those_that_are(link):
    assert "watch, cancel, connect, ledger, code" in link.answer({"kind": "dance"})["error"]


class Page:
    """What JupyterLab is to a kernel."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="python3")
        self.messages = []

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def ask(self, question, subshell=None):
        content = {"comm_id": uuid.uuid4().hex, "target_name": "spreadlab.ask", "data": question}
        message = self.client.session.msg("comm_open", content)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        is_answer = self._has(msg_type="comm_msg", comm_id=content["comm_id"])
        return self.until(is_answer)["content"]["data"]

    def run(self, code):
        request = self.client.execute(code)
        self.until(self._ended(request))
        return request

    def subshell(self):
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        return self.client.control_channel.get_msg(timeout=SECONDS)["content"]["subshell_id"]

    def until(self, wanted):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            self.messages.append(message)
            if wanted(message):
                return message
        raise TimeoutError("the kernel did not say it")

    def told(self, wanted):
        """Wait until the kernel tells a state that the caller wants, or has told it last."""
        is_told = self._has(msg_type="comm_msg", comm_id="spreadlab.tell")
        states = [m["content"]["data"] for m in self.messages if is_told(m)]
        if states and wanted(states[-1]):
            return states[-1]
        message = self.until(lambda m: is_told(m) and wanted(m["content"]["data"]))
        return message["content"]["data"]

    def _ended(self, request):
        return lambda m: (
            m["msg_type"] == "status"
            and m["content"]["execution_state"] == "idle"
            and m["parent_header"].get("msg_id") == request
        )

    @staticmethod
    def _has(msg_type, comm_id):
        return lambda m: m["msg_type"] == msg_type and m["content"]["comm_id"] == comm_id


@pytest.fixture(scope="module")
def page():
    made = Page()
    yield made
    made.close()


SETUP = """
import sys
loaded = [name for name in sys.modules if name.partition(".")[0].startswith("spreadlab")]
import spreadlab as sl
from spreadlab_widgets.kernel_link import _links
prices = sl.data.simulate_universe(6, 300, seed=1).prices
"""
# A task that only a cancel ends, and a cell that blocks the kernel with it.
BLOCK = """
import dataclasses, time
from spreadlab._canonical import wire
from spreadlab.engines.registry import current_engine
from spreadlab.task import SingleTile, poll_cancel

@wire("test.EndlessSpec")
@dataclasses.dataclass(frozen=True, slots=True)
class EndlessSpec(SingleTile):
    def check(self, inputs): pass
    def run(self, view, tile):
        while True:
            poll_cancel()
            time.sleep(0.001)

current_engine().submit(EndlessSpec()).result()
"""


def test_a_kernel_tells_and_is_cancelled_while_a_cell_blocks_it(page):
    page.run(SETUP)
    assert page.told(lambda state: state["jobs"] == [])["engine"]["kind"] == "local"
    opened = [m["content"] for m in page.messages if m["msg_type"] == "comm_open"]
    assert [one["comm_id"] for one in opened].count("spreadlab.tell") == 1

    # A second import opens nothing, and results come with the names that cells give them.
    page.run("import spreadlab\nscan = sl.discover_pairs(prices, progress=False)")
    told = page.told(lambda state: state["results"] and state["results"][0]["name"] == "scan")
    assert told["results"][0]["words"] == "6 symbols, 30 tests"

    subshell = page.subshell()
    blocked = page.client.execute(BLOCK)
    state = page.told(lambda state: state["jobs"])
    assert state["jobs"][0]["task"] == "endless"
    assert page.ask({"kind": "cancel", "job": state["jobs"][0]["job"]}, subshell) == {
        "cancelled": 1
    }
    # The cell had not ended when the answer came: no subshell, no answer.
    assert not any(map(page._ended(blocked), page.messages))
    page.until(page._ended(blocked))
    errors = [m["content"]["ename"] for m in page.messages if m["msg_type"] == "error"]
    assert errors == ["ScanCancelledError"]
    assert page.told(lambda state: not state["jobs"])["results"][0]["state"] == "cancelled"


def test_questions_leave_the_count_of_cells_alone(page):
    page.run("1 + 1")
    page.ask({"kind": "watch", "seconds": 1})
    page.ask({"kind": "ledger"})
    request = page.client.execute("assert len(_links) == 1 and loaded == [], loaded")
    reply = page.client.get_shell_msg(timeout=SECONDS)
    while reply["parent_header"].get("msg_id") != request:
        reply = page.client.get_shell_msg(timeout=SECONDS)
    assert reply["content"]["status"] == "ok"
    counts = [
        m["content"]["execution_count"] for m in page.messages if m["msg_type"] == "execute_input"
    ]
    assert counts == list(range(1, len(counts) + 1))
    assert reply["content"]["execution_count"] == counts[-1] + 1


def test_the_page_and_the_kernel_speak_of_the_same_comms():
    source = Path(__file__).parents[2] / "labextension" / "src" / "kernels" / "protocol.ts"
    from spreadlab_widgets.kernel_link.comms import ASK, TELL

    text = source.read_text("utf-8")
    assert f"TELL = '{TELL}'" in text
    assert f"ASK = '{ASK}'" in text

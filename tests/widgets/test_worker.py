"""Work in the background: one at a time, the newest wins, nothing is left behind."""

import threading

from spreadlab_widgets import PolicyHeatmap
from spreadlab_widgets.worker import NewestWins

LONG = 60  # seconds, only ever waited for by a test that fails


class Gate:
    """A piece of work that begins, waits for leave, and ends."""

    def __init__(self, done, name):
        self.begun, self.leave = threading.Event(), threading.Event()
        self._done, self._name = done, name

    def __call__(self):
        self.begun.set()
        assert self.leave.wait(LONG)
        self._done.append(self._name)


def test_of_what_waits_the_newest_is_run():
    done, worker = [], NewestWins("test")
    first = Gate(done, "first")
    worker.submit(first)
    assert first.begun.wait(LONG)
    for name in ("second", "third", "fourth"):
        worker.submit(lambda name=name: done.append(name))
    assert worker.newer_waits()
    assert worker.busy
    assert not worker.wait(0)
    first.leave.set()
    assert worker.wait(LONG)
    assert done == ["first", "fourth"]
    assert not worker.busy


def test_it_runs_again_after_a_rest_and_in_another_thread():
    threads, worker = [], NewestWins("test")
    for _ in range(3):
        worker.submit(lambda: threads.append(threading.current_thread()))
        assert worker.wait(LONG)
    assert len(threads) == 3
    assert threading.current_thread() not in threads
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()


def test_a_closed_worker_drops_what_waits_and_takes_nothing():
    done, worker = [], NewestWins("test")
    first = Gate(done, "first")
    worker.submit(first)
    assert first.begun.wait(LONG)
    worker.submit(lambda: done.append("second"))
    worker.close()
    worker.submit(lambda: done.append("third"))
    first.leave.set()
    assert worker.wait(LONG)
    assert done == ["first"]


def test_work_that_fails_is_told_and_does_not_stop_the_worker(monkeypatch):
    done, threads, failures, worker = [], [], [], NewestWins("test")
    monkeypatch.setattr(threading, "excepthook", lambda hook: failures.append(hook.exc_type))
    worker.submit(lambda: threads.append(threading.current_thread()) or 1 / 0)
    assert worker.wait(LONG)
    worker.submit(lambda: done.append("next"))
    assert worker.wait(LONG)
    assert done == ["next"]
    threads[0].join(LONG)
    assert failures == [ZeroDivisionError]


def test_a_message_from_the_page_waits_for_a_worker_that_changes_the_view():
    view, order = PolicyHeatmap(), []
    inside, leave = threading.Event(), threading.Event()

    def change():
        with view.updating():
            inside.set()
            assert leave.wait(LONG)
            view.loading = True
            order.append("worker")

    def message():
        view.set_state({"theme": "dark"})
        order.append("page")

    worker = threading.Thread(target=change)
    worker.start()
    assert inside.wait(LONG)
    page = threading.Thread(target=message)
    page.start()
    leave.set()
    worker.join(LONG)
    page.join(LONG)
    assert order == ["worker", "page"]
    assert (view.loading, view.theme) == (True, "dark")


def test_newer_work_is_waited_for_no_longer_than_asked():
    worker = NewestWins("test")
    began, go_on, found = threading.Event(), threading.Event(), []

    def first():
        found.append(worker.newer_within(0.01))
        began.set()
        assert go_on.wait(LONG)
        found.append(worker.newer_within(LONG))

    worker.submit(first)
    assert began.wait(LONG)
    worker.submit(lambda: found.append("second"))
    go_on.set()
    assert worker.wait(LONG)
    assert found == [False, True, "second"]

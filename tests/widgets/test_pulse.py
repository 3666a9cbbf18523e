"""What moves by itself is sent as often as a page draws it, and not to nobody."""

import itertools
import threading

import pytest

from spreadlab_widgets.pulse import Pulse


class Case:
    """A pulse without its thread, on a clock of the test's."""

    def __init__(self):
        self.now, self.beats = 100.0, []
        self.moving, self.news = True, True
        self.pulse = Pulse("test", self._beat, lambda: self.moving, lambda error: None, 0.1)
        self.pulse._heard("page", due=True)

    def _beat(self):
        self.beats.append(round(self.now, 6))
        return self.news

    def run(self, seconds, *, answer):
        """Let the time pass as the thread would; the page answers at once, or not at all."""
        end = self.now + seconds
        while self.now < end:
            before = len(self.beats)
            wait = self.pulse.step(self.now)
            if answer and len(self.beats) > before:
                self.pulse.drawn("page")
            self.now += max(wait, 1e-9)
        return self.beats


@pytest.fixture
def case():
    return Case()


def test_a_page_that_draws_gets_ten_a_second(case):
    assert len(case.run(2.0, answer=True)) == pytest.approx(20, abs=1)


def test_a_page_that_does_not_answer_gets_fewer_and_fewer(case):
    beats = case.run(60.0, answer=False)
    gaps = [b - a for a, b in itertools.pairwise(beats)]
    assert gaps[:4] == pytest.approx([0.2, 0.4, 0.8, 1.6])
    assert max(gaps) == pytest.approx(10.0)
    assert len(beats) < 15
    case.run(600.0, answer=False)
    assert not case.pulse.watched
    count = len(case.beats)
    case.run(60.0, answer=False)
    assert len(case.beats) == count
    case.pulse.drawn("page")  # it was only busy
    assert len(case.run(0.5, answer=True)) > count


def test_nothing_is_sent_while_nothing_moves(case):
    case.moving = False
    case.run(5.0, answer=True)
    assert len(case.beats) == 1  # what the page had not seen
    case.pulse.wake()
    case.run(0.5, answer=True)
    assert len(case.beats) == 2


def test_what_is_no_news_waits_for_no_answer(case):
    case.news = False
    case.run(1.0, answer=False)
    assert case.pulse.unanswered == 0
    assert len(case.beats) == pytest.approx(10, abs=1)


def test_a_page_that_left_gets_nothing(case):
    case.pulse.left("page")
    case.run(5.0, answer=True)
    assert case.beats == []


def test_the_thread_beats_and_ends():
    told, failed = threading.Semaphore(0), []

    def beat():
        raise RuntimeError("broken")

    def fail(error):
        failed.append(str(error))
        told.release()

    pulse = Pulse("test", beat, lambda: True, fail)
    for times in (1, 2):  # a page that is opened again tries again
        pulse.opened("page")
        assert told.acquire(timeout=60)
        assert failed == ["broken"] * times
    pulse.close()
    quiet = Pulse("test", lambda: False, lambda: False, fail)
    quiet.opened("page")
    thread = quiet._thread
    quiet.close()
    thread.join(60)
    assert not thread.is_alive()

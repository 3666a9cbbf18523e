"""When bars end, against exchange-calendars' own words and by counting."""

import exchange_calendars
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.live.schedule import ensure_schedule
from spreadlab.live.ticks import SECOND, to_time

NYSE = sl.live.Sessions("XNYS", 3600, start="2024-06-24", end="2024-12-31")
HONG_KONG = sl.live.Sessions("XHKG", 1800, start="2024-06-24", end="2024-07-31")


def text(time):
    return None if time is None else str(np.datetime64(time, "ns"))[:19]


@pytest.mark.parametrize(
    ("time", "end"),
    [
        ("2024-07-02T13:29:59", None),
        ("2024-07-02T13:30:00", "2024-07-02T14:30:00"),
        ("2024-07-02T14:30:00", "2024-07-02T14:30:00"),
        ("2024-07-02T19:45:00", "2024-07-02T20:00:00"),  # cut off by the close
        ("2024-07-03T16:45:00", "2024-07-03T17:00:00"),  # a half day
        ("2024-07-03T18:00:00", None),
        ("2024-07-04T15:00:00", None),  # a holiday
        ("2024-12-02T14:30:00", "2024-12-02T15:30:00"),  # winter time
    ],
)
def test_sessions_of_new_york(time, end):
    assert text(NYSE.end_of(to_time(time, "time"))) == end


@pytest.mark.parametrize(
    ("time", "end"),
    [
        ("2024-07-02T03:50:00", "2024-07-02T04:00:00"),
        ("2024-07-02T04:30:00", None),  # lunch
        ("2024-07-02T05:10:00", "2024-07-02T05:30:00"),
    ],
)
def test_sessions_of_hong_kong_have_a_break(time, end):
    assert text(HONG_KONG.end_of(to_time(time, "time"))) == end


@pytest.mark.filterwarnings("ignore:Series.values:DeprecationWarning")
def test_one_bar_a_session_ends_with_the_close():
    daily = sl.live.Sessions("XNYS", start="2024-06-24", end="2024-12-31")
    calendar = exchange_calendars.get_calendar("XNYS", start="2024-06-24", end="2024-12-31")
    closes = calendar.closes.dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
    opens = calendar.opens.dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
    assert [daily.end_of(int(t)) for t in opens.astype(np.int64)] == closes.astype(int).tolist()
    first, last = int(closes.astype(np.int64)[0]), int(closes.astype(np.int64)[-1])
    assert daily.count(first, last) == len(closes) - 1
    assert daily.day_of(last) - daily.day_of(first) == len(closes) - 1


SCHEDULES = [
    sl.live.Interval(900),
    sl.live.Ends(["2024-07-01", "2024-07-02T11:00", "2024-07-02T12:00", "2024-07-05"]),
    NYSE,
    HONG_KONG,
    sl.live.Sessions("XNYS", start="2024-06-24", end="2024-12-31"),
]
START = to_time("2024-06-30", "start")


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
@given(st.integers(0, 6 * 24 * 60), st.integers(0, 6 * 24 * 60))
def test_counting_agrees_with_the_ends(schedule, one, other):
    low, high = sorted((one, other))
    # Every end lies on a minute: asking each minute finds them all.
    minutes = START + np.arange(low, high + 1) * 60 * SECOND
    ends = {schedule.end_of(int(t)) for t in minutes} - {None}
    within = [end for end in ends if minutes[0] < end <= minutes[-1]]
    assert schedule.count(int(minutes[0]), int(minutes[-1])) == len(within)


def test_days_begin_where_the_time_zone_says():
    close = to_time("2024-07-02T00:30:00", "time")
    assert sl.live.Interval(60).day_of(close) == np.datetime64("2024-07-02").astype(int) + 719163
    there = sl.live.Interval(60, timezone="America/New_York")
    assert there.day_of(close) == np.datetime64("2024-07-01").astype(int) + 719163


@pytest.mark.parametrize(
    ("bars", "shown"),
    [(60, "Interval(60"), ("5min", "Interval(300"), ("1h", "Interval(3600"), ("1d", "(86400")],
)
def test_lengths_in_words(bars, shown):
    assert shown in repr(ensure_schedule(bars))


@pytest.mark.parametrize("bars", ["fast", 0, 7 * 60 + 1, None, True, "1w"])
def test_nonsense_is_refused(bars):
    with pytest.raises(sl.InvalidInputError, match=r"bars: got|seconds: got"):
        ensure_schedule(bars)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("NOPE",), "calendar: got 'NOPE'"),
        (("XNYS", 0), "seconds: got 0"),
    ],
)
def test_sessions_refuse_what_has_no_meaning(arguments, message):
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.live.Sessions(*arguments)


def test_ends_must_increase():
    with pytest.raises(sl.InvalidInputError, match="unsorted"):
        sl.live.Ends(["2024-07-02", "2024-07-01"])

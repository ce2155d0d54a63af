"""From short bars to long ones: nothing is known before its time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import BoolArray, TimeArray
from bellwether.bars import (
    COLUMNS,
    Bars,
    ResamplingImpossible,
    Sessions,
    length_of,
    resample,
    with_adjustment,
)

MINUTE = np.timedelta64(1, "m")
DAY = np.timedelta64(1, "D")
N_SESSIONS = 15


def make_sessions() -> Sessions:
    """Return three weeks from 14:30 to 21:00 UTC: the second Friday a half day, a Monday off."""
    days = np.busday_offset(np.datetime64("2020-11-16"), np.arange(16))
    days = days[days != np.datetime64("2020-11-23")]
    midnights = days.astype("datetime64[us]")
    closes_at = midnights + 21 * 60 * MINUTE
    closes_at[days == np.datetime64("2020-11-27")] -= 180 * MINUTE
    return Sessions(
        name="half days", days=days, opens_at=midnights + (14 * 60 + 30) * MINUTE,
        closes_at=closes_at,
    )  # fmt: skip


SESSIONS = make_sessions()


def grid(minutes: int) -> TimeArray:
    """Return the closes of every bar of so many minutes from the open, in every session."""
    found = []
    for opens_at, closes_at in zip(SESSIONS.opens_at, SESSIONS.closes_at, strict=True):
        ends = np.arange(opens_at + minutes * MINUTE, closes_at + MINUTE, minutes * MINUTE)
        found.append(ends if ends.size and ends[-1] == closes_at else np.append(ends, closes_at))
    return np.concatenate(found)


def make_bars(closed_at: TimeArray, interval: str, seed: int) -> Bars:
    generator = np.random.default_rng(seed)
    n_bars = len(closed_at)
    path = 50.0 * np.exp(np.cumsum(0.01 * generator.standard_normal((n_bars, 2)).ravel()))
    opened, closed = path.reshape(n_bars, 2).T
    steps = np.where(generator.random(n_bars) < 0.03, 0.5, 1.0)
    return Bars(
        symbol="X", interval=interval, closed_at=closed_at, open=opened, close=closed,
        high=np.maximum(opened, closed) * (1 + 0.01 * generator.random(n_bars)),
        low=np.minimum(opened, closed) / (1 + 0.01 * generator.random(n_bars)),
        volume=np.rint(1000 * generator.random(n_bars)),
        adjustment=np.array(np.cumprod(steps[::-1])[::-1], dtype=np.float64),
    )  # fmt: skip


def thinned(seed: int, minutes: int, share: float) -> Bars:
    """Return bars of some of the minutes: markets do not trade in every one."""
    ends = grid(minutes)
    keep: BoolArray = np.random.default_rng(seed + 1).random(len(ends)) < share
    keep[:3] = True
    return make_bars(ends[keep], f"{minutes}m", seed)


def slots_of(interval: str) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return where new bars begin and end, in words of one loop."""
    length = length_of(interval)
    edges = list(zip(SESSIONS.opens_at, SESSIONS.closes_at, strict=True))
    if interval == "1d":
        return edges
    if length is None:
        weeks: dict[int, list[int]] = {}
        for place, day in enumerate(SESSIONS.days):
            weeks.setdefault((int(day.astype(int)) + 3) // 7, []).append(place)
        return [(edges[week[0]][0], edges[week[-1]][1]) for week in list(weeks.values())[1:-1]]
    slots = []
    for opens_at, closes_at in edges:
        start = opens_at
        while start < closes_at:
            slots.append((start, min(start + length, closes_at)))
            start = start + length
    return slots


def slowly(bars: Bars, interval: str) -> list[tuple[object, ...]]:
    """Put bars together one by one, as a recorder at the market would."""
    found: list[tuple[object, ...]] = []
    width = length_of(bars.interval)
    assert width is not None
    for start, end in slots_of(interval):
        rows = [row for row, at in enumerate(bars.closed_at) if start < at <= end]
        begins = max(SESSIONS.opens_at[SESSIONS.find(bars.closed_at[:1])[0]],
                     bars.closed_at[0] - width)  # fmt: skip
        if not rows or start < begins or end > bars.closed_at[-1]:
            continue
        terms = [bars.adjustment[row] / bars.adjustment[rows[-1]] for row in rows]
        found.append((
            end, bars.open[rows[0]] * terms[0],
            max(bars.high[row] * term for row, term in zip(rows, terms, strict=True)),
            min(bars.low[row] * term for row, term in zip(rows, terms, strict=True)),
            bars.close[rows[-1]], sum(bars.volume[row] for row in rows), bars.adjustment[rows[-1]],
        ))  # fmt: skip
    return found


def as_rows(bars: Bars) -> list[tuple[object, ...]]:
    columns = [getattr(bars, name) for name in ("closed_at", *COLUMNS, "adjustment")]
    return list(zip(*columns, strict=True))


TARGETS = st.sampled_from(["10m", "30m", "1h", "2h", "1d", "1w"])


@given(seed=st.integers(0, 10_000), share=st.floats(0.05, 1.0), interval=TARGETS)
@settings(max_examples=60, deadline=None)
def test_it_is_what_one_loop_over_the_bars_gives(seed: int, share: float, interval: str) -> None:
    bars = thinned(seed, 5, share)
    assert as_rows(resample(bars, interval, SESSIONS).bars) == slowly(bars, interval)


@given(
    seed=st.integers(0, 10_000),
    share=st.floats(0.05, 1.0),
    interval=TARGETS,
    n_bars=st.integers(1, 900),
)
@settings(max_examples=150, deadline=None)
def test_the_future_never_changes_the_past(
    seed: int, share: float, interval: str, n_bars: int
) -> None:
    bars = thinned(seed, 5, share)
    n_bars = min(n_bars, len(bars))
    whole = as_rows(resample(bars, interval, SESSIONS).bars)
    known = as_rows(resample(bars[:n_bars], interval, SESSIONS).bars)
    assert known == whole[: len(known)]
    now = bars.closed_at[n_bars - 1]
    # And what is complete is there at once: nothing waits for a bar of tomorrow.
    assert len(known) == sum(row[0] <= now for row in whole)


@given(seed=st.integers(0, 10_000), interval=TARGETS, row=st.integers(1, 900))
@settings(max_examples=60, deadline=None)
def test_another_future_gives_the_same_past(seed: int, interval: str, row: int) -> None:
    bars, other = thinned(seed, 5, 0.8), make_bars(thinned(seed, 5, 0.8).closed_at, "5m", seed + 9)
    row = min(row, len(bars) - 1)
    columns = {
        name: np.concatenate([getattr(bars, name)[:row], getattr(other, name)[row:]])
        for name in ("closed_at", *COLUMNS, "adjustment")
    }
    mixed = Bars(symbol="X", interval="5m", **columns)
    now = bars.closed_at[row - 1]
    past, instead = (
        [line for line in as_rows(resample(one, interval, SESSIONS).bars) if line[0] <= now]
        for one in (bars, mixed)
    )
    assert past == instead


def test_a_half_day_closes_early_and_its_last_bar_is_short() -> None:
    bars = make_bars(grid(5), "5m", 1)
    friday = np.datetime64("2020-11-27")
    hours = resample(bars, "2h", SESSIONS).bars.closed_at
    assert [str(at)[11:16] for at in hours[hours.astype("M8[D]") == friday]] == ["16:30", "18:00"]
    days = resample(bars, "1d", SESSIONS).bars
    assert days.closed_at[days.closed_at.astype("M8[D]") == friday].tolist() == [
        np.datetime64("2020-11-27T18:00", "us").item()
    ]
    assert len(days) == N_SESSIONS


def test_a_partial_last_bar_is_dropped_until_it_is_known_to_be_over() -> None:
    bars = make_bars(grid(5), "5m", 1)
    cut = bars[: len(bars) - 1]
    found = resample(cut, "1d", SESSIONS)
    assert len(found.bars) == N_SESSIONS - 1
    assert found.n_partial == 77
    assert "77 of an unfinished first or last bar" in found.words
    over = resample(cut, "1d", SESSIONS, until=SESSIONS.closes_at[-1])
    assert len(over.bars) == N_SESSIONS
    early = resample(cut, "1d", SESSIONS, until=SESSIONS.closes_at[-1] - MINUTE)
    assert len(early.bars) == N_SESSIONS - 1


def test_a_partial_first_bar_is_dropped() -> None:
    bars = make_bars(grid(5), "5m", 1)[1:]
    found = resample(bars, "1d", SESSIONS)
    assert found.bars.closed_at[0] == SESSIONS.closes_at[1]
    assert found.n_partial == 77


def test_bars_outside_the_sessions_are_left_out() -> None:
    ends = grid(5)
    late = SESSIONS.closes_at[:, None] + np.array([5, 60, 180]) * MINUTE
    bars = make_bars(np.sort(np.concatenate([ends, late.ravel()])), "5m", 1)
    found = resample(bars, "1d", SESSIONS)
    assert found.n_outside == 3 * N_SESSIONS
    inside = np.isin(bars.closed_at, ends)
    columns = {name: getattr(bars, name)[inside] for name in ("closed_at", *COLUMNS, "adjustment")}
    regular = Bars(symbol="X", interval="5m", **columns)
    assert as_rows(found.bars) == as_rows(resample(regular, "1d", SESSIONS).bars)


def test_a_session_without_bars_has_none() -> None:
    bars = make_bars(grid(5), "5m", 1)
    gone = bars.closed_at.astype("M8[D]") == SESSIONS.days[4]
    columns = {name: getattr(bars, name)[~gone] for name in ("closed_at", *COLUMNS, "adjustment")}
    found = resample(Bars(symbol="X", interval="5m", **columns), "1d", SESSIONS).bars
    np.testing.assert_array_equal(found.closed_at, np.delete(SESSIONS.closes_at, 4))


@given(seed=st.integers(0, 500))
@settings(max_examples=20, deadline=None)
def test_days_by_way_of_hours_are_days(seed: int) -> None:
    bars = make_bars(grid(5), "5m", seed)
    plain = with_adjustment(bars, np.ones(len(bars)))
    hours = resample(plain, "1h", SESSIONS).bars
    for interval in ("1d", "1w"):
        assert as_rows(resample(hours, interval, SESSIONS).bars) == as_rows(
            resample(plain, interval, SESSIONS).bars
        )


def test_daily_bars_become_weeks_whatever_their_clock() -> None:
    daily = resample(make_bars(grid(5), "5m", 1), "1d", SESSIONS).bars
    shifted = Bars(
        symbol="X", closed_at=np.add(daily.closed_at.astype("M8[D]"), np.timedelta64(22, "h")),
        adjustment=daily.adjustment, **{name: getattr(daily, name) for name in COLUMNS},
    )  # fmt: skip
    for bars in (daily, shifted):
        weeks = resample(bars, "1w", SESSIONS).bars
        # The weeks at both edges of the sessions are left out: nobody knows if they are whole.
        assert [str(day) for day in weeks.closed_at.astype("M8[D]")] == ["2020-11-27", "2020-12-04"]
        assert weeks.close.tolist() == daily.close[[8, 13]].tolist()
        assert (weeks.closed_at >= bars.closed_at[[8, 13]]).all()


def test_prices_before_a_split_within_a_bar_are_brought_to_its_terms() -> None:
    closed_at = SESSIONS.closes_at[5:9]
    bars = Bars(
        symbol="X", closed_at=closed_at, open=np.array([80.0, 80.0, 20.0, 20.0]),
        high=np.array([84.0, 80.0, 22.0, 20.0]), low=np.array([80.0, 76.0, 20.0, 19.0]),
        close=np.array([80.0, 80.0, 20.0, 20.0]), volume=np.array([1.0, 1.0, 4.0, 4.0]),
        adjustment=np.array([0.125, 0.125, 0.5, 0.5]),
    )  # fmt: skip
    [week] = as_rows(resample(bars, "1w", SESSIONS).bars)
    assert week[1:] == (20.0, 22.0, 19.0, 20.0, 10.0, 0.5)


def test_bars_across_the_edge_of_new_ones_are_refused_with_a_way_out() -> None:
    hours = SESSIONS.slots("1h", "clock").ends_at
    bars = make_bars(hours, "1h", 1)
    with pytest.raises(ResamplingImpossible, match="anchor 'clock'"):
        resample(bars, "2h", SESSIONS)
    found = resample(bars, "2h", SESSIONS, anchor="clock").bars
    assert {str(at)[11:16] for at in found.closed_at} == {"16:00", "18:00", "20:00", "21:00"}
    with pytest.raises(ResamplingImpossible, match="lies in two"):
        resample(make_bars(grid(20), "20m", 1), "30m", SESSIONS)


@pytest.mark.parametrize(
    ("interval", "match"),
    [("1m", "longer bars than"), ("5m", "longer bars than"), ("2d", "1d or 1w"), ("1y", "1h"),
     ("", "1h"), ("x", "1h"), ("0h", "1h"), ("1.5h", "1h")],
)  # fmt: skip
def test_impossible_intervals_are_typed_errors(interval: str, match: str) -> None:
    with pytest.raises(ResamplingImpossible, match=match):
        resample(make_bars(grid(5), "5m", 1), interval, SESSIONS)


def test_no_bars_give_none() -> None:
    found = resample(make_bars(grid(5), "5m", 1)[:0], "1d", SESSIONS)
    assert (len(found.bars), found.n_used) == (0, 0)
    assert found.words == "0 bars became 0 of 1d"


def test_a_pause_at_noon_has_no_bars() -> None:
    day = np.array(["2020-01-06"], dtype="M8[D]")
    at = [np.array([f"2020-01-06T{clock}"], dtype="M8[us]") for clock in
          ("00:00", "02:30", "03:30", "06:00")]  # fmt: skip
    tokyo = Sessions(
        name="XTKS", days=day, opens_at=at[0], closes_at=at[3], pauses=np.stack(at[1:3], axis=1)
    )
    ends = [str(one)[11:16] for one in tokyo.slots("30m").ends_at]
    assert ends == ["00:30", "01:00", "01:30", "02:00", "02:30", "04:00", "04:30", "05:00",
                    "05:30", "06:00"]  # fmt: skip


def test_sessions_without_hours_begin_where_the_one_before_ended() -> None:
    plain = Sessions(name="x", days=SESSIONS.days, closes_at=SESSIONS.closes_at)
    np.testing.assert_array_equal(plain.opens_at[1:], SESSIONS.closes_at[:-1])
    assert plain.opens_at[0] == SESSIONS.closes_at[0] - DAY
    assert len(plain[2:5].days) == 3
    assert plain.find(SESSIONS.closes_at).tolist() == list(range(N_SESSIONS))
    assert plain.find(SESSIONS.closes_at[-1:] + DAY).tolist() == [-1]

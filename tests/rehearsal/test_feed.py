from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import BarsImport
from bellwether.rehearsal import (
    Fault,
    FaultKind,
    SimulatedClock,
    UnknownFault,
    UnusableRehearsalOption,
    plan_faults,
    read_faults,
)
from bellwether.rehearsal._feed import Feed

Make = Callable[..., BarsImport]
FIRST = 300


def feed_of(history: BarsImport, *kinds: FaultKind, session: int = 5) -> Feed:
    sessions = history.bars.closed_at[FIRST:] + np.timedelta64(1, "h")
    faults = [Fault(kind=kind, session=session, symbol="AAA") for kind in kinds]
    return Feed(history=history, sessions=sessions, faults=faults)


def days_of(feed: Feed, n_days: int) -> list[BarsImport | None]:
    return [feed.read(session) for session in range(n_days)]


def test_each_day_knows_the_bars_that_have_closed_and_no_more(history: Make) -> None:
    true = history()
    found = feed_of(true).read(7)
    assert found is not None
    assert found.bars.digest == true.bars[: FIRST + 8].digest
    assert found.calendar is true.calendar


@pytest.mark.parametrize("cut", [0, 13, 50])
def test_no_day_depends_on_bars_that_close_later(history: Make, cut: int) -> None:
    true = history()
    columns: dict[str, Any] = {
        name: np.array(getattr(true.bars, name)) for name in ("open", "high", "low", "close")
    }
    for column in columns.values():
        column[FIRST + cut + 1 :] *= 3.0
    factors = np.ones(len(true.bars))
    factors[: FIRST + cut + 1] = 0.5
    changed = replace(true, bars=replace(true.bars, adjustment=factors, **columns))
    kinds = tuple(kind for kind in FaultKind if kind.is_about_bars)
    for session, pair in enumerate(
        zip(days_of(feed_of(true, *kinds), cut + 1), days_of(feed_of(changed, *kinds), cut + 1),
            strict=True)
    ):  # fmt: skip
        one, two = pair
        assert (one is None) is (two is None), session
        if one is not None and two is not None:
            assert np.array_equal(one.bars.matrix, two.bars.matrix), session


def test_adjustments_are_those_of_the_day(history: Make) -> None:
    true = history()
    factors = np.where(np.arange(len(true.bars)) < FIRST + 10, 0.5, 1.0)
    feed = feed_of(replace(true, bars=replace(true.bars, adjustment=factors)))
    before, after = feed.read(9), feed.read(10)
    assert before is not None
    assert after is not None
    assert set(before.bars.adjustment.tolist()) == {1.0}
    assert after.bars.adjustment[-2:].tolist() == [0.5, 1.0]


def test_a_missing_day_never_arrives(history: Make) -> None:
    true = history()
    days = days_of(feed_of(true, FaultKind.MISSING_DAY), 30)
    last = days[-1]
    assert last is not None
    assert true.bars.closed_at[FIRST + 5] not in last.bars.closed_at
    assert len(last.bars) == FIRST + 29
    assert last.quality.missing.tolist() == [true.bars.closed_at[FIRST + 5].tolist()]


def test_a_frozen_feed_repeats_its_last_bar_and_is_mended(history: Make) -> None:
    true = history()
    days = days_of(feed_of(true, FaultKind.FROZEN_FEED), 20)
    frozen, mended = days[9], days[-1]
    assert frozen is not None
    assert mended is not None
    assert set(frozen.bars.close[-5:].tolist()) == {float(true.bars.close[FIRST + 4])}
    assert frozen.bars.closed_at[-1] == true.bars.closed_at[FIRST + 9]
    assert mended.bars.digest == true.bars[: FIRST + 20].digest


def test_a_scale_jump_is_in_another_unit_and_is_mended(history: Make) -> None:
    true = history()
    days = days_of(feed_of(true, FaultKind.SCALE_JUMP), 9)
    jumped, mended = days[6], days[-1]
    assert jumped is not None
    assert mended is not None
    factor = jumped.bars.close / true.bars.close[: FIRST + 7]
    assert factor[-3:].round(9).tolist() == [1.0, 100.0, 100.0]
    assert mended.bars.digest == true.bars[: FIRST + 9].digest


def test_late_bars_come_all_at_once(history: Make) -> None:
    days = days_of(feed_of(history(), FaultKind.LATE_BARS), 11)
    assert [place for place, one in enumerate(days) if one is None] == [5, 6, 7, 8]
    assert days[9] is not None
    assert len(days[9].bars) == FIRST + 10


def test_a_revised_bar_stays_revised(history: Make) -> None:
    true = history()
    days = days_of(feed_of(true, FaultKind.REVISED_BARS), 12)
    before, after = days[4], days[-1]
    assert before is not None
    assert after is not None
    row = FIRST + 5 - 10
    assert before.bars.close[row] == true.bars.close[row]
    assert after.bars.close[row] == pytest.approx(1.01 * true.bars.close[row])
    assert after.bars.high[row] >= after.bars.close[row]


def test_faults_are_drawn_once_a_year_and_kept_apart() -> None:
    drawn = plan_faults(tuple(FaultKind), ["AAA", "BBB"], 3 * 252, 7)
    assert drawn == plan_faults(tuple(FaultKind), ["AAA", "BBB"], 3 * 252, 7)
    assert drawn != plan_faults(tuple(FaultKind), ["AAA", "BBB"], 3 * 252, 8)
    for symbol in ("AAA", "BBB", None):
        sessions = [one.session for one in drawn if one.symbol == symbol]
        assert all(np.diff(sessions) >= 30)
    counts = {kind: sum(one.kind is kind for one in drawn) for kind in FaultKind}
    assert set(counts.values()) <= {2, 3}


def test_faults_are_read_by_their_names() -> None:
    assert read_faults(["all"]) == tuple(FaultKind)
    assert read_faults(["none"]) == ()
    assert read_faults(["late-bars", "late-bars"]) == (FaultKind.LATE_BARS,)
    with pytest.raises(UnknownFault, match="scale-jump"):
        read_faults(["earthquake"])
    with pytest.raises(UnusableRehearsalOption):
        plan_faults((), ["AAA"], 10, -1)


def test_the_time_of_a_rehearsal_never_goes_back() -> None:
    clock = SimulatedClock(np.datetime64("2008-01-02"))
    clock.advance(np.datetime64("2008-01-02"))
    with pytest.raises(UnusableRehearsalOption):
        clock.advance(np.datetime64("2008-01-01"))
    assert clock.now() == np.datetime64("2008-01-02")

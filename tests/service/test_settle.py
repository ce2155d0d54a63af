from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryJournal
from bellwether.bars import Bars, SessionCalendar
from bellwether.clock import FixedClock
from bellwether.service import (
    Direction,
    EntryFilter,
    Journal,
    OptionOutOfRange,
    Prediction,
    Rung,
    Settlement,
    SettlementOutcome,
    Source,
    SourceKind,
    settle,
)

DAY = np.timedelta64(1, "D")


def market(*closes: float) -> Bars:
    prices = np.array(closes)
    days = np.datetime64("2019-01-07T21:00", "us") + DAY * np.arange(len(closes))
    return Bars(
        symbol="A",
        closed_at=days,
        open=prices,
        high=prices,
        low=prices,
        close=prices,
        volume=np.ones(len(closes)),
    )


def answer(bars: Bars, row: int, horizon_bars: int = 1, **changed: Any) -> Prediction:
    told: dict[str, Any] = {
        "symbol": bars.symbol,
        "interval": bars.interval,
        "as_of": bars.closed_at[row],
        "horizon_bars": horizon_bars,
        "direction": Direction.BUY,
        "probability_up": None,
        "expected_return": None,
        "interval_return": None,
        "confidence": 70.0,
        "price": None,
        "target": None,
        "stop": None,
        "regime": None,
        "reasons": ("because",),
        "source": Source(kind=SourceKind.MODEL),
        "rung": Rung.CHAMPION,
        "fallback_reason": None,
        "bars_digest": "",
    }
    return Prediction(**{**told, **changed})


def clock(bars: Bars, row: int = -1) -> FixedClock:
    return FixedClock(bars.closed_at[row])


def outcome(journal: Journal, prediction: Prediction) -> SettlementOutcome | None:
    found = journal.get(prediction.prediction_id).settlement
    return None if found is None else found.outcome


@pytest.mark.parametrize(
    ("direction", "after", "expected"),
    [
        (Direction.BUY, 101.0, SettlementOutcome.HIT),
        (Direction.BUY, 99.0, SettlementOutcome.MISS),
        (Direction.BUY, 100.0, SettlementOutcome.NEITHER),
        (Direction.SELL, 101.0, SettlementOutcome.MISS),
        (Direction.SELL, 99.0, SettlementOutcome.HIT),
        (Direction.SELL, 100.0, SettlementOutcome.NEITHER),
        (Direction.HOLD, 101.0, SettlementOutcome.NEITHER),
        (Direction.HOLD, 99.0, SettlementOutcome.NEITHER),
    ],
)
def test_a_direction_hits_misses_or_does_neither(
    direction: Direction, after: float, expected: SettlementOutcome
) -> None:
    bars, journal = market(100.0, after), MemoryJournal()
    given = answer(bars, 0, direction=direction)
    journal.append(given, bars.closed_at[0])
    assert settle(bars, journal, clock=clock(bars)).settled == (
        Settlement(
            prediction_id=given.prediction_id,
            closes_at=bars.closed_at[1],
            realized_return=after / 100.0 - 1.0,
            outcome=expected,
            settled_at=bars.closed_at[1],
        ),
    )
    assert outcome(journal, given) is expected


def test_the_horizon_is_counted_in_bars_not_in_days() -> None:
    bars = market(100.0, 90.0, 80.0, 120.0)
    gap = replace(bars, closed_at=bars.closed_at + DAY * np.array([0, 0, 30, 30]))
    journal = MemoryJournal()
    journal.append(answer(gap, 0, horizon_bars=3), gap.closed_at[0])
    (found,) = settle(gap, journal, clock=clock(gap)).settled
    assert found.closes_at == gap.closed_at[3]
    assert found.realized_return == pytest.approx(0.2)


def test_a_horizon_that_has_not_closed_waits() -> None:
    bars, journal = market(100.0, 101.0, 102.0), MemoryJournal()
    journal.append(answer(bars, 1, horizon_bars=2), bars.closed_at[1])
    journal.append(answer(bars, 2), bars.closed_at[2])
    found = settle(bars, journal, clock=clock(bars))
    assert (found.settled, found.n_waiting, found.n_unmatched) == ((), 2, 0)


def test_a_bar_that_has_not_closed_by_the_clock_settles_nothing() -> None:
    bars, journal = market(100.0, 101.0), MemoryJournal()
    journal.append(answer(bars, 0), bars.closed_at[0])
    before = FixedClock(bars.closed_at[1] - np.timedelta64(1, "us"))
    assert settle(bars, journal, clock=before).n_waiting == 1
    assert len(settle(bars, journal, clock=clock(bars)).settled) == 1


def test_a_dividend_between_is_no_loss() -> None:
    bars = market(100.0, 99.0)
    adjusted = replace(bars, adjustment=np.array([0.98, 1.0]))
    journal = MemoryJournal()
    journal.append(answer(bars, 0), bars.closed_at[0])
    (found,) = settle(adjusted, journal, clock=clock(bars)).settled
    assert found.realized_return == 99.0 / 98.0 - 1.0
    assert found.outcome is SettlementOutcome.HIT


def test_settling_again_changes_nothing_even_with_other_bars() -> None:
    bars, journal = market(100.0, 101.0), MemoryJournal()
    given = answer(bars, 0)
    journal.append(given, bars.closed_at[0])
    settle(bars, journal, clock=clock(bars))
    head = journal.head()
    for again in (bars, market(100.0, 50.0)):
        found = settle(again, journal, clock=clock(bars))
        assert (found.settled, found.n_waiting) == ((), 0)
    assert journal.head() == head
    assert outcome(journal, given) is SettlementOutcome.HIT


def test_other_markets_and_bars_that_are_not_there_are_left_alone() -> None:
    bars, journal = market(100.0, 101.0), MemoryJournal()
    strangers = [
        answer(bars, 0, symbol="B"),
        answer(bars, 0, interval="1h"),
        answer(bars, 0, as_of=None),
        answer(bars, 0, as_of=bars.closed_at[0] - DAY),
        answer(bars, 0, as_of=bars.closed_at[0] + np.timedelta64(1, "h")),
        answer(bars, 0, as_of=bars.closed_at[1] + DAY),
    ]
    for one in strangers:
        journal.append(one, bars.closed_at[0])
    found = settle(bars, journal, clock=clock(bars))
    assert (found.settled, found.n_waiting, found.n_unmatched) == ((), 0, 3)


def sessions(bars: Bars, n_days: int = 60) -> SessionCalendar:
    return SessionCalendar(name="days", closes_at=bars.closed_at[0] + DAY * np.arange(-3, n_days))


def without(bars: Bars, row: int) -> Bars:
    names = ("closed_at", "open", "high", "low", "close", "volume", "adjustment")
    columns: dict[str, Any] = {name: np.delete(getattr(bars, name), row) for name in names}
    return replace(bars, **columns)


def test_a_missing_bar_moves_no_horizon_where_the_calendar_is_known() -> None:
    bars, journal = market(*(100.0 + np.arange(12.0)).tolist()), MemoryJournal()
    crossed = answer(bars, 0, horizon_bars=3)
    journal.append(crossed, bars.closed_at[0])
    (found,) = settle(without(bars, 2), journal, clock=clock(bars), calendar=sessions(bars)).settled
    assert found.closes_at == bars.closed_at[3]
    assert found.realized_return == 103.0 / 100.0 - 1.0


@pytest.mark.parametrize(("last", "n_late"), [(5, 0), (6, 1), (7, 1)])
def test_an_answer_whose_last_bar_is_missing_waits_and_is_late(last: int, n_late: int) -> None:
    bars, journal = market(*(100.0 + np.arange(12.0)).tolist()), MemoryJournal()
    journal.append(answer(bars, 0, horizon_bars=3), bars.closed_at[0])
    found = settle(
        without(bars[: last + 1], 3),
        journal,
        clock=clock(bars, last),
        calendar=sessions(bars),
    )
    assert (found.settled, found.n_waiting, found.n_late) == ((), 1, n_late)


def test_an_answer_whose_last_bar_is_missing_for_good_is_void() -> None:
    bars, journal = market(*(100.0 + np.arange(12.0)).tolist()), MemoryJournal()
    given = answer(bars, 0, horizon_bars=3)
    journal.append(given, bars.closed_at[0])
    calendar, gap = sessions(bars), without(bars[:9], 3)
    found = settle(gap, journal, clock=clock(bars, 8), calendar=calendar)
    assert found.settled == (
        Settlement(
            prediction_id=given.prediction_id,
            closes_at=bars.closed_at[3],
            realized_return=None,
            outcome=SettlementOutcome.VOID,
            settled_at=bars.closed_at[8],
        ),
    )
    again = settle(bars, journal, clock=clock(bars), calendar=calendar)
    assert (again.settled, again.revised) == ((), ())
    assert outcome(journal, given) is SettlementOutcome.VOID
    wanted = EntryFilter(outcome=SettlementOutcome.VOID)
    assert [one.prediction_id for one in journal.entries(wanted).entries] == [given.prediction_id]


def test_a_late_bar_settles_what_waited() -> None:
    bars, journal = market(*(100.0 + np.arange(12.0)).tolist()), MemoryJournal()
    journal.append(answer(bars, 0, horizon_bars=3), bars.closed_at[0])
    calendar = sessions(bars)
    settle(without(bars[:8], 3), journal, clock=clock(bars, 7), calendar=calendar)
    (found,) = settle(bars[:8], journal, clock=clock(bars, 7), calendar=calendar).settled
    assert found.closes_at == bars.closed_at[3]


def test_bars_of_another_source_void_nothing() -> None:
    bars, journal = market(*(100.0 + np.arange(12.0)).tolist()), MemoryJournal()
    journal.append(answer(bars, 0, horizon_bars=3), bars.closed_at[0])
    found = settle(without(bars, 0), journal, clock=clock(bars), calendar=sessions(bars))
    assert (found.settled, found.n_unmatched) == ((), 1)


def test_a_revised_close_is_told_and_the_first_settlement_stands() -> None:
    bars, journal = market(100.0, 101.0, 102.0), MemoryJournal()
    given, other = answer(bars, 0), answer(bars, 1)
    for one in (given, other):
        journal.append(one, bars.closed_at[0])
    settle(bars, journal, clock=clock(bars))
    found = settle(market(100.0, 99.0, 99.0 * 102.0 / 101.0), journal, clock=clock(bars))
    assert [(one.prediction_id, one.settled_return, one.return_now) for one in found.revised] == [
        (given.prediction_id, 101.0 / 100.0 - 1.0, 99.0 / 100.0 - 1.0)
    ]
    assert found.settled == ()
    assert outcome(journal, given) is SettlementOutcome.HIT


@pytest.mark.parametrize(
    ("realized", "outcome"), [(None, SettlementOutcome.HIT), (0.1, SettlementOutcome.VOID)]
)
def test_what_is_void_has_no_return_and_the_rest_has(
    realized: float | None, outcome: SettlementOutcome
) -> None:
    with pytest.raises(OptionOutOfRange):
        Settlement(
            prediction_id="a",
            closes_at=np.datetime64("2019-01-01"),
            realized_return=realized,
            outcome=outcome,
            settled_at=np.datetime64("2019-01-01"),
        )


def test_more_answers_than_a_page_holds_are_all_settled(
    make_bars: Callable[[int, int], Bars],
) -> None:
    bars, journal = make_bars(1205, 5), MemoryJournal()
    for row in range(len(bars)):
        journal.append(answer(bars, row), bars.closed_at[row])
    found = settle(bars, journal, clock=clock(bars))
    assert (len(found.settled), found.n_waiting) == (1204, 1)
    assert journal.verify().number == 1205 + 1204


@given(rows=st.lists(st.integers(0, 19), unique=True), ends=st.lists(st.integers(1, 20)))
@settings(deadline=None, max_examples=50)
def test_settling_bar_by_bar_or_at_once_comes_to_the_same(rows: list[int], ends: list[int]) -> None:
    generator = np.random.default_rng(1)
    bars = market(*np.exp(np.cumsum(generator.normal(0.0, 0.01, 20))).tolist())
    stepwise, at_once = MemoryJournal(), MemoryJournal()
    for row in rows:
        for journal in (stepwise, at_once):
            journal.append(answer(bars, row, horizon_bars=1 + row % 4), bars.closed_at[row])
    for end in [*ends, 20]:
        settle(bars[:end], stepwise, clock=clock(bars, end - 1))
    settle(bars, at_once, clock=clock(bars))
    for one, other in zip(stepwise.entries().entries, at_once.entries().entries, strict=True):
        assert (one.settlement is None) == (other.settlement is None)
        if one.settlement is not None and other.settlement is not None:
            assert replace(one.settlement, settled_at=other.settlement.settled_at) == (
                other.settlement
            )


@pytest.mark.parametrize("realized", [float("nan"), float("inf")])
def test_a_settlement_is_a_finite_number(realized: float) -> None:
    with pytest.raises(OptionOutOfRange):
        Settlement(
            prediction_id="a",
            closes_at=np.datetime64("2019-01-01"),
            realized_return=realized,
            outcome=SettlementOutcome.HIT,
            settled_at=np.datetime64("2019-01-01"),
        )

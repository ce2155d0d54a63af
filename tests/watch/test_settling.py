"""Forecasts are settled by the calendar: a missing bar makes them wait, never moves them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.bars import Bars, SessionCalendar
from bellwether.registry import Bundle
from bellwether.service import JournalUnavailable, NoteFilter, NoteKind
from bellwether.watch import (
    LateBar,
    PaperForecast,
    PaperOutcome,
    SeenMarkets,
    SettledPaper,
    ask_paper,
    find_watched,
    settle_paper,
)

World = Any  # the class lives in conftest, which is no module
MakeModel = Callable[..., Bundle]
MakePaper = Callable[[], World]


def tick(world: World) -> SettledPaper:
    seen = SeenMarkets(now=world.clock.now())
    ask_paper(find_watched(world.ports.registry), world.ports, seen=seen)
    return settle_paper(world.ports, seen=seen)


def settle(world: World) -> SettledPaper:
    return settle_paper(world.ports)


def outcomes(world: World) -> dict[str, PaperOutcome]:
    page = world.ports.journal.notes(NoteFilter(kinds=(NoteKind.PAPER_OUTCOME,)), None, 1000)
    return {note.key: PaperOutcome.from_note(note) for note in page.notes}


def forecasts(world: World) -> list[PaperForecast]:
    page = world.ports.journal.notes(NoteFilter(kinds=(NoteKind.PAPER,)), None, 1000)
    return [PaperForecast.from_note(note) for note in page.notes]


def without(bars: Bars, *rows: int) -> Bars:
    kept = np.delete(np.arange(len(bars)), rows)
    names = ("closed_at", "open", "high", "low", "close", "volume", "adjustment")
    return replace(bars, **{name: getattr(bars, name)[kept] for name in names})


def watched(world: World, make_model: MakeModel, horizon_bars: int = 2) -> World:
    """Return a world with one forecast, made on the 500th bar."""
    world.register(make_model("champion", horizon_bars=horizon_bars))
    world.store(500)
    tick(world)
    return world


def test_a_forecast_is_settled_with_the_bar_that_its_horizon_ends_with(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model)
    [forecast] = forecasts(paper)
    bars = paper.market("A")
    paper.at(500)
    paper.keep(bars[:501])
    assert settle(paper).new == ()
    assert settle(paper).n_waiting == 1
    paper.at(501)
    paper.keep(bars[:502])
    settled = settle(paper)
    [outcome] = settled.new
    assert outcome == PaperOutcome(
        key=forecast.key,
        symbol="A",
        as_of=forecast.as_of,
        closes_at=forecast.closes_at,
        realized_return=bars.close[501] / bars.close[499] - 1.0,
    )
    assert (settled.n_waiting, settled.given_up, settled.late) == (0, (), ())
    assert outcomes(paper) == {forecast.key: outcome}


def test_settling_again_changes_nothing(paper: World, make_model: MakeModel) -> None:
    watched(paper, make_model, 1)
    paper.store(502)
    assert len(settle(paper).new) == 1
    head = paper.ports.journal.head()
    for _ in range(2):
        assert settle(paper).new == ()
        paper.ports.checkpoints.drop("")
    assert paper.ports.journal.head() == head


def test_a_missing_bar_makes_a_forecast_wait_and_is_told_when_it_is_late(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model)
    bars = paper.market("A")
    late: list[LateBar] = []
    for last in range(501, 506):
        paper.at(last)
        paper.keep(without(bars[: last + 1], 501))
        settled = settle(paper)
        assert (settled.new, settled.n_waiting) == ((), 1)
        late += settled.late
    assert late == [
        LateBar(
            symbol="A",
            interval="1d",
            closes_at=bars.closed_at[501],
            n_sessions=n_sessions,
            n_forecasts=1,
        )
        for n_sessions in (3, 4)
    ]


def test_a_late_bar_settles_what_waited_for_it(paper: World, make_model: MakeModel) -> None:
    watched(paper, make_model)
    bars = paper.market("A")
    paper.at(505)
    paper.keep(without(bars[:506], 501))
    assert settle(paper).n_waiting == 1
    paper.keep(bars[:506])
    [outcome] = settle(paper).new
    assert outcome.closes_at == bars.closed_at[501]
    assert outcome.realized_return == bars.close[501] / bars.close[499] - 1.0


def test_a_bar_that_is_missing_for_good_is_given_up_and_counts_for_nobody(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model)
    bars = paper.market("A")
    paper.at(506)
    paper.keep(without(bars[:507], 501))
    settled = settle(paper)
    assert settled.given_up == settled.new
    [outcome] = settled.new
    assert outcome.realized_return is None
    assert outcome.closes_at == bars.closed_at[501]
    assert "no bar" in outcome.words
    paper.keep(bars[:507])
    assert settle(paper).new == ()


def test_where_no_later_bar_is_there_nothing_is_given_up(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model)
    paper.at(560)
    settled = settle(paper)
    assert (settled.new, settled.n_waiting) == ((), 1)
    assert [one.n_sessions for one in settled.late] == [59]


def test_a_forecast_whose_own_bar_was_withdrawn_is_given_up(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model)
    paper.at(505)
    paper.keep(without(paper.market("A")[:506], 499))
    assert settle(paper).new == ()
    paper.at(506)
    [outcome] = settle(paper).given_up
    assert outcome.realized_return is None
    assert "withdrawn" in outcome.words


def test_a_session_that_turned_out_to_be_none_is_not_waited_for(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model)
    bars = paper.market("A")
    closes_at = np.delete(paper.calendar.closes_at, 501)
    paper.calendar = SessionCalendar(name="days", closes_at=closes_at)
    paper.clock.instant = bars.closed_at[502] + np.timedelta64(1, "h")
    paper.keep(without(bars[:503], 501))
    [outcome] = settle(paper).new
    assert outcome.closes_at == bars.closed_at[502]
    assert outcome.realized_return == bars.close[502] / bars.close[499] - 1.0


def test_a_dividend_between_is_no_loss(paper: World, make_model: MakeModel) -> None:
    watched(paper, make_model, 1)
    bars = paper.market("A")[:501]
    paper.at(500)
    paper.keep(replace(bars, adjustment=np.where(np.arange(501) < 500, 0.98, 1.0)))
    [outcome] = settle(paper).new
    assert outcome.realized_return == pytest.approx(bars.close[500] / (0.98 * bars.close[499]) - 1)


def revised(bars: Bars, row: int, factor: float) -> Bars:
    close = bars.close.copy()
    close[row] *= factor
    return replace(
        bars, close=close, high=np.maximum(bars.high, close), low=np.minimum(bars.low, close)
    )


@pytest.mark.parametrize(("factor", "n_told"), [(1.02, 1), (1.0 + 1e-8, 1), (1.0 + 1e-11, 0)])
def test_a_revised_close_is_told_once_and_never_settled_again(
    paper: World, make_model: MakeModel, factor: float, n_told: int
) -> None:
    watched(paper, make_model, 1)
    bars = paper.market("A")
    paper.store(501)
    [outcome] = tick(paper).new
    paper.at(501)
    paper.keep(revised(bars[:502], 500, factor))
    found = settle_paper(paper.ports)
    assert found.n_revised == len(found.revised) == n_told
    for one in found.revised:
        assert (one.key, one.settled_return) == (outcome.key, outcome.realized_return)
        assert one.return_now == pytest.approx(factor * bars.close[500] / bars.close[499] - 1.0)
    assert outcomes(paper)[outcome.key] == outcome
    again = settle_paper(paper.ports)
    assert (again.n_revised, again.revised) == (0, ())


def test_a_close_of_another_unit_settles_nothing_until_it_is_revised(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model, 1)
    bars = paper.market("A")
    paper.at(501)
    paper.keep(revised(bars[:502], 500, 100.0))
    assert settle(paper).new == ()
    paper.keep(bars[:502])
    [outcome] = settle(paper).new
    assert outcome.realized_return == pytest.approx(bars.close[500] / bars.close[499] - 1.0)


def test_a_close_that_stays_of_another_unit_is_given_up(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model, 1)
    bars = paper.market("A")
    paper.at(506)
    paper.keep(revised(bars[:506], 500, 100.0))
    [outcome] = settle(paper).given_up
    assert outcome.realized_return is None
    assert "another unit" in outcome.words


def test_prices_that_were_all_rescaled_are_no_revision(paper: World, make_model: MakeModel) -> None:
    watched(paper, make_model, 1)
    paper.store(501)
    tick(paper)
    bars = paper.market("A")[:502]
    halved = {name: getattr(bars, name) / 2.0 for name in ("open", "high", "low", "close")}
    paper.at(501)
    paper.keep(replace(bars, **halved))
    assert settle(paper).n_revised == 0


def test_a_revision_that_others_followed_is_found_all_the_same(
    paper: World, make_model: MakeModel
) -> None:
    watched(paper, make_model, 1)
    paper.store(501)
    tick(paper)
    bars = revised(paper.market("A"), 500, 1.02)
    for n_bars in (502, 503):
        paper.at(n_bars - 1)
        paper.keep(bars[:n_bars])
    assert settle(paper).n_revised == 1


def test_markets_are_settled_bar_by_bar(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("champion"), "A", "B")
    paper.store(500, "A", "B")
    tick(paper)
    paper.store(503, "A", "B")
    found = tick(paper).new
    assert [(one.as_of, one.symbol) for one in found] == [
        (paper.calendar.closes_at[row], symbol) for row in (499, 500, 501) for symbol in "AB"
    ]


def test_a_journal_that_fails_half_way_is_gone_on_with(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("champion"), "A", "B")
    paper.store(500, "A", "B")
    tick(paper)
    paper.store(501, "A", "B")
    whole = paper.ports.journal

    class Failing:
        notes, head = staticmethod(whole.notes), staticmethod(whole.head)

        def note(self, notes: Any) -> Any:
            whole.note(notes[:1])
            raise JournalUnavailable("memory", "killed")

    with pytest.raises(JournalUnavailable):
        settle_paper(paper.with_ports(journal=Failing()))
    assert len(outcomes(paper)) == 1
    assert len(settle(paper).new) == 1
    assert len(outcomes(paper)) == 2


@given(stops=st.sets(st.integers(501, 520)), drops=st.sets(st.integers(501, 520)))
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_ticks_at_any_times_with_checkpoints_lost_come_to_the_same_outcomes(
    make_paper: MakePaper, make_model: MakeModel, stops: set[int], drops: set[int]
) -> None:
    often, once = make_paper(), make_paper()
    for world in (often, once):
        watched(world, make_model, 3)
    for n_bars in sorted(stops):
        often.store(n_bars)
        tick(often)
        if n_bars in drops:
            often.ports.checkpoints.drop("")
    for world in (often, once):
        world.store(521)
        tick(world)
    assert forecasts(often) == forecasts(once)
    assert outcomes(often) == outcomes(once)
    assert len(outcomes(once)) == 19

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import BarsImport
from bellwether.bootstrap import memory_ports, rehearse_in_memory
from bellwether.cards import render_rehearsal
from bellwether.clock import Clock
from bellwether.rehearsal import (
    FaultKind,
    KnownChange,
    NothingToRehearse,
    RehearsalOptions,
    RehearsalReport,
    UnusableRehearsalOption,
    rehearse,
)

Make = Callable[..., BarsImport]
N_BARS, HISTORY = 680, 610


@pytest.fixture(scope="module")
def world(history: Make) -> list[BarsImport]:
    return [history(name, N_BARS, 0.3) for name in ("AAA", "BBB")]


@pytest.fixture(scope="module")
def options() -> RehearsalOptions:
    # Drawn so that every kind of fault fits into the days there are.
    return RehearsalOptions(
        history_bars=HISTORY, universe="worlds", faults=tuple(FaultKind), seed=172
    )


@pytest.fixture(scope="module")
def report(world: list[BarsImport], options: RehearsalOptions) -> RehearsalReport:
    return rehearse_in_memory(world, options)


def test_every_question_gets_a_valid_answer_whatever_goes_wrong(report: RehearsalReport) -> None:
    assert report.is_without_downtime
    assert report.n_sessions == N_BARS - HISTORY + 1
    assert report.n_questions == 2 * report.n_sessions
    assert report.sources[-1].n_answers == report.n_questions
    assert sum(one.share for one in report.sources[:-1]) == pytest.approx(1.0)
    assert sum(sum(one.counts.values()) for one in report.quarters) == report.n_questions


def test_each_source_and_each_fault_is_met(report: RehearsalReport) -> None:
    assert {one.source for one in report.sources} >= {"champion", "rules", "nobody (HOLD)"}
    assert report.n_faults == len(FaultKind)
    reasons = {one.name for one in report.reasons}
    assert {"bundle_corrupt", "frozen_column", "scale_jump", "gap_at_the_end"} <= reasons
    assert report.n_ticks_failed == 1
    assert report.n_not_journalled == 2
    assert report.n_revised > 0


def test_every_alarm_is_explained(report: RehearsalReport) -> None:
    assert report.alarms
    assert all(one.explanation and one.words for one in report.alarms)
    of_data = [one for one in report.alarms if one.channel == "data"]
    assert {one.cause for one in of_data} == {"injected"}


def test_what_happened_is_told_in_its_order(report: RehearsalReport) -> None:
    instants = [one.at for one in report.timeline]
    assert instants == sorted(instants)
    kinds = {one.kind for one in report.timeline}
    assert {"fault", "training", "trouble"} <= kinds
    assert "passed the gate and serves" in next(
        one.words for one in report.timeline if one.kind == "training"
    )


def test_answers_are_settled_and_accounted_for(report: RehearsalReport) -> None:
    assert report.n_settled > report.n_sessions
    # The first one was trained on the bars before; a later fit is only in the shadow.
    account = max(report.model_accounts.values(), key=lambda one: one.model.n_bars)
    assert account.model.n_bars > 50
    # What is settled late, or given up, is counted otherwise by the monitor than by the truth.
    assert abs(account.model.n_bars - report.service_account.model.n_bars) <= 5
    assert abs(report.service_account.model.added_bps.mean) < 100.0  # no false price in it


def test_the_same_bars_and_options_give_the_same_report_as_json(
    world: list[BarsImport], options: RehearsalOptions, report: RehearsalReport
) -> None:
    again = json.dumps(rehearse_in_memory(world[::-1], options).to_json(), allow_nan=False)
    assert again == json.dumps(report.to_json(), allow_nan=False)


def test_the_page_shows_it_all_and_asks_nobody(report: RehearsalReport) -> None:
    page = render_rehearsal(report)
    for said in ("NO DOWNTIME", "Who answered", "Alarms, each explained", "Day by day"):
        assert said in page
    assert "http://" not in page
    assert "<script" not in page
    named = render_rehearsal(replace(report, universe="<b>"))
    assert "<b></title>" not in named


def test_later_bars_change_nothing_that_was_served(history: Make) -> None:
    class Days:
        def __init__(self) -> None:
            self.n_lived: list[int] = []

        def lived(self, n_sessions: int, n_total: int, clock: Clock) -> None:
            assert n_sessions <= n_total
            assert clock.now() > np.datetime64("2000-01-01")
            self.n_lived.append(n_sessions)

    whole = history("CCC", 640)
    short = replace(whole, bars=whole.bars[:630])
    last_at = whole.bars.closed_at[629]
    told = RehearsalOptions(history_bars=HISTORY, last_at=last_at)
    days = Days()
    one = rehearse([whole], memory_ports([whole]), told, days)
    two = rehearse([short], memory_ports([short]), told)
    assert days.n_lived == list(range(1, 22))
    assert one.timeline == two.timeline
    assert one.quarters == two.quarters
    assert one.reasons == two.reasons


def test_a_change_that_is_known_stands_in_the_timeline(history: Make) -> None:
    true = history("DDD", 625)
    known = KnownChange(at=true.bars.closed_at[620], words="the planted edge vanishes")
    options = RehearsalOptions(history_bars=HISTORY, known_changes=(known,))
    report = rehearse_in_memory([true], options)
    assert "the planted edge vanishes" in [one.words for one in report.timeline]
    assert report.model_accounts == {}


def test_what_cannot_be_rehearsed_is_refused(history: Make) -> None:
    true = history("EEE", 620)
    options = RehearsalOptions(history_bars=HISTORY)
    early = replace(options, first_at=true.bars.closed_at[10])
    late = replace(options, first_at=true.bars.closed_at[-1] + np.timedelta64(30, "D"))
    short = replace(options, history_bars=620)
    for refused in (early, late, short):
        with pytest.raises(NothingToRehearse):
            rehearse_in_memory([true], refused)
    with pytest.raises(NothingToRehearse):
        rehearse_in_memory([], options)
    weekly = replace(history("FFF", 620), bars=replace(history("FFF", 620).bars, interval="1w"))
    with pytest.raises(UnusableRehearsalOption):
        rehearse_in_memory([true, weekly], options)
    for name, wrong in (("history_bars", 10), ("horizon_bars", 0), ("train_bars", 300)):
        changed: dict[str, Any] = {name: wrong}
        with pytest.raises(UnusableRehearsalOption, match=name):
            replace(options, **changed)

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.monitor import (
    CONDITIONS,
    Condition,
    Episode,
    EpisodeChange,
    EpisodeOptions,
    Sighting,
    UnusableMonitorOption,
    acknowledge_episode,
    alarm_facts,
    check_channel,
    episode_id,
    next_changes,
    rank_condition,
    take_change,
)

START = np.datetime64("2020-01-01T21:00", "us")
HOUR = np.timedelta64(3_600_000_000, "us")
COOLING_HOURS = 72
OPTIONS = EpisodeOptions(cooling_seconds=COOLING_HOURS * 3600.0, remind_seconds=7 * 86_400.0)
QUIET = EpisodeOptions(cooling_seconds=COOLING_HOURS * 3600.0, remind_seconds=0.0)
# What a check found, and how many hours after the check before.
VISITS = st.lists(st.tuples(st.sampled_from(CONDITIONS), st.integers(0, 100)), max_size=20)
# Machines that do much else at the same time are no fault of what is tested.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def see(condition: Condition, hours: int, words: str = "") -> Sighting:
    return Sighting(
        subject="SPY", channel="performance", condition=condition, words=words, at=at(hours)
    )


def at(hours: int) -> np.datetime64:
    found: np.datetime64 = START + hours * HOUR
    return found


def follow(
    visits: Sequence[tuple[Condition, int]], options: EpisodeOptions = OPTIONS
) -> tuple[Episode | None, list[EpisodeChange]]:
    """Return where a sequence of findings leads, and everything that was written down."""
    episode, written, hours = None, [], 0
    for condition, later in visits:
        hours += later
        for change in next_changes(episode, see(condition, hours), options):
            episode = take_change(episode, change)
            written.append(change)
    return episode, written


def replay(changes: Sequence[EpisodeChange]) -> Episode | None:
    episode = None
    for change in changes:
        episode = take_change(episode, change)
    return episode


# What holds for every sequence of findings


@patient
@given(visits=VISITS)
def test_an_episode_is_what_was_written_down_of_it(visits: list[tuple[Condition, int]]) -> None:
    episode, written = follow(visits)
    assert replay(written) == episode


@patient
@given(visits=VISITS)
def test_the_same_finding_again_writes_nothing(visits: list[tuple[Condition, int]]) -> None:
    episode, _ = follow(visits)
    if visits:
        hours = sum(later for _, later in visits)
        again = next_changes(episode, see(visits[-1][0], hours), OPTIONS)
        assert again == ()


@patient
@given(visits=VISITS)
def test_an_episode_begins_once_ends_once_and_counts_its_steps(
    visits: list[tuple[Condition, int]],
) -> None:
    _, written = follow(visits)
    for found in {change.episode_id for change in written}:
        own = [change for change in written if change.episode_id == found]
        assert [change.ordinal for change in own] == list(range(1, len(own) + 1))
        assert [change.event for change in own].count("opened") == 1
        assert own[0].event == "opened"
        assert all(change.event != "over" for change in own[:-1])


@patient
@given(visits=VISITS)
def test_ids_are_those_of_the_place_in_the_row(visits: list[tuple[Condition, int]]) -> None:
    _, written = follow(visits)
    opened = [change.episode_id for change in written if change.event == "opened"]
    assert opened == [episode_id("performance", "SPY", n + 1) for n in range(len(opened))]


@patient
@given(visits=VISITS)
def test_each_condition_is_told_at_most_once_in_a_cooling_time(
    visits: list[tuple[Condition, int]],
) -> None:
    _, written = follow(visits)
    for condition in CONDITIONS:
        told = [one.at for one in written if one.is_told and one.condition == condition]
        assert all(later - earlier >= COOLING_HOURS * HOUR for earlier, later in pairwise(told))


@patient
@given(visits=VISITS, last=st.sampled_from(CONDITIONS))
def test_what_lasts_is_told_in_the_end(
    visits: list[tuple[Condition, int]], last: Condition
) -> None:
    lasting = [*visits, (last, 1), (last, COOLING_HOURS), (last, COOLING_HOURS)]
    episode, _ = follow(lasting, QUIET)
    if episode is None:
        assert last == "ok"
    else:
        assert episode.told_condition == last
        assert episode.is_over == (last == "ok")


@patient
@given(visits=VISITS)
def test_the_worst_is_never_better_than_now(visits: list[tuple[Condition, int]]) -> None:
    episode, written = follow(visits)
    if episode is not None:
        seen = [one.condition for one in written if one.episode_id == episode.episode_id]
        assert episode.worst == max(seen, key=rank_condition)


@patient
@given(visits=VISITS)
def test_without_a_cooling_time_everything_is_told_at_once(
    visits: list[tuple[Condition, int]],
) -> None:
    _, written = follow(visits, EpisodeOptions(cooling_seconds=0.0, remind_seconds=0.0))
    assert all(change.is_told for change in written)
    assert all(change.event in {"opened", "changed", "over"} for change in written)


# One story after the other


def told(changes: Sequence[EpisodeChange]) -> list[tuple[str, Condition]]:
    return [(one.event, one.condition) for one in changes if one.is_told]


def test_that_all_is_well_is_not_written() -> None:
    assert follow([("ok", 0), ("ok", 24), ("ok", 24)]) == (None, [])


def test_an_episode_goes_from_amber_to_red_recovers_and_ends() -> None:
    story: list[tuple[Condition, int]] = [
        ("amber", 0), ("amber", 24), ("red", 24), ("red", 24), ("recovering", 24),
        ("ok", 24), ("ok", 24), ("ok", 48),
    ]  # fmt: skip
    episode, written = follow(story)
    expected = [
        ("opened", "amber"), ("changed", "red"), ("changed", "recovering"), ("over", "ok")
    ]  # fmt: skip
    assert told(written) == expected
    assert episode is not None
    assert (episode.is_over, episode.worst, episode.n_reopened) == (True, "red", 0)


def test_what_comes_back_within_the_cooling_time_is_the_same_episode_and_quiet() -> None:
    episode, written = follow([("amber", 0), ("ok", 24), ("amber", 24), ("ok", 10), ("amber", 10)])
    assert told(written) == [("opened", "amber")]
    assert episode is not None
    assert (episode.place, episode.n_reopened) == (1, 2)


def test_what_comes_back_worse_is_told_at_once() -> None:
    _, written = follow([("amber", 0), ("ok", 24), ("red", 24)])
    assert told(written) == [("opened", "amber"), ("changed", "red")]


def test_what_comes_back_later_is_another_episode() -> None:
    episode, written = follow([("amber", 0), ("ok", 24), ("amber", COOLING_HOURS)])
    assert told(written) == [("opened", "amber"), ("over", "ok"), ("opened", "amber")]
    assert episode is not None
    assert (episode.place, episode.opened_at) == (2, at(24 + COOLING_HOURS))


def test_a_relapse_that_lasts_is_told_after_the_cooling_time() -> None:
    story: list[tuple[Condition, int]] = [("red", 0), ("recovering", 24), ("red", 24), ("red", 24)]
    episode, written = follow(story)
    last = ("still", "red")
    assert told(written) == [("opened", "red"), ("changed", "recovering"), last]
    assert episode is not None
    assert episode.changed_at == at(48)


def test_nobody_who_acknowledges_is_reminded() -> None:
    episode, _ = follow([("red", 0)])
    assert episode is not None
    week = see("red", 7 * 24)
    [reminder] = next_changes(episode, week, OPTIONS)
    assert (reminder.event, reminder.is_told) == ("still", True)
    known = take_change(episode, acknowledge_episode(episode, "ann", "retraining", at(5)))
    assert next_changes(known, week, OPTIONS) == ()
    assert known.acknowledged is not None
    assert (known.acknowledged.by, known.acknowledged.words) == ("ann", "retraining")


def test_nobody_has_acknowledged_what_got_worse_since() -> None:
    episode, _ = follow([("amber", 0)])
    assert episode is not None
    known = take_change(episode, acknowledge_episode(episode, "ann", "seen", at(5)))
    [worse] = next_changes(known, see("red", 24), OPTIONS)
    assert worse.is_told
    assert take_change(known, worse).acknowledged is None
    better = replace(worse, condition="recovering")
    assert take_change(known, better).acknowledged == known.acknowledged


def test_a_clock_that_is_set_back_tells_nothing_twice() -> None:
    episode, _ = follow([("red", 1000)])
    assert next_changes(episode, see("red", 0), OPTIONS) == ()


def test_a_fold_whose_beginning_is_lost_goes_on_with_what_there_is() -> None:
    _, written = follow([("amber", 0), ("red", 24)])
    found = replay(written[1:])
    assert found is not None
    assert (found.condition, found.n_changes) == ("red", 2)


# Options and facts


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_times_below_zero_are_refused(seconds: float) -> None:
    with pytest.raises(UnusableMonitorOption, match="cooling_seconds"):
        EpisodeOptions(cooling_seconds=seconds)


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(UnusableMonitorOption, match="one of performance, inputs"):
        check_channel("weather")


def test_the_facts_of_an_alarm_have_one_set_of_names() -> None:
    facts = alarm_facts(e_value=2520.0, effective_sample_size=80.0, done="rules answer", psi=0.3)
    assert facts == {
        "e_value": 2520.0,
        "false_alarms_a_year": pytest.approx(0.1),
        "effective_sample_size": 80.0,
        "done": "rules answer",
        "psi": 0.3,
    }
    assert alarm_facts() == {}
    assert alarm_facts(e_value=0.0)["false_alarms_a_year"] == 252.0

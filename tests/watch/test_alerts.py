"""Findings become episodes, episodes notices, and notices reach their receivers at least once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryCheckpoints, MemoryJournal
from bellwether.monitor import Channel, Condition, EpisodeOptions, UnusableMonitorOption
from bellwether.registry import RegistryUnavailable
from bellwether.service import JournalNote, JournalTrouble, JournalUnavailable, NoteFilter, NoteKind
from bellwether.watch import (
    AlertBook,
    AlertPorts,
    Checkpoint,
    Delivery,
    EmptyAcknowledgement,
    Finding,
    Notice,
    NoticeNotDelivered,
    NoticeRefused,
    Notifier,
    OutboxOptions,
    UnknownEpisode,
    UnreadableNote,
    UnusableFinding,
    acknowledge,
    check_silence,
    deliver_notices,
    facts_text,
    find_last_check,
    raise_findings,
    tell_directly,
    try_receivers,
)
from bellwether.watch._alert_notes import read_fact

START = np.datetime64("2020-01-01T21:00", "us")
HOUR = np.timedelta64(3_600_000_000, "us")


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Receiver:
    """A receiver that keeps what it gets, and fails as it is told. Treaty as `Notifier`."""

    name: str = "desk"
    got: list[Notice] = field(default_factory=list)
    failure: BaseException | None = None
    refuses: str = ""

    def send(self, notice: Notice) -> None:
        """Keep a notice, unless this receiver fails."""
        if self.failure is not None:
            raise self.failure
        if self.refuses and self.refuses in notice.text:
            raise NoticeRefused(self.name, "status 400")
        self.got.append(notice)


class GoneJournal(MemoryJournal):
    """A journal that can be taken away."""

    is_gone = False

    def note(self, notes: Sequence[JournalNote]) -> tuple[JournalNote, ...]:
        """Note, where the journal is there."""
        if self.is_gone:
            raise JournalUnavailable("memory", "it is gone", JournalTrouble.GONE)
        return super().note(notes)


class GoneCheckpoints(MemoryCheckpoints):
    """Checkpoints whose leases cannot be taken."""

    def lease(self, *_: object, **__: object) -> bool:
        """Fail."""
        raise RegistryUnavailable("the registry", "it is gone")


def at(hours: float) -> np.datetime64:
    found: np.datetime64 = START + round(hours * 3600) * np.timedelta64(1_000_000, "us")
    return found


def ports_of(*receivers: Notifier, journal: MemoryJournal | None = None, **more: Any) -> AlertPorts:
    return AlertPorts(journal=journal or MemoryJournal(), notifiers=receivers, **more)


def finding(
    condition: Condition = "red",
    subject: str = "spy-1d",
    channel: Channel = "performance",
    words: str = "accuracy is below its floor",
    **facts: Any,
) -> Finding:
    return Finding(subject=subject, channel=channel, condition=condition, words=words, facts=facts)


def alert_notes(ports: AlertPorts) -> list[JournalNote]:
    return list(ports.journal.notes(NoteFilter(kinds=(NoteKind.ALERT,)), None, 1000).notes)


def unreachable() -> NoticeNotDelivered:
    return NoticeNotDelivered("desk", "nobody who listens there")


# From findings to episodes


def test_a_finding_opens_an_episode_and_is_told_once() -> None:
    desk = Receiver()
    ports = ports_of(desk)
    for hours in (0, 24, 48):
        raise_findings([finding(e_value=1300.0)], ports, at(hours))
    [episode] = ports.book.open_episodes()
    assert (episode.condition, episode.subject) == ("red", "spy-1d")
    [notice] = desk.got
    assert notice.title == "bellwether: 1 red"
    assert "performance of spy-1d began RED: accuracy is below its floor" in notice.text
    assert "e-value 1,300" in notice.text
    assert episode.episode_id in notice.text


def test_a_subject_that_is_missing_is_well() -> None:
    ports = ports_of()
    raise_findings([finding()], ports, at(0))
    raised = raise_findings([], ports, at(24))
    assert [(one.event, one.condition) for one in raised.changes] == [("changed", "ok")]
    raised = raise_findings([], ports, at(24 + 72))
    assert [one.event for one in raised.changes] == ["over"]
    assert ports.book.open_episodes() == ()


def test_channels_that_were_not_checked_are_left_as_they_are() -> None:
    ports = ports_of()
    raise_findings([finding(), finding(channel="inputs")], ports, at(0))
    raise_findings([], ports, at(24), channels=("inputs",))
    conditions = {one.channel: one.condition for one in ports.book.open_episodes()}
    assert conditions == {"performance": "red", "inputs": "ok"}


def test_of_two_findings_about_one_subject_the_worse_counts() -> None:
    ports = ports_of()
    raise_findings([finding("red"), finding("amber"), finding("ok")], ports, at(0))
    [episode] = ports.book.open_episodes()
    assert episode.condition == "red"


def test_however_much_is_found_one_tick_sends_one_notice() -> None:
    desk = Receiver()
    ports = ports_of(desk)
    raise_findings(
        [finding("amber", subject=f"S{n:04}", channel="data") for n in range(200)]
        + [finding("red")],
        ports,
        at(0),
    )
    [notice] = desk.got
    assert notice.title == "bellwether: 1 red, 200 amber"
    assert (notice.condition, len(notice.lines), notice.n_more) == ("red", 50, 151)
    assert notice.lines[0].subject == "spy-1d"
    assert notice.text.endswith("and 151 more: bellwether alerts")


def test_words_with_line_breaks_do_not_make_lines_of_their_own() -> None:
    desk = Receiver()
    raise_findings([finding(words="one\nreason=forged: two")], ports_of(desk), at(0))
    assert len(desk.got[0].text.splitlines()) == 1


def test_a_password_that_an_error_let_slip_is_neither_told_nor_noted() -> None:
    desk = Receiver()
    ports = ports_of(desk)
    words = "postgresql://ann:swordfish@host/db cannot be reached"
    raise_findings([finding(words=words)], ports, at(0))
    tell_directly(words, ports, at(0))
    assert "swordfish" not in f"{desk.got}{alert_notes(ports)}"
    assert all("ann:***@host" in one.text for one in desk.got)


def test_a_tick_that_is_run_again_changes_nothing() -> None:
    desk = Receiver()
    ports = ports_of(desk)
    raise_findings([finding()], ports, at(0))
    before = alert_notes(ports)
    again = AlertPorts(journal=ports.journal, notifiers=(desk,))
    assert raise_findings([finding()], again, at(0)).changes == ()
    assert (alert_notes(ports), len(desk.got)) == (before, 1)


def test_two_processes_at_the_same_tick_write_one_story() -> None:
    desk = Receiver()
    journal = MemoryJournal()
    first, second = ports_of(desk, journal=journal), ports_of(desk, journal=journal)
    first.book.refresh()
    second.book.refresh()
    raise_findings([finding()], first, at(0))
    raise_findings([finding()], second, at(0))
    changes = [one for one in alert_notes(first) if one.data["what"] == "episode"]
    assert (len(changes), len(desk.got)) == (1, 1)


CONDITIONS = st.sampled_from(("ok", "amber", "red", "recovering"))
TICKS = st.lists(
    st.tuples(
        st.integers(1, 60), st.dictionaries(st.sampled_from(("A", "B")), CONDITIONS, max_size=2)
    ),
    max_size=12,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ticks=TICKS, at_risk=st.integers(0, 11))
def test_any_story_is_read_back_as_it_was_lived(
    ticks: list[tuple[int, dict[str, Condition]]], at_risk: int
) -> None:
    desk = Receiver()
    ports = ports_of(desk)
    hours = 0
    for place, (later, conditions) in enumerate(ticks):
        hours += later
        desk.failure = unreachable() if place == at_risk else None
        found = [finding(condition, subject=name) for name, condition in conditions.items()]
        raise_findings(found, ports, at(hours))
    book = AlertBook(ports.journal)
    book.refresh()
    assert book.episodes() == ports.book.episodes()
    assert book.waiting() == ports.book.waiting()
    assert book.trouble("desk") == ports.book.trouble("desk")
    for episode in book.episodes():
        assert book.changes(episode.episode_id) == ports.book.changes(episode.episode_id)
    told = [one.key for one in alert_notes(ports) if one.data["what"] == "notice"]
    waiting = {task.notice.notice_id for task, _ in book.waiting()}
    assert [one.notice_id for one in desk.got] == [one for one in told if one not in waiting]


# Acknowledgement


def test_a_person_acknowledges_by_name_and_words() -> None:
    ports = ports_of()
    raise_findings([finding()], ports, at(0))
    [episode] = ports.book.open_episodes()
    done = acknowledge(
        episode.episode_id, by=" ann ", words="retraining tonight", book=ports.book, now=at(1)
    )
    assert done.acknowledged is not None
    assert (done.acknowledged.by, done.acknowledged.at) == ("ann", at(1))
    raise_findings([finding()], ports, at(24 * 30))
    assert [one.event for one in ports.book.changes(episode.episode_id)] == [
        "opened",
        "acknowledged",
    ]


def test_an_acknowledgement_between_two_others_steps_is_written_behind_them() -> None:
    journal = MemoryJournal()
    tick, person = ports_of(journal=journal), ports_of(journal=journal)
    raise_findings([finding("amber")], tick, at(0))
    person.book.refresh()
    raise_findings([finding("red")], tick, at(24))
    [episode] = tick.book.open_episodes()
    done = acknowledge(episode.episode_id, by="ann", words="seen", book=person.book, now=at(25))
    assert (done.n_changes, done.condition) == (3, "red")


def test_an_episode_of_the_past_can_be_commented_without_touching_the_present_one() -> None:
    ports = ports_of()
    raise_findings([finding("red")], ports, at(0))
    [past] = ports.book.open_episodes()
    raise_findings([], ports, at(24))
    raise_findings([finding("amber")], ports, at(24 * 10))
    acknowledge(past.episode_id, by="ann", words="a bad split", book=ports.book, now=at(24 * 11))
    [present] = ports.book.open_episodes()
    assert present.acknowledged is None
    assert ports.book.last("performance", "spy-1d") == present
    assert ports.book.get(past.episode_id).acknowledged is not None


def test_an_unknown_episode_cannot_be_acknowledged() -> None:
    ports = ports_of()
    raise_findings([finding()], ports, at(0))
    [episode] = ports.book.open_episodes()
    with pytest.raises(UnknownEpisode, match=episode.episode_id):
        acknowledge("0" * 16, by="ann", words="seen", book=ports.book, now=at(1))


@pytest.mark.parametrize(("by", "words"), [("", "x"), ("ann", "  "), ("a" * 501, "x")])
def test_an_acknowledgement_says_who_and_what(by: str, words: str) -> None:
    with pytest.raises(EmptyAcknowledgement):
        acknowledge("0" * 16, by=by, words=words, book=AlertBook(MemoryJournal()), now=at(0))


# Delivery


def test_what_was_not_delivered_is_sent_again_with_longer_and_longer_pauses() -> None:
    desk = Receiver(failure=unreachable())
    ports = ports_of(desk)
    raise_findings([finding()], ports, at(0))
    tried = [minutes for minutes in range(1, 181) if deliver_notices(ports, at(minutes / 60))]
    assert tried == [5, 15, 35, 75, 155]
    desk.failure = None
    deliver_notices(ports, at(24))
    assert len(desk.got) == 1
    assert ports.book.waiting() == ()
    assert ports.book.trouble("desk") is None


def test_a_receiver_that_is_gone_keeps_nobody_else_waiting() -> None:
    gone, desk = Receiver("gone", failure=unreachable()), Receiver()
    ports = ports_of(gone, desk)
    raised = raise_findings([finding()], ports, at(0))
    assert [(one.receiver, one.outcome) for one in raised.deliveries] == [
        ("gone", "failed"),
        ("desk", "delivered"),
    ]
    [(_, waiting)] = ports.book.waiting()
    assert waiting == ("gone",)


def test_killed_between_sending_and_noting_it_sends_the_same_notice_again() -> None:
    class Dying(Receiver):
        def send(self, notice: Notice) -> None:
            super().send(notice)
            raise Killed

    desk = Dying()
    journal = MemoryJournal()
    with pytest.raises(Killed):
        raise_findings([finding()], ports_of(desk, journal=journal), at(0))
    alive = Receiver()
    ports = ports_of(alive, journal=journal)
    raise_findings([finding()], ports, at(24))
    assert [one.notice_id for one in alive.got] == [one.notice_id for one in desk.got]
    assert alive.got == desk.got
    raise_findings([finding()], ports, at(48))
    assert len(alive.got) == 1


def test_killed_before_sending_it_leaves_the_notice_to_the_next_tick() -> None:
    journal = MemoryJournal()
    with pytest.raises(Killed):
        raise_findings([finding()], ports_of(Receiver(failure=Killed()), journal=journal), at(0))
    desk = Receiver()
    raise_findings([finding()], ports_of(desk, journal=journal), at(24))
    assert len(desk.got) == 1


def test_a_delivery_that_cannot_be_noted_is_sent_again() -> None:
    desk, journal = Receiver(failure=unreachable()), GoneJournal()
    ports = ports_of(desk, journal=journal)
    raise_findings([finding()], ports, at(0))
    desk.failure, journal.is_gone = None, True
    with pytest.raises(JournalUnavailable):
        deliver_notices(ports, at(1))
    journal.is_gone = False
    deliver_notices(ports, at(2))
    assert len(desk.got) == 2
    assert desk.got[0] == desk.got[1]


def test_a_refused_notice_does_not_hold_up_the_next() -> None:
    desk = Receiver(refuses="spy-1d")
    ports = ports_of(desk)
    raise_findings([finding()], ports, at(0))
    raise_findings([finding(), finding(subject="qqq-1d")], ports, at(1))
    assert ["qqq-1d" in one.text for one in desk.got] == [True]
    [(task, _)] = ports.book.waiting()
    trouble = ports.book.trouble("desk", task.notice.notice_id)
    assert trouble is not None
    assert (trouble.n_failures, trouble.reason) == (2, "status 400")
    assert deliver_notices(ports, at(1.01)) == ()
    assert ports.book.trouble("desk") is None


def test_notices_reach_a_receiver_in_their_order_once_it_is_back() -> None:
    desk = Receiver(failure=unreachable())
    ports = ports_of(desk)
    for hours, subject in enumerate("abc"):
        raise_findings([finding(subject=subject)], ports, at(hours), channels=())
    desk.failure = None
    deliver_notices(ports, at(24))
    assert [one.lines[0].subject for one in desk.got] == ["a", "b", "c"]


def test_a_notice_that_is_too_old_is_given_up_and_that_is_noted() -> None:
    desk = Receiver(failure=unreachable())
    ports = ports_of(desk, outbox=OutboxOptions(give_up_seconds=86_400.0))
    raise_findings([finding()], ports, at(0))
    [given_up] = deliver_notices(ports, at(25))
    assert given_up.outcome == "given_up"
    assert ports.book.waiting() == ()
    assert deliver_notices(ports, at(26)) == ()


def test_a_receiver_that_was_taken_out_of_the_settings_is_given_up_in_time() -> None:
    ports = ports_of(Receiver(failure=unreachable()))
    raise_findings([finding()], ports, at(0))
    without = ports_of(journal=ports.journal)  # type: ignore[arg-type]
    assert deliver_notices(without, at(24)) == ()
    assert [one.outcome for one in deliver_notices(without, at(24 * 8))] == ["given_up"]


def test_a_receiver_that_is_new_is_not_told_of_the_past() -> None:
    ports = ports_of()
    raise_findings([finding()], ports, at(0))
    desk = Receiver()
    raise_findings([finding()], ports_of(desk, journal=ports.journal), at(24))  # type: ignore[arg-type]
    assert desk.got == []


def test_only_one_process_sends_at_a_time() -> None:
    desk, leases = Receiver(), MemoryCheckpoints()
    ports = ports_of(desk, checkpoints=leases, owner="one")
    leases.lease("alerts/outbox", "another", now=at(0), seconds=60.0)
    assert raise_findings([finding()], ports, at(0)).deliveries == ()
    assert len(deliver_notices(ports, at(1))) == 1
    assert leases.lease("alerts/outbox", "another", now=at(1), seconds=60.0)


def test_without_the_memory_of_leases_notices_are_sent_all_the_same() -> None:
    desk = Receiver()
    raise_findings([finding()], ports_of(desk, checkpoints=GoneCheckpoints()), at(0))
    assert len(desk.got) == 1


def test_a_tick_sends_one_receiver_so_many_notices_and_no_more() -> None:
    desk = Receiver(failure=unreachable())
    ports = ports_of(desk, outbox=OutboxOptions(most_at_once=2))
    for hours, subject in enumerate("abc"):
        raise_findings([finding(subject=subject)], ports, at(hours), channels=())
    desk.failure = None
    assert len(deliver_notices(ports, at(24))) == 2
    assert len(deliver_notices(ports, at(25))) == 1


# Silence, and a journal that is gone


def checked(hours: float, now: float, **more: Any) -> AlertPorts:
    checkpoints = MemoryCheckpoints()
    content = {"at": str(at(hours))}
    checkpoints.save([Checkpoint(name="watch/last", number=1, content=content)])
    ports = ports_of(Receiver(), checkpoints=checkpoints, **more)
    check_silence(ports, at(now))
    return ports


def test_a_monitor_that_is_on_time_is_no_alert() -> None:
    assert checked(0, 36.0).book.episodes() == ()


def test_a_monitor_that_stopped_is_an_alert_and_a_worse_one_later() -> None:
    ports = checked(0, 36.5)
    [episode] = ports.book.open_episodes()
    assert (episode.channel, episode.condition) == ("monitor", "amber")
    assert episode.words == "nobody has checked the models for 36.5 hours; every 24 it is due"
    check_silence(ports, at(73))
    assert ports.book.get(episode.episode_id).condition == "red"


def test_a_tick_ends_the_silence_and_silence_ends_nothing_else() -> None:
    ports = checked(0, 48.0)
    raise_findings([finding(), finding(subject="voice", channel="monitor")], ports, at(48))
    conditions = {one.subject: one.condition for one in ports.book.open_episodes()}
    assert conditions == {"monitor": "ok", "spy-1d": "red", "voice": "red"}
    check_silence(ports, at(49))
    conditions = {one.subject: one.condition for one in ports.book.open_episodes()}
    assert conditions == {"monitor": "amber", "spy-1d": "red", "voice": "red"}


def test_where_nothing_was_ever_checked_nobody_stopped() -> None:
    ports = ports_of(checkpoints=MemoryCheckpoints())
    assert find_last_check(ports, at(0)).at is None
    assert check_silence(ports, at(0)).changes == ()
    assert find_last_check(ports_of(), at(0)).age_seconds is None


def test_a_watch_of_other_intervals_is_late_by_those() -> None:
    assert checked(0, 36.5, check_seconds=7 * 86_400.0).book.episodes() == ()


def test_that_the_journal_is_gone_is_told_without_it_and_not_by_everybody() -> None:
    desk, gone = Receiver(), Receiver("gone", failure=unreachable())
    ports = ports_of(desk, gone, checkpoints=MemoryCheckpoints())
    failed = tell_directly("the journal cannot be written", ports, at(0))
    assert failed == ("nobody who listens there",)
    assert tell_directly("the journal cannot be written", ports, at(1)) == ()
    [notice] = desk.got
    assert (notice.condition, notice.text) == ("red", "the journal cannot be written")
    tell_directly("the journal cannot be written", ports, at(7))
    assert len(desk.got) == 2
    alone = Receiver()
    tell_directly("gone", ports_of(alone, checkpoints=GoneCheckpoints()), at(0))
    assert len(alone.got) == 1


def test_a_test_reaches_every_receiver_and_is_written_nowhere() -> None:
    desk, gone = Receiver(), Receiver("gone", failure=unreachable())
    ports = ports_of(desk, gone)
    outcomes = try_receivers(ports, at(0))
    assert outcomes == (("desk", ""), ("gone", "nobody who listens there"))
    assert alert_notes(ports) == []


# Values and notes


def test_a_finding_that_no_episode_can_be_made_of_is_refused() -> None:
    with pytest.raises(UnusableFinding, match="subject"):
        finding(subject="")
    with pytest.raises(UnusableMonitorOption, match="channel"):
        finding(channel="weather")  # type: ignore[arg-type]
    with pytest.raises(UnusableFinding, match="one of ok"):
        finding("purple")  # type: ignore[arg-type]
    with pytest.raises(UnusableFinding, match="JSON"):
        finding(e_value=float("nan"))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"what": "episode"},
        {"what": "notice", "notice": {}},
        {"what": "delivery", "outcome": "lost"},
        {
            "what": "delivery", "notice_id": "n", "receiver": "r", "outcome": "lost",
            "attempt": 1, "is_refused": False, "reason": "",
        },
    ],
)  # fmt: skip
def test_a_damaged_note_is_named(data: dict[str, Any]) -> None:
    journal = MemoryJournal()
    journal.note([JournalNote(kind=NoteKind.ALERT, key="k", at=at(0), data=data)])
    with pytest.raises(UnreadableNote, match="alert k"):
        AlertBook(journal).refresh()


def test_a_note_of_another_kind_is_no_fact_about_alerts() -> None:
    note = JournalNote(kind=NoteKind.WATCH, key="k", at=at(0), data={"what": "episode"})
    with pytest.raises(UnreadableNote, match="watch k"):
        read_fact(note)


def test_a_delivery_whose_notice_is_not_known_changes_nothing_that_waits() -> None:
    ports = ports_of(Receiver())
    raise_findings([finding()], ports, at(0))
    for outcome in ("failed", "delivered"):
        stray = Delivery(notice_id="lost", receiver="desk", outcome=outcome, at=at(1))
        ports.book.write([stray])
    assert ports.book.waiting() == ()
    assert ports.book.attempts("lost", "desk") == 0


def test_a_note_of_a_later_version_is_passed_over() -> None:
    journal = MemoryJournal()
    note = JournalNote(kind=NoteKind.ALERT, key="k", at=at(0), data={"what": "escalation"})
    journal.note([note])
    book = AlertBook(journal)
    book.refresh()
    assert book.episodes() == ()


def test_a_book_reads_more_than_a_page() -> None:
    ports = ports_of(episodes=EpisodeOptions(cooling_seconds=0.0))
    found = [finding("amber", subject=f"S{n}", channel="data") for n in range(1001)]
    raise_findings(found, ports, at(0))
    book = AlertBook(ports.journal)
    book.refresh()
    assert len(book.open_episodes()) == 1001


def test_facts_are_told_in_words() -> None:
    facts = {"psi": 0.25, "e_value": 1260.0, "false_alarms_a_year": 0.2, "done": "rules answer"}
    assert facts_text(facts) == (
        "e-value 1,260; false alarms a year at most 0.2; done rules answer; psi 0.25"
    )
    assert facts_text({"names": ["a"], "n": 12000, "is_late": True}) == "is late True; n 12,000"

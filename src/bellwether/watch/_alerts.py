"""Alerts: what the checks of a tick found becomes episodes, and people are told."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.errors import RegistryError
from bellwether.monitor import (
    CHANNELS,
    Channel,
    Episode,
    EpisodeChange,
    Sighting,
    acknowledge_episode,
    instant_text,
    next_changes,
    rank_condition,
)
from bellwether.watch._alert_book import AlertBook
from bellwether.watch._alert_errors import EmptyAcknowledgement, NoticeNotDelivered
from bellwether.watch._alert_notes import AlertFact, Delivery, NoticeTask
from bellwether.watch._alert_ports import AlertPorts
from bellwether.watch._alert_values import Finding, Notice
from bellwether.watch._notices import hide_passwords, plain_notice, write_notice
from bellwether.watch._outbox import deliver_notices

MOST_LETTERS = 500
QUIET_SECONDS = 21_600.0
_DIRECT = "alerts/direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedAlerts:
    """What came of the findings of a tick.

    Parameters
    ----------
    changes : tuple of EpisodeChange
        Written down now.
    notice : Notice or None
        What people are told.
    deliveries : tuple of Delivery
        What was tried now, of this notice and of older ones.
    """

    changes: tuple[EpisodeChange, ...] = ()
    notice: Notice | None = None
    deliveries: tuple[Delivery, ...] = ()


def raise_findings(
    findings: Iterable[Finding],
    ports: AlertPorts,
    now: np.datetime64,
    *,
    channels: Sequence[Channel] = CHANNELS,
) -> RaisedAlerts:
    """Make episodes of what a tick found, and tell people what they have to know.

    Parameters
    ----------
    findings : iterable of Finding
        Everything that is not well, in some channels; of several about one subject in one
        channel the worst counts. A subject that is missing is well.
    ports : AlertPorts
    now : numpy.datetime64
        UTC.
    channels : sequence of str
        Those that this tick checked; episodes of the others are left as they are.

    Returns
    -------
    raised : RaisedAlerts

    Raises
    ------
    JournalUnavailable
        If the journal cannot be read or written. Nothing is told then; see `tell_directly`.

    Notes
    -----
    Safe to run again: the same findings write nothing down twice. Changes and the notice of them
    are one transaction; whoever is killed after it leaves the notice to the next tick.
    """
    found: dict[tuple[Channel, str], Finding] = {}
    for one in sorted(findings, key=lambda one: rank_condition(one.condition)):
        found[one.channel, one.subject] = one
    ports.book.refresh()
    open_now = {(one.channel, one.subject): one for one in ports.book.open_episodes()}
    keys = [*found, *(key for key in open_now if key not in found and key[0] in channels)]
    seen = [_sighting(key, found.get(key), now) for key in keys]
    return take_sightings(seen, ports, now)


def tell_directly(words: str, ports: AlertPorts, now: np.datetime64) -> tuple[str, ...]:
    """Tell every receiver something that cannot be noted, since the journal itself is gone.

    At most once in six hours, whoever asks, where the memory of leases is there.

    Parameters
    ----------
    words : str
        What is the matter; no secret may stand in it.
    ports : AlertPorts
    now : numpy.datetime64
        UTC.

    Returns
    -------
    failed : tuple of str
        Why some receivers did not take it; it is not tried again.
    """
    leases, owner = ports.checkpoints, f"{ports.owner} {instant_text(now)}"
    if leases is not None:
        with contextlib.suppress(RegistryError):  # then everybody may tell it
            if not leases.lease(_DIRECT, owner, now=now, seconds=QUIET_SECONDS):
                return ()
    notice = plain_notice(words, now, condition="red", title="bellwether: watching failed")
    return tuple(reason for _, reason in _send_to_all(notice, ports) if reason)


def try_receivers(ports: AlertPorts, now: np.datetime64) -> tuple[tuple[str, str], ...]:
    """Send a test to every receiver, and return for each its name and why it failed, or ""."""
    words = "This is a test: whoever reads it will be told when something is wrong."
    notice = plain_notice(words, now, condition="ok", title="bellwether: test")
    return _send_to_all(notice, ports)


def _send_to_all(notice: Notice, ports: AlertPorts) -> tuple[tuple[str, str], ...]:
    """Send a notice to every receiver once, and return each name and why it failed, or ""."""
    outcomes = []
    for notifier in ports.notifiers:
        reason = ""
        try:
            notifier.send(notice)
        except NoticeNotDelivered as error:
            reason = error.reason
        outcomes.append((notifier.name, reason))
    return tuple(outcomes)


def acknowledge(
    episode_id: str, *, by: str, words: str, book: AlertBook, now: np.datetime64
) -> Episode:
    """Write down that a person knows of an episode: they are not reminded of it any more.

    Parameters
    ----------
    episode_id : str
    by, words : str
        Who, and what they say or do about it; 1 to 500 characters each.
    book : AlertBook
    now : numpy.datetime64
        UTC.

    Returns
    -------
    episode : Episode

    Raises
    ------
    UnknownEpisode
        If there is none of that id.
    EmptyAcknowledgement
        If a text is empty or too long.
    JournalUnavailable
        If the journal cannot be read or written.
    """
    for part, text in (("a name", by), ("words", words)):
        if not 1 <= len(text.strip()) <= MOST_LETTERS:
            raise EmptyAcknowledgement(part)
    book.refresh()
    written: tuple[AlertFact, ...] = ()
    while not written:  # another step of this episode may be written at the same time
        change = acknowledge_episode(book.get(episode_id), by.strip(), words.strip(), now)
        written = book.write([change])
    return book.get(episode_id)


def _sighting(key: tuple[Channel, str], found: Finding | None, now: np.datetime64) -> Sighting:
    channel, subject = key
    if found is None:
        return Sighting(subject=subject, channel=channel, condition="ok", at=now)
    return Sighting(
        subject=subject,
        channel=channel,
        condition=found.condition,
        words=hide_passwords(found.words),
        facts=dict(found.facts),
        at=now,
    )


def take_sightings(seen: Sequence[Sighting], ports: AlertPorts, now: np.datetime64) -> RaisedAlerts:
    """Write down what follows from what was seen, and send what receivers do not have yet."""
    book = ports.book
    changes = [
        change
        for one in seen
        for change in next_changes(book.last(one.channel, one.subject), one, ports.episodes)
    ]
    notice = write_notice(changes, now)
    facts: list[AlertFact] = [*changes]
    if notice is not None:
        receivers = tuple(notifier.name for notifier in ports.notifiers)
        facts.append(NoticeTask(notice=notice, receivers=receivers, at=now))
    new = book.write(facts)
    deliveries = deliver_notices(ports, now)
    book.keep()
    return RaisedAlerts(
        changes=tuple(one for one in new if isinstance(one, EpisodeChange)),
        notice=notice,
        deliveries=deliveries,
    )

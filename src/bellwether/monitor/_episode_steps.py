"""The steps of an episode: what is written down when something is found, and what it comes to."""

from dataclasses import replace

import numpy as np

from bellwether.hashing import digest_json
from bellwether.monitor._episodes import (
    Acknowledgement,
    Episode,
    EpisodeChange,
    EpisodeEvent,
    EpisodeOptions,
    Sighting,
    rank_condition,
)

_SECOND = np.timedelta64(1_000_000, "us")
_ID_LETTERS = 16


def episode_id(channel: str, subject: str, place: int) -> str:
    """Return the id of an episode: the same whoever finds it, and however often."""
    return digest_json(["episode", channel, subject, place])[:_ID_LETTERS]


def next_changes(
    episode: Episode | None, seen: Sighting, options: EpisodeOptions
) -> tuple[EpisodeChange, ...]:
    """Return what is to be written down, now that something was found: mostly nothing.

    Parameters
    ----------
    episode : Episode or None
        The last one of the subject and channel, over or not.
    seen : Sighting
    options : EpisodeOptions

    Returns
    -------
    changes : tuple of EpisodeChange
        At most two: the end of one episode and the beginning of the next.

    Notes
    -----
    Knows: what was written down before.
    Between two findings of other conditions nothing is written. A condition is told at once when
    it was not told within the cooling time, otherwise as soon as it was not; so that people are
    told each condition at most once in a cooling time, and whatever lasts is told in the end.
    """
    if episode is None or episode.is_over:
        if seen.condition == "ok":
            return ()
        place = 1 if episode is None else episode.place + 1
        return (_open(seen, place),)
    if episode.condition == "ok":
        calm = _seconds(seen.at - episode.changed_at)
        if calm >= options.cooling_seconds:
            return _end(episode, seen)
        return () if seen.condition == "ok" else (_change(episode, seen, options),)
    if seen.condition == "ok" and options.cooling_seconds == 0:
        return _end(episode, seen)
    if seen.condition != episode.condition:
        return (_change(episode, seen, options),)
    if _is_due(episode, seen, options):
        return (_step(episode, seen, "still", is_told=True),)
    return ()


def acknowledge_episode(episode: Episode, by: str, words: str, at: np.datetime64) -> EpisodeChange:
    """Return the change by which a person says that they know of an episode."""
    return EpisodeChange(
        episode_id=episode.episode_id,
        ordinal=episode.n_changes + 1,
        event="acknowledged",
        subject=episode.subject,
        channel=episode.channel,
        condition=episode.condition,
        at=at,
        words=words,
        by=by,
    )


def take_change(episode: Episode | None, change: EpisodeChange) -> Episode:
    """Return the last episode of a subject and channel after one more change: the fold.

    Parameters
    ----------
    episode : Episode or None
        The last one before.
    change : EpisodeChange
    """
    if change.event == "opened":
        return _first(change, 1 if episode is None else episode.place + 1)
    if episode is None:
        return _first(change, 1)  # the journal lost its beginning: what is known counts
    if change.event == "acknowledged":
        known = Acknowledgement(
            by=change.by, words=change.words, at=change.at, condition=episode.condition
        )
        return replace(episode, n_changes=change.ordinal, acknowledged=known)
    return _advance(episode, change)


def _first(change: EpisodeChange, place: int) -> Episode:
    opened = Episode(
        episode_id=change.episode_id,
        place=place,
        subject=change.subject,
        channel=change.channel,
        condition=change.condition,
        worst=change.condition,
        words=change.words,
        facts=change.facts,
        opened_at=change.at,
        changed_at=change.at,
        n_changes=change.ordinal,
    )
    return _tell(opened, change)


def _advance(episode: Episode, change: EpisodeChange) -> Episode:
    is_other = change.condition != episode.condition
    came_back = is_other and episode.condition == "ok"
    known = episode.acknowledged
    if known is not None and rank_condition(change.condition) > rank_condition(known.condition):
        known = None
    advanced = replace(
        episode,
        condition=change.condition,
        worst=max(episode.worst, change.condition, key=rank_condition),
        words=change.words,
        facts=change.facts,
        changed_at=change.at if is_other else episode.changed_at,
        over_at=change.at if change.event == "over" else None,
        n_changes=change.ordinal,
        n_reopened=episode.n_reopened + came_back,
        acknowledged=known,
    )
    return _tell(advanced, change)


def _tell(episode: Episode, change: EpisodeChange) -> Episode:
    if not change.is_told:
        return episode
    told = {**episode.told, change.condition: change.at}
    return replace(episode, told=told, told_condition=change.condition)


def _is_due(episode: Episode, seen: Sighting, options: EpisodeOptions) -> bool:
    """Return whether people are told of what was seen; that it is well, by the end only."""
    if seen.condition == "ok":
        return False
    last = episode.told.get(seen.condition)
    if seen.condition != episode.told_condition:
        return last is None or _seconds(seen.at - last) >= options.cooling_seconds
    if episode.acknowledged is not None or options.remind_seconds == 0 or last is None:
        return False
    return _seconds(seen.at - last) >= options.remind_seconds


def _open(seen: Sighting, place: int) -> EpisodeChange:
    return EpisodeChange(
        episode_id=episode_id(seen.channel, seen.subject, place),
        ordinal=1,
        event="opened",
        subject=seen.subject,
        channel=seen.channel,
        condition=seen.condition,
        at=seen.at,
        is_told=True,
        words=seen.words,
        facts=seen.facts,
    )


def _change(episode: Episode, seen: Sighting, options: EpisodeOptions) -> EpisodeChange:
    return _step(episode, seen, "changed", is_told=_is_due(episode, seen, options))


def _end(episode: Episode, seen: Sighting) -> tuple[EpisodeChange, ...]:
    well = replace(seen, condition="ok", words=episode.words, facts=episode.facts)
    over = _step(episode, well if seen.condition != "ok" else seen, "over", is_told=True)
    return (over,) if seen.condition == "ok" else (over, _open(seen, episode.place + 1))


def _step(episode: Episode, seen: Sighting, event: EpisodeEvent, *, is_told: bool) -> EpisodeChange:
    return EpisodeChange(
        episode_id=episode.episode_id,
        ordinal=episode.n_changes + 1,
        event=event,
        subject=episode.subject,
        channel=episode.channel,
        condition=seen.condition,
        at=seen.at,
        is_told=is_told,
        words=seen.words,
        facts=seen.facts,
    )


def _seconds(span: np.timedelta64) -> float:
    return float(span / _SECOND)

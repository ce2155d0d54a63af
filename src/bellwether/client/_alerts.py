"""Talks about alerts: what is wrong, and who knows of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bellwether.client._calls import Pages, Talk, get, list_pages, post, segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who knows of an alert, and what they say."""

    by: str
    words: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is wrong with one subject in one channel, from the first sign until it is over."""

    episode_id: str
    subject: str
    channel: str
    condition: str
    worst: str
    words: str
    facts: Mapping[str, Any]
    opened_at: dt.datetime
    changed_at: dt.datetime
    over_at: dt.datetime | None = None
    n_reopened: int = 0
    acknowledged: Acknowledgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """One step of an alert."""

    ordinal: int
    event: str
    condition: str
    at: dt.datetime
    is_told: bool = False
    words: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStory:
    """One alert, step by step."""

    episode: Alert
    steps: tuple[AlertStep, ...]


def alerts(
    *, state: str | None = None, channel: str | None = None, limit: int | None = None
) -> Pages[Alert]:
    """Iterate over alerts, the latest first, fetching pages as they are needed.

    Parameters
    ----------
    state : {"open", "over", "all"}, optional
        Open ones by default.
    channel : {"performance", "inputs", "data", "monitor", "retraining"}, optional
    limit : int, optional
        How many are fetched at a time.
    """
    query = {"state": state, "channel": channel, "limit": limit}
    return list_pages("/v1/alerts", "episodes", Alert, "cursor", query)


def alert(episode_id: str) -> Talk[AlertStory]:
    """Return one alert, step by step."""
    return get(f"/v1/alerts/{segment(episode_id)}", AlertStory)


def acknowledge_alert(episode_id: str, *, by: str, words: str) -> Talk[Alert]:
    """Write down that somebody knows of an alert: nobody is reminded of it any more.

    Parameters
    ----------
    episode_id : str
    by, words : str
        Who, and what is done about it.
    """
    path = f"/v1/alerts/{segment(episode_id)}/acknowledge"
    return post(path, {"by": by, "words": words}, Alert, is_change=True)

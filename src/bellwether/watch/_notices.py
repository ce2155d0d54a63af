"""Notices: one message a tick, however much there is to tell."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bellwether.hashing import digest_json
from bellwether.monitor import Condition, EpisodeChange, instant_text, rank_condition
from bellwether.watch._alert_values import Notice, NoticeLine

MOST_LINES = 50
MOST_LINE_LETTERS = 600
_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@/\s]+@")
_EVENTS: Mapping[str, str] = {
    "opened": "began",
    "changed": "is now",
    "still": "is still",
    "over": "is over",
    "acknowledged": "is known",
}
_FACTS: Mapping[str, str] = {
    "e_value": "e-value",
    "false_alarms_a_year": "false alarms a year at most",
    "effective_sample_size": "effective sample size",
    "done": "done",
}


def write_notice(changes: Sequence[EpisodeChange], at: np.datetime64) -> Notice | None:
    """Return the one notice about what is to be told, the worst first; None where nothing is.

    Parameters
    ----------
    changes : sequence of EpisodeChange
        Those that are not told are passed over.
    at : numpy.datetime64
        UTC.
    """
    told = [change for change in changes if change.is_told]
    if not told:
        return None
    told.sort(key=lambda one: (-rank_condition(one.condition), one.channel, one.subject))
    lines = tuple(_line(change) for change in told[:MOST_LINES])
    n_more = len(told) - len(lines)
    texts = [_line_text(line) for line in lines]
    texts += [f"and {n_more} more: bellwether alerts"] if n_more else []
    return Notice(
        notice_id=digest_json(["notice", [[one.episode_id, one.ordinal] for one in told]])[:32],
        at=f"{instant_text(at)}Z",
        condition=told[0].condition,
        title=_title(told),
        text="\n".join(texts),
        lines=lines,
        n_more=n_more,
    )


def plain_notice(words: str, at: np.datetime64, *, condition: Condition, title: str) -> Notice:
    """Return a notice that is about no episode, such as a test."""
    return Notice(
        notice_id=digest_json(["notice", title, words, instant_text(at)])[:32],
        at=f"{instant_text(at)}Z",
        condition=condition,
        title=title,
        text=hide_passwords(_one_line(words)),
    )


def facts_text(facts: Mapping[str, Any]) -> str:
    """Return the facts of an alarm in words, those that every alarm has first."""
    known = [f"{words} {_number(facts[name])}" for name, words in _FACTS.items() if name in facts]
    rest = sorted(name for name in facts if name not in _FACTS)
    more = [
        f"{name.replace('_', ' ')} {_number(facts[name])}"
        for name in rest
        if isinstance(facts[name], str | int | float)
    ]
    return "; ".join(known + more)


def hide_passwords(text: str) -> str:
    """Return a text with stars for the password of every URL in it.

    Examples
    --------
    >>> hide_passwords("postgresql://ann:swordfish@host/db is gone")
    'postgresql://ann:***@host/db is gone'
    """
    return _PASSWORD.sub(r"\1:***@", text)


def _title(told: Iterable[EpisodeChange]) -> str:
    counts = Counter("over" if one.event == "over" else one.condition for one in told)
    order = ("red", "amber", "recovering", "ok", "over")
    return "bellwether: " + ", ".join(f"{counts[name]} {name}" for name in order if counts[name])


def _line(change: EpisodeChange) -> NoticeLine:
    return NoticeLine(
        episode_id=change.episode_id,
        subject=change.subject,
        channel=change.channel,
        event=change.event,
        condition=change.condition,
        words=change.words,
        facts=change.facts,
    )


def _line_text(line: NoticeLine) -> str:
    state = "" if line.event == "over" else f" {line.condition.upper()}"
    head = f"{line.channel} of {line.subject} {_EVENTS[line.event]}{state}"
    parts = filter(None, (line.words, facts_text(line.facts)))
    text = _one_line(": ".join((head, "; ".join(parts))).removesuffix(": "))
    tail = f" [{line.episode_id}]"
    return text[: MOST_LINE_LETTERS - len(tail)] + tail


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value}"
    return f"{value:.3g}" if abs(value) < 1000 or abs(value) >= 1e12 else f"{value:,.0f}"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()

"""What a rehearsal came to: values, for people and programs."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bellwether.monitor import AccountReport

HappeningKind = Literal["fault", "training", "standing", "alert", "retraining", "trouble", "known"]
Measured = tuple[float, float, float]
"""A mean, and the ends of its 95 % interval; NaN ends where there are too few days to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How often something was the case.

    Parameters
    ----------
    name, words : str
    count : int
    share : float
    """

    name: str
    words: str
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """What one source was worth to users, by the true bars.

    Parameters
    ----------
    source : str
    n_answers : int
    share : float
        Of all answers.
    n_settled : int
        Answers of a direction whose horizon has closed with the price at another place.
    accuracy : (float, float, float) or None
        Share of those that were right, with its 95 % interval by the bootstrap of whole days.
    value_bps : (float, float, float) or None
        Basis points a bar of horizon and answer, after costs, likewise.
    """

    source: str
    n_answers: int
    share: float
    n_settled: int
    accuracy: Measured | None
    value_bps: Measured | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterRow:
    """Who answered in a quarter of a year.

    Parameters
    ----------
    quarter : str
        Such as "2008 Q1".
    counts : mapping of str to int
        Answers by source.
    """

    quarter: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened on a day.

    Parameters
    ----------
    at : str
        ISO 8601, UTC.
    kind : str
    subject : str
        Whom it is about: a symbol, a model, a retraining.
    words : str
    """

    at: str
    kind: HappeningKind
    subject: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """An episode that people were told of, and why there was one.

    Parameters
    ----------
    opened_at, over_at : str
        ISO 8601, UTC; `over_at` is empty where it is open.
    subject, channel, worst : str
    words : str
        What the monitor said when it was last heard of.
    cause : {"injected", "known", "data", "evidence"}
        A fault that was injected; a change that is known; the bars themselves; or the evidence
        alone.
    explanation : str
    facts : mapping
    """

    opened_at: str
    over_at: str
    subject: str
    channel: str
    worst: str
    words: str
    cause: Literal["injected", "known", "data", "evidence"]
    explanation: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainRow:
    """A retraining and what became of it.

    Parameters
    ----------
    run_id, trigger : str
    begun_at, ended_at : str
        ISO 8601, UTC; `ended_at` is empty where it goes on.
    outcome : str
        The last step.
    champion, challenger : str or None
    words : str
    """

    run_id: str
    trigger: str
    begun_at: str
    ended_at: str
    outcome: str
    champion: str | None
    challenger: str | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalReport:
    """What users would have been served, and what happened meanwhile.

    Parameters
    ----------
    universe : str
    symbols : tuple of str
    first_at, last_at : str
        First and last day, ISO 8601, UTC.
    n_sessions, n_questions : int
    n_unanswered : int
        Questions that got no valid answer; a HOLD with its reason is one.
    days_down : tuple of str
        Days on which a question got none.
    n_not_journalled : int
        Answers that the journal could not take.
    n_ticks_failed : int
        Days on which watching could not do its work, made up for on the next.
    n_settled, n_void : int
        Served answers that the journal knows the outcome of, and those that were given up.
    n_revised : int
        Settled forecasts whose return would be another by the bars of the last day.
    sources : tuple of SourceRow
        The last is all of them together.
    quarters : tuple of QuarterRow
    reasons : tuple of Share
        Why it was not the champion.
    service_account : AccountReport
        What was served, against the rules on the same bars.
    model_accounts : mapping of str to AccountReport
        Each model's own, whether or not it answered.
    alarms : tuple of AlarmRow
    retrains : tuple of RetrainRow
    timeline : tuple of Happening
    n_faults : int
        Injected.
    options : mapping
        What was rehearsed, as JSON values.
    """

    universe: str
    symbols: tuple[str, ...]
    first_at: str
    last_at: str
    n_sessions: int
    n_questions: int
    n_unanswered: int
    days_down: tuple[str, ...]
    n_not_journalled: int
    n_ticks_failed: int
    n_settled: int
    n_void: int
    n_revised: int
    sources: tuple[SourceRow, ...]
    quarters: tuple[QuarterRow, ...]
    reasons: tuple[Share, ...]
    service_account: AccountReport
    model_accounts: Mapping[str, AccountReport]
    alarms: tuple[AlarmRow, ...]
    retrains: tuple[RetrainRow, ...]
    timeline: tuple[Happening, ...]
    n_faults: int
    options: Mapping[str, Any]

    @property
    def is_without_downtime(self) -> bool:
        """Whether every question got a valid answer."""
        return self.n_unanswered == 0

    @property
    def headline(self) -> str:
        """What it came to, in a sentence."""
        told = f"{self.n_questions:,} questions on {self.n_sessions:,} days"
        if self.is_without_downtime:
            return f"{told}: a valid answer to each"
        return f"{told}: {self.n_unanswered:,} without a valid answer"

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values; what is not known is null."""
        content = {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in {"service_account", "model_accounts", *_TABLES}
        }
        tables = {name: [_plain(one) for one in getattr(self, name)] for name in _TABLES}
        accounts = {name: one.to_json() for name, one in self.model_accounts.items()}
        return {
            **content,
            **tables,
            "symbols": list(self.symbols),
            "days_down": list(self.days_down),
            "options": dict(self.options),
            "service_account": self.service_account.to_json(),
            "model_accounts": accounts,
            "is_without_downtime": self.is_without_downtime,
            "headline": self.headline,
        }


_TABLES = ("sources", "quarters", "reasons", "alarms", "retrains", "timeline")


def _plain(
    value: SourceRow | QuarterRow | Share | AlarmRow | RetrainRow | Happening,
) -> dict[str, Any]:
    return {name: _known(found) for name, found in asdict(value).items()}


def _known(value: object) -> object:
    if isinstance(value, tuple):
        return [_known(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

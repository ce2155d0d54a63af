"""The forms of what is told about retraining: the schedule, its runs, and who is at it."""

from typing import Any, Literal

from msgspec import Struct

from bellwether.http._job_types import JobAnswer

DueTrigger = Literal["check", "first", "drift", "inputs", "age", "quarter"]


class PolicyAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a challenger is made, and what it must show, for how long."""

    check_days: float
    challenger_days: float
    full_days: float
    most_age_days: float
    enough_evidence: float
    margin_points: float
    level: float
    decide_bars: int
    most_bars: int
    probation_bars: int
    most_tries: int


class DueDateAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When one reason makes a challenger due; where it holds, the date alone decides."""

    trigger: DueTrigger
    at: str
    words: str
    holds: bool


class ScheduleAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a market's next challenger is due, as it stands now; the dates, the earliest first."""

    universe: str
    interval: str
    horizon_bars: int
    champion: str | None
    is_due: bool
    scale: Literal["none", "challenger", "full"]
    trigger: str
    words: str
    next_at: str
    checked_at: str | None
    fitted_at: str | None
    champion_trained_at: str | None
    waits_for: str | None
    dates: list[DueDateAnswer]


class RunStepAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a retraining, with its evidence."""

    step: str
    at: str
    words: str
    facts: dict[str, Any]


class RunAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One retraining, as far as it has come."""

    run_id: str
    universe: str
    interval: str
    horizon_bars: int
    begun_at: str
    ended_at: str | None
    is_open: bool
    step: str
    trigger: str | None
    scale: str | None
    champion: str | None
    challenger: str | None
    words: str
    steps: list[RunStepAnswer]


class RetrainingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is due, what became of each retraining, the latest first, and the jobs that are at it.

    How a job goes is told by its events, and by its progress here.
    """

    is_on: bool
    by_service: bool
    policy: PolicyAnswer
    schedule: list[ScheduleAnswer]
    shadows: list[str]
    runs: list[RunAnswer]
    next_cursor: str | None
    jobs: list[JobAnswer]

"""The forms of jobs: what may be asked for, and how it goes."""

from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from bellwether.http._journal_types import HeadText
from bellwether.http._types import Horizon, IntervalText, Symbol, Words
from bellwether.service import JobState

Digest = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="digest of a stored snapshot of bars")
]
BudgetText = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?[smh]$(?!\n)",
        description="time to spend, such as 90s, 5m or 2h; it chooses a plan",
    ),
]
PlanName = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}$(?!\n)", description="a plan by its name instead")
]


class TrainRequest(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="train"
):
    """Train on stored bars: of some symbols as they are now, or some snapshots by their digests."""

    symbols: Annotated[list[Symbol], Meta(max_length=200)] = []
    interval: IntervalText = "1d"
    snapshots: Annotated[list[Digest], Meta(max_length=200)] = []
    universe: Words | None = None
    budget: BudgetText = "5m"
    plan: PlanName | None = None
    horizon_bars: Horizon | None = None
    cost_bps: Annotated[float, Meta(ge=0, le=1000)] | None = None
    short_history: bool = False


class VerifyJournalRequest(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="verify-journal",
):
    """Check the whole journal, however long it takes."""

    head: HeadText | None = None


class MonitorRequest(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="monitor"
):
    """Watch now: ask, settle, judge and tell, as the schedule does by itself."""


class RetrainRequest(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="retrain"
):
    """Challenge the models that serve: of one universe or all, now or where it is due."""

    universe: Words | None = None
    now: bool = True


JobRequest: TypeAlias = TrainRequest | VerifyJournalRequest | MonitorRequest | RetrainRequest
"""What may be asked for: one form a kind of job."""


class CancelRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing needs to be said; but a page elsewhere cannot send it without being asked."""


class ProgressAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a job is."""

    share: float
    words: str


class FailureAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a job failed."""

    kind: str
    expected: str
    was: str
    hint: str


class JobAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One job; the log, its last lines, is told of one job only and not in a list."""

    job_id: str
    kind: str
    asked: dict[str, Any]
    state: JobState
    asked_at: str
    started_at: str | None
    ended_at: str | None
    n_starts: int
    progress: ProgressAnswer | None
    result: dict[str, Any] | None
    failure: FailureAnswer | None
    log: list[str]


class JobsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of jobs, the latest first; the cursor is null where it is the last."""

    jobs: list[JobAnswer]
    next_cursor: str | None

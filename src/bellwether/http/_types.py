"""The forms of requests and answers: what is decoded, encoded and published in the OpenAPI."""

import datetime as dt
from typing import Annotated, Any

from msgspec import Meta, Struct

from bellwether.http._keeping_types import KeepingAnswer
from bellwether.registry import Stage
from bellwether.service import Direction, FallbackReason, Rung, SourceKind

# Neither control characters nor, for Python's `$`, a line feed behind the end.
_TEXT = r"^[^\x00-\x1f\x7f]+$(?!\n)"
# The years 1 to 9999.
_FIRST_MICROSECOND, _LAST_MICROSECOND = -62_135_596_800_000_000, 253_402_300_799_999_999

Symbol = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=_TEXT, description="name of the market")
]
IntervalText = Annotated[
    str, Meta(pattern=r"^[1-9][0-9]{0,3}[mhdw]$(?!\n)", description="length of a bar, such as 1d")
]
Horizon = Annotated[int, Meta(ge=1, le=60, description="bars ahead that are asked about")]
CalendarName = Annotated[
    str, Meta(min_length=1, max_length=64, description="calendar the bars are held against")
]
ClosedAt = Annotated[
    list[
        Annotated[dt.datetime, Meta(tz=True)]
        | Annotated[int, Meta(ge=_FIRST_MICROSECOND, le=_LAST_MICROSECOND)]
    ],
    Meta(
        description="instant of each bar's close, oldest first: RFC 3339 with an offset, or "
        "microseconds since 1970-01-01T00:00Z"
    ),
]
Numbers = Annotated[
    list[float | None], Meta(description="one number a bar; null where there is none")
]
StoreBars = Annotated[
    bool,
    Meta(description="keep the bars with the answer, so that it can be replayed without them"),
]
Why = Annotated[bool, Meta(description="also tell which features moved a model's answer")]
Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=_TEXT)]


class PredictRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One symbol's bars as columns, oldest first; what follows the last one is asked."""

    symbol: Symbol
    interval: IntervalText = "1d"
    calendar: CalendarName | None = None
    horizon_bars: Horizon | None = None
    closed_at: ClosedAt
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers
    adjustment: Numbers | None = None
    store_bars: StoreBars = False
    why: Why = False


class FrameHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of a binary frame of bars."""

    symbol: Symbol
    interval: IntervalText = "1d"
    calendar: CalendarName | None = None
    horizon_bars: Horizon | None = None
    n_bars: Annotated[int, Meta(ge=0, le=10_000_000)]
    store_bars: StoreBars = False
    why: Why = False


class BatchRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Questions about several symbols."""

    questions: Annotated[list[PredictRequest], Meta(min_length=1)]


class PromoteRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a candidate is made champion."""

    reason: Words = "by hand, over HTTP"


class RollbackRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which market's champion is to go, and why."""

    interval: IntervalText = "1d"
    horizon_bars: Horizon | None = None
    reason: Words = "by hand, over HTTP"


class IntervalAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the return over the horizon is expected to lie."""

    low: float
    high: float
    coverage: float


class PastHitsAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of the model's past forecasts about this strong."""

    n_hits: int
    n_settled: int
    rate: float | None


class RegimeAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What kind of market it is."""

    current: str
    confirmed: str
    is_confirmed: bool


class StandingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was thought of the model that answered: its condition and what is left of its edge."""

    condition: str
    accuracy: float
    fallback_accuracy: float
    confidence_factor: float
    edge_factor: float
    as_of: str


class ContributionAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """By how much one feature moved the model's own chance of a rise."""

    feature: str
    amount: float


class ExplanationAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the contributions add up to: from the baseline to the value; or why there are none."""

    baseline: float | None
    value: float | None
    trouble: str


class MemberAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one member of the ensemble had to do with the answer; contributions make the score."""

    name: str
    weight: float
    standardised: float
    contribution: float
    expected_return: float


class SourceAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """Who made the prediction."""

    kind: SourceKind
    model_id: str | None
    version: str | None
    age_days: float | None
    bundle_digest: str | None
    state_digest: str | None


class StepAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of the ladder that did not answer."""

    rung: Rung
    reason: FallbackReason
    detail: str


class PredictionAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer about one market, complete and valid whoever gave it."""

    prediction_id: str
    symbol: str
    interval: str
    as_of: str | None
    horizon_bars: int
    direction: Direction
    probability_up: float | None
    expected_return: float | None
    prediction_interval: IntervalAnswer | None
    confidence: float
    past_hits: PastHitsAnswer | None
    standing: StandingAnswer | None = None
    price: float | None
    target: float | None
    stop: float | None
    regime: RegimeAnswer | None
    reasons: list[str]
    contributions: list[ContributionAnswer]
    explanation: ExplanationAnswer | None = None
    members: list[MemberAnswer] | None = None
    source: SourceAnswer
    rung: Rung
    fallback_reason: FallbackReason | None
    steps: list[StepAnswer]
    bars_digest: str


class BatchAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """One answer a question, in the same order."""

    answers: list[PredictionAnswer]


class ModelAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model of the registry."""

    model_id: str
    stage: Stage
    universe: str
    interval: str
    horizon_bars: int
    symbols: list[str]
    decision: str | None
    is_renewal: bool
    bundle_digest: str
    pipeline_digest: str
    snapshot_digest: str
    bellwether_version: str
    trained_at: str
    registered_at: str
    changed_at: str
    metrics: dict[str, Any]


class ModelsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of models in the order of registration."""

    models: list[ModelAnswer]
    next_after: str | None


class RollbackAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who went, and who serves now; null where the rules do."""

    universe: str
    interval: str
    horizon_bars: int
    retired: str
    champion: str | None


class LiveAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The process answers."""

    live: bool


class ReadyAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """Predictions can be asked for."""

    ready: bool
    models_required: bool
    n_champions: int


class LoadedModelAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A champion, and whether it can be loaded."""

    model_id: str
    universe: str
    interval: str
    horizon_bars: int
    bundle_digest: str
    age_days: float
    loaded: bool
    fault: str | None


class LastErrorAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What last went wrong."""

    at: str
    reason: str
    detail: str


class StatusAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the service is, and what it has answered since it started."""

    available: bool
    version: str
    started_at: str
    models_enabled: bool
    models_required: bool
    models: list[LoadedModelAnswer]
    trouble: str | None
    journal: KeepingAnswer | None
    last_check: str | None
    last_error: LastErrorAnswer | None
    answers_by_source: dict[str, int]
    fallbacks_by_reason: dict[str, int]


class Problem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A problem document after RFC 9457, with what was expected, what was found, what to do."""

    type: str
    title: str
    status: int
    detail: str
    expected: str
    was: str
    hint: str
    request_id: str

"""The forms of requests and answers about stored bars."""

from typing import Annotated

from msgspec import Meta, Struct

from bellwether.bars import Freshness, Grade, Severity
from bellwether.http._types import Horizon, IntervalText, PredictionAnswer, Symbol, Why
from bellwether.registry import Stage
from bellwether.service import Relation


class SymbolsRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stored markets, and what is asked about each."""

    symbols: Annotated[list[Symbol], Meta(min_length=1)]
    interval: IntervalText = "1d"
    horizon_bars: Horizon | None = None
    why: Why = False


class UnansweredSymbol(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A symbol of a batch that is not stored."""

    place: int
    symbol: str
    expected: str
    was: str
    hint: str


class SymbolsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer a symbol, in the same order; null for those under `unanswered`."""

    answers: list[PredictionAnswer | None]
    unanswered: list[UnansweredSymbol]


class RevisedBarAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bar of the past that the source gives differently now."""

    closed_at: str
    column: str
    was: float
    now: float


class ChangeAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an import changed against the snapshot before."""

    relation: Relation
    previous: str | None
    n_appended: int
    n_prepended: int
    n_filled: int
    n_withdrawn: int
    n_left_out: int
    n_revised: int
    n_readjusted: int
    revised: list[RevisedBarAnswer]


class SnapshotAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known about some stored bars."""

    digest: str
    number: int
    symbol: str
    interval: str
    calendar: str
    n_bars: int
    first_closed_at: str
    last_closed_at: str
    imported_at: str
    source: str
    source_digest: str
    bars_digest: str
    grade: Grade
    n_refused: int
    broken: str | None
    change: ChangeAnswer


class SnapshotsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of snapshots, market by market, the oldest of each first."""

    snapshots: list[SnapshotAnswer]
    next_after: str | None


class SymbolsPageAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of markets, each with its latest snapshot."""

    symbols: list[SnapshotAnswer]
    next_after: int | None


class RefusalAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the source that did not become a bar."""

    line: int
    reason: str
    text: str


class FindingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a reader of the bars should know."""

    code: str
    where: str
    what: str
    severity: Severity


class QualityAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known about the quality of one symbol's bars."""

    symbol: str
    interval: str
    calendar: str
    n_read: int
    n_kept: int
    refusals: list[RefusalAnswer]
    missing: list[str]
    findings: list[FindingAnswer]
    grade: Grade
    freshness: Freshness | None
    market_coverage: dict[str, float]
    survivorship: str


class RestingModelAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that was trained on bars which are others now; `n_judged` of its verdict's."""

    model_id: str
    universe: str
    symbols: list[str]
    horizon_bars: int
    stage: Stage
    decision: str | None
    n_altered: int
    n_judged: int


class RestingForecastAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An open forecast that was computed from bars which are others now."""

    name: str
    is_paper: bool
    symbol: str
    interval: str
    horizon_bars: int
    as_of: str
    bars_digest: str
    n_altered: int


class RestingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What rests on bars of a market that were changed since: models, verdicts, forecasts."""

    symbol: str
    interval: str
    models: list[RestingModelAnswer]
    n_verdicts: int
    forecasts: list[RestingForecastAnswer]


class ImportAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an import left behind, what it changed in words, and what rests on changed bars.

    `resting` is null where no bar of the past was changed, or what rests on them is not known.
    """

    snapshot: SnapshotAnswer
    quality: QualityAnswer
    change: ChangeAnswer
    in_words: str
    resting: RestingAnswer | None


class BarsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stored bars as columns, oldest first; prices as traded."""

    symbol: str
    interval: str
    calendar: str
    digest: str
    n_bars: int
    closed_at: list[str]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    adjustment: list[float]

"""Values that tell what the service keeps: models, stored bars, and how it is itself."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the registry.

    Parameters
    ----------
    model_id : str
    stage : {"candidate", "champion", "previous", "refused", "retired"}
    universe, interval : str
    horizon_bars : int
    symbols : tuple of str
    decision : str or None
        Of the gate.
    bundle_digest, pipeline_digest, snapshot_digest, bellwether_version : str
    trained_at, registered_at, changed_at : datetime
    metrics : mapping
    """

    model_id: str
    stage: str
    universe: str
    interval: str
    horizon_bars: int
    symbols: tuple[str, ...]
    bundle_digest: str
    trained_at: dt.datetime
    registered_at: dt.datetime
    changed_at: dt.datetime
    decision: str | None = None
    pipeline_digest: str = ""
    snapshot_digest: str = ""
    bellwether_version: str = ""
    metrics: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """Who went, and who serves now; None where the rules do."""

    universe: str
    interval: str
    horizon_bars: int
    retired: str
    champion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedBar:
    """A bar of the past that the source gives differently now."""

    closed_at: dt.datetime
    column: str
    was: float
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsChange:
    """What an import changed against the snapshot before."""

    relation: str
    previous: str | None = None
    n_appended: int = 0
    n_prepended: int = 0
    n_filled: int = 0
    n_withdrawn: int = 0
    n_left_out: int = 0
    n_revised: int = 0
    n_readjusted: int = 0
    revised: tuple[RevisedBar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is known about some stored bars."""

    digest: str
    number: int
    symbol: str
    interval: str
    n_bars: int
    first_closed_at: dt.datetime
    last_closed_at: dt.datetime
    imported_at: dt.datetime
    grade: str
    change: BarsChange
    calendar: str = ""
    source: str = ""
    source_digest: str = ""
    bars_digest: str = ""
    n_refused: int = 0
    broken: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row of the source that did not become a bar."""

    line: int
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFinding:
    """Something a reader of the bars should know."""

    code: str
    where: str
    what: str
    severity: str = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is known about the quality of one symbol's bars."""

    symbol: str
    interval: str
    grade: str
    n_read: int
    n_kept: int
    calendar: str = ""
    refusals: tuple[RefusedRow, ...] = ()
    missing: tuple[str, ...] = ()
    findings: tuple[QualityFinding, ...] = ()
    freshness: str | None = None
    survivorship: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingModel:
    """A model that was trained on bars which are others now; `n_judged` are of its verdict."""

    model_id: str
    universe: str
    symbols: tuple[str, ...]
    horizon_bars: int
    stage: str
    n_altered: int
    n_judged: int
    decision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingForecast:
    """An open forecast that was computed from bars which are others now."""

    name: str
    is_paper: bool
    symbol: str
    interval: str
    horizon_bars: int
    as_of: dt.datetime
    bars_digest: str
    n_altered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """What rests on bars of a market that were changed since."""

    symbol: str
    interval: str
    models: tuple[RestingModel, ...]
    n_verdicts: int
    forecasts: tuple[RestingForecast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsImport:
    """What an import left behind, and what it changed, in words too.

    Parameters
    ----------
    snapshot : Snapshot
    quality : Quality
    change : BarsChange
    in_words : str
    resting : Resting or None
        What rests on bars of the past that it changed; None where it changed none, or where
        that could not be found out.
    """

    snapshot: Snapshot
    quality: Quality
    change: BarsChange
    in_words: str
    resting: Resting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBars:
    """Stored bars as columns, oldest first, prices as traded; predict takes them as they are."""

    symbol: str
    interval: str
    digest: str
    n_bars: int
    closed_at: tuple[dt.datetime, ...]
    open: tuple[float, ...]
    high: tuple[float, ...]
    low: tuple[float, ...]
    close: tuple[float, ...]
    volume: tuple[float, ...]
    adjustment: tuple[float, ...] = ()
    calendar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether predictions can be asked for; why not, where they cannot."""

    ready: bool
    models_required: bool = False
    n_champions: int = 0
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A champion, and whether it can be loaded."""

    model_id: str
    universe: str
    interval: str
    horizon_bars: int
    bundle_digest: str
    age_days: float
    loaded: bool
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """What last went wrong."""

    at: dt.datetime
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the service is, and what it has answered since it started."""

    available: bool
    version: str
    started_at: dt.datetime
    models_enabled: bool
    models_required: bool
    models: tuple[LoadedModel, ...]
    answers_by_source: Mapping[str, int]
    fallbacks_by_reason: Mapping[str, int]
    trouble: str | None = None
    last_check: dt.datetime | None = None
    last_error: LastError | None = None

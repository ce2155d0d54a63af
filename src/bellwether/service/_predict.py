"""Predict: the use case that always answers."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from bellwether.bars import Bars, SessionCalendar
from bellwether.clock import Clock
from bellwether.errors import BarsError
from bellwether.hashing import digest_json
from bellwether.registry import (
    BundleCorrupt,
    BundleMissing,
    BundleTooNew,
    GoldenMismatch,
    LoadedBundle,
    ModelRecord,
    Registry,
    UnsafeGraph,
)
from bellwether.rules import pad_bars
from bellwether.service._announce import announce
from bellwether.service._data_check import find_data_fault
from bellwether.service._errors import OptionOutOfRange
from bellwether.service._facts import (
    Prediction,
    Rung,
    Source,
    SourceKind,
)
from bellwether.service._ladder import (
    Fault,
    LadderOptions,
    Outcome,
    climb,
)
from bellwether.service._outputs import RulesReading, model_answer, read_rules, rules_answer
from bellwether.service._ports import BundleStore, RulesSource
from bellwether.service._reasons import FallbackReason

_log = logging.getLogger(__name__)
_DAY = np.timedelta64(1, "D")
_LOAD_FAULTS = {
    BundleMissing: FallbackReason.BUNDLE_MISSING,
    BundleCorrupt: FallbackReason.BUNDLE_CORRUPT,
    BundleTooNew: FallbackReason.BUNDLE_TOO_NEW,
    UnsafeGraph: FallbackReason.BUNDLE_UNSAFE,
    GoldenMismatch: FallbackReason.GOLDEN_MISMATCH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictOptions:
    """What is asked for, and of whom.

    Parameters
    ----------
    horizon_bars : int, default 1
        How many bars ahead.
    models_enabled : bool, default True
        Without models the rules answer.
    ladder : LadderOptions

    Raises
    ------
    OptionOutOfRange
        If the horizon is below 1.
    """

    horizon_bars: int = 1
    models_enabled: bool = True
    ladder: LadderOptions = field(default_factory=LadderOptions)

    def __post_init__(self) -> None:
        if self.horizon_bars < 1:
            raise OptionOutOfRange("horizon_bars", "at least 1", self.horizon_bars)

    @property
    def digest(self) -> str:
        """SHA-256 of every option."""
        return digest_json(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictPorts:
    """Where models, files, rules and the time come from.

    Parameters
    ----------
    registry : Registry
    bundles : BundleStore
    rules : RulesSource
    clock : Clock
    """

    registry: Registry
    bundles: BundleStore
    rules: RulesSource
    clock: Clock


def predict(
    bars: Bars,
    *,
    ports: PredictPorts,
    calendar: SessionCalendar | None,
    options: PredictOptions | None = None,
    broken: str | None = None,
) -> Prediction:
    """Return a valid answer about the bars that come after the last one, whatever goes wrong.

    Parameters
    ----------
    bars : Bars
        One symbol's history up to the last closed bar.
    ports : PredictPorts
    calendar : SessionCalendar or None
        Sessions of the market; without it neither the age of the bars nor gaps can be told,
        and neither is held against them.
    options : PredictOptions, optional
    broken : str, optional
        What breaks the data contract at the end of the bars, where their reader left it out:
        then nobody may answer.

    Returns
    -------
    prediction : Prediction
        By the champion, or else by the first rung of the ladder that may answer, with the
        reason; HOLD where the bars are at fault or no rung is left.

    Notes
    -----
    Knows: the bars it is given, all closed by the clock's time.
    Broad excepts are here and nowhere deeper: whatever a file, a graph or a database does,
    becomes a reason.
    """
    options = PredictOptions() if options is None else options
    try:
        if broken is not None:
            return _hold(bars, FallbackReason.DATA_CONTRACT_BROKEN, broken, options)
        return _predict(bars, ports, calendar, options)
    except Exception:  # noqa: BLE001 - the caller is owed an answer, whatever happened
        _log.exception("reason=%s symbol=%s", FallbackReason.SERVICE_FAILED, bars.symbol)
        return _hold(bars, FallbackReason.SERVICE_FAILED, "see the log", options)


def predict_columns(
    columns: Mapping[str, object],
    *,
    symbol: str,
    ports: PredictPorts,
    calendar: SessionCalendar | None,
    interval: str = "1d",
    options: PredictOptions | None = None,
) -> Prediction:
    """Return a valid answer on bars that nobody has checked yet.

    Parameters
    ----------
    columns : mapping of str to array-like of numbers
        `closed_at`, `open`, `high`, `low`, `close`, `volume`, and `adjustment` if need be.
    symbol : str
    ports : PredictPorts
    calendar : SessionCalendar or None
    interval : str, default "1d"
    options : PredictOptions, optional

    Returns
    -------
    prediction : Prediction
        As `predict`; HOLD with the reason where the bars break the data contract (a missing
        number, a high below its low, times out of order).
    """
    options = PredictOptions() if options is None else options
    try:
        bars = Bars(symbol=symbol, interval=interval, **columns)  # type: ignore[arg-type]
    except BarsError as error:
        _log.warning("reason=%s symbol=%s: %s", FallbackReason.DATA_CONTRACT_BROKEN, symbol, error)
        reason = FallbackReason.DATA_CONTRACT_BROKEN
        return _hold(_nothing(symbol, interval), reason, str(error), options)
    return predict(bars, ports=ports, calendar=calendar, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    bars: Bars
    now: np.datetime64
    ports: PredictPorts
    options: PredictOptions


def _predict(
    bars: Bars, ports: PredictPorts, calendar: SessionCalendar | None, options: PredictOptions
) -> Prediction:
    question = _Question(bars=bars, now=ports.clock.now(), ports=ports, options=options)
    fault = find_data_fault(bars, calendar, question.now)
    if fault is not None:
        return _hold(bars, fault.reason, fault.detail, options)
    found, source = _read_rules(question)
    reading = found if isinstance(found, RulesReading) else None
    landing = climb(_outcomes(question, found, source), options.ladder)
    return announce(bars, options.horizon_bars, landing, reading)


def _hold(bars: Bars, reason: FallbackReason, detail: str, options: PredictOptions) -> Prediction:
    landing = climb([(Rung.HOLD, Fault(reason=reason, detail=detail))], options.ladder)
    return announce(bars, options.horizon_bars, landing, None)


def _read_rules(question: _Question) -> tuple[RulesReading | Fault, Source]:
    nobody = Source(kind=SourceKind.RULES)
    try:
        loaded = question.ports.rules.load()
        window = pad_bars(question.bars.matrix, loaded.manifest.lookback_bars)
        found = read_rules(loaded.run(window[np.newaxis]), loaded.manifest)
    except Exception as error:  # noqa: BLE001 - the ladder's edge: whatever it is, it is a reason
        return _logged(FallbackReason.RULES_FAILED, "rules", error), nobody
    if isinstance(found, Fault) and not found.reason.is_about_data:
        found = Fault(reason=FallbackReason.RULES_FAILED, detail=found.detail)
    return found, _source(loaded, SourceKind.RULES, None)


def _outcomes(
    question: _Question, rules: RulesReading | Fault, source: Source
) -> Iterator[tuple[Rung, Outcome]]:
    if isinstance(rules, Fault) and rules.reason.is_about_data:
        yield Rung.HOLD, rules
    if question.options.models_enabled:
        yield from _model_outcomes(question, rules if isinstance(rules, RulesReading) else None)
    else:
        yield Rung.CHAMPION, Fault(reason=FallbackReason.MODELS_DISABLED)
    if isinstance(rules, Fault):
        yield Rung.RULES, rules
    else:
        yield Rung.RULES, rules_answer(rules, source, question.options.horizon_bars)


def _model_outcomes(
    question: _Question, rules: RulesReading | None
) -> Iterator[tuple[Rung, Outcome]]:
    bars, options = question.bars, question.options
    try:
        serving = question.ports.registry.serving_symbol(
            bars.symbol, bars.interval, options.horizon_bars
        )
    except Exception as error:  # noqa: BLE001 - the ladder's edge: whatever it is, it is a reason
        yield Rung.CHAMPION, _logged(FallbackReason.REGISTRY_UNAVAILABLE, "registry", error)
        return
    if serving.champion is None:
        yield Rung.CHAMPION, Fault(reason=FallbackReason.NO_MODEL_PROMOTED)
    else:
        yield Rung.CHAMPION, _ask(question, serving.champion, rules)
    if serving.previous is not None:
        yield Rung.PREVIOUS, _ask(question, serving.previous, rules)


def _ask(question: _Question, record: ModelRecord, rules: RulesReading | None) -> Outcome:
    try:
        loaded = question.ports.bundles.load(record)
    except Exception as error:  # noqa: BLE001 - the ladder's edge: whatever it is, it is a reason
        reason = _LOAD_FAULTS.get(type(error), FallbackReason.LOAD_FAILED)
        return _logged(reason, record.model_id, error)
    n_bars = loaded.manifest.lookback_bars
    if len(question.bars) < n_bars:
        detail = f"{len(question.bars)} bars where it needs {n_bars}"
        return Fault(reason=FallbackReason.TOO_FEW_BARS, detail=detail)
    try:
        outputs = loaded.run(question.bars.matrix[np.newaxis, -n_bars:])
        source = _source(loaded, SourceKind.MODEL, _age_days(record, question.now))
        outcome = model_answer(outputs, loaded.manifest, source, rules)
    except Exception as error:  # noqa: BLE001 - the ladder's edge: whatever it is, it is a reason
        return _logged(FallbackReason.INFERENCE_FAILED, record.model_id, error)
    if isinstance(outcome, Fault):
        _log.warning("reason=%s model=%s: %s", outcome.reason, record.model_id, outcome.detail)
    return outcome


def _source(loaded: LoadedBundle, kind: SourceKind, age_days: float | None) -> Source:
    return Source(
        kind=kind,
        model_id=loaded.manifest.model_id,
        version=loaded.manifest.bellwether_version,
        age_days=age_days,
        bundle_digest=loaded.digest,
        state_digest=loaded.manifest.state_digest,
    )


def _age_days(record: ModelRecord, now: np.datetime64) -> float:
    return max(float((now - record.trained_at) / _DAY), 0.0)


def _logged(reason: FallbackReason, who: str, error: Exception) -> Fault:
    _log.warning("reason=%s source=%s: %s", reason, who, error)
    return Fault(reason=reason, detail=f"{error}"[:300] or type(error).__name__)


def _nothing(symbol: str, interval: str) -> Bars:
    none = np.empty(0)
    return Bars(
        symbol=symbol,
        interval=interval,
        closed_at=none.astype("datetime64[us]"),
        open=none,
        high=none,
        low=none,
        close=none,
        volume=none,
    )

"""Replay: the use case that computes an answer of the past again and compares."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.errors import RegistryError
from bellwether.hashing import canonical_json
from bellwether.registry import LoadedBundle, Registry
from bellwether.rules import pad_bars
from bellwether.service._announce import announce
from bellwether.service._bar_store import BarStore
from bellwether.service._entries import JournalEntry, State
from bellwether.service._facts import Rung, Source, SourceKind, StandingReading, Step
from bellwether.service._journal import Journal
from bellwether.service._ladder import Answer, Fault, Landing, Outcome
from bellwether.service._members import tell_members
from bellwether.service._outputs import (
    OutputRow,
    RulesReading,
    model_answer,
    read_rules,
    rules_answer,
    split_rows,
)
from bellwether.service._past_bars import find_past_bars
from bellwether.service._ports import BundleStore, RulesSource
from bellwether.service._reasons import FallbackReason
from bellwether.service._standings import temper
from bellwether.service._window import cut_window, digest_window

TOLERANCE = 1e-6
_WORDS_ABOUT_NUMBERS = ("reasons", "past_hits")


class ReplayOutcome(StrEnum):
    """What computing an answer again came to."""

    IDENTICAL = "identical"
    CLOSE = "within 1e-6 and in the same direction"
    DIFFERENT = "different"
    NEEDS_BARS = "needs the bars back"
    NEEDS_BUNDLE = "needs the bundle back"
    NOT_COMPUTED = "nothing was computed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An answer of the past, and what it is when computed now.

    Parameters
    ----------
    entry : JournalEntry
        As it was served.
    outcome : ReplayOutcome
    reason : str
        In words.
    again : mapping or None
        JSON data of the prediction computed now, where one was; with what each member of an
        ensemble had to do with it, which the journal does not keep.
    """

    entry: JournalEntry
    outcome: ReplayOutcome
    reason: str
    again: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPorts:
    """Where the past is kept.

    Parameters
    ----------
    journal : Journal
    registry : Registry
    bundles : BundleStore
    rules : RulesSource
    bars : BarStore or None
        Where bars are looked for that were neither handed back nor stored with the answer.
    """

    journal: Journal
    registry: Registry
    bundles: BundleStore
    rules: RulesSource
    bars: BarStore | None = None


def replay(prediction_id: str, *, ports: ReplayPorts, bars: Bars | None = None) -> Replay:
    """Compute an answer of the past again, from its bars, its bundle and its state.

    Parameters
    ----------
    prediction_id : str
    ports : ReplayPorts
    bars : Bars, optional
        The market's history, as far back as then; later bars are cut off. Without it, or where
        it is not the one answered on, the window stored with the answer is taken, or else a
        snapshot that holds it.

    Returns
    -------
    replay : Replay
        IDENTICAL where every word and digit is the same; CLOSE where numbers differ by less
        than 1e-6 (of their size, above one) and direction, regime and rung do not.

    Raises
    ------
    UnknownPrediction
        If the journal has no such answer.
    JournalUnavailable, RegistryUnavailable, BarStoreUnavailable
        If the journal, the registry or the stored bars cannot be read.

    Notes
    -----
    Knows: the bars of then. What is computed again is the answer of the rung that gave it, by
    the very bundle (its digest must be that of then) with the very state; which rungs stepped
    aside, the age of the model and what was thought of it are taken from the journal. Regime,
    target and stop of a model's answer come from the rules as they are now. The rules themselves
    are not kept in bundles of then: they are those of now with the state of then.
    """
    entry = ports.journal.get(prediction_id)
    source = _source(entry)
    if source.kind is SourceKind.NONE:
        words = "" if entry.reason is None else f", because {entry.reason.words}"
        reason = f"Nobody answered{words}."
        return Replay(entry=entry, outcome=ReplayOutcome.NOT_COMPUTED, reason=reason)
    window = _find_window(entry, bars, ports)
    if isinstance(window, str):
        return Replay(entry=entry, outcome=ReplayOutcome.NEEDS_BARS, reason=window)
    engine = _find_engine(entry, source, ports)
    if isinstance(engine, str):
        return Replay(entry=entry, outcome=ReplayOutcome.NEEDS_BUNDLE, reason=engine)
    return _compute(entry, source, window, engine, ports.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    loaded: LoadedBundle
    state: Mapping[str, FloatArray] | None
    remark: str = ""


def _find_window(entry: JournalEntry, bars: Bars | None, ports: ReplayPorts) -> Bars | str:
    told = f"The answer rests on bars with the digest {entry.bars_digest[:12]}"
    if bars is not None:
        cut = None if entry.as_of is None else cut_window(bars, entry.as_of)
        market = (bars.symbol, bars.interval)
        if cut is not None and market == (entry.symbol, entry.interval):
            if digest_window(cut) == entry.bars_digest:
                return cut
            told += "; those given were revised or adjusted since, or do not reach back far enough"
        else:
            told += f"; {bars!r} has no bar of {entry.symbol} that closed at {entry.as_of}"
    stored = ports.journal.window(entry.prediction_id)
    if stored is None and ports.bars is not None:
        stored = find_past_bars(entry, ports.bars)
    if stored is not None:
        return stored
    return f"{told}; none were stored with it."


def _find_engine(entry: JournalEntry, source: Source, ports: ReplayPorts) -> _Engine | str:
    try:
        if source.kind is SourceKind.RULES:
            loaded = ports.rules.load()
        else:
            loaded = ports.bundles.load(ports.registry.get(source.model_id or ""))
            if loaded.digest != entry.bundle_digest:
                return f"{source.model_id} is another bundle than the one that answered."
    except RegistryError as error:
        return f"The bundle that answered cannot be had: {error}."
    state = _find_state(entry, loaded, ports.journal)
    if state is None:
        return f"The state with the digest {entry.state_digest} was not kept."
    remark = ""
    if (
        loaded.digest != entry.bundle_digest
        and source.version != loaded.manifest.bellwether_version
    ):
        remark = (
            f" The rules of bellwether {source.version} answered then, "
            f"those of {loaded.manifest.bellwether_version} now."
        )
    return _Engine(loaded=loaded, state=_arrays(state), remark=remark)


def _find_state(entry: JournalEntry, loaded: LoadedBundle, journal: Journal) -> State | None:
    if entry.state_digest is None or loaded.manifest.state_digest == entry.state_digest:
        return loaded.manifest.state
    return journal.state(entry.state_digest)


def _arrays(state: State) -> dict[str, FloatArray]:
    return {name: np.asarray(values, dtype=np.float64) for name, values in state.items()}


def _compute(
    entry: JournalEntry, source: Source, bars: Bars, engine: _Engine, rules: RulesSource
) -> Replay:
    reading: RulesReading | Fault | None
    if source.kind is SourceKind.RULES:
        reading = _read_rules(engine, bars)
        outcome: Outcome = (
            rules_answer(reading, source, entry.horizon_bars)
            if isinstance(reading, RulesReading)
            else reading
        )
    else:
        reading = None
        if entry.prediction["regime"] is not None:
            reading = _read_rules(_Engine(loaded=rules.load(), state=None), bars)
        known = reading if isinstance(reading, RulesReading) else None
        outcome = _ask_model(engine, source, bars, known)
        standing = _standing(entry)
        if standing is not None and isinstance(outcome, Answer):
            outcome = temper(outcome, standing)
    if isinstance(outcome, Fault):
        reason = f"Computed now there is no answer: {outcome.reason.words} ({outcome.detail})."
        return Replay(entry=entry, outcome=ReplayOutcome.DIFFERENT, reason=reason)
    landing = Landing(rung=entry.rung, answer=outcome, steps=_steps(entry))
    regime_source = reading if isinstance(reading, RulesReading) else None
    again = announce(bars, entry.horizon_bars, landing, regime_source).to_json()
    replayed = _compare(entry, again, engine.remark)
    members = [asdict(one) for one in tell_members(outcome, engine.loaded.manifest)]
    return replace(replayed, again={**again, "members": members}) if members else replayed


def _read_rules(engine: _Engine, bars: Bars) -> RulesReading | Fault:
    manifest = engine.loaded.manifest
    window = pad_bars(bars.matrix, manifest.lookback_bars)
    return read_rules(_run(engine, window), manifest)


def _ask_model(
    engine: _Engine, source: Source, bars: Bars, reading: RulesReading | None
) -> Outcome:
    manifest = engine.loaded.manifest
    if len(bars) < manifest.lookback_bars:
        detail = f"{len(bars)} bars where it needs {manifest.lookback_bars}"
        return Fault(reason=FallbackReason.TOO_FEW_BARS, detail=detail)
    window = bars.matrix[-manifest.lookback_bars :]
    return model_answer(_run(engine, window), manifest, source, reading)


def _run(engine: _Engine, window: FloatArray) -> OutputRow:
    [row] = split_rows(engine.loaded.run(window[np.newaxis], engine.state), 1)
    return row


def _compare(entry: JournalEntry, again: Mapping[str, object], remark: str) -> Replay:
    if canonical_json(again) == canonical_json(entry.prediction):
        outcome, reason = ReplayOutcome.IDENTICAL, "Every word and digit is the same."
    else:
        path, difference = max(_differences(entry.prediction, again), key=lambda found: found[1])
        close = difference <= TOLERANCE
        outcome = ReplayOutcome.CLOSE if close else ReplayOutcome.DIFFERENT
        size = f"by {difference:.3g}" if math.isfinite(difference) else "altogether"
        reason = f"The largest difference is that of {path}, {size}."
    return Replay(entry=entry, outcome=outcome, reason=reason + remark, again=again)


def _differences(then: object, now: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield how far every part of two JSON values differs, infinity where it is no number."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in sorted(then.keys() | now.keys()):
            if name not in _WORDS_ABOUT_NUMBERS:
                inner = f"{path}.{name}".lstrip(".")
                yield from _differences(then.get(name), now.get(name), inner)
    elif _is_number(then) and _is_number(now):
        yield path, abs(then - now) / max(1.0, abs(then))  # type: ignore[operator, arg-type]
    else:
        yield path, 0.0 if then == now else math.inf


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _source(entry: JournalEntry) -> Source:
    told: Mapping[str, Any] = entry.prediction["source"]
    return Source(**{**told, "kind": SourceKind(told["kind"])})


def _steps(entry: JournalEntry) -> tuple[Step, ...]:
    told: Sequence[Mapping[str, str]] = entry.prediction["steps"]
    return tuple(
        Step(rung=Rung(one["rung"]), reason=FallbackReason(one["reason"]), detail=one["detail"])
        for one in told
    )


def _standing(entry: JournalEntry) -> StandingReading | None:
    told: Mapping[str, Any] | None = entry.prediction.get("standing")
    return None if told is None else StandingReading(**told)

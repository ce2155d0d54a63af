"""What the rules and the models say about many bars at once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.registry import (
    BundleCorrupt,
    BundleMissing,
    BundleTooNew,
    BundleUnsigned,
    GoldenMismatch,
    LoadedBundle,
    ModelQuarantined,
    ModelRecord,
    Registry,
    Serving,
    SignatureInvalid,
    SignerUnknown,
    UnsafeGraph,
)
from bellwether.rules import pad_bars
from bellwether.service._facts import Source, SourceKind
from bellwether.service._ladder import Answer, Fault, Outcome
from bellwether.service._outputs import (
    OutputRow,
    RulesReading,
    model_answer,
    read_rules,
    split_rows,
)
from bellwether.service._ports import BundleStore, Choices, RulesSource, Standings
from bellwether.service._reasons import FallbackReason
from bellwether.service._standings import find_objection, read_standing, temper

if TYPE_CHECKING:
    from bellwether.monitor import RegimeChoice, Standing

_log = logging.getLogger(__name__)
_DAY = np.timedelta64(1, "D")
# More windows in one run cost memory and are no faster a window.
MOST_ROWS = 64
_LOAD_FAULTS = {
    BundleMissing: FallbackReason.BUNDLE_MISSING,
    BundleCorrupt: FallbackReason.BUNDLE_CORRUPT,
    BundleTooNew: FallbackReason.BUNDLE_TOO_NEW,
    UnsafeGraph: FallbackReason.BUNDLE_UNSAFE,
    GoldenMismatch: FallbackReason.GOLDEN_MISMATCH,
    ModelQuarantined: FallbackReason.MODEL_QUARANTINED,
    BundleUnsigned: FallbackReason.BUNDLE_UNSIGNED,
    SignatureInvalid: FallbackReason.SIGNATURE_INVALID,
    SignerUnknown: FallbackReason.SIGNER_UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelQuestion:
    """One question to one model.

    Parameters
    ----------
    bars : Bars
    record : ModelRecord
        Who is asked.
    rules : RulesReading or None
        What the rules say about the same bars.
    """

    bars: Bars
    record: ModelRecord
    rules: RulesReading | None


class Shelf:
    """The registry and the bundles as they were when a batch of questions came in.

    Parameters
    ----------
    registry : Registry
    bundles : BundleStore
    standings : Standings, optional
    choices : Choices, optional

    Notes
    -----
    Each market is looked up once and each bundle loaded once, whoever asks; a failure is
    remembered like any other answer.
    """

    __slots__ = (
        "_bundles",
        "_choices",
        "_chosen",
        "_loaded",
        "_registry",
        "_serving",
        "_standings",
    )

    def __init__(
        self,
        registry: Registry,
        bundles: BundleStore,
        standings: Standings | None = None,
        choices: Choices | None = None,
    ) -> None:
        self._registry = registry
        self._bundles = bundles
        self._standings = standings
        self._choices = choices
        self._chosen: dict[tuple[str, str], RegimeChoice | None] = {}
        self._serving: dict[tuple[str, str, int], Serving | Fault] = {}
        self._loaded: dict[tuple[str, str], LoadedBundle | Fault] = {}

    def find_serving(self, symbol: str, interval: str, horizon_bars: int) -> Serving | Fault:
        """Return who may answer for a symbol."""
        key = (symbol, interval, horizon_bars)
        if key not in self._serving:
            self._serving[key] = self._read(*key)
        return self._serving[key]

    def load(self, record: ModelRecord) -> LoadedBundle | Fault:
        """Return the bundle of a model."""
        key = (record.model_id, record.bundle_digest)
        if key not in self._loaded:
            self._loaded[key] = self._open(record)
        return self._loaded[key]

    def find_standing(self, model_id: str) -> "Standing | None":
        """Return what is thought of a model; None where nobody watches it."""
        if self._standings is None:
            return None
        try:
            return self._standings.find(model_id)
        except Exception as error:  # noqa: BLE001 - the ladder's edge: nothing is known
            _log.warning("the standing of %s cannot be told: %s", model_id, error)
            return None

    def is_chosen(self, serving: Serving, rules: RulesReading | None) -> bool:
        """Whether the previous champion is asked before the champion in this kind of market.

        Parameters
        ----------
        serving : Serving
        rules : RulesReading or None
            What the rules read of the bars that are asked about: their confirmed regime decides.

        Notes
        -----
        A choice is between two models that can answer: where the champion cannot be loaded, the
        ladder is climbed as without it and says so.
        """
        champion, previous = serving.champion, serving.previous
        if self._choices is None or champion is None or previous is None or rules is None:
            return False
        key = (champion.model_id, previous.model_id)
        if key not in self._chosen:
            self._chosen[key] = self._find_choice(*key)
        choice = self._chosen[key]
        if choice is None or not choice.names(*key, rules.regime.confirmed):
            return False
        return not isinstance(self.load(champion), Fault)

    def _find_choice(self, champion: str, previous: str) -> "RegimeChoice | None":
        if self._choices is None:
            return None
        try:
            return self._choices.find_choice(champion, previous)
        except Exception as error:  # noqa: BLE001 - the ladder's edge: nothing is known
            _log.warning("no choice by regime can be told of %s: %s", champion, error)
            return None

    def _read(self, symbol: str, interval: str, horizon_bars: int) -> Serving | Fault:
        try:
            return self._registry.serving_symbol(symbol, interval, horizon_bars)
        except Exception as error:  # noqa: BLE001 - the ladder's edge: it becomes a reason
            return _logged(FallbackReason.REGISTRY_UNAVAILABLE, "registry", error)

    def _open(self, record: ModelRecord) -> LoadedBundle | Fault:
        try:
            return self._bundles.load(record)
        except Exception as error:  # noqa: BLE001 - the ladder's edge: it becomes a reason
            reason = _LOAD_FAULTS.get(type(error), FallbackReason.LOAD_FAILED)
            return _logged(reason, record.model_id, error)


def ask_rules(
    asked: Sequence[Bars], rules: RulesSource
) -> tuple[list[RulesReading | Fault], Source]:
    """Return what the rules say about each of some bars, and who they are.

    Parameters
    ----------
    asked : sequence of Bars
    rules : RulesSource

    Returns
    -------
    readings : list of RulesReading or Fault
        Where a reading cannot be used and the bars are not to blame, RULES_FAILED.
    source : Source
    """
    try:
        loaded = rules.load()
        windows = [pad_bars(bars.matrix, loaded.manifest.lookback_bars) for bars in asked]
        rows = run_windows(loaded, windows)
        source = describe_source(loaded, SourceKind.RULES, None)
    except Exception as error:  # noqa: BLE001 - the ladder's edge: it becomes a reason
        fault = _logged(FallbackReason.RULES_FAILED, "rules", error)
        return [fault] * len(asked), Source(kind=SourceKind.RULES)
    return [_read_rules(row, loaded) for row in rows], source


def ask_models(asked: Sequence[ModelQuestion], shelf: Shelf, now: np.datetime64) -> list[Outcome]:
    """Return what each question's model says, each model's graph run once for all of its own.

    Parameters
    ----------
    asked : sequence of ModelQuestion
    shelf : Shelf
    now : numpy.datetime64
        UTC instant of the questions.
    """
    outcomes: dict[int, Outcome] = {}
    by_model: dict[tuple[str, str], list[int]] = {}
    for place, question in enumerate(asked):
        key = (question.record.model_id, question.record.bundle_digest)
        by_model.setdefault(key, []).append(place)
    for places in by_model.values():
        found = _ask_model([asked[place] for place in places], shelf, now)
        outcomes.update(zip(places, found, strict=True))
    return [outcomes[place] for place in range(len(asked))]


def _ask_model(asked: Sequence[ModelQuestion], shelf: Shelf, now: np.datetime64) -> list[Outcome]:
    record = asked[0].record
    standing = shelf.find_standing(record.model_id)
    loaded = find_objection(standing) or shelf.load(record)
    if isinstance(loaded, Fault):
        return [loaded] * len(asked)
    n_bars = loaded.manifest.lookback_bars
    long_enough = [one for one in asked if len(one.bars) >= n_bars]
    rows = iter(run_windows(loaded, [one.bars.matrix[-n_bars:] for one in long_enough]))
    source = describe_source(loaded, SourceKind.MODEL, _age_days(record, now))
    outcomes: list[Outcome] = []
    for one in asked:
        if len(one.bars) < n_bars:
            detail = f"{len(one.bars)} bars where it needs {n_bars}"
            outcomes.append(Fault(reason=FallbackReason.TOO_FEW_BARS, detail=detail))
        else:
            outcomes.append(read_model(next(rows), loaded, source, one.rules))
    if standing is None:
        return outcomes
    known = read_standing(standing)
    return [temper(one, known) if isinstance(one, Answer) else one for one in outcomes]


def run_windows(loaded: LoadedBundle, windows: Sequence[FloatArray]) -> list[OutputRow | Exception]:
    """Run a graph on many windows; where it raises, on fewer and fewer, down to the culprit."""
    found: list[OutputRow | Exception] = []
    for first in range(0, len(windows), MOST_ROWS):
        found += _run_together(loaded, windows[first : first + MOST_ROWS])
    return found


def _run_together(
    loaded: LoadedBundle, windows: Sequence[FloatArray]
) -> Sequence[OutputRow | Exception]:
    try:
        return split_rows(loaded.run(np.array(windows)), len(windows))
    except Exception as error:  # noqa: BLE001 - the ladder's edge: it becomes a reason
        if len(windows) == 1:
            return [error]
    half = len(windows) // 2
    return [*_run_together(loaded, windows[:half]), *_run_together(loaded, windows[half:])]


def _read_rules(row: OutputRow | Exception, loaded: LoadedBundle) -> RulesReading | Fault:
    if isinstance(row, Exception):
        return _logged(FallbackReason.RULES_FAILED, "rules", row)
    try:
        found = read_rules(row, loaded.manifest)
    except Exception as error:  # noqa: BLE001 - the ladder's edge: it becomes a reason
        return _logged(FallbackReason.RULES_FAILED, "rules", error)
    if isinstance(found, Fault) and not found.reason.is_about_data:
        return Fault(reason=FallbackReason.RULES_FAILED, detail=found.detail)
    return found


def read_model(
    row: OutputRow | Exception, loaded: LoadedBundle, source: Source, rules: RulesReading | None
) -> Outcome:
    """Return what a model says in a row of its graph, or why that cannot be used."""
    model_id = loaded.manifest.model_id
    if isinstance(row, Exception):
        return _logged(FallbackReason.INFERENCE_FAILED, model_id, row)
    try:
        outcome = model_answer(row, loaded.manifest, source, rules)
    except Exception as error:  # noqa: BLE001 - the ladder's edge: it becomes a reason
        return _logged(FallbackReason.INFERENCE_FAILED, model_id, error)
    if isinstance(outcome, Fault):
        _log.warning("reason=%s model=%s: %s", outcome.reason, model_id, outcome.detail)
    return outcome


def describe_source(loaded: LoadedBundle, kind: SourceKind, age_days: float | None) -> Source:
    """Return who a bundle is."""
    return Source(
        kind=kind,
        model_id=loaded.manifest.model_id,
        version=loaded.manifest.bellwether_version,
        age_days=age_days,
        bundle_digest=loaded.digest,
        state_digest=loaded.state_digest,
    )


def _age_days(record: ModelRecord, now: np.datetime64) -> float:
    return max(float((now - record.trained_at) / _DAY), 0.0)


def _logged(reason: FallbackReason, who: str, error: Exception) -> Fault:
    _log.warning("reason=%s source=%s: %s", reason, who, error)
    return Fault(reason=reason, detail=f"{error}"[:300] or type(error).__name__)

"""Benchmark: how good a model was out of sample, which it is held to when it serves."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.monitor._agreement import Agreement
from bellwether.monitor._errors import ForeignState
from bellwether.monitor._scores import SCORE_CLIP, drift_of_accuracy

LOWER_90 = 1.2815515655446004
MIDDLE_CONFIDENCE = 72.5
LEAST_ACCURACY, MOST_ACCURACY = 0.505, 0.95
UNKNOWN_ACCURACY = 0.53
# However much was measured, the future is no draw from the past: a floor keeps some distance.
_LEAST_GAP, _LEAST_SCORE_GAP = 0.01, 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What a model promised: measured on the rows that the gate judged, stored with the model.

    Parameters
    ----------
    accuracy, accuracy_low : float
        Share of right directions, and its lower 90 % bound.
    score_mean, score_low : float
        Mean of `settled_score`, weighted by confidence over its mean, and its lower 90 % bound.
    confidence_mean : float
        50 to 95.
    rules_accuracy, rules_score_mean : float
        Of the rules on the same rows; scores without weights.
    n_settled : int
        Directions that were right or wrong.
    n_effective : float
        Independent observations among them, by the gate.
    n_symbols : int
    hits_agreement, scores_agreement : Agreement
        How much symbols of one bar repeated each other.
    words : str
        Why it was assumed; empty where it was measured.
    """

    accuracy: float
    accuracy_low: float
    score_mean: float
    score_low: float
    confidence_mean: float = MIDDLE_CONFIDENCE
    rules_accuracy: float = 0.5
    rules_score_mean: float = 0.0
    n_settled: int = 0
    n_effective: float = 0.0
    n_symbols: int = 1
    hits_agreement: Agreement = field(default_factory=Agreement)
    scores_agreement: Agreement = field(default_factory=Agreement)
    words: str = ""

    @property
    def kept_accuracy(self) -> float:
        """Its accuracy, within what a filter over qualities can use."""
        return min(max(self.accuracy, LEAST_ACCURACY), MOST_ACCURACY)

    @property
    def floor(self) -> float:
        """Accuracy that the model is to keep: the lower bound, and not below the rules'."""
        highest = max(self.kept_accuracy - _LEAST_GAP, 0.5)
        return min(max(self.accuracy_low, self.rules_accuracy, 0.5), highest)

    @property
    def score_floor(self) -> float:
        """Mean score that the model is to keep: the lower bound."""
        highest = min(self.score_mean - _LEAST_SCORE_GAP, SCORE_CLIP / 2.0)
        return max(min(self.score_low, highest), -SCORE_CLIP / 2.0)

    @property
    def fallback_accuracy(self) -> float:
        """What the rules are worth where they would answer in its place.

        At least chance, and at most half of the model's own edge: more, and no belief could
        ever let the model answer, although the gate found it to be worth more than the rules.
        """
        return min(max(self.rules_accuracy, 0.5), (0.5 + self.kept_accuracy) / 2.0)

    @property
    def fallback_score(self) -> float:
        """Mean score of the rules where they would answer in its place; limits likewise."""
        return min(max(self.rules_score_mean, 0.0), max(self.score_mean, 0.0) / 2.0)

    @classmethod
    def assume(
        cls, accuracy: float | None, accuracy_low: float | None, n_symbols: int, words: str
    ) -> Self:
        """Return what a model is held to that was not measured when it was trained.

        Parameters
        ----------
        accuracy, accuracy_low : float or None
            By its verdict, as far as there is one.
        n_symbols : int
        words : str
            Why nothing better is known.
        """
        known = UNKNOWN_ACCURACY if accuracy is None else accuracy
        kept = min(max(known, LEAST_ACCURACY), MOST_ACCURACY)
        low = 0.5 if accuracy_low is None else min(max(accuracy_low, 0.5), kept)
        return cls(
            accuracy=kept,
            accuracy_low=low,
            score_mean=drift_of_accuracy(kept),
            score_low=drift_of_accuracy(low),
            n_symbols=n_symbols,
            words=words,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the benchmark as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the benchmark that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            agreements = {
                name: Agreement.from_json(content[name])
                for name in ("hits_agreement", "scores_agreement")
            }
            found = cls(**{**content, **agreements})
            shares = (found.accuracy, found.accuracy_low, found.rules_accuracy)
            is_sound = all(0.0 <= one <= 1.0 for one in shares) and found.n_symbols >= 1
            scores = (found.score_mean, found.score_low, found.rules_score_mean)
            is_sound = is_sound and all(map(math.isfinite, scores)) and found.confidence_mean > 0.0
        except (KeyError, TypeError) as error:
            raise ForeignState("a stored benchmark", repr(error)) from error
        if not is_sound:
            raise ForeignState("a stored benchmark", f"{content}"[:200])
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedRows:
    """Settled forecasts out of sample, one a row.

    Parameters
    ----------
    bar : int64 array of shape (n_rows,)
        Which rows belong to one bar.
    direction, rules_direction : float64 arrays of shape (n_rows,)
        1, -1 or 0; NaN where nothing was said.
    confidence : float64 array of shape (n_rows,)
    standardised : float64 array of shape (n_rows,)
        Return over the horizon in units of its volatility; NaN where it is not known.
    """

    bar: IntArray
    direction: FloatArray
    rules_direction: FloatArray
    confidence: FloatArray
    standardised: FloatArray


def measure_benchmark(
    rows: JudgedRows, *, n_effective: float, n_symbols: int, horizon_bars: int
) -> Benchmark | None:
    """Return what a model promised, or None where no row tells.

    Parameters
    ----------
    rows : JudgedRows
    n_effective : float
        Independent observations among them by the gate; overlapping horizons not yet counted.
    n_symbols : int
    horizon_bars : int

    Notes
    -----
    Knows: outcomes of all the rows.
    """
    said = _told(rows.direction, rows)
    counted = said & (rows.standardised != 0.0)
    if not counted.any():
        return None
    hits = (rows.direction * rows.standardised > 0.0)[counted].astype(np.float64)
    confidence = np.where(np.isfinite(rows.confidence), rows.confidence, MIDDLE_CONFIDENCE)
    mean_confidence = float(confidence[said].mean())
    weighted = rows.direction * rows.standardised * confidence / mean_confidence
    scores = np.clip(weighted[said], -SCORE_CLIP, SCORE_CLIP)
    n = max(min(n_effective, float(len(hits))) / horizon_bars, 1.0)
    accuracy, score = float(hits.mean()), float(scores.mean())
    rules_accuracy, rules_score = _of_rules(rows, counted)
    return Benchmark(
        accuracy=accuracy,
        accuracy_low=accuracy - LOWER_90 * math.sqrt(max(accuracy * (1.0 - accuracy), 0.0) / n),
        score_mean=score,
        score_low=score - LOWER_90 * float(scores.std()) / math.sqrt(n),
        confidence_mean=mean_confidence,
        rules_accuracy=rules_accuracy,
        rules_score_mean=rules_score,
        n_settled=len(hits),
        n_effective=n,
        n_symbols=n_symbols,
        hits_agreement=_agree(rows.bar[counted], hits),
        scores_agreement=_agree(rows.bar[said], scores),
    )


def _told(direction: FloatArray, rows: JudgedRows) -> BoolArray:
    told: BoolArray = np.isfinite(direction) & (direction != 0.0) & np.isfinite(rows.standardised)
    return told


def _of_rules(rows: JudgedRows, counted: BoolArray) -> tuple[float, float]:
    told = counted & _told(rows.rules_direction, rows)
    if not told.any():
        return 0.5, 0.0
    gained = (rows.rules_direction * rows.standardised)[told]
    return float((gained > 0.0).mean()), float(np.clip(gained, -SCORE_CLIP, SCORE_CLIP).mean())


def _agree(bars: IntArray, outcomes: FloatArray) -> Agreement:
    agreement = Agreement()
    order = np.argsort(bars, kind="stable")
    begins = np.flatnonzero(np.diff(bars[order], prepend=-1))
    for part in np.split(outcomes[order], begins[1:]):
        agreement = agreement.take(part.tolist())
    return agreement

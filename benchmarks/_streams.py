"""Many streams of settled outcomes at once, and the detectors' recursions over all of them.

The arithmetic is that of `bellwether.monitor`, with streams as rows; `check_recursions` compares
both on some streams before a study believes its own figures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import BoolArray, FloatArray
from bellwether.monitor import HitDetector, ScoreDetector

Draw = Callable[[int], FloatArray]
BARS_A_YEAR = 252
WARM_BARS, MOST_BARS = 756, 5040


class Recursion(Protocol):
    """A detector over many streams."""

    def reset(self, which: BoolArray) -> None:
        """Begin again on some streams."""
        ...

    def step(self, outcomes: FloatArray) -> FloatArray:
        """Return each stream's evidence after one more bar."""
        ...


class Mixture:
    """`HitDetector` or `ScoreDetector` over many streams.

    Parameters
    ----------
    detector : HitDetector or ScoreDetector
    n_streams : int
    design_effect : float, or float64 array of shape (n_streams,)
    """

    def __init__(
        self,
        detector: HitDetector | ScoreDetector,
        n_streams: int,
        design_effect: float | FloatArray = 1.0,
    ) -> None:
        self._detector = detector
        self._share = 1.0 / np.asarray(design_effect).reshape(-1, 1)
        n_alternatives = len(_alternatives(detector))
        self._sums = np.zeros((detector.horizon_bars, n_streams, n_alternatives))
        self._bar = 0

    def reset(self, which: BoolArray) -> None:
        """Begin again on some streams."""
        self._sums[:, which] = 0.0

    def step(self, outcomes: FloatArray) -> FloatArray:
        """Return each stream's evidence; outcomes of shape (n_streams,) or with symbols beside."""
        settled = outcomes.reshape(len(outcomes), -1)
        logs = _log_factors(self._detector, settled)
        phase = self._sums[self._bar % len(self._sums)]
        phase += 1.0
        phase *= np.exp(self._share * logs)
        self._bar += 1
        evidence: FloatArray = self._sums.mean(axis=2).sum(axis=0)
        return evidence


class Cusum:
    """The optimal CUSUM between two known accuracies, over many streams (Moustakides 1986)."""

    def __init__(self, before: float, after: float, n_streams: int) -> None:
        self._hit = np.log(after / before)
        self._miss = np.log((1.0 - after) / (1.0 - before))
        self._sum = np.zeros(n_streams)

    def reset(self, which: BoolArray) -> None:
        """Begin again on some streams."""
        self._sum[which] = 0.0

    def step(self, outcomes: FloatArray) -> FloatArray:
        """Return each stream's statistic."""
        steps = np.where(outcomes > 0.5, self._hit, self._miss)
        self._sum = np.maximum(self._sum, 0.0) + steps
        return self._sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """False alarms over many streams.

    Parameters
    ----------
    a_year : float
    interval : (float, float)
        95 %, by the scatter of the streams.
    """

    a_year: float
    interval: tuple[float, float]


def count_alarms(
    recursion: Recursion, draw: Draw, threshold: float, n_streams: int, n_bars: int
) -> Alarms:
    """Return how often a detector that begins again after each alarm is wrong."""
    counts = np.zeros(n_streams)
    for bar in range(n_bars):
        alarmed = recursion.step(draw(bar)) >= threshold
        counts += alarmed
        recursion.reset(alarmed)
    rate = counts / (n_bars / BARS_A_YEAR)
    error = 1.96 * float(rate.std(ddof=1)) / np.sqrt(n_streams)
    mean = float(rate.mean())
    return Alarms(a_year=mean, interval=(mean - error, mean + error))


def measure_delays(
    recursion: Recursion, before: Draw, after: Draw, threshold: float, n_streams: int
) -> FloatArray:
    """Return bars from a change to the alarm.

    The detector has been at work for years, and has begun again after each false alarm.
    """
    for bar in range(WARM_BARS):
        recursion.reset(recursion.step(before(bar)) >= threshold)
    delays = np.full(n_streams, float(MOST_BARS))
    waiting: NDArray[np.bool_] = np.ones(n_streams, dtype=bool)
    for bar in range(MOST_BARS):
        alarmed = waiting & (recursion.step(after(WARM_BARS + bar)) >= threshold)
        delays[alarmed] = bar + 1
        waiting &= ~alarmed
        if not waiting.any():
            break
    return delays


def _alternatives(detector: HitDetector | ScoreDetector) -> tuple[float, ...]:
    return detector.alternatives if isinstance(detector, HitDetector) else detector.bets


def _log_factors(detector: HitDetector | ScoreDetector, settled: FloatArray) -> FloatArray:
    if isinstance(detector, ScoreDetector):
        short = detector.floor - settled
        return np.asarray(np.log1p(short[:, :, None] * np.array(detector.bets)).sum(axis=1))
    lower = np.array(detector.alternatives)
    hits = settled.sum(axis=1, keepdims=True)
    misses = settled.shape[1] - hits
    up, down = np.log(lower / detector.floor), np.log((1.0 - lower) / (1.0 - detector.floor))
    return np.asarray(hits * up + misses * down)


def check_recursions(detector: HitDetector | ScoreDetector, outcomes: FloatArray) -> float:
    """Return the largest relative difference to the shipped detector over some streams.

    Parameters
    ----------
    detector : HitDetector or ScoreDetector
    outcomes : float64 array of shape (n_bars, n_streams)
    """
    many = Mixture(detector, outcomes.shape[1])
    states = [detector.start() for _ in range(outcomes.shape[1])]
    worst = 0.0
    for row in outcomes:
        evidence = many.step(row)
        states = [detector.step(s, [float(one)]) for s, one in zip(states, row, strict=True)]
        shipped = np.array([state.e_value for state in states])
        worst = max(worst, float(np.max(np.abs(evidence - shipped) / shipped)))
    return worst

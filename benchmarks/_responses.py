"""The whole response to lost performance over many models at once.

The arithmetic is that of `bellwether.watch`, with models as rows: detectors, belief, red alarm,
shadow and return; `check_responses` compares both before a study believes its own figures.
"""

from dataclasses import replace

import numpy as np

from _streams import Mixture
from bellwether.arrays import BoolArray, FloatArray
from bellwether.monitor import (
    POOLED_GAPS,
    Benchmark,
    HitDetector,
    RecoveryTest,
    Router,
    ScoreDetector,
    SettledBet,
    Thresholds,
    drift_of_accuracy,
)
from bellwether.watch import SettledVoice, WatchOptions, begin_watch, step_watch

RETURN_EVIDENCE = WatchOptions().recovery_evidence
CONFIDENCE = 72.5


def benchmark_of(accuracy: float, low: float, rules: float, n_symbols: int) -> Benchmark:
    """Return what a model promised that is exactly what it seems."""
    return Benchmark(
        accuracy=accuracy,
        accuracy_low=low,
        score_mean=drift_of_accuracy(accuracy),
        score_low=drift_of_accuracy(low),
        rules_accuracy=rules,
        rules_score_mean=drift_of_accuracy(rules),
        confidence_mean=CONFIDENCE,
        n_symbols=n_symbols,
    )


class Routers:
    """`Router` over many streams.

    Parameters
    ----------
    router : Router
    n_streams : int
    """

    def __init__(self, router: Router, n_streams: int) -> None:
        self._router = router
        self._accuracies = np.array(router.accuracies)
        self._drifts = np.array([drift_of_accuracy(one) for one in router.accuracies])
        self.weights = np.tile(np.array(router.start), (n_streams, 1))

    def serves_model(self, fallback: float) -> BoolArray:
        """Return where the model serves the next bar."""
        return np.asarray(self.weights @ self._accuracies >= fallback)

    def reset(self, which: BoolArray) -> None:
        """Begin again on some streams."""
        self.weights[which] = np.array(self._router.start)

    def step(self, hits: FloatArray) -> None:
        """Take one more bar of hits."""
        self._learn(np.where(hits[:, None] > 0.5, self._accuracies, 1.0 - self._accuracies))

    def step_scores(self, scores: FloatArray, design_effect: float = 1.0) -> None:
        """Take one more bar of scores, of shape (n_streams,) or with symbols beside."""
        settled = scores.reshape(len(scores), -1)
        distances = settled[:, :, None] - self._drifts
        logs = -3.0 * np.log1p(distances**2 / 3.0).sum(axis=1) / design_effect
        self._learn(np.exp(logs - logs.max(axis=1, keepdims=True)))

    def _learn(self, seen: FloatArray) -> None:
        known = self.weights * seen
        known /= known.sum(axis=1, keepdims=True)
        change = self._router.changes_a_bar
        self.weights = (1.0 - change) * known + change * np.array(self._router.renewal)


class Recoveries:
    """`RecoveryTest` of one bar's horizon over many streams.

    Parameters
    ----------
    test : RecoveryTest
    n_streams : int
    design_effect : float
    """

    def __init__(self, test: RecoveryTest, n_streams: int, design_effect: float = 1.0) -> None:
        hits, misses, self._bets = test.factors
        self._hits, self._misses = np.log(hits), np.log(misses)
        self._score, self._share = test.score, 1.0 / design_effect
        self._by_hits = np.zeros((n_streams, len(hits)))
        self._by_scores = np.zeros((n_streams, len(self._bets)))
        self._cash = np.ones(n_streams)
        self._is_new = np.ones(n_streams, dtype=bool)

    @property
    def e_value(self) -> FloatArray:
        """Evidence of each stream."""
        invested = self._by_hits.mean(axis=1) + self._by_scores.mean(axis=1)
        return np.asarray(invested / 2.0 + self._cash)

    def reset(self, which: BoolArray) -> None:
        """Begin again on some streams."""
        self._by_hits[which] = self._by_scores[which] = 0.0
        self._cash[which], self._is_new[which] = 1.0, True

    def step(self, scores: FloatArray) -> None:
        """Take one more bar of scores, of shape (n_streams, n_symbols)."""
        put_in = self._cash * np.where(self._is_new, *RecoveryTest.shares)
        n_hits = (scores > 0.0).sum(axis=1, keepdims=True)
        n_misses = scores.shape[1] - n_hits
        of_hits = np.exp(self._share * (n_hits * self._hits + n_misses * self._misses))
        over = (scores - self._score)[:, :, None] * np.array(self._bets)
        of_scores = np.exp(self._share * np.log1p(over).sum(axis=1))
        self._by_hits = (self._by_hits + put_in[:, None]) * of_hits
        self._by_scores = (self._by_scores + put_in[:, None]) * of_scores
        self._cash = self._cash - put_in
        self._is_new[:] = False


class Responses:
    """Who answers, over many models.

    Parameters
    ----------
    benchmark : Benchmark
    n_streams : int
    design_effect : float, default 1.0
    """

    def __init__(self, benchmark: Benchmark, n_streams: int, design_effect: float = 1.0) -> None:
        hits = HitDetector(floor=benchmark.floor)
        if benchmark.n_symbols > 1:
            hits = replace(hits, gaps=POOLED_GAPS)
        scores = ScoreDetector(floor=benchmark.score_floor)
        test = RecoveryTest(accuracy=benchmark.fallback_accuracy, score=benchmark.fallback_score)
        self._hits = Mixture(hits, n_streams, design_effect)
        self._scores = Mixture(scores, n_streams, design_effect)
        self._routers = Routers(Router.around(benchmark.kept_accuracy), n_streams)
        self._recoveries = Recoveries(test, n_streams, design_effect)
        self._effect, self._fallback = design_effect, benchmark.fallback_accuracy
        self._red_at = Thresholds().red
        self.is_red = np.zeros(n_streams, dtype=bool)

    def answers(self) -> BoolArray:
        """Return where the model answers on the next bar."""
        return ~self.is_red & self._routers.serves_model(self._fallback)

    def step(self, scores: FloatArray) -> None:
        """Take one more bar of scores, of shape (n_streams, n_symbols)."""
        evidence = self._hits.step((scores > 0.0).astype(np.float64)) + self._scores.step(scores)
        self._routers.step_scores(scores, self._effect)
        self._recoveries.step(scores)
        returned = self.is_red & (self._recoveries.e_value >= RETURN_EVIDENCE)
        alarmed = ~self.is_red & (evidence / 2.0 >= self._red_at)
        for part in (self._hits, self._scores, self._routers):
            part.reset(returned)
        self._recoveries.reset(alarmed)
        self.is_red = (self.is_red | alarmed) & ~returned


def check_responses(rng: np.random.Generator, n_bars: int = 1500) -> bool:
    """Return whether many at once do what the shipped watch does, on one model."""
    benchmark = benchmark_of(0.55, 0.53, 0.515, 1)
    many, one = Responses(benchmark, 1), begin_watch("m", 1, benchmark)
    was_red = has_returned = False
    for bar in range(n_bars):
        drift = drift_of_accuracy(0.40 if bar < n_bars // 3 else 0.65)
        score = float(np.clip(drift + rng.standard_t(5) * np.sqrt(0.6), -2.5, 2.5))
        bet = SettledBet(symbol="A", outcome=score, volatility=1.0, rules=1, model=1)
        settled = [SettledVoice(bet=bet, confidence=CONFIDENCE)]
        one = step_watch(one, f"{bar:06d}", settled, WatchOptions())
        many.step(np.array([[score]]))
        if bool(many.answers()[0]) != one.answers or bool(many.is_red[0]) != (
            one.condition == "red"
        ):
            return False
        was_red |= one.condition == "red"
        has_returned |= was_red and one.condition != "red"
    return was_red and has_returned

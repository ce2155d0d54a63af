"""False alarms and delays of the detectors of lost performance, beside river's, in one run.

A model hits with 55 % and the detectors' floor is that accuracy: each false alarm is counted, and
the detector begins again. Then the accuracy falls, long after the detectors began, and the bars
to the alarm are counted. The limit is the optimal CUSUM for the very change, which no detector in
practice knows, its threshold set to the same rate of false alarms on the same streams. River's
detectors get the same misses; each is shown as it comes and at the setting whose rate of false
alarms comes nearest to the mixture's from below.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from _report import Report, parse_arguments
from _servers import environment_of
from _streams import (
    BARS_A_YEAR,
    Alarms,
    Cusum,
    Draw,
    Mixture,
    Recursion,
    check_recursions,
    count_alarms,
    measure_delays,
)
from bellwether.arrays import FloatArray
from bellwether.monitor import (
    POOLED_GAPS,
    HitDetector,
    ScoreDetector,
    design_effect,
    outcome_correlation,
)

ACCURACY = 0.55
AFTER = (0.50, 0.45)
RUN_LENGTHS = (252.0, 1260.0)
BAR_DELAY, BAR_OVERLAP, BAR_POOL_BARS = 1.10, 1.10, 40.0
N_SYMBOLS, CORRELATION, HORIZON_BARS = 20, 0.1, 5
YEARS = 20
PAST_BARS = 5 * BARS_A_YEAR
RIVER = Path(__file__).parent / "peers" / "river_detectors.py"
# As they come first, then others from which the one of the nearest rate is chosen.
RIVER_SETTINGS: dict[str, list[float]] = {
    "ADWIN": [0.002, 0.3, 0.6, 0.9],
    "DDM": [3.0, 2.75, 2.5, 2.25, 2.0],
    "EDDM": [0.9, 0.85, 0.8, 0.75, 0.7],
    "HDDM_W": [0.001, 0.002, 0.003, 0.005, 0.01],
    "Page-Hinkley": [50.0, 40.0, 30.0, 25.0, 20.0, 15.0],
}
RIVER_STREAMS, RIVER_YEARS = 100, 10


class Streams:
    """Draws outcomes of many models at once.

    Parameters
    ----------
    seed : int
    n_streams : int
    """

    def __init__(self, seed: int, n_streams: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._n = n_streams

    def hits(self, accuracy: float) -> Draw:
        """Return independent hits."""
        return lambda _: (self._rng.random(self._n) < accuracy).astype(np.float64)

    def overlapping(self, accuracy: float, horizon_bars: int) -> Draw:
        """Return hits of one lasting direction over returns of several bars, which overlap."""
        drift = NormalDist().inv_cdf(accuracy) / np.sqrt(horizon_bars)
        recent = [self._rng.normal(drift, 1.0, self._n) for _ in range(horizon_bars)]

        def draw(bar: int) -> FloatArray:
            recent[bar % horizon_bars] = self._rng.normal(drift, 1.0, self._n)
            return np.asarray(np.sum(recent, axis=0) > 0.0, dtype=np.float64)

        return draw

    def pooled(self, accuracy: float, n_symbols: int, correlation: float, kind: str) -> Draw:
        """Return hits or scores of symbols that move together, of that correlation."""
        drift = NormalDist().inv_cdf(accuracy)
        # Hits of normal returns are less correlated than the returns are.
        below = float(np.sin(correlation * np.pi / 2.0)) if kind == "hits" else correlation

        def draw(_: int) -> FloatArray:
            common = self._rng.normal(size=(self._n, 1))
            own = self._rng.normal(size=(self._n, n_symbols))
            returns = drift + np.sqrt(below) * common + np.sqrt(1.0 - below) * own
            if kind == "hits":
                return np.asarray(returns > 0.0, dtype=np.float64)
            return np.asarray(np.clip(returns, -2.5, 2.5))

        return draw

    def scores(self, accuracy: float) -> Draw:
        """Return clipped standardised returns, t5, in the direction predicted."""
        t5 = np.random.default_rng(0).standard_t(5, 1_000_000) * np.sqrt(0.6)
        drift = -float(np.quantile(t5, 1.0 - accuracy))

        def draw(_: int) -> FloatArray:
            returns = drift + self._rng.standard_t(5, self._n) * np.sqrt(0.6)
            return np.asarray(np.clip(returns, -2.5, 2.5))

        return draw


def match_threshold(make: Callable[[], Recursion], draw: Draw, wanted: float, n: int) -> float:
    """Return the threshold of the CUSUM with which it is wrong as often as wanted."""
    low, high = 0.1, 12.0
    for _ in range(18):
        middle = (low + high) / 2.0
        found = count_alarms(make(), draw, middle, n, YEARS * BARS_A_YEAR).a_year
        low, high = (middle, high) if found > wanted else (low, middle)
    return (low + high) / 2.0


def describe(alarms: Alarms) -> str:
    """Return a rate with its interval."""
    return f"{alarms.a_year:.3f} [{alarms.interval[0]:.3f}, {alarms.interval[1]:.3f}]"


class Study:
    """All parts of the study, which share report, seed and size."""

    def __init__(self, report: Report, seed: int, n_streams: int) -> None:
        self.report = report
        self.seed = seed
        self.n = n_streams
        self.also: dict[str, bool] = {}
        self.worst_delay = 0.0
        self.rates: dict[float, float] = {}

    def compare_with_limit(self) -> None:
        """Measure hits of one symbol against the optimal CUSUM."""
        for place, run_length in enumerate(RUN_LENGTHS):
            streams = Streams(self.seed + place, self.n)
            detector = HitDetector(floor=ACCURACY)
            still = streams.hits(ACCURACY)
            alarms = count_alarms(
                Mixture(detector, self.n), still, run_length, self.n, YEARS * BARS_A_YEAR
            )
            self.rates[run_length] = alarms.a_year
            target = BARS_A_YEAR / run_length
            self.also[f"false alarms at ARL {run_length:.0f}, at most {target:.2g} a year"] = (
                alarms.a_year <= target
            )
            for after in AFTER:
                self._compare_change(run_length, after, alarms, streams)

    def _compare_change(
        self, run_length: float, after: float, alarms: Alarms, streams: Streams
    ) -> None:
        still, changed = streams.hits(ACCURACY), streams.hits(after)

        def cusum() -> Cusum:
            return Cusum(ACCURACY, after, self.n)

        limit = match_threshold(cusum, still, alarms.a_year, self.n)
        best = measure_delays(cusum(), still, changed, limit, self.n)
        mixture = Mixture(HitDetector(floor=ACCURACY), self.n)
        own = measure_delays(mixture, still, changed, run_length, self.n)
        ratio = float(own.mean() / best.mean())
        self.worst_delay = max(self.worst_delay, ratio)
        error = 1.96 * ratio * np.hypot(
            own.std() / own.mean(), best.std() / best.mean()
        ) / np.sqrt(self.n)  # fmt: skip
        name = f"hits, ARL {run_length:.0f}"
        interval = f"[{ratio - error:.3f}, {ratio + error:.3f}]"
        self.report.add(
            name, f"{ACCURACY} to {after}", describe(alarms), float(own.mean()),
            float(np.median(own)), float(best.mean()), f"{ratio:.3f} {interval}",
        )  # fmt: skip

    def measure_floor_in_use(self) -> None:
        """Measure the floor that is used: below the accuracy, at the lower bound of it."""
        streams = Streams(self.seed + 10, self.n)
        detector = HitDetector(floor=0.53)
        for run_length in RUN_LENGTHS:
            still = streams.hits(ACCURACY)
            alarms = count_alarms(
                Mixture(detector, self.n), still, run_length, self.n, YEARS * BARS_A_YEAR
            )
            for after in AFTER:
                own = measure_delays(
                    Mixture(detector, self.n), still, streams.hits(after), run_length,
                    self.n,
                )  # fmt: skip
                self.report.add(
                    f"hits, floor .53, ARL {run_length:.0f}", f"{ACCURACY} to {after}",
                    describe(alarms), float(own.mean()), float(np.median(own)), "", "",
                )  # fmt: skip

    def measure_overlap(self) -> None:
        """Measure false alarms where labels of several bars overlap."""
        for place, run_length in enumerate(RUN_LENGTHS):
            streams = Streams(self.seed + 20 + place, self.n)
            detector = HitDetector(floor=ACCURACY, horizon_bars=HORIZON_BARS)
            still = streams.overlapping(ACCURACY, HORIZON_BARS)
            alarms = count_alarms(
                Mixture(detector, self.n), still, run_length, self.n, YEARS * BARS_A_YEAR
            )
            bar = BAR_OVERLAP * BARS_A_YEAR / run_length
            told = f"false alarms, {HORIZON_BARS}-bar labels, ARL {run_length:.0f}"
            self.also[f"{told}, at most {bar:.2g} a year"] = alarms.a_year <= bar
            self.report.add(
                f"hits over {HORIZON_BARS} bars, ARL {run_length:.0f}", "none", describe(alarms),
                "", "", "", "",
            )  # fmt: skip

    def measure_pool(self) -> None:
        """Measure symbols together, each stream's correlation estimated from its own past."""
        n = min(self.n, 500)
        for kind in ("hits", "scores"):
            streams = Streams(self.seed + 30, n)

            def draw(accuracy: float, kind: str = kind, streams: Streams = streams) -> Draw:
                return streams.pooled(accuracy, N_SYMBOLS, CORRELATION, kind)

            still = draw(ACCURACY)
            past = np.stack([still(bar) for bar in range(PAST_BARS)])
            effects = np.array(
                [design_effect(N_SYMBOLS, outcome_correlation(past[:, one])) for one in range(n)]
            )
            detector: HitDetector | ScoreDetector = (
                HitDetector(floor=ACCURACY, gaps=POOLED_GAPS)
                if kind == "hits"
                else ScoreDetector(floor=float(past.mean()))
            )
            self._add_pool(kind, detector, effects, draw)

    def _add_pool(
        self,
        kind: str,
        detector: HitDetector | ScoreDetector,
        effects: FloatArray,
        draw: Callable[[float], Draw],
    ) -> None:
        n, run_length = len(effects), RUN_LENGTHS[0]
        still = draw(ACCURACY)
        alarms = count_alarms(
            Mixture(detector, n, effects), still, run_length, n, YEARS * BARS_A_YEAR
        )
        told = f"{N_SYMBOLS} symbols by {kind}"
        self.also[f"false alarms of {told}, at most 1 a year"] = alarms.a_year <= 1.0
        for after in AFTER:
            mixture = Mixture(detector, n, effects)
            own = measure_delays(mixture, still, draw(after), run_length, n)
            mean = float(own.mean())
            self.report.add(
                f"{told}, rho {CORRELATION}, ARL {run_length:.0f}", f"{ACCURACY} to {after}",
                describe(alarms), mean, float(np.median(own)), "", "",
            )  # fmt: skip
            if after == AFTER[0]:
                self.report.figures[f"pooled_delay_{kind}"] = mean
                self.also[f"delay of {told}, at most {BAR_POOL_BARS:.0f} bars"] = (
                    mean <= BAR_POOL_BARS
                )

    def measure_scores(self) -> None:
        """Measure standardised scores in place of hits."""
        for place, run_length in enumerate(RUN_LENGTHS):
            streams = Streams(self.seed + 40 + place, self.n)
            still = streams.scores(ACCURACY)
            floor = float(np.mean([still(bar).mean() for bar in range(2000)]))
            detector = ScoreDetector(floor=floor)
            alarms = count_alarms(
                Mixture(detector, self.n), still, run_length, self.n, YEARS * BARS_A_YEAR
            )
            target = BARS_A_YEAR / run_length
            self.also[f"false alarms of scores at ARL {run_length:.0f}"] = alarms.a_year <= target
            for after in AFTER:
                own = measure_delays(
                    Mixture(detector, self.n), still, streams.scores(after), run_length,
                    self.n,
                )  # fmt: skip
                self.report.add(
                    f"scores, ARL {run_length:.0f}", f"{ACCURACY} to {after}", describe(alarms),
                    float(own.mean()), float(np.median(own)), "", "",
                )  # fmt: skip

    def ask_river(self) -> None:
        """Give river's detectors the same kind of streams."""
        python = environment_of("river", ["river"])
        if python is None:
            return
        rng, n_bars = np.random.default_rng(self.seed + 50), RIVER_YEARS * BARS_A_YEAR
        changed_at = 3 * BARS_A_YEAR

        def misses(n_bars: int, accuracy: float) -> FloatArray:
            return np.asarray(rng.random((RIVER_STREAMS, n_bars)) >= accuracy, dtype=np.float64)

        before = {after: misses(changed_at, ACCURACY) for after in AFTER}
        asked = {
            "stationary": misses(n_bars, ACCURACY).astype(int).tolist(),
            "changed": {
                str(after): np.hstack([before[after], misses(n_bars, after)]).astype(int).tolist()
                for after in AFTER
            },
            "changed_at": changed_at,
            "settings": RIVER_SETTINGS,
        }
        told = subprocess.run(
            [str(python), str(RIVER)], input=json.dumps(asked), capture_output=True, text=True,
            check=True, timeout=1800,
        ).stdout  # fmt: skip
        for name, runs in json.loads(told).items():
            self._add_river(name, runs)

    def _add_river(self, name: str, runs: list[dict[str, Any]]) -> None:
        rates = [float(np.mean(run["false"])) / RIVER_YEARS for run in runs]
        wanted = self.rates[RUN_LENGTHS[0]]
        below = [place for place, rate in enumerate(rates) if rate <= wanted]
        matched = max(below, key=lambda place: rates[place]) if below else int(np.argmin(rates))
        for label, place in (("as it comes", 0), ("matched", matched)):
            for after in AFTER:
                found = runs[place]["delays"][str(after)]
                there = [bars for bars in found if bars is not None]
                never = 1.0 - len(there) / len(found)
                mean = f"{np.mean(there):.0f}" if there else "-"
                self.report.add(
                    f"river {name}, {label} ({runs[place]['value']:g})", f"{ACCURACY} to {after}",
                    f"{rates[place]:.3f}", mean,
                    f"{np.median(there):.0f}" if there else "-", "", f"never {never:.0%}",
                )  # fmt: skip


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=70_000, worlds=2000)
    report = Report(
        name="study-alarms",
        title=f"False alarms a year and bars to the alarm, {arguments.worlds} streams each",
        seed=arguments.seed,
        columns=("detector", "change", "false a year", "mean", "median", "limit", "ratio"),
    )
    study = Study(report, arguments.seed, arguments.worlds)
    draw = Streams(arguments.seed + 60, 4)
    worst = max(
        check_recursions(HitDetector(floor=0.53, horizon_bars=3), np.vstack(
            [draw.hits(0.5)(bar) for bar in range(500)])),
        check_recursions(ScoreDetector(floor=0.1), np.vstack(
            [draw.scores(0.5)(bar) for bar in range(500)])),
    )  # fmt: skip
    study.also["the study's recursion is the shipped one"] = worst < 1e-9
    study.compare_with_limit()
    study.measure_floor_in_use()
    study.measure_overlap()
    study.measure_pool()
    study.measure_scores()
    study.ask_river()
    ratio = study.worst_delay
    return report.close(ratio, (ratio, ratio), BAR_DELAY, at_most=True, also=study.also)


if __name__ == "__main__":
    sys.exit(main())

"""How often a worse challenger is promoted, and how soon a better one.

Two models are right with some probability on the same bars and disagree on some of them. What a
model scores on a bar is a t5 of unit variance around the drift that makes its accuracy, and
differences between the two are correlated across symbols. A challenger goes the way of the shipped
chain: no worse than the champion on five common years out of sample, by the bootstrap of whole
bars; then up to three years in the shadow, and promoted when the evidence reaches 20. Beside it,
the usual rule: promote what was better over the last 63 bars.

Two bars: a challenger that is 2 points worse is promoted in at most 1 % of retrains, and one that
is 3 points better on 20 symbols within three years in at least 60 %. Also told: what a champion
that answers no longer is succeeded by, equal models, and overlapping labels, for which the
evidence is measured and not proven.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from _report import Report, exact_interval, parse_arguments
from bellwether.arrays import BoolArray, FloatArray
from bellwether.monitor import SCORE_CLIP, drift_of_accuracy, duel_evidence, score_of_points
from bellwether.retraining import RetrainingOptions, lower_bounds

CHAMPION = 0.55
PAST_BARS = 1260
RIVAL_BARS = 63
RUNS_AT_ONCE = 100
LOOK_EVERY_BARS = 63
BAR_WORSE, BAR_BETTER = 0.01, 0.60
OPTIONS = RetrainingOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Two models on some symbols.

    Parameters
    ----------
    name : str
    points : float
        Accuracy of the challenger less the champion's, in points.
    n_symbols : int
    disagree : float
        Share of bars on which they say different things.
    correlation : float
        Of the differences, between symbols.
    """

    name: str
    points: float
    n_symbols: int = 1
    disagree: float = 0.5
    correlation: float = 0.1

    @property
    def label(self) -> str:
        """What it is, in words."""
        symbols = f"{self.n_symbols} symbols" if self.n_symbols > 1 else "1 symbol"
        return f"{self.name}, {symbols}, disagree on {self.disagree:.0%}"

    def draw(self, rng: np.random.Generator, n_runs: int, n_bars: int) -> FloatArray:
        """Return differences of score of shape (n_runs, n_bars), the mean over the symbols."""
        gap = drift_of_accuracy(CHAMPION + self.points / 100.0) - drift_of_accuracy(CHAMPION)
        shape = (n_runs, n_bars, self.n_symbols)
        differ = rng.random(shape) < self.disagree
        shared = min(self.correlation / self.disagree, 1.0) if self.n_symbols > 1 else 0.0
        moves = np.sqrt(1.0 - shared) * rng.standard_normal(shape)
        moves += np.sqrt(shared) * rng.standard_normal((n_runs, n_bars, 1))
        # The whole market is wild or calm together.
        moves *= np.sqrt(3.0 / rng.chisquare(5, (n_runs, n_bars, 1)))
        scores = np.clip(gap / (2.0 * self.disagree) + moves, -SCORE_CLIP, SCORE_CLIP)
        differences: FloatArray = np.mean(2.0 * differ * scores, axis=2)
        return differences


CASES = (
    Case(name="2 points worse", points=-2.0),
    Case(name="2 points worse", points=-2.0, disagree=0.2),
    Case(name="2 points worse", points=-2.0, n_symbols=20),
    Case(name="2 points worse", points=-2.0, n_symbols=20, disagree=0.2),
    Case(name="equal", points=0.0),
    Case(name="equal", points=0.0, n_symbols=20),
    Case(name="3 points better", points=3.0),
    Case(name="3 points better", points=3.0, n_symbols=20),
    Case(name="3 points better", points=3.0, n_symbols=20, disagree=0.2),
)
DECISIVE = Case(name="3 points better", points=3.0, n_symbols=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What became of some challengers, one a row.

    Parameters
    ----------
    compared, proven, succeeds, rival : bool arrays of shape (n_runs,)
        No worse on the past; besides, better in the shadow; besides, no worse at a look when
        its champion answers no longer; promoted by the usual rule.
    bars : float64 array of shape (n_runs,)
        In the shadow until it was proven; infinite where it never was.
    """

    compared: BoolArray
    proven: BoolArray
    succeeds: BoolArray
    rival: BoolArray
    bars: FloatArray


def follow(case: Case, rng: np.random.Generator, n_runs: int) -> Fates:
    """Return what becomes of challengers of one case."""
    margin, level = score_of_points(OPTIONS.margin_points), OPTIONS.level
    n_bars = PAST_BARS + OPTIONS.most_bars
    differences = np.concatenate([case.draw(rng, n, n_bars) for n in _portions(n_runs)])
    past, shadow = differences[:, :PAST_BARS], differences[:, PAST_BARS:]
    compared = lower_bounds(past, level=level) > -margin
    reached = duel_evidence(shadow) >= OPTIONS.enough_evidence
    proven = compared & reached.any(axis=1)
    succeeds = proven.copy()
    for n_seen in range(OPTIONS.decide_bars, OPTIONS.most_bars + 1, LOOK_EVERY_BARS):
        known = lower_bounds(differences[:, : PAST_BARS + n_seen], level=level)
        succeeds |= compared & (known > -margin)
    return Fates(
        compared=compared,
        proven=proven,
        succeeds=succeeds,
        rival=shadow[:, :RIVAL_BARS].mean(axis=1) > 0.0,
        bars=np.where(proven, np.argmax(reached, axis=1) + 1.0, np.inf),
    )


def _portions(n_runs: int) -> Iterator[int]:
    for start in range(0, n_runs, RUNS_AT_ONCE):
        yield min(RUNS_AT_ONCE, n_runs - start)


def overlapping_share(rng: np.random.Generator, n_runs: int, horizon_bars: int) -> float:
    """Return how often equal models get to the threshold where labels overlap.

    Both say what they said the bar before nine times in ten, and neither knows anything.
    """
    n_bars = OPTIONS.most_bars
    says = [_persistent(rng, n_runs, n_bars) for _ in range(2)]
    moves = rng.standard_t(5, (n_runs, n_bars + horizon_bars - 1)) * np.sqrt(0.6)
    sums = np.cumsum(moves, axis=1)
    sums = np.concatenate([np.zeros((n_runs, 1)), sums], axis=1)
    ahead = (sums[:, horizon_bars:] - sums[:, :-horizon_bars]) / np.sqrt(horizon_bars)
    differences = (says[0] - says[1]) * np.clip(ahead, -SCORE_CLIP, SCORE_CLIP)
    evidence = duel_evidence(differences, horizon_bars)
    return float((evidence >= OPTIONS.enough_evidence).any(axis=1).mean())


def _persistent(rng: np.random.Generator, n_runs: int, n_bars: int) -> FloatArray:
    turns = np.where(rng.random((n_runs, n_bars)) < 0.1, -1.0, 1.0)
    turns[:, 0] = np.where(rng.random(n_runs) < 0.5, -1.0, 1.0)
    return np.asarray(np.cumprod(turns, axis=1))


def _tell(hits: BoolArray) -> tuple[float, str]:
    low, high = exact_interval(int(hits.sum()), len(hits))
    return float(hits.mean()), f"{low:.4f} to {high:.4f}"


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=90_000, worlds=4000)
    report = Report(
        name="study-retrain",
        title=f"What becomes of challengers, {arguments.worlds} retrains a row",
        seed=arguments.seed,
        columns=(
            "challenger", "no worse on the past", "promoted", "95 %", "median bars",
            "succeeds a champion that is red", "95 %", "better over 63 bars",
        ),
    )  # fmt: skip
    found, worst, also = {}, 0.0, {}
    for number, case in enumerate(CASES):
        rng = np.random.default_rng([arguments.seed, number])
        fates = follow(case, rng, arguments.worlds)
        share, interval = _tell(fates.proven)
        succeeds = _tell(fates.succeeds)
        middle = float(np.median(fates.bars[fates.proven])) if share > 0.0 else float("nan")
        compared, rival = float(fates.compared.mean()), float(fates.rival.mean())
        report.add(case.label, compared, share, interval, middle, *succeeds, rival)
        found[case] = fates.proven
        if case.points < 0.0:
            worst = max(worst, share)
            also[f"{case.label}: promoted in at most 1 %"] = share <= BAR_WORSE
            also[f"{case.label}: where the champion is red, at most 5 %"] = succeeds[0] <= 0.05
    rng = np.random.default_rng([arguments.seed, len(CASES)])
    overlapping = overlapping_share(rng, arguments.worlds, 5)
    report.add("equal, 1 symbol, 5-bar labels", "", overlapping, "evidence alone", *[""] * 4)
    also["equal, 5-bar labels: evidence of 20 in at most 5 %"] = overlapping <= 0.05
    better = found[DECISIVE]
    bounds = exact_interval(int(better.sum()), len(better))
    report.figures = {"worse_promoted_at_most": worst, "overlapping": overlapping}
    return report.close(float(better.mean()), bounds, BAR_BETTER, at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())

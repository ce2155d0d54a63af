"""How long a champion's pipeline is renewed on the verdict it once had, and how soon no more.

A pipeline that has passed the gate is fitted again each quarter. Asked is what a renewal asks: the
newest evidence (70 % of the last five years) shows a skill above zero, and what became of the
forecasts of all its fits, watched as one model against the first one's promise, is not red. Beside
it, the stricter rule: each renewal a fresh pass of the gate, which charges the m-th look at a
pipeline .01 x 6 / (pi^2 m^2).

A pipeline of 55 % (the rules: 51.5 %) lives for ten stationary years; or falls to 50 % or 45 %
after a year; or never had any edge, and slipped through the gate by luck. Told is the share of
quarters in which it is renewed, by year. A renewal that is refused is asked for again with the next
quarter, so that a line can come back.
"""

import sys
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from _report import Report, parse_arguments
from _responses import Responses, benchmark_of, check_responses
from _streams import BARS_A_YEAR
from bellwether.arrays import BoolArray, FloatArray
from bellwether.monitor import SCORE_CLIP, drift_of_accuracy

ACCURACY, FLOOR, FALLBACK = 0.55, 0.53, 0.515
QUARTER_BARS, EVIDENCE_BARS = 63, 882
YEARS, FALL_YEAR = 10, 1
LEVEL = 0.01
# What the whole response keeps of a sound model on one symbol (`study-response`): whoever must not
# answer is not renewed either.
BAR_KEPT, BAR_LEFT = 0.845, 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a pipeline can do, before it serves and by year since.

    Parameters
    ----------
    name : str
    past, first_year, later : float
        Accuracies.
    """

    name: str
    past: float = ACCURACY
    first_year: float = ACCURACY
    later: float = ACCURACY


CASES = (
    Case(name="as good as ever"),
    Case(name="falls to 50 % after a year", later=0.50),
    Case(name="falls to 45 % after a year", later=0.45),
    Case(name="never had an edge", past=0.50, first_year=0.50, later=0.50),
)


def draw(case: Case, rng: np.random.Generator, n_lines: int) -> FloatArray:
    """Return the scores of shape (n_lines, n_bars) of a pipeline, the past before its serving."""
    first, later = FALL_YEAR * BARS_A_YEAR, (YEARS - FALL_YEAR) * BARS_A_YEAR
    accuracies = np.repeat([case.past, case.first_year, case.later], [EVIDENCE_BARS, first, later])
    drifts = np.array([drift_of_accuracy(one) for one in accuracies])
    shocks = rng.standard_t(5, (n_lines, len(drifts))) * np.sqrt(3.0 / 5.0)
    return np.asarray(np.clip(drifts + shocks, -SCORE_CLIP, SCORE_CLIP))


def renew(scores: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Return of each line and quarter whether it is renewed, and whether the gate would pass it."""
    n_lines = len(scores)
    watched = Responses(benchmark_of(ACCURACY, FLOOR, FALLBACK, 1), n_lines)
    renewed, passed = [], []
    n_passed_looks = np.ones(n_lines)
    for bar in range(EVIDENCE_BARS, scores.shape[1]):
        watched.step(scores[:, bar, None])
        if (bar - EVIDENCE_BARS + 1) % QUARTER_BARS:
            continue
        seen = scores[:, bar + 1 - EVIDENCE_BARS : bar + 1]
        t = seen.sum(axis=1) / np.sqrt((seen**2).sum(axis=1))
        n_passed_looks += 1.0
        renewed.append((t > 0.0) & ~watched.is_red)
        passed.append(t > norm.isf(LEVEL * 6.0 / (np.pi**2 * n_passed_looks**2)))
    return np.array(renewed).T, np.array(passed).T


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=95_000, worlds=1000)
    if not check_responses(np.random.default_rng(arguments.seed)):
        raise AssertionError("many at once do not what the shipped watch does")
    report = Report(
        name="study-renewal",
        title=f"Quarters in which a pipeline is renewed, {arguments.worlds} lines a row",
        seed=arguments.seed,
        columns=("pipeline", "renewed in year 2", "year 5", "year 10", "last renewal in years",
                 "fresh pass in year 2", "year 5", "year 10"),
    )  # fmt: skip
    shares: dict[str, BoolArray] = {}
    for number, case in enumerate(CASES):
        rng = np.random.default_rng([arguments.seed, number])
        renewed, passed = renew(draw(case, rng, arguments.worlds))
        by_year = [_mean(renewed, year) for year in (2, 5, 10)]
        rival = [_mean(passed, year) for year in (2, 5, 10)]
        ever = renewed.any(axis=1)
        last = (renewed.shape[1] - np.argmax(renewed[:, ::-1], axis=1)) * QUARTER_BARS / BARS_A_YEAR
        report.add(case.name, *by_year, float(np.median(np.where(ever, last, 0.0))), *rival)
        shares[case.name] = renewed
    kept, *fallen = (shares[case.name] for case in CASES)
    also = {
        f"{case.name}: renewed in at most 10 % of the fifth year": found <= BAR_LEFT
        for case, found in zip(CASES[1:], (_mean(one, 5) for one in fallen), strict=True)
    }
    # Quarters of one line hang together: each line counts once.
    by_line = kept.mean(axis=1)
    share, wide = float(by_line.mean()), 1.96 * float(by_line.std() / np.sqrt(len(by_line)))
    report.figures = {"sound_in_year_10": _mean(kept, 10)}
    return report.close(share, (share - wide, share + wide), BAR_KEPT, at_most=False, also=also)


def _mean(quarters: BoolArray, year: int) -> float:
    """Return the share of a year's quarters."""
    a_year = BARS_A_YEAR // QUARTER_BARS
    return float(quarters[:, (year - 1) * a_year : year * a_year].mean())


if __name__ == "__main__":
    sys.exit(main())

"""How often monthly retraining of one pipeline on noise is ever promoted within five years.

Noise worlds of five years grow by a month of 21 bars, sixty times; each month the pipeline is
judged anew on all of its history, the m-th look charged as the trial count says. Fresh: every
month brings forecasts that have nothing to do with the month before's - harsher than anything
that retraining does. Ridge: the shipped features and the shipped ridge, walked forward anew
every month with twelve refits. The skill declared worth finding is .20, so that no look is
spared for want of bars; beside it stands what is promoted at the default .10, and what a gate
would promote that charged every look in full. A promotion in any month counts.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple, Self

import numpy as np

from _gate_runs import Job, cut_jobs, parse_runs
from _report import Report, exact_interval
from _worlds import in_parallel
from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, noise_world
from bellwether.features import Scaling, core15
from bellwether.labels import LabelSpec
from bellwether.models import TrainingData, make_family
from bellwether.samples import Samples, build_samples
from bellwether.validation import JudgedMarket, draw_forecasts, examine

BAR = 0.01
START_BARS, MONTH_BARS, MONTHS = 5 * 252, 21, 60
N_BARS = START_BARS + MONTH_BARS * (MONTHS - 1)
DRIFTS = (0.0, 0.08, 0.20)
PROCESSES: tuple[Literal["garch", "gjr"], ...] = ("garch", "gjr")
# As the shipped plan walks forward; labels of one bar, purged and with one bar of embargo.
OUT_OF_SAMPLE_FROM, VALIDATION_FRAC, N_REFITS, GAP_BARS, TARGET_LIMIT = 0.30, 0.15, 12, 2, 3.0
DECLARED, DEFAULT = 0.20, 0.10

Stream = Callable[[int], FloatArray]


class Ever(NamedTuple):
    """Runs, and those that were ever promoted: as charged, by default, and charged in full."""

    n_runs: int = 0
    charged: int = 0
    by_default: int = 0
    uncharged: int = 0

    def __add__(self, other: object) -> Self:
        """Return both as one."""
        if not isinstance(other, Ever):
            return NotImplemented
        return type(self)(*(a + b for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """The shipped ridge on the shipped features of one market, walked forward at will."""

    samples: Samples

    def forecasts(self, n_bars: int) -> FloatArray:
        """Return forecasts of the first bars, as retraining on exactly them makes them."""
        usable = np.flatnonzero(self.samples.usable(1)[:n_bars])
        # The close before the first judged bar.
        begin = round(OUT_OF_SAMPLE_FROM * n_bars) - 1
        starts = np.linspace(begin, n_bars, N_REFITS + 1).round().astype(int)
        said = np.full(n_bars, np.nan)
        for number, (start, end) in enumerate(pairwise(starts)):
            known = usable[usable < start - GAP_BARS]
            fitted = known[: round((1.0 - VALIDATION_FRAC) * len(known))]
            first = fitted[-1] + GAP_BARS if number == 0 else start
            said[first:end] = self._fit(fitted, np.arange(first, end))
        # The forecast made at the close of bar i is one of bar i + 1.
        return np.append(np.nan, said[:-1])

    def _fit(self, fitted: np.ndarray, asked: np.ndarray) -> FloatArray:
        scaling = Scaling.fit(self.samples.features[fitted])
        target = np.clip(self.samples.target[fitted], -TARGET_LIMIT, TARGET_LIMIT)
        windows = scaling.transform(self.samples.windows(fitted, 1))
        data = TrainingData(windows=windows, target=target.astype(np.float32))
        model = make_family("ridge", preset="contract").fit(data, data, 0)
        return model.predict(scaling.transform(self.samples.windows(asked, 1)))


def look_monthly(market: JudgedMarket, stream: Stream) -> Ever:
    """Judge sixty months of one pipeline; return what was ever promoted."""
    charged = by_default = uncharged = False
    for month in range(1, MONTHS + 1):
        n_bars = START_BARS + MONTH_BARS * (month - 1)
        said = stream(n_bars)[:, None]
        look = market.evidence(said, n_bars=n_bars, ic_worth_finding=DECLARED)
        if not examine(look).promotes:
            # A look that is charged asks for more: it refuses this too.
            continue
        uncharged = True
        look = market.evidence(said, n_bars=n_bars, n_looks=month, ic_worth_finding=DECLARED)
        charged |= examine(look).promotes
        look = market.evidence(said, n_bars=n_bars, n_looks=month, ic_worth_finding=DEFAULT)
        by_default |= examine(look).promotes
    return Ever(1, charged, by_default, uncharged)


def run_fresh(job: Job) -> Ever:
    """Retrain worlds on forecasts that are drawn anew every month."""

    def make(_: Bars, random: np.random.Generator) -> Stream:
        months = draw_forecasts(random, N_BARS, MONTHS)
        return lambda n_bars: months[:n_bars, (n_bars - START_BARS) // MONTH_BARS]

    return _run(job, make)


def run_ridge(job: Job) -> Ever:
    """Retrain the shipped ridge on worlds."""

    def make(bars: Bars, _: np.random.Generator) -> Stream:
        return Ridge(samples=build_samples(Panel(bars=[bars]), core15(), LabelSpec())).forecasts

    return _run(job, make)


def _run(job: Job, make: Callable[[Bars, np.random.Generator], Stream]) -> Ever:
    total = Ever()
    for number, random in job.generators():
        seed = int(random.integers(2**62))
        process, drift = PROCESSES[number % 2], DRIFTS[number // 2 % 3]
        bars = noise_world(seed, N_BARS, drift=drift, process=process).bars
        total += look_monthly(JudgedMarket(panel=Panel(bars=[bars])), make(bars, random))
    return total


FORMS = {"fresh forecasts every month": run_fresh, "the shipped ridge, refitted": run_ridge}


def study_forms(given_runs: dict[str, int], seed: int, workers: int) -> Iterator[tuple[str, Ever]]:
    """Yield each form of retraining with what was ever promoted."""
    for place, (name, run) in enumerate(FORMS.items()):
        jobs = cut_jobs(1, given_runs[name], seed + place, at_once=5)
        yield name, sum(in_parallel(run, jobs, workers, name), Ever())


def main() -> int:
    """Run the study and return its exit code."""
    given = parse_runs(__doc__ or "", seed=44_000, fresh_runs=(1000, 4), ridge_runs=(1000, 4))
    report = Report(
        name="study-retraining",
        title=f"Ever promoted in {MONTHS} monthly retrainings on noise, value leg included",
        seed=given.seed,
        columns=("pipeline", "runs", "looks", "ever promoted", "share", "95 % interval"),
    )
    shares = []
    runs = dict(zip(FORMS, (given.fresh_runs, given.ridge_runs), strict=True))
    for name, ever in study_forms(runs, given.seed, given.workers):
        figures: dict[str, object] = {"runs": ever.n_runs}
        rows = (
            (f"charged, declared skill {DECLARED:.2f}", ever.charged),
            (f"charged, declared skill {DEFAULT:.2f}", ever.by_default),
            ("each look charged in full", ever.uncharged),
        )
        for way, n_ever in rows:
            low, high = exact_interval(n_ever, ever.n_runs)
            share = n_ever / ever.n_runs
            report.add(name, ever.n_runs, way, n_ever, share, f"{low:.4f} to {high:.4f}")
            figures[way] = {"ever": n_ever, "share": share, "interval": (low, high)}
        report.figures[name] = figures
        shares.append((ever.charged / ever.n_runs, exact_interval(ever.charged, ever.n_runs)))
    report.figures |= {"value_leg_included": True, "months": MONTHS, "first_look_bars": START_BARS}
    (fresh, interval), (ridge, _) = shares
    also = {f"the shipped ridge at most {BAR:.0%}": ridge <= BAR}
    return report.close(fresh, interval, BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())

"""Whether probabilities, intervals and confidence mean what they say, where the truth is known.

Worlds of 20,000 out-of-sample bars (GARCH(1,1)-t5, GJR; noise, planted skill IC .10; one symbol,
and twenty with a thousand bars each; horizons 1 and 5) are given two forecasts, the true signal
(or, in noise, a signal of nothing) and noise, and go through the walk-forward's own scoring: the
state refitted every 63 bars, the next 63 said with it. The worst block is the least share held in
60 consecutive bars of one symbol; its shortfall from .90, averaged over seeds, is compared with
that of sequences of the same length in which every interval is exactly right (`chance_shortfall`).
Beside it the same without the adaptive part, and calibration by Platt, beta and isotonic. The
calibration error of noise is shown beside that of the same probabilities against other worlds of
its kind, of the same level: what chance alone makes of ten bins. Below, the same of real US daily
series from 2005 to 2017, one at a time, each with forecasts of nothing: no bar is asked of them.
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice

import numpy as np

from _calibrators import CALIBRATORS, log_losses
from _covered import (
    LEVEL,
    calibration_error,
    chance_shortfall,
    distance_from_uniform,
    interval_score,
    worst_shortfall,
)
from _real_bars import list_series, try_read
from _report import Report, parse_arguments
from _worlds import in_parallel
from bellwether.arrays import BoolArray, FloatArray
from bellwether.bars import Bars, Panel, World, edge_world, noise_world
from bellwether.features import FeatureSet, simple_return
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.validation import ForecastStream, MemberForecasts, score_forecasts

RATIO_BAR, ERROR_BAR = 1.15, 0.02
LEAST_COVERAGE, MOST_COVERAGE = 0.88, 0.92
UNIFORM_BAR = 0.05
N_JUDGED, N_BEFORE, N_WARM = 20_000, 150, 400
IC, MEMORY = 0.10, 0.9
REFIT_BARS, YEAR, N_OTHERS = 63, 252, 4
FEATURES = FeatureSet(name="return", version="1", features=(("return", simple_return(1)),))
REAL, N_REAL, LEAST_REAL_BARS = "us daily", 20, 2500
SKILLS = ("noise garch", "noise gjr", "planted garch")


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of world at one horizon, with a seed."""

    skill: str
    n_symbols: int
    horizon_bars: int
    seed: int

    @property
    def kind(self) -> tuple[str, int, int]:
        """What is averaged over seeds."""
        return self.skill, self.n_symbols, self.horizon_bars


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one cell showed."""

    kind: tuple[str, int, int]
    calibration_error: float
    coverage: float
    year_off: float
    plain_year_off: float
    shortfall: float
    plain_coverage: float
    plain_shortfall: float
    score_change: float
    chance: float
    not_uniform: float
    losses: tuple[float, ...]
    error_by_chance: float | None


def make_bars(cell: Cell) -> tuple[list[Bars], list[FloatArray | None]]:
    """Return the bars of a cell's symbols, and the true signal of each where there is one."""
    if cell.skill == REAL:
        return [_real_bars(cell.seed)], [None]
    worlds = [_make_world(cell, number) for number in range(cell.n_symbols)]
    bars = [replace(world.bars, symbol=f"S{i}") for i, world in enumerate(worlds)]
    return bars, [world.signal if world.information_coefficient else None for world in worlds]


def _make_world(cell: Cell, number: int) -> World:
    n_bars = N_BEFORE + N_WARM + N_JUDGED // cell.n_symbols + cell.horizon_bars
    seed = 1000 * cell.seed + number
    if cell.skill.startswith("planted"):
        return edge_world(seed, n_bars, information_coefficient=IC, signal="exogenous")
    return noise_world(seed, n_bars, process="gjr" if cell.skill.endswith("gjr") else "garch")


def _real_bars(number: int) -> Bars:
    read = (try_read(series) for series in list_series() if series.kind == REAL)
    long = (bars for bars in read if bars is not None and len(bars) >= LEAST_REAL_BARS)
    return next(islice(long, number, None))


def make_forecasts(
    samples: Samples, signals: Sequence[FloatArray | None], seed: int
) -> MemberForecasts:
    """Return the signal, or one of nothing, and another of nothing; autoregressions all."""
    draw = np.random.default_rng([seed, 1])
    sizes = np.bincount(samples.symbol).tolist()
    known = [
        _wander(draw, size) if signal is None else signal
        for signal, size in zip(signals, sizes, strict=True)
    ]
    values = np.column_stack([np.concatenate(known), _wander(draw, len(samples))])
    warm = (samples.bar >= N_BEFORE) & (samples.bar < N_BEFORE + N_WARM)
    tested = samples.bar >= N_BEFORE + N_WARM
    values[~(warm | tested)] = np.nan
    return MemberForecasts(
        names=("signal", "nothing"), values=values, warm=warm, out_of_sample=tested
    )


def _wander(draw: np.random.Generator, n_bars: int) -> FloatArray:
    news = draw.standard_normal(n_bars) * np.sqrt(1.0 - MEMORY**2)
    values = [float(draw.standard_normal())]
    for fresh in news[1:].tolist():
        values.append(MEMORY * values[-1] + fresh)
    return np.array(values)


def judge(cell: Cell) -> Found:
    """Score one cell and measure it."""
    bars, signals = make_bars(cell)
    label = LabelSpec(horizon_bars=cell.horizon_bars)
    samples = build_samples(Panel(bars=bars), FEATURES, label)
    forecasts = make_forecasts(samples, signals, cell.seed)
    stream = score_forecasts(samples, forecasts, REFIT_BARS).stream
    plain = score_forecasts(replace(samples, variances=None), forecasts, REFIT_BARS).stream
    judged = stream.out_of_sample & samples.labelled
    came = samples.forward_return[judged]
    held, plainly = (_held(one, samples) for one in (stream, plain))
    years = samples.bar // YEAR
    by_year, plainly_by_year = (
        np.array([one[judged & (years == year)].mean() for year in np.unique(years[judged])[:-1]])
        for one in (held, plainly)
    )
    ends = [
        interval_score(s.interval_low[judged], s.interval_high[judged], came)
        for s in (stream, plain)
    ]
    parts = [judged & (samples.symbol == number) for number in range(cell.n_symbols)]
    order = np.lexsort((samples.symbol, samples.decided_on))
    rows = order[judged[order]]
    losses = [
        log_losses(
            fit,
            stream.score[rows],
            samples.forward_return[rows],
            n_open=cell.horizon_bars * cell.n_symbols,
            evidence=1.0 / cell.horizon_bars,
        )
        for fit in CALIBRATORS.values()
    ]
    return Found(
        kind=cell.kind,
        calibration_error=calibration_error(stream.probability_up[judged], came),
        coverage=float(held[judged].mean()),
        year_off=float(np.abs(by_year - LEVEL).mean()),
        plain_year_off=float(np.abs(plainly_by_year - LEVEL).mean()),
        shortfall=float(np.mean([worst_shortfall(held[part]) for part in parts])),
        plain_coverage=float(plainly[judged].mean()),
        plain_shortfall=float(np.mean([worst_shortfall(plainly[part]) for part in parts])),
        score_change=float(ends[0].mean() / ends[1].mean() - 1.0),
        chance=float(
            np.mean([chance_shortfall(int(part.sum()), cell.horizon_bars) for part in parts])
        ),
        not_uniform=_not_uniform(stream, judged),
        losses=tuple(float(np.nanmean(one)) for one in losses),
        error_by_chance=_error_by_chance(cell, stream.probability_up[judged]),
    )


def _error_by_chance(cell: Cell, probability: FloatArray) -> float | None:
    """Return the error that probabilities have against worlds which they know nothing of.

    In noise that is all that a forecaster of the right level could be charged with: what is left is
    how outcomes fall into ten bins, several bars of one outcome at a time.
    """
    if not cell.skill.startswith("noise"):
        return None
    found = []
    for number in range(1, N_OTHERS + 1):
        bars, _ = make_bars(replace(cell, seed=cell.seed + 1000 * number))
        label = LabelSpec(horizon_bars=cell.horizon_bars)
        samples = build_samples(Panel(bars=bars), FEATURES, label)
        judged = samples.labelled & (samples.bar >= N_BEFORE + N_WARM)
        came = samples.forward_return[judged]
        level = float((came > 0.0).mean() - probability.mean())
        found.append(calibration_error(probability + level, came))
    return float(np.mean(found))


def _held(stream: ForecastStream, samples: Samples) -> BoolArray:
    came = samples.forward_return
    held: BoolArray = (stream.interval_low <= came) & (came <= stream.interval_high)
    return held


def _not_uniform(stream: ForecastStream, judged: BoolArray) -> float:
    return distance_from_uniform((stream.confidence[judged] - 50.0) / 45.0)


def _mean(found: Sequence[Found], name: str) -> float:
    return float(np.mean([getattr(one, name) for one in found]))


def _ratio_interval(found: Sequence[Found]) -> tuple[float, float]:
    """Return the 95 % interval of the mean ratio by the scatter of its worlds."""
    ratios = np.array([one.shortfall / one.chance for one in found])
    error = 1.96 * float(ratios.std(ddof=1)) / np.sqrt(len(ratios)) if len(ratios) > 1 else np.nan
    return float(ratios.mean() - error), float(ratios.mean() + error)


def _add_row(report: Report, kind: tuple[str, int, int], own: Sequence[Found]) -> None:
    chance, plain = _mean(own, "chance"), _mean(own, "plain_shortfall")
    losses = np.mean([one.losses for one in own], axis=0)
    changes = " ".join(f"{10_000 * (loss - losses[0]):+.1f}" for loss in losses[1:])
    report.add(
        *kind,
        _mean(own, "calibration_error"),
        "-" if own[0].error_by_chance is None else _mean(own, "error_by_chance"),
        f"{_mean(own, 'coverage'):.4f} ({_mean(own, 'plain_coverage'):.4f})",
        f"{_mean(own, 'year_off'):.4f} ({_mean(own, 'plain_year_off'):.4f})",
        f"{_mean(own, 'shortfall') / chance:.3f} ({plain / chance:.3f})",
        f"{_mean(own, 'score_change'):+.2%}",
        f"{_mean(own, 'not_uniform'):.3f}" if kind[0].startswith("planted") else "-",
        changes,
    )


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=50_000, seeds=4)
    report = Report(
        name="study-calibration",
        title=f"Probabilities and intervals, {arguments.seeds} worlds each of 20,000 rows; "
        "in brackets without the adaptive part",
        seed=arguments.seed,
        columns=(
            "world",
            "symbols",
            "horizon",
            "calibration error",
            "by chance",
            "coverage",
            "a year off .90",
            "worst block, times chance",
            "interval score",
            "confidence off uniform",
            "beta, isotonic less Platt, 1e-4 nats",
        ),
    )
    cells = [
        Cell(skill, n_symbols, horizon_bars, arguments.seed + seed)
        for skill in SKILLS
        for n_symbols in (1, 20)
        for horizon_bars in (1, 5)
        for seed in range(arguments.seeds)
    ]
    cells += [Cell(REAL, 1, h, number) for h in (1, 5) for number in range(N_REAL)]
    found = list(in_parallel(judge, cells, arguments.workers, "worlds"))
    by_kind: dict[tuple[str, int, int], list[Found]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one)
    for kind, own in by_kind.items():
        _add_row(report, kind, own)
    simulated = {kind: own for kind, own in by_kind.items() if kind[0] != REAL}
    report.figures = {" ".join(map(str, k)): [asdict(one) for one in v] for k, v in by_kind.items()}
    ratios = {
        kind: _mean(own, "shortfall") / _mean(own, "chance") for kind, own in simulated.items()
    }
    worst = max(ratios, key=lambda kind: ratios[kind])
    also = {
        f"calibration error at most {ERROR_BAR}": all(
            _mean(own, "calibration_error") <= ERROR_BAR for own in simulated.values()
        ),
        "90 % intervals hold 88 to 92 % in every world": all(
            LEAST_COVERAGE <= one.coverage <= MOST_COVERAGE
            for own in simulated.values()
            for one in own
        ),
        f"confidence within {UNIFORM_BAR} of uniform where there is skill": all(
            _mean(own, "not_uniform") <= UNIFORM_BAR
            for kind, own in simulated.items()
            if kind[0].startswith("planted")
        ),
    }
    interval = _ratio_interval(simulated[worst])
    return report.close(ratios[worst], interval, RATIO_BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())

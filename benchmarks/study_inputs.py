"""Alarms about drifted inputs: stationary markets, a rise of volatility, and the usual rules.

Each market is a GARCH(1,1)-t5 world; the reference is made by the service's own code of five years,
ten further years are stationary. Features are those of the contract's catalogue, and beside them
is the level of volatility. Once a week the last 60 bars are compared, as watching does. An alarm
begins where a check is in alarm and the one before was not. Beside it, on the same weeks:
Kolmogorov-Smirnov on each feature at .05, more than half of the features in alarm (Evidently's
default share), and PSI above .2 on any feature. Then volatility is raised by 1.6 from the first bar
after the reference, and the bars to the first alarm are counted, for the highest level that gives
at most one false alarm a year on the stationary markets.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import stats

from _report import Report, parse_arguments
from _worlds import in_parallel
from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, noise_world
from bellwether.features import compute, core15
from bellwether.labels import LabelSpec
from bellwether.monitor import (
    FeatureDrift,
    InputCheck,
    InputReference,
    check_inputs,
    log_true_ranges,
)
from bellwether.registry import INPUT_REFERENCE
from bellwether.samples import build_samples
from bellwether.service._benchmarks import describe_inputs

BARS_A_YEAR = 252
REFERENCE_BARS, STILL_BARS, WINDOW_BARS, WEEK_BARS = 1260, 2520, 60, 5
WARM_BARS = 260
LEVEL, BAR_FALSE, BAR_DELAY, RISE = 0.01, 0.5, 90.0, 1.6
LEVELS = (
    *(0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.09),
    *(0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18, 0.2),
)
MOST_DELAY_BARS = 504


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was counted on one market.

    Parameters
    ----------
    beginnings : dict of str to int
        Alarms by rule over the stationary years.
    in_alarm : dict of str to float
        Share of weekly checks in alarm.
    delays : dict of float to float
        Bars from the rise of volatility to the alarm, by level.
    """

    beginnings: dict[str, int]
    in_alarm: dict[str, float]
    delays: dict[float, float]


def features_of(matrix: FloatArray) -> FloatArray:
    """Return the catalogue's features of some bars."""
    return compute(core15(), matrix)


def reference_of(bars: Bars) -> InputReference:
    """Return the reference that a training run on some bars keeps."""
    panel = Panel(bars=(bars,))
    kept = describe_inputs(panel, build_samples(panel, core15(), LabelSpec()))
    return InputReference.from_json(cast("Mapping[str, Any]", kept[INPUT_REFERENCE]))


def check_week(
    reference: InputReference, symbol: str, features: FloatArray, ranges: FloatArray, end: int
) -> InputCheck:
    """Compare the 60 bars before a bar, as watching does."""
    last = slice(end - WINDOW_BARS, end)
    return check_inputs(reference, features[last], LEVEL, {symbol: ranges[last]})


def raised(matrix: FloatArray, first: int, times: float) -> FloatArray:
    """Return bars whose moves from one bar on are larger, prices still whole."""
    logs = np.log(matrix[:, :4])
    before = np.concatenate([[logs[0, 0]], logs[:-1, 3]])
    moves = logs - before[:, None]
    moves[first:] *= times
    closes = logs[0, 0] + np.cumsum(moves[:, 3])
    shifted = np.concatenate([[logs[0, 0]], closes[:-1]])
    return np.column_stack([np.exp(shifted[:, None] + moves), matrix[:, 4]])


def weeks(n_bars: int, first: int) -> Iterator[int]:
    """Yield the ends of weekly windows."""
    yield from range(first + WINDOW_BARS, n_bars + 1, WEEK_BARS)


def look(seed: int) -> Found:
    """Count alarms on one market."""
    n_bars = WARM_BARS + REFERENCE_BARS + STILL_BARS
    bars = noise_world(seed, n_bars).bars
    matrix, symbol = bars.matrix, bars.symbol
    first = WARM_BARS + REFERENCE_BARS
    features, ranges = features_of(matrix), log_true_ranges(matrix)
    past = features[WARM_BARS:first]
    reference = reference_of(bars[WARM_BARS - core15().lookback_bars + 1 : first])
    alarms: dict[str, list[bool]] = {}
    for end in weeks(n_bars, first):
        recent = features[end - WINDOW_BARS : end]
        check = check_week(reference, symbol, features, ranges, end)
        for level in LEVELS:
            alarms.setdefault(f"own {level:g}", []).append(check.p < level)
        naive = np.array(
            [stats.ks_2samp(a, b).pvalue for a, b in zip(recent.T, past.T, strict=True)]
        )
        alarms.setdefault("KS at .05 on each feature", []).append(bool((naive < 0.05).any()))
        alarms.setdefault("over half of KS at .05 (Evidently)", []).append(
            bool((naive < 0.05).mean() > 0.5)
        )
        alarms.setdefault("PSI above .2 on any", []).append(
            any(one.psi > 0.2 for one in check.features if isinstance(one, FeatureDrift))
        )
    lasting = matrix[: first + MOST_DELAY_BARS + WINDOW_BARS]
    delays = measure_delays(raised(lasting, first, RISE), reference, symbol, first)
    return Found(
        beginnings={name: _count_beginnings(told) for name, told in alarms.items()},
        in_alarm={name: float(np.mean(told)) for name, told in alarms.items()},
        delays=delays,
    )


def measure_delays(
    matrix: FloatArray, reference: InputReference, symbol: str, first: int
) -> dict[float, float]:
    """Return bars from a rise of volatility to the first weekly alarm, by level."""
    features, ranges = features_of(matrix), log_true_ranges(matrix)
    delays = dict.fromkeys(LEVELS, float(MOST_DELAY_BARS))
    for end in range(first + WEEK_BARS, len(matrix) + 1, WEEK_BARS):
        check = check_week(reference, symbol, features, ranges, end)
        for level in LEVELS:
            if check.p < level:
                delays[level] = min(delays[level], float(end - first))
    return delays


def _count_beginnings(told: list[bool]) -> int:
    now = np.array(told)
    return int(now[0]) + int(np.sum(now[1:] & ~now[:-1]))


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=90_000, worlds=200)
    report = Report(
        name="study-inputs",
        title=f"Alarms about inputs on {arguments.worlds} stationary markets, and a rise found",
        seed=arguments.seed,
        columns=("rule", "alarms a year", "95 %", "weeks in alarm", "bars to find the rise"),
    )
    seeds = range(arguments.seed, arguments.seed + arguments.worlds)
    found = list(in_parallel(look, seeds, arguments.workers, "markets"))
    years = (STILL_BARS - WINDOW_BARS) / BARS_A_YEAR
    rates = {}
    for name in found[0].beginnings:
        own = np.array([one.beginnings[name] for one in found]) / years
        error = 1.96 * float(own.std(ddof=1)) / np.sqrt(len(own))
        rates[name] = (float(own.mean()), (float(own.mean()) - error, float(own.mean()) + error))
        share = float(np.mean([one.in_alarm[name] for one in found]))
        delay = ""
        if name.startswith("own "):
            delay = f"{np.mean([one.delays[float(name[4:])] for one in found]):.1f}"
        report.add(
            name,
            rates[name][0],
            f"{rates[name][1][0]:.3f} to {rates[name][1][1]:.3f}",
            share,
            delay,
        )
    yearly = [level for level in LEVELS if rates[f"own {level:g}"][0] <= 1.0]
    delay_bars = float(np.mean([one.delays[max(yearly)] for one in found]))
    report.figures = {"delay_bars": delay_bars, "level_of_the_delay": max(yearly)}
    also = {f"rise of volatility found within {BAR_DELAY:.0f} bars": delay_bars <= BAR_DELAY}
    rate, interval = rates[f"own {LEVEL:g}"]
    return report.close(rate, interval, BAR_FALSE, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())

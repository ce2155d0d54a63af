"""From a stream of forecasts to Evidence: everything laid out bar by bar, as the gate reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Panel
from bellwether.samples import Fold, Leak, Samples
from bellwether.trials import TrialCount
from bellwether.validation._evidence import Evidence
from bellwether.validation._scoring import ForecastStream

CLOSE = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dossier:
    """What evidence needs to know beside the forecasts.

    Parameters
    ----------
    name, pipeline : str
        What people call the pipeline, and its digest.
    trials : TrialCount
    rule_direction : sequence of float64 arrays of shape (n_bars,), one a symbol
        The rules' signal at each bar's close: 1, 0 or -1.
    folds : sequence of Fold
    leaks : sequence of Leak
        What the probes found; they ran.
    cost_bps, ic_worth_finding : float
    candidate_scores : sequence of float64 arrays of shape (n_rows,)
        What each configuration behind the stream said, row by row of the samples.
    """

    name: str
    pipeline: str
    trials: TrialCount
    rule_direction: Sequence[FloatArray]
    folds: Sequence[Fold]
    leaks: Sequence[Leak]
    cost_bps: float
    ic_worth_finding: float
    candidate_scores: Sequence[FloatArray] = ()


def collect_evidence(
    panel: Panel, samples: Samples, stream: ForecastStream, dossier: Dossier
) -> Evidence:
    """Lay forecasts, signals and returns onto the panel's line of time.

    Parameters
    ----------
    panel : Panel
        The bars the samples were built from.
    samples : Samples
    stream : ForecastStream
    dossier : Dossier

    Returns
    -------
    evidence : Evidence

    Notes
    -----
    Knows: what was decided at a bar's close stands in the row of the symbol's next bar. The
    out-of-sample stretch starts where each of the last h forecasts was out of sample, for
    every symbol that was there when forecasts began; one listed later stands flat until its
    own first forecast.
    """
    horizon_bars = samples.horizon_bars
    spoken = stream.warm | stream.out_of_sample
    warm_from = int(samples.decided_on[spoken].min()) + horizon_bars
    closes = [bars.matrix[:, CLOSE] for bars in panel.bars]
    per_row = {
        "direction": _directions(panel, samples, stream, warm_from),
        "probability_up": stream.probability_up,
        "expected_return": stream.expected_return,
        "target": samples.target,
    }
    if stream.interval_low.size:
        per_row |= {"interval_low": stream.interval_low, "interval_high": stream.interval_high}
    aligned: dict[str, Any] = {
        name: panel.align([_known_before(part) for part in _by_symbol(samples, values)])
        for name, values in per_row.items()
    }
    forecasts = [
        _lay_out(panel, samples, score) for score in (stream.score, *dossier.candidate_scores)
    ]
    return Evidence(
        name=dossier.name,
        pipeline=dossier.pipeline,
        snapshot=panel.digest,
        horizon_bars=horizon_bars,
        closed_at=panel.closed_at,
        close=panel.align(closes),
        returns=panel.align([_returns(close) for close in closes]),
        forecast=forecasts[0],
        candidate_forecasts=np.stack(forecasts[1:]) if forecasts[1:] else np.empty(0),
        rule_direction=panel.align([_known_before(part) for part in dossier.rule_direction]),
        out_of_sample_from=_first_judged(panel, samples, stream, warm_from),
        warm_from=warm_from,
        trials=dossier.trials,
        cost_bps=dossier.cost_bps,
        ic_worth_finding=dossier.ic_worth_finding,
        fold_spans=tuple((f.train_closes_at_max, f.test_decided_at_min) for f in dossier.folds),
        leaks=tuple(str(leak) for leak in dossier.leaks),
        leaks_probed=True,
        **aligned,
    )


def _lay_out(panel: Panel, samples: Samples, score: FloatArray) -> FloatArray:
    """Return the mean of the last h scores, each in the row of the bar it was known before."""
    parts = _by_symbol(samples, score)
    averaged = [_mean_of_last(part, samples.horizon_bars) for part in parts]
    return panel.align([_known_before(part) for part in averaged])


def _first_judged(panel: Panel, samples: Samples, stream: ForecastStream, warm_from: int) -> int:
    """Return the row after the last that lacks one of h forecasts: gaps shift it by symbol."""
    horizon_bars = samples.horizon_bars
    first = int(samples.decided_on[stream.out_of_sample].min()) + horizon_bars
    for number, places in enumerate(panel.positions):
        tested = np.flatnonzero(stream.out_of_sample[samples.symbol == number])
        if tested.size and places[0] <= warm_from:
            last_without = min(int(tested[0]) + horizon_bars, len(places)) - 1
            first = max(first, int(places[last_without]) + 1)
    return first


def _directions(
    panel: Panel, samples: Samples, stream: ForecastStream, warm_from: int
) -> FloatArray:
    direction = np.where(stream.out_of_sample, stream.direction, np.nan)
    for number, places in enumerate(panel.positions):
        own = np.flatnonzero(samples.symbol == number)
        if places[0] > warm_from:
            silent = np.cumsum(stream.out_of_sample[own]) == 0
            direction[own[silent]] = 0.0
    return direction


def _by_symbol(samples: Samples, values: FloatArray) -> list[FloatArray]:
    return [values[samples.symbol == number] for number in range(len(samples.symbols))]


def _known_before(values: FloatArray) -> FloatArray:
    """Move what was decided at each bar's close into the row of the next bar."""
    return np.concatenate([[np.nan], np.asarray(values, dtype=np.float64)[:-1]])


def _mean_of_last(values: FloatArray, n: int) -> FloatArray:
    mean = np.array(values)
    for lag in range(1, n):
        mean[lag:] += values[:-lag]
        mean[:lag] = np.nan
    return mean / n


def _returns(close: FloatArray) -> FloatArray:
    return np.concatenate([[np.nan], close[1:] / close[:-1] - 1.0])

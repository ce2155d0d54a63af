"""What a model will be held to when it serves: measured while its forecasts are judged."""

from collections.abc import Mapping, Sequence

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.bars import Panel
from bellwether.monitor import (
    InputReference,
    JudgedRows,
    VolatilityReference,
    autocorrelation_time,
    choose_checked_symbols,
    log_true_ranges,
    measure_benchmark,
)
from bellwether.registry import INPUT_REFERENCE
from bellwether.samples import Samples
from bellwether.validation import (
    Balance,
    FeatureImportance,
    ForecastStream,
    UnreadableVerdict,
    Verdict,
    measure_balance,
)

MONITORING, BALANCE, IMPORTANCE = "monitoring", "balance", "importance"
MOST_IMPORTANT = 40
LEAST_INPUT_ROWS, LEAST_SYMBOL_ROWS = 250, 60
# Of a distribution's quantiles six digits are enough, and half of the room.
_DIGITS = 6
_N_QUANTILES = 257


def describe_monitoring(
    samples: Samples,
    stream: ForecastStream,
    rule_direction: Sequence[FloatArray],
    verdict: Verdict,
) -> dict[str, object]:
    """Return the benchmark of one pipeline as an entry of its manifest's metrics.

    Parameters
    ----------
    samples : Samples
    stream : ForecastStream
        Its forecasts; the rows out of sample count, as for the gate.
    rule_direction : sequence of float64 arrays of shape (n_bars,), one a symbol
    verdict : Verdict
        Knows how many independent observations there are.

    Returns
    -------
    entry : dict
        Empty where no row out of sample tells.
    """
    rows = np.flatnonzero(stream.out_of_sample & samples.labelled)
    rules = np.concatenate([np.asarray(part, dtype=np.float64) for part in rule_direction])
    benchmark = measure_benchmark(
        JudgedRows(
            bar=samples.decided_on[rows],
            direction=stream.direction[rows],
            rules_direction=rules[rows],
            confidence=stream.confidence[rows],
            standardised=samples.target[rows],
        ),
        n_effective=float(len(rows)) if verdict.n_effective is None else verdict.n_effective,
        n_symbols=len(samples.symbols),
        horizon_bars=samples.horizon_bars,
    )
    return {} if benchmark is None else {MONITORING: benchmark.to_json()}


def describe_inputs(panel: Panel, samples: Samples) -> dict[str, object]:
    """Return what features looked like in training, as an entry of a manifest's metrics.

    Parameters
    ----------
    panel : Panel
        Whose bars the samples are of; how wide they were is kept beside the features.
    samples : Samples

    Returns
    -------
    entry : dict
        Empty where there are too few rows to tell.

    Notes
    -----
    All symbols are one distribution, compared later with the recent bars of all symbols together.
    Symbols of one bar are taken to say no more than one: what they are fed with moves together.
    """
    whole = samples.usable()
    if int(whole.sum()) < LEAST_INPUT_ROWS * len(samples.symbols):
        return {}
    by_symbol = (whole & (samples.symbol == k) for k in range(len(samples.symbols)))
    parts = [samples.features[rows] for rows in by_symbol if rows.sum() >= LEAST_SYMBOL_ROWS]
    pooled = np.concatenate(parts)
    quantiles = np.quantile(pooled, np.linspace(0.0, 1.0, _N_QUANTILES), axis=0).T
    memory = np.array([[autocorrelation_time(column) for column in part.T] for part in parts])
    reference = InputReference(
        names=samples.feature_names,
        quantiles=_rounded(quantiles),
        memory_bars=tuple(_rounded(memory.mean(axis=0) * len(parts)).tolist()),
        n_bars=len(pooled),
        volatility=_describe_volatility(panel),
    )
    return {INPUT_REFERENCE: reference.to_json()}


def _describe_volatility(panel: Panel) -> VolatilityReference | None:
    """Return how wide bars were, of the symbols that a later check will look at."""
    checked = set(choose_checked_symbols(panel.symbols))
    part = Panel(bars=[bars for bars in panel.bars if bars.symbol in checked])
    ranges = part.align([log_true_ranges(bars.matrix) for bars in part.bars])
    return VolatilityReference.of(part.symbols, ranges)


def describe_balance(panel: Panel, samples: Samples, judged: BoolArray) -> dict[str, object]:
    """Return the shares of rises and regimes, learned from and judged, as an entry of metrics.

    Parameters
    ----------
    panel : Panel
    samples : Samples
    judged : bool array of shape (n_rows,)

    Returns
    -------
    entry : dict
    """
    balance = measure_balance(panel, samples, judged)
    return {BALANCE: {name: part.to_json() for name, part in balance.items()}}


def _rounded(values: FloatArray) -> FloatArray:
    rounded = [float(f"{one:.{_DIGITS}g}") for one in values.ravel()]
    return np.array(rounded, dtype=np.float64).reshape(values.shape)


def describe_importance(importance: Sequence[FeatureImportance]) -> dict[str, object]:
    """Return what a bundle keeps of what each feature is worth: the most valuable of them."""
    if not importance:
        return {}
    return {IMPORTANCE: [one.to_json() for one in importance[:MOST_IMPORTANT]]}


def find_balance(metrics: Mapping[str, object]) -> dict[str, Balance]:
    """Return what the metrics of a record keep of how the rows divide, if anything.

    Parameters
    ----------
    metrics : mapping of str to object

    Returns
    -------
    balance : dict of str to Balance
        "training" and "out_of_sample".

    Raises
    ------
    UnreadableVerdict
        If something else stands there.
    """
    kept = metrics.get(BALANCE, {})
    if not isinstance(kept, Mapping):
        raise UnreadableVerdict("balance of the rows", type(kept).__name__)
    return {str(name): Balance.from_json(part) for name, part in kept.items()}


def find_importance(metrics: Mapping[str, object]) -> tuple[FeatureImportance, ...]:
    """Return what the metrics of a record keep of what each feature is worth, if anything.

    Raises
    ------
    UnreadableVerdict
        If something else stands there.
    """
    kept = metrics.get(IMPORTANCE, ())
    given = kept if isinstance(kept, list | tuple) else (None,)
    return tuple(FeatureImportance.from_json(one) for one in given)

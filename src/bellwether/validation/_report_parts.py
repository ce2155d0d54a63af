"""The same figures by regime, and whether probabilities and intervals hold what they state."""

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.features import compute
from bellwether.rules import Regime, RegimeOptions, pad_bars, regime_expressions
from bellwether.validation._beside import (
    CoverageReport,
    RegimeReport,
    ReliabilityBin,
    ReliabilityReport,
)
from bellwether.validation._economics import hold_signals, mark_positions
from bellwether.validation._metrics import (
    Estimate,
    brier_score,
    calibration_curve,
    directional_accuracy,
    exact_proportion,
    information_coefficient,
)
from bellwether.validation._workings import Workings


def known_regimes(workings: Workings) -> FloatArray:
    """Return the rules' regime known before each bar, from the closes alone.

    Returns
    -------
    code : float64 array of shape (n_bars, n_symbols)
        Codes of Regime; NaN where a symbol has no bar.

    Notes
    -----
    Knows: closes before its own. A bar's range is taken to reach from the close before to its
    own, so volatility reads lower than from highs and lows.
    """
    close = workings.evidence.close
    regime = regime_expressions(RegimeOptions())["regime"]
    code = np.full(close.shape, np.nan)
    for column in range(close.shape[1]):
        there = np.flatnonzero(~np.isnan(close[:, column]))
        if there.size < 2:
            continue
        own = close[there, column]
        before = np.concatenate([own[:1], own[:-1]])
        high, low = np.maximum(own, before), np.minimum(own, before)
        matrix = np.column_stack([before, high, low, own, np.zeros_like(own)])
        padded = pad_bars(matrix, len(own) + regime.lookback_bars - 1)
        values = compute([regime], padded)[-len(own) :, 0]
        code[there[1:], column] = values[:-1]
    return code


def report_regimes(workings: Workings) -> tuple[RegimeReport, ...]:
    """Return the figures of each regime that was met, the most frequent first."""
    rows = workings.evidence.out_of_sample
    code = known_regimes(workings)[rows]
    returns = workings.evidence.returns[rows]
    judged = ~np.isnan(returns) & ~np.isnan(code)
    followed = _net_by_symbol(workings, workings.evidence.direction[rows])
    parts = [(regime, judged & (code == float(regime))) for regime in Regime]
    parts = sorted((part for part in parts if part[1].any()), key=lambda part: -part[1].sum())
    a_year = workings.n_bars_per_year
    return tuple(
        RegimeReport(
            regime=regime.words,
            n_bars=int(own.sum()),
            share=float(own.sum() / judged.sum()),
            accuracy=accuracy_of(workings, workings.evidence.direction, own),
            return_a_year=float(followed[own].mean()) * a_year,
            holding_a_year=float(returns[own].mean()) * a_year,
            information_coefficient=skill_within(workings, own),
        )
        for regime, own in parts
    )


def skill_within(workings: Workings, part: BoolArray) -> Estimate | None:
    """Return the information coefficient over some entries of the out-of-sample bars.

    Parameters
    ----------
    workings : Workings
    part : bool array of shape (n_out_of_sample_bars, n_symbols)
    """
    rows = workings.evidence.out_of_sample
    counted = workings.scored & part
    forecast = np.where(counted, workings.expanding[rows], np.nan)
    outcome = workings.evidence.returns[rows] / workings.volatility[rows]
    n_independent = float(counted.sum()) * independent_share(workings)
    return information_coefficient(forecast, outcome, n_independent)


def accuracy_of(
    workings: Workings, direction: FloatArray, part: BoolArray | None = None
) -> Estimate | None:
    """Return the share of right signs; overlapping bars and symbols count once.

    Parameters
    ----------
    workings : Workings
    direction : float64 array of shape (n_bars, n_symbols)
    part : bool array of shape (n_out_of_sample_bars, n_symbols), optional
        The entries that count; all by default.
    """
    evidence = workings.evidence
    signals = direction[evidence.out_of_sample]
    if part is not None:
        signals = np.where(part, signals, np.nan)
    overlap = evidence.horizon_bars / independent_share(workings)
    return directional_accuracy(signals, workings.outcome, overlap)


def independent_share(workings: Workings) -> float:
    """Return independent observations over all: below 1 where symbols move together."""
    share = workings.n_effective / max(float(workings.scored.sum()), 1.0)
    return share if np.isfinite(share) and share > 0.0 else 1.0


def _net_by_symbol(workings: Workings, direction: FloatArray) -> FloatArray:
    evidence = workings.evidence
    returns = evidence.returns[evidence.out_of_sample]
    position = hold_signals(direction, returns, evidence.horizon_bars)
    return mark_positions(position, returns, evidence.cost_bps)


def report_reliability(workings: Workings) -> ReliabilityReport | None:
    """Return stated probabilities beside what happened; None where none were stated."""
    evidence = workings.evidence
    stated, happened = evidence.probability_up[evidence.out_of_sample], workings.outcome
    overlap = evidence.horizon_bars / independent_share(workings)
    curve = calibration_curve(stated, happened, overlap_bars=overlap)
    brier = brier_score(stated, happened)
    if brier is None:
        return None
    columns = zip(curve.n, curve.probability, curve.share_up, curve.low, curve.high, strict=True)
    bins = tuple(
        ReliabilityBin(
            n=float(n),
            probability=float(probability),
            share_up=Estimate(value=float(share), low=float(low), high=float(high), n=float(n)),
        )
        for n, probability, share, low, high in columns
    )
    rose = float(np.average(curve.share_up, weights=curve.n))
    distance = np.abs(curve.probability - curve.share_up)
    return ReliabilityReport(
        bins=bins,
        calibration_error=float(np.average(distance, weights=curve.n)),
        brier=brier,
        brier_of_base_rate=rose * (1.0 - rose),
    )


def report_coverage(workings: Workings) -> CoverageReport | None:
    """Return how often the intervals held the return; None where none were stated."""
    evidence = workings.evidence
    if not evidence.interval_low.size:
        return None
    rows, happened = evidence.out_of_sample, workings.outcome
    low, high = evidence.interval_low[rows], evidence.interval_high[rows]
    overlap = evidence.horizon_bars / independent_share(workings)
    known = np.isfinite(low) & np.isfinite(high) & ~np.isnan(happened)
    held = (low <= happened) & (happened <= high) & known
    measured = exact_proportion(int(held.sum()) / overlap, int(known.sum()) / overlap)
    if measured is None:
        return None
    return CoverageReport(
        claimed=evidence.interval_coverage,
        measured=measured,
        mean_width=float((high - low)[known].mean()),
    )

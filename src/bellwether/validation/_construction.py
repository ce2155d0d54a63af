"""Checks on how the evidence was made: what fails here was never worth measuring."""

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.validation._case import Case, Finding
from bellwether.validation._evidence import Evidence

COPY_BARS = 20
COPY_DISTINCT_RETURNS = 8
PRICE_TOLERANCE = 1e-9
LEVEL_CORRELATION = 0.90
LEAST_LABELS = 30


def check_leak_probes_ran(case: Case) -> Finding:
    """Ask whether anybody tried to change the future."""
    if case.evidence.leaks_probed:
        return Finding(passed=True, reason="the leak probes ran")
    return Finding(
        passed=False,
        reason="the leak probes did not run, so nobody knows whether a feature sees the future",
        next_step="train with the leak probes on",
    )


def check_no_leak_found(case: Case) -> Finding:
    """Ask whether a feature or a label moved when the future was changed."""
    leaks = case.evidence.leaks
    if not leaks:
        return Finding(passed=True, reason="no feature or label moved when the future was changed")
    more = f" (and {len(leaks) - 1} more)" if len(leaks) > 1 else ""
    return Finding(
        passed=False,
        reason=f"the future leaks into the past: {leaks[0]}{more}",
        next_step="correct or drop what leaks, then train again",
        figures={"n_leaks": len(leaks)},
    )


def check_folds_are_purged(case: Case) -> Finding:
    """Ask whether every training label had closed before the test it was used for."""
    evidence = case.evidence
    failure = _find_fold_fault(evidence)
    if failure is None:
        n_folds = len(evidence.fold_spans)
        reason = f"every training label of {n_folds} folds closed before its first test forecast"
        return Finding(passed=True, reason=reason, figures={"n_folds": n_folds})
    return Finding(
        passed=False,
        reason=failure,
        next_step="purge training labels by the horizon, then train again",
    )


def _find_fold_fault(evidence: Evidence) -> str | None:
    spans = evidence.fold_spans
    if not spans:
        return "no fold is on record, so nobody knows what the forecasts were trained on"
    for number, (closed, decided) in enumerate(spans, start=1):
        if closed > decided:
            return (
                f"fold {number} was trained on labels that close at {_minute(closed)}, "
                f"after its first test forecast at {_minute(decided)}"
            )
    first_decided = min(decided for _, decided in spans)
    begin = evidence.closed_at[evidence.out_of_sample_from - 1]
    if begin < first_decided:
        return (
            f"judging begins at {_minute(begin)}, before the first test forecast of any fold "
            f"at {_minute(first_decided)}"
        )
    return None


def check_times_increase(case: Case) -> Finding:
    """Ask whether each bar comes once, after the one before it."""
    wrong = np.flatnonzero(np.diff(case.evidence.closed_at) <= np.timedelta64(0, "us"))
    if not wrong.size:
        return Finding(passed=True, reason="each bar comes once and in order")
    row = int(wrong[0]) + 1
    when = _minute(case.evidence.closed_at[row])
    return Finding(
        passed=False,
        reason=f"bar {row} ({when}) is duplicated or out of order",
        next_step="sort the bars and drop the duplicates, then train again",
        figures={"n_wrong": int(wrong.size)},
    )


def check_no_stretch_is_copied(case: Case) -> Finding:
    """Ask whether the same twenty returns come twice: a model may have learned them by heart."""
    copied = _find_copied_rows(case.evidence.returns)
    if copied is None:
        return Finding(passed=True, reason=f"no stretch of {COPY_BARS} bars comes twice")
    first, second = (_minute(case.evidence.closed_at[row]) for row in copied)
    return Finding(
        passed=False,
        reason=f"the {COPY_BARS} bars from {first} on come again from {second} on",
        next_step="drop the copied stretch, then train again",
    )


def _find_copied_rows(returns: FloatArray) -> tuple[int, int] | None:
    prints, rows = [], []
    multipliers = np.random.default_rng(0).integers(1, 2**62, COPY_BARS) | 1
    for column in range(returns.shape[1]):
        own = np.flatnonzero(~np.isnan(returns[:, column]))
        if own.size < COPY_BARS:
            continue
        ticks = np.round(returns[own, column] * 1e10).astype(np.int64)
        windows = np.lib.stride_tricks.sliding_window_view(ticks, COPY_BARS)
        # Few distinct returns (a market at rest, coarse ticks) may well come twice.
        distinct = 1 + (np.diff(np.sort(windows, axis=1), axis=1) != 0).sum(axis=1)
        telling = distinct >= COPY_DISTINCT_RETURNS
        prints.append((windows[telling] * multipliers).sum(axis=1))
        rows.append(own[: len(windows)][telling])
    return _find_repeat(np.concatenate(prints), np.concatenate(rows)) if prints else None


def _find_repeat(prints: IntArray, rows: IntArray) -> tuple[int, int] | None:
    order = np.argsort(prints, kind="stable")
    same = np.flatnonzero(np.diff(prints[order]) == 0)
    if not same.size:
        return None
    first, second = sorted((int(rows[order[same[0]]]), int(rows[order[same[0] + 1]])))
    return first, second


def check_returns_match_prices(case: Case) -> Finding:
    """Ask whether each return is that of its own closes: a shift by one bar would be a leak."""
    evidence = case.evidence
    worst = 0.0
    for column in range(evidence.n_symbols):
        there = np.flatnonzero(~np.isnan(evidence.close[:, column]))
        own = evidence.close[there, column]
        expected = np.full(evidence.n_bars, np.nan)
        expected[there[1:]] = own[1:] / own[:-1] - 1.0
        given = evidence.returns[:, column]
        # Either may be missing on a symbol's first bar; elsewhere one without the other is wrong.
        unmatched = np.isnan(expected) != np.isnan(given)
        unmatched[there[:1]] = False
        gaps = np.where(unmatched, np.inf, np.abs(expected - given))
        worst = max(worst, float(np.nanmax(gaps, initial=0.0)))
    passed = worst <= PRICE_TOLERANCE
    return Finding(
        passed=passed,
        reason="each return is that of its closes"
        if passed
        else "a return is not that of its closes, as if moved against its bar",
        next_step="" if passed else "lay returns and closes on the same bars, then judge again",
        figures={"largest_difference": worst},
    )


def check_label_is_no_price_level(case: Case) -> Finding:
    """Ask whether the label is a return: a price level is forecast by its own last value."""
    evidence = case.evidence
    persistence, resemblance, n_tested = 0.0, 0.0, 0
    for column in range(evidence.n_symbols):
        target, close = evidence.target[:, column], evidence.close[:, column]
        own = target[~np.isnan(target)]
        if own.size < LEAST_LABELS:
            continue
        n_tested += 1
        both = ~np.isnan(target) & ~np.isnan(close)
        persistence = float(np.maximum(persistence, _correlation(own[1:], own[:-1])))
        alike = abs(_correlation(target[both], np.log(close[both])))
        resemblance = float(np.maximum(resemblance, alike))
    # Labels over h overlapping bars correlate 1 - 1/h from bar to bar; levels hardly move.
    most_persistent = 1.0 - 0.3 / evidence.horizon_bars
    passed = n_tested > 0 and persistence <= most_persistent and resemblance <= LEVEL_CORRELATION
    figures = {"persistence": persistence, "correlation_with_price": resemblance}
    if passed:
        return Finding(passed=True, reason="the label is no price level", figures=figures)
    reason = "the label trained on moves like the price itself, which its last value forecasts"
    if n_tested == 0:
        reason = f"fewer than {LEAST_LABELS} label values are on record"
    return Finding(
        passed=False, reason=reason, next_step="train on returns, not on prices", figures=figures
    )


def check_forecast_is_complete(case: Case) -> Finding:
    """Ask whether there is a finite forecast for every bar that is judged."""
    evidence = case.evidence
    there = ~np.isnan(evidence.returns)
    finite = np.isfinite(evidence.forecast)
    missing = 0
    for column in range(evidence.n_symbols):
        begin = evidence.out_of_sample_from
        bars = np.flatnonzero(there[:, column])
        if bars.size and bars[0] > max(evidence.warm_from, 1):
            # A symbol that was listed late is judged from its first forecast on.
            given = np.flatnonzero(~np.isnan(evidence.forecast[:, column]))
            begin = max(begin, int(given[0])) if given.size else evidence.n_bars
        missing += int((there[begin:, column] & ~finite[begin:, column]).sum())
    n_judged = int(there[evidence.out_of_sample].sum())
    passed = missing == 0 and bool(finite[evidence.out_of_sample].any())
    if passed:
        return Finding(passed=True, reason="every judged bar has a finite forecast")
    return Finding(
        passed=False,
        reason=f"{missing} of {n_judged} judged bars have no finite forecast",
        next_step="find out why the model gave no number there",
        figures={"n_missing": missing, "n_judged": n_judged},
    )


def check_forecast_varies(case: Case) -> Finding:
    """Ask whether the forecast ever changes: a constant says nothing about a bar."""
    evidence = case.evidence
    judged = evidence.forecast[evidence.out_of_sample]
    varies = False
    for column in range(evidence.n_symbols):
        own = judged[np.isfinite(judged[:, column]), column]
        size = float(np.max(np.abs(own), initial=0.0))
        varies |= own.size > 1 and float(np.ptp(own)) > 1e-12 * size
    if varies:
        return Finding(passed=True, reason="the forecast varies")
    return Finding(
        passed=False,
        reason="the forecast is the same on every judged bar",
        next_step="train a model that uses its features, or serve the rules",
    )


def _correlation(first: FloatArray, second: FloatArray) -> float:
    """Return Pearson's correlation; NaN where either side stands still."""
    x, y = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0.0 else float("nan")


def _minute(instant: np.datetime64) -> str:
    return str(np.datetime_as_string(instant, unit="m"))

"""From forecasts at bars to the Evidence that the gate judges."""

from collections.abc import Mapping, Sequence

import numpy as np

from bellwether.arrays import FloatArray, IntArray, TimeArray
from bellwether.bars import Panel
from bellwether.hashing import digest_arrays, digest_json
from bellwether.models import FLOORS
from bellwether.rules import rule_signals
from bellwether.service._audit_errors import ForecastsElsewhere
from bellwether.service._audit_kinds import ReadForecasts, mark_prices
from bellwether.service._audit_options import AuditOptions
from bellwether.trials import TrialCount
from bellwether.validation import Evidence, combine_configurations

# The standardisation is silent on a forecaster's first twenty forecasts.
WARM_BARS = 20
VOLATILITY_BARS = 60
RULES = "rules"


class AuditedBars:
    """The bars of an audit, laid out as the gate reads them.

    Parameters
    ----------
    panel : Panel
    options : AuditOptions

    Notes
    -----
    Knows: row i of what `known_before` returns was known at the mark before row i's. With
    forecasts known at the open, marks are opens: returns go from open to open, and the rules
    know bars up to the one before.
    """

    def __init__(self, panel: Panel, options: AuditOptions) -> None:
        self.panel, self.options = panel, options
        marks = [mark_prices(bars, options) for bars in panel.bars]
        self.own_returns = [np.append(np.nan, mark[1:] / mark[:-1] - 1.0) for mark in marks]
        self.marks = panel.align(marks)
        self.returns = panel.align(self.own_returns)
        said = [rule_signals(bars.matrix).direction.astype(np.float64) for bars in panel.bars]
        if options.known_at == "open":
            said = [_later(part) for part in said]
        self.rule_direction = self.known_before(said)

    @property
    def closed_at(self) -> TimeArray:
        """Every bar's close, UTC."""
        return self.panel.closed_at

    def known_before(self, values: Sequence[FloatArray]) -> FloatArray:
        """Lay what was said at each bar's mark into the row of the symbol's next bar."""
        return self.panel.align([_later(part) for part in values])

    def floors(self) -> Mapping[str, tuple[FloatArray, ...]]:
        """Return what each floor said at each bar's mark, by symbol."""
        return {
            name: tuple(floor(part) for part in self.own_returns) for name, floor in FLOORS.items()
        }


def forecaster_digest(name: str, read: Sequence[ReadForecasts], options: AuditOptions) -> str:
    """Return the name of a forecaster in the trial log: digest of its name and its forecasts.

    Every way of reading the same table (another kind, time, horizon, treatment of gaps or first
    judged bar) is another forecaster: whoever tries several tries several.
    """
    forecasts = {
        f"{number}/{column.name}/{place}": part
        for number, column in enumerate(read)
        for place, part in enumerate(column.forecast)
    }
    judged_from = None if options.judged_from is None else str(options.judged_from)
    reading = [options.horizon_bars, options.known_at, options.gaps, judged_from]
    return digest_json(["audit", name, reading, options.cost_bps, digest_arrays(forecasts)])


def lay_forecasts(
    read: Sequence[ReadForecasts], audited: AuditedBars
) -> tuple[FloatArray, FloatArray]:
    """Return each configuration's forecast for each row, and the one stream they make.

    Parameters
    ----------
    read : sequence of ReadForecasts
    audited : AuditedBars

    Returns
    -------
    members : float64 array of shape (n_configurations, n_bars, n_symbols)
    forecast : float64 array of shape (n_bars, n_symbols)
        Of several configurations the soft combination, each weighted by its past alone; none
        where any of them is missing.
    """
    horizon, gaps = audited.options.horizon_bars, audited.options.gaps
    members = np.stack(
        [
            audited.known_before(
                [_mean_of_last(_fill(part, gaps), horizon) for part in one.forecast]
            )
            for one in read
        ]
    )
    if len(members) == 1:
        return members, np.asarray(members[0])
    combined = combine_configurations(members, audited.returns).forecast
    return members, np.where(np.isfinite(members).all(axis=0), combined, np.nan)


def make_evidence(
    read: Sequence[ReadForecasts],
    audited: AuditedBars,
    pipeline: str,
    leaks: Sequence[str],
    *,
    trials: TrialCount,
) -> Evidence:
    """Return the evidence of somebody's forecasts, up to the last bar that has one.

    Parameters
    ----------
    read : sequence of ReadForecasts
    audited : AuditedBars
    pipeline : str
    leaks : sequence of str
        Findings that block.
    trials : TrialCount

    Returns
    -------
    evidence : Evidence
        Without folds, a label or leak probes: nobody knows how the forecasts were made. The
        gate refuses it for that, so it can never be promoted.

    Raises
    ------
    ForecastsElsewhere
        If there are too few forecasts for a first judged bar.
    """
    options = audited.options
    members, forecast = lay_forecasts(read, audited)
    spoken = np.flatnonzero(np.isfinite(forecast).any(axis=1))
    begin = _first_judged(spoken, audited)
    end = int(spoken[-1]) + 1
    only = read[0]
    said = [_fill(part, options.gaps) for part in only.forecast]
    direction = np.sign(audited.known_before(said) if len(read) == 1 else forecast)
    silent = np.full(forecast.shape, np.nan)
    chances = only.kind == "probability" and len(read) == 1
    returns = only.has_unit and len(read) == 1
    rows = slice(0, end)
    return Evidence(
        name=options.name,
        pipeline=pipeline,
        snapshot=audited.panel.digest,
        horizon_bars=options.horizon_bars,
        closed_at=audited.closed_at[rows],
        close=audited.marks[rows],
        returns=audited.returns[rows],
        forecast=forecast[rows],
        direction=direction[rows],
        rule_direction=audited.rule_direction[rows],
        target=silent[rows],
        out_of_sample_from=begin,
        warm_from=min(int(spoken[0]), begin),
        trials=trials,
        cost_bps=options.cost_bps,
        ic_worth_finding=options.ic_worth_finding,
        leaks=tuple(leaks),
        leaks_probed=False,
        probability_up=(audited.known_before(said) + 0.5 if chances else silent)[rows],
        expected_return=(audited.known_before(said) if returns else silent)[rows],
        candidate_forecasts=members[:, rows] if len(members) > 1 else np.empty(0),
    )


def make_rival(evidence: Evidence, name: str, said: FloatArray) -> Evidence:
    """Return the evidence of a floor, or of the rules, on the bars of another's.

    Parameters
    ----------
    evidence : Evidence
    name : str
    said : float64 array of shape (n_bars or more, n_symbols)
        What it said before each row; the sign is the direction.

    Returns
    -------
    rival : Evidence
    """
    own = np.asarray(said[: evidence.n_bars])
    horizon = evidence.horizon_bars
    averaged = np.column_stack([_mean_of_last(own[:, k], horizon) for k in range(own.shape[1])])
    silent = np.full(own.shape, np.nan)
    changes: dict[str, FloatArray] = {
        "forecast": averaged,
        "direction": np.sign(own),
        "probability_up": silent,
        "expected_return": silent,
    }
    parts = {**evidence.to_arrays(), **changes}
    parts.pop("candidate_forecasts", None)
    head = {**evidence.to_json(), "name": name, "leaks": []}
    return Evidence.from_parts(head, parts)


def _first_judged(spoken: IntArray, audited: AuditedBars) -> int:
    options = audited.options
    n_bars = len(audited.closed_at)
    first = n_bars
    if spoken.size:
        first = max(int(spoken[0]) + WARM_BARS, VOLATILITY_BARS + 1)
    if options.judged_from is not None:
        asked = int(np.searchsorted(audited.closed_at, options.judged_from))
        first = max(first, asked)
    if not spoken.size or first > int(spoken[-1]):
        raise ForecastsElsewhere(
            f"more than {WARM_BARS} forecasts, with {VOLATILITY_BARS} bars before the first that "
            "is judged",
            f"{spoken.size:,} bars with a forecast among {n_bars:,}",
            "bring more forecasts, or earlier bars; what is judged begins after the first "
            f"{WARM_BARS} forecasts",
        )
    return first


def _fill(values: FloatArray, gaps: str) -> FloatArray:
    """Return forecasts with bars of no view, where that was asked for, between the first and last.

    No view is the mean of the forecasts before, so that the standardised forecast is zero.
    """
    known = np.flatnonzero(np.isfinite(values))
    if gaps != "neutral" or not known.size:
        return values
    filled = np.array(values)
    total = np.cumsum(np.nan_to_num(values)) / np.maximum(np.cumsum(np.isfinite(values)), 1)
    inside = np.isnan(values)
    inside[: known[0]] = False
    inside[known[-1] + 1 :] = False
    filled[inside] = total[inside]
    return filled


def _later(values: FloatArray) -> FloatArray:
    return np.append(np.nan, np.asarray(values, dtype=np.float64)[:-1])


def _mean_of_last(values: FloatArray, n: int) -> FloatArray:
    mean = np.array(values)
    for lag in range(1, n):
        mean[lag:] += values[:-lag]
        mean[:lag] = np.nan
    return mean / n

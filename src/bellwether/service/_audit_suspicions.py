"""What is wrong with when forecasts were made: look-ahead, misalignment, copies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.models import FLOORS
from bellwether.service._audit_findings import AuditFinding, FindingKind
from bellwether.service._audit_kinds import ReadForecasts, mark_prices
from bellwether.service._audit_lags import NewsScores, measure_news
from bellwether.service._audit_options import AuditOptions
from bellwether.service._audit_places import PlacedForecasts

# With a quarter of its news explained by the bars ahead, an honest forecast would be right on
# two bars out of three.
MOST_AHEAD_SHARE = 0.25
# Two later stretches are looked at: together they accuse one honest forecaster in 200.
LATER_T = 2.81
LATE_T, SMALL_T, MOST_ECHO = 3.3, 1.64, 0.25
LEAST_NEWS = 0.01
SAME_PRICE, NEARER = 0.01, 0.3
SAME_FLOOR = 0.999
INCREDIBLE_IC = 0.25
TARGET_STAMPED = "--known-at previous-close"


def find_suspicions(
    read: ReadForecasts, placed: PlacedForecasts, options: AuditOptions
) -> tuple[AuditFinding, ...]:
    """Return what makes one configuration's forecasts look other than they claim.

    Parameters
    ----------
    read : ReadForecasts
    placed : PlacedForecasts
    options : AuditOptions

    Returns
    -------
    findings : tuple of AuditFinding
        Those that block, if any, and else what is worth knowing.

    Notes
    -----
    A forecast in a panel is measured by its middle symbol.
    """
    markets = [
        _Market.of(mark_prices(bars, options), forecast, options.horizon_bars)
        for bars, forecast in zip(placed.panel.bars, read.forecast, strict=True)
    ]
    found = [*_judge_prices(read, markets, options), *_judge_news(markets, options)]
    grave = [finding for finding in found if finding.blocks]
    told = grave or [*found, *_judge_copies(markets), *_judge_size(markets)]
    return tuple(
        AuditFinding(
            kind=one.kind,
            sentence=one.sentence,
            remedy=one.remedy,
            blocks=one.blocks,
            column=read.name if len(placed.names) > 1 else "",
        )
        for one in told
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Market:
    """One symbol's marks, returns and forecasts."""

    marks: FloatArray
    returns: FloatArray
    forecast: FloatArray
    news: NewsScores | None

    @classmethod
    def of(cls, marks: FloatArray, forecast: FloatArray, horizon_bars: int) -> "_Market":
        returns = np.append(np.nan, marks[1:] / marks[:-1] - 1.0)
        scores = measure_news(forecast, returns, horizon_bars)
        return cls(marks=marks, returns=returns, forecast=forecast, news=scores)


def _judge_news(markets: Sequence[_Market], options: AuditOptions) -> Iterator[AuditFinding]:
    scores = [market.news for market in markets if market.news is not None]
    if not scores:
        return
    share = float(np.median([one.ahead_share for one in scores]))
    if share >= MOST_AHEAD_SHARE:
        yield AuditFinding(
            kind=FindingKind.LOOK_AHEAD,
            sentence=f"{share:.0%} of what is new in it from bar to bar is what the bars it claims "
            "to foresee did afterwards; no forecaster knows that",
            remedy=_advise_on_times(options),
            blocks=True,
        )
        return
    later = np.median([one.later_t for one in scores], axis=0)
    fits = np.median([one.later_own_t for one in scores], axis=0)
    best = int(np.argmax(later))
    # What a fixed formula of closed bars leaves over is no news: a few wild bars decide its t.
    has_news = float(np.median([one.news_share for one in scores])) >= LEAST_NEWS
    if has_news and later[best] > LATER_T and fits[best] > LATER_T:
        bars = "one bar" if best == 0 else "two bars"
        yield AuditFinding(
            kind=FindingKind.MISALIGNED,
            sentence=f"it scores better {bars} after its own (t {fits[best]:.1f}, and "
            f"{later[best]:.1f} for the difference): it is stamped {bars} before it was known, or "
            "is about a later bar",
            remedy="correct the times, or say with --horizon how many bars it looks ahead",
            blocks=True,
        )
        return
    last, second = (np.median([(one.last_t, one.second_t) for one in scores], axis=0)).tolist()
    echo = float(np.median([one.past_share for one in scores]))
    # What follows prices resembles more than the last bar; a signal that is late only that one.
    alone = last > LATE_T and abs(second) < SMALL_T and echo < MOST_ECHO
    if alone and options.known_at == "close":
        yield AuditFinding(
            kind=FindingKind.LATE,
            sentence=f"it fits the bar that had closed when it was made (t {last:.1f}): forecasts "
            "made from prices may do so without skill, and so do those stamped a bar too late",
            remedy=f"if a row's time is that of the bar it is about, say {TARGET_STAMPED}",
        )


def _advise_on_times(options: AuditOptions) -> str:
    if options.known_at == "close":
        return (
            "make each forecast from bars up to its time alone, or give the time at which it was "
            "known as its time"
        )
    return (
        f"if a row's time is that of the last bar it knows, leave --known-at {options.known_at} "
        "out; else make each forecast from the bars before it alone"
    )


def _judge_prices(
    read: ReadForecasts, markets: Sequence[_Market], options: AuditOptions
) -> Iterator[AuditFinding]:
    """Tell prices that are another bar's: the nearest to an honest forecast is the last close."""
    if not read.levels:
        return
    steps = sorted({1, 2, options.horizon_bars})
    pairs = list(zip(read.levels, markets, strict=True))
    gaps = {
        lag: float(np.median([_gap(levels, market.marks, lag) for levels, market in pairs]))
        for lag in (0, *steps, *(-step for step in steps))
    }
    usual = float(np.median([np.nanmedian(np.abs(market.returns)) for market in markets]))
    nearest = min(gaps, key=lambda lag: (gaps[lag], abs(lag)))
    what = "open" if options.known_at == "open" else "close"
    if nearest == 0 and gaps[0] <= SAME_PRICE * usual:
        yield AuditFinding(
            kind=FindingKind.COPY,
            sentence=f"its prices are the last {what} itself: it forecasts no change, ever",
            remedy="forecast what the price does from there",
        )
    elif nearest > 0 and gaps[nearest] <= NEARER * gaps[0]:
        yield AuditFinding(
            kind=FindingKind.LOOK_AHEAD,
            sentence=f"its prices follow the {what} of {_count(nearest)} later, which was not "
            "known then",
            remedy=_advise_on_times(options),
            blocks=True,
        )
    elif nearest < 0 and gaps[nearest] <= NEARER * gaps[0]:
        copied = gaps[nearest] <= SAME_PRICE * usual
        yield AuditFinding(
            kind=FindingKind.MISALIGNED,
            sentence=f"its prices {'are' if copied else 'follow'} the {what} of "
            f"{_count(-nearest)} before the last one known: the rows seem to be stamped with the "
            "bar they are about",
            remedy=f"if they are, say {TARGET_STAMPED}"
            if options.known_at == "close" and nearest == -1
            else "give the time at which each forecast was known as its time",
            blocks=True,
        )


def _gap(levels: FloatArray, marks: FloatArray, lag: int) -> float:
    """Return the median distance of forecast prices from the mark so many bars later."""
    there = np.full(len(marks), np.nan)
    if lag >= 0:
        there[: len(marks) - lag] = marks[lag:]
    else:
        there[-lag:] = marks[:lag]
    rows = np.isfinite(levels) & np.isfinite(there) & (levels > 0.0)
    return float(np.median(np.abs(np.log(levels[rows] / there[rows])))) if rows.any() else np.inf


def _judge_copies(markets: Sequence[_Market]) -> Iterator[AuditFinding]:
    """Tell a floor under another name."""
    for name, floor in FLOORS.items():
        likeness = [_likeness(floor(market.returns), market.forecast) for market in markets]
        if min(likeness) >= SAME_FLOOR:
            yield AuditFinding(
                kind=FindingKind.COPY,
                sentence=f"it says what the floor {name.replace('_', ' ')!r} says, which anybody "
                "has for nothing",
                remedy="bring a forecast that says more",
            )


def _judge_size(markets: Sequence[_Market]) -> Iterator[AuditFinding]:
    likeness = [_likeness(np.append(m.returns[1:], np.nan), m.forecast) for m in markets]
    found = float(np.median(likeness))
    if found >= INCREDIBLE_IC:
        yield AuditFinding(
            kind=FindingKind.TOO_GOOD,
            sentence=f"its correlation with the next bar is {found:.2f}, more than is known of any "
            "forecast of daily bars",
            remedy="look for a leak in how it was made before you believe it",
        )


def _likeness(first: FloatArray, second: FloatArray) -> float:
    rows = np.isfinite(first) & np.isfinite(second)
    x, y = first[rows], second[rows]
    if len(x) < 2 or float(np.ptp(x)) == 0.0 or float(np.ptp(y)) == 0.0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _count(bars: int) -> str:
    return "one bar" if bars == 1 else f"{bars} bars"

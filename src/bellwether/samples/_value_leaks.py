"""Leaks in columns of which there is nothing but the values: told by their numbers alone.

Three things give a column away: it is a later bar's quantity; it goes with what comes, beyond
what is known, more closely than any forecast does; or its numbers are those of something scaled
or filled in with the whole of it at hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from bellwether.arrays import BoolArray, FloatArray
from bellwether.bars import Bars
from bellwether.samples._errors import SampleShapeMismatch, TooLittleHistory
from bellwether.samples._leaks import Leak, LeakReport

LEADS = (1, 2, 3, 4, 5, 10, 20)
WINDOWS = (1, 2, 5, 10, 20)
LEAST_BARS = 120
LAGS = 10
# No forecast of a return correlates so much: an IC of .25 is beyond anything that lasts.
RETURN_CORRELATION = 0.25
# Ranges, volumes and volatility are forecast well: only near identity is beyond belief.
SIZE_CORRELATION = 0.5
EXACT = 1e-8
LABEL_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known at each bar, and what it does not explain of what comes."""

    design: FloatArray
    targets: Mapping[str, FloatArray]
    rows: BoolArray

    def span(self, rows: BoolArray) -> FloatArray:
        """Return an orthonormal basis of what is known at some bars."""
        left, size, _ = np.linalg.svd(self.design[rows], full_matrices=False)
        return np.asarray(left[:, size > 1e-10 * size[0]])


def detect_column_leaks(values: ArrayLike, bars: Bars, *, names: Sequence[str] = ()) -> LeakReport:
    """Look for columns whose values could not have been known at their bars.

    Parameters
    ----------
    values : array-like of shape (n_bars,) or (n_bars, n_columns)
        Columns that cannot be computed again: imported, bought, of unknown making.
    bars : Bars
        Bars they are laid on; the value of a row is said to be known at the row's close.
    names : sequence of str, optional

    Returns
    -------
    report : LeakReport
        A column may have several leaks.

    Raises
    ------
    SampleShapeMismatch
        If there is not one row for each bar.
    TooLittleHistory
        If there are fewer than 120 bars.

    Notes
    -----
    Knows: everything; that is its task.
    NaN: rows without a value are left out.
    Cost: ten decompositions of 35 columns for each column looked at.
    What goes with the next return no closer than an IC of .25 and four standard errors is
    taken for skill: a faint leak of that size cannot be told from it.

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> bars = noise_world(1, 400).bars
    >>> detect_column_leaks(bars.high / bars.low, bars).is_clean
    True
    >>> print(detect_column_leaks(np.append(bars.high[1:], np.nan), bars).leaks[0])
    column 0 is the high of the bar after its own
    """
    columns = np.array(values, dtype=np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if len(columns) != len(bars):
        raise SampleShapeMismatch("the columns", len(bars), len(columns))
    if len(bars) < LEAST_BARS:
        raise TooLittleHistory("the look at columns", LEAST_BARS, len(bars))
    known = _lay_out_known(bars)
    titles = (*names, *(f"column {place}" for place in range(len(names), columns.shape[1])))
    leaks = []
    for place, column in enumerate(columns.T):
        told = list(_find_copies(column, bars, titles[place], place))
        told = told or list(_find_company(column, known, titles[place], place))
        leaks += [*told, *_find_marks(column, titles[place], place)]
    return LeakReport(leaks=tuple(leaks), n_evaluations=1, swept_frac=1.0)


def explain_label(label: FloatArray, bars: Bars) -> float:
    """Return the share of a label that bars up to its own explain; 0.0 where it may be chance."""
    if len(bars) < LEAST_BARS:
        return 0.0
    known = _lay_out_known(bars)
    rows = known.rows & np.isfinite(label)
    n_rows, n_known = int(rows.sum()), known.design.shape[1]
    if n_rows < 3 * n_known or not np.ptp(label[rows]):
        return 0.0
    left = _residual(label[rows], known.span(rows))
    share = 1.0 - float(left @ left) / float(np.sum((label[rows] - label[rows].mean()) ** 2))
    adjusted = 1.0 - (1.0 - share) * (n_rows - 1) / (n_rows - n_known)
    return adjusted if adjusted > LABEL_SHARE else 0.0


def _lay_out_known(bars: Bars) -> _Known:
    logs = np.log(bars.matrix[:, :4])
    change = np.diff(logs[:, 3], prepend=logs[0, 3])
    series = {
        "return": change,
        "absolute return": np.abs(change),
        "range": logs[:, 1] - logs[:, 2],
        "volume": np.log(bars.volume + 1.0),
    }
    columns = [np.ones(len(bars)), logs[:, 3], logs[:, 0] - logs[:, 3]]
    for name, one in series.items():
        lags = LAGS if name == "return" else LAGS // 2
        columns += [_shift(one, -lag) for lag in range(lags)]
        columns.append(_trailing_mean(one, 20))
    design = np.column_stack(columns)
    rows = np.isfinite(design).all(axis=1)
    varied = np.ptp(design[rows], axis=0) > 0.0
    varied[0] = True
    return _Known(design=design[:, varied], targets=series, rows=rows)


def _find_copies(column: FloatArray, bars: Bars, title: str, place: int) -> Iterator[Leak]:
    """Yield a leak where a column is an exact linear image of a later bar's quantity."""
    logs = np.log(bars.matrix[:, :4])
    change = np.diff(logs[:, 3], prepend=np.nan)
    quantities = dict(zip(("open", "high", "low", "close"), bars.matrix.T[:4], strict=True))
    quantities |= {f"log {name}": logs[:, i] for i, name in enumerate(tuple(quantities))}
    quantities |= {"volume": bars.volume, "return": change, "simple return": np.expm1(change)}
    quantities |= {"size of the return": np.abs(change), "direction": np.sign(change)}
    if any(_is_image(column, quantity) for quantity in quantities.values()):
        return
    for lead, (name, quantity) in product(LEADS, quantities.items()):
        if _is_image(column, _shift(quantity, lead)):
            after = "the bar after its own" if lead == 1 else f"the bar {lead} after its own"
            yield Leak(
                kind="equals_ahead",
                where=place,
                at=int(np.flatnonzero(np.isfinite(column))[0]),
                text=f"{title} is the {name} of {after}",
                ahead_bars=lead,
                remedy=f"shift it by {lead}, so that it stands where it is known",
            )
            return


def _is_image(column: FloatArray, quantity: FloatArray) -> bool:
    """Return whether a column is a linear image of a quantity, to the last digits."""
    both = np.isfinite(column) & np.isfinite(quantity)
    if both.sum() < LEAST_BARS // 2:
        return False
    return abs(_correlation(column[both], quantity[both])) >= 1.0 - EXACT


def _find_company(column: FloatArray, known: _Known, title: str, place: int) -> Iterator[Leak]:
    """Yield a leak where a column goes with what comes beyond anything known."""
    best: tuple[float, float, str, int, int] | None = None
    for own, window in product((column, np.diff(column, prepend=np.nan)), WINDOWS):
        targets = {name: _ahead_mean(one, window) for name, one in known.targets.items()}
        rows = known.rows & np.isfinite(own)
        rows &= np.isfinite(list(targets.values())).all(axis=0)
        n_rows = int(rows.sum())
        if n_rows < max(LEAST_BARS // 2, 2 * known.design.shape[1]):
            continue
        span = known.span(rows)
        news = _residual(own[rows], span)
        # What is known to the last digit leaves rounding, which correlates with nothing real.
        if np.std(news) <= 1e-7 * np.std(own[rows]):
            continue
        for name, target in targets.items():
            rho = _correlation(_ranks(news), _ranks(_residual(target[rows], span)))
            bound = RETURN_CORRELATION if name == "return" else SIZE_CORRELATION
            excess = abs(rho) - bound - 4.0 * np.sqrt(window / n_rows)
            if excess > 0.0 and (best is None or excess > best[0]):
                best = (excess, rho, name, window, n_rows)
    if best is not None:
        _, rho, name, window, n_rows = best
        length = "the next bar" if window == 1 else f"the next {window} bars"
        yield Leak(
            kind="follows_ahead",
            where=place,
            at=0,
            text=(
                f"{title} goes with the {name} of {length} beyond what is known "
                f"(correlation {rho:+.2f} over {n_rows} bars): no forecast is that good"
            ),
            ahead_bars=window,
            remedy="find out when each value was known, and lay it on the first bar closed after",
        )


def _find_marks(column: FloatArray, title: str, place: int) -> Iterator[Leak]:
    """Yield a leak where the numbers show that the whole column was at hand."""
    values = column[np.isfinite(column)]
    if len(values) < LEAST_BARS // 2 or len(np.unique(values)) < len(values) / 4:
        return
    mark = _name_scaling(values)
    if mark is not None:
        yield Leak(
            kind="scaled_whole",
            where=place,
            at=0,
            text=f"{title} was scaled with the whole of it at hand: {mark}",
            remedy="scale with the past alone, inside each fold",
        )
    if _is_interpolated(values):
        yield Leak(
            kind="interpolated",
            where=place,
            at=0,
            text=f"{title} runs along straight lines to values that were not known yet",
            remedy="carry the last known value on instead of interpolating",
        )


def _name_scaling(values: FloatArray) -> str | None:
    spread = float(values.std())
    low, high = float(values.min()), float(values.max())
    alone = int((values == low).sum()) == 1 and int((values == high).sum()) == 1
    if spread and abs(float(values.mean())) <= 1e-7 * spread:
        return "its mean is exactly 0"
    if alone and high == 1.0 and low in {0.0, -1.0}:
        return f"its extremes are exactly {low:.0f} and 1, each once"
    ranks = np.sort(values) * len(values)
    steps = np.diff(ranks)
    if np.abs(steps - 1.0).max() <= 1e-6:
        return "it holds each rank exactly once"
    return None


def _is_interpolated(values: FloatArray) -> bool:
    slope = np.diff(values)
    scale = float(np.abs(slope).max())
    straight = (np.abs(np.diff(slope)) <= 1e-9 * scale) & (np.abs(slope[1:]) > 1e-9 * scale)
    runs = np.flatnonzero(straight)
    slopes = np.unique(np.round(slope[1:][runs] / scale, 6)) if runs.size else runs
    return bool(runs.size > 0.3 * len(values) and len(slopes) >= 5)


def _residual(values: FloatArray, span: FloatArray) -> FloatArray:
    return np.asarray(values - span @ (span.T @ values))


def _ahead_mean(series: FloatArray, window: int) -> FloatArray:
    return np.asarray(np.mean([_shift(series, 1 + step) for step in range(window)], axis=0))


def _shift(series: FloatArray, ahead: int) -> FloatArray:
    """Return the value so many bars ahead (behind where negative) at each bar."""
    moved = np.full(len(series), np.nan)
    if ahead >= 0:
        moved[: len(series) - ahead] = series[ahead:]
    else:
        moved[-ahead:] = series[:ahead]
    return moved


def _trailing_mean(series: FloatArray, window: int) -> FloatArray:
    total = np.cumsum(series)
    found = np.full(len(series), np.nan)
    found[window:] = (total[window:] - total[:-window]) / window
    return found


def _ranks(values: FloatArray) -> FloatArray:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)


def _correlation(first: FloatArray, second: FloatArray) -> float:
    x, y = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0.0 else 0.0

"""How well `lean_raw` is adjusted by its factor files: split days, returns, days made of hours."""

from dataclasses import dataclass

import numpy as np

from _real_bars import FOLDER
from bellwether.bars import COLUMNS, Bars, BarsImport, Split, trading_days
from bellwether.sources import LeanFolder, read_all_bars, read_bars, resample_import

EQUITY = FOLDER / "lean_raw/Data/equity/usa"
PANEL = FOLDER / "us_daily_cc0"
SINCE = np.datetime64("2010-01-01", "us")
LEAST_COMMON = 1000
# The move that is left on the day of a split is one that markets make.
LARGEST_MOVE = 0.31


@dataclass(frozen=True, kw_only=True)
class LeanAdjustment:
    """What the adjustment of LEAN's raw bars comes to.

    Parameters
    ----------
    n_files : int
    n_splits, n_continuous : int
        Splits that the factor files tell of within the bars; those on whose day the traded price
        jumps by the ratio and the adjusted one does not.
    n_suspected : int
        Splits still suspected after adjusting; none should be.
    correlations : dict of str to float
        Of adjusted daily returns with the panel's since 2010, by symbol.
    n_days, n_same_days : int
        Days of the files that have hours too; those that their hours give to the last digit.
    """

    n_files: int
    n_splits: int
    n_continuous: int
    n_suspected: int
    correlations: dict[str, float]
    n_days: int
    n_same_days: int


def measure_adjustment() -> LeanAdjustment:
    """Read every equity file of LEAN, and compare."""
    found = [one for one in read_all_bars(EQUITY / "daily") if isinstance(one, BarsImport)]
    splits = [split for one in found for split in _compare_splits(one.bars)]
    same = [_compare_hours(symbol) for symbol in ("spy", "aapl")]
    correlations = {one.bars.symbol: _correlate(one.bars) for one in found}
    return LeanAdjustment(
        n_files=len(found),
        n_splits=len(splits),
        n_continuous=sum(splits),
        n_suspected=sum(
            told.code == "suspected-split" for one in found for told in one.quality.findings
        ),
        correlations={name: r for name, r in correlations.items() if r is not None},
        n_days=sum(n_days for n_days, _ in same),
        n_same_days=sum(n_same for _, n_same in same),
    )


def _compare_splits(bars: Bars) -> list[bool]:
    """Return for each split whether it is where the traded price jumps."""
    days, folder = trading_days(bars), LeanFolder(EQUITY)
    holder = folder.find_holder(bars.symbol, days[-1])
    factors = None if holder is None else folder.find_factors(holder.security)
    if factors is None:
        return []
    close, adjusted = np.log(bars.close), np.log(bars.matrix[:, 3])
    fits = []
    for split in factors.actions(days):
        if isinstance(split, Split):
            row = int(np.searchsorted(days, split.day))
            left = close[row] - close[row - 1] + np.log(split.ratio)
            move = adjusted[row] - adjusted[row - 1]
            fits.append(bool(abs(left - move) < 1e-4 and abs(move) < LARGEST_MOVE))
    return fits


def _compare_hours(symbol: str) -> tuple[int, int]:
    days = resample_import(read_bars(EQUITY / f"hour/{symbol}.zip"), "1d").bars
    daily = read_bars(EQUITY / f"daily/{symbol}.zip").bars
    if len(days) != len(daily) or (days.closed_at != daily.closed_at).any():
        return len(daily), 0
    same = np.ones(len(days), dtype=np.bool_)
    for name in COLUMNS:
        same &= np.isclose(getattr(days, name), getattr(daily, name), rtol=1e-9)
    return len(daily), int(same.sum())


def _correlate(bars: Bars) -> float | None:
    """Return the correlation with the panel's file of that symbol; None without years of both."""
    paths = [*PANEL.glob(f"*/{bars.symbol.lower()}.us.txt")]
    if not paths:
        return None
    panel = read_bars(paths[0]).bars
    common = np.intersect1d(panel.closed_at, bars.closed_at)
    common = common[common >= SINCE]
    if len(common) < LEAST_COMMON:
        return None
    returns = [
        np.diff(np.log(one.matrix[np.searchsorted(one.closed_at, common), 3]))
        for one in (panel, bars)
    ]
    return float(np.corrcoef(returns)[0, 1])

"""Highs and lows that nobody traded: far outside their own bar and every bar near it."""

from collections.abc import Iterator

import numpy as np

from bellwether.bars._bars import PRICES, Bars
from bellwether.bars._finding import Finding, name_bar, power_of_ten, write_power

FAR = 1.6
FAR_MULTIPLE = 8.0
COMPARED_BARS = 20


def find_stray_extremes(bars: Bars) -> Iterator[Finding]:
    """Yield each high or low that lies far outside its bar, named by a power of ten where it fits.

    Parameters
    ----------
    bars : Bars
        At least one.

    Notes
    -----
    Far is 1.6 times above the higher, or below the lower, of open and close, and 8 times the
    median range of the 20 bars before and behind. Crashes of minutes are such bars, too:
    2010-05-06 is one.
    """
    opened, high, low, close = (getattr(bars, name) for name in PRICES)
    above, below = high / np.maximum(opened, close), np.minimum(opened, close) / low
    for row in np.flatnonzero((above > FAR) | (below > FAR)).tolist():
        near = slice(max(row - COMPARED_BARS, 0), row + COMPARED_BARS + 1)
        usual = float(np.median(np.log(high[near] / low[near])))
        body = float(np.sqrt(opened[row] * close[row]))
        for name, size, extreme in (("high", above, high), ("low", below, low)):
            if np.log(size[row]) > max(np.log(FAR), FAR_MULTIPLE * usual):
                yield _describe(bars, row, name, float(extreme[row]) / body)


def _describe(bars: Bars, row: int, name: str, ratio: float) -> Finding:
    price = getattr(bars, name)[row]
    power = power_of_ten(ratio)
    if power is not None:
        size = f"{write_power(power)} times too {'large' if power > 0 else 'small'}"
        what = f"the {name} of {price:.6g} is about {size} for its bar"
        return Finding(code="scale-error", where=name_bar(bars, row), what=what)
    what = f"the {name} of {price:.6g} is {ratio:.3g} times the middle of open and close"
    return Finding(code="stray-extreme", where=name_bar(bars, row), what=what)

"""Which markets a history has seen: rising, falling, ranging."""

from collections.abc import Iterator, Mapping

import numpy as np

from bellwether.bars._bars import Bars
from bellwether.bars._finding import Finding, name_bar

STRETCH_BARS = 63
STRETCH_DEVIATIONS = 0.5
SCARCE_SHARE = 0.05


def market_coverage(bars: Bars) -> dict[str, float]:
    """Return the share of bars in rising, falling and sideways stretches.

    Parameters
    ----------
    bars : Bars

    Returns
    -------
    shares : dict of "bull", "bear" and "ranging" to float
        All zeros with fewer than 65 bars.

    Notes
    -----
    A bar is bull (bear) where the log change over the 63 bars up to it is above (below) half
    the deviation that independent returns would give such a change; the deviation of one
    return is 1.4826 times the median of their sizes, which one absurd price does not move.
    """
    log_close = np.log(bars.matrix[:, 3])
    change = log_close[STRETCH_BARS:] - log_close[:-STRETCH_BARS]
    if change.size < 2:
        return {"bull": 0.0, "bear": 0.0, "ranging": 0.0}
    typical = 1.4826 * float(np.median(np.abs(np.diff(log_close))))
    bound = STRETCH_DEVIATIONS * typical * np.sqrt(STRETCH_BARS)
    bull, bear = float(np.mean(change > bound)), float(np.mean(change < -bound))
    return {"bull": bull, "bear": bear, "ranging": 1.0 - bull - bear}


def find_scarce_markets(bars: Bars, coverage: Mapping[str, float]) -> Iterator[Finding]:
    """Yield the markets that a history has hardly seen; none where it is too short to tell.

    Parameters
    ----------
    bars : Bars
    coverage : mapping of str to float
        As `market_coverage` gives it.
    """
    for market, share in coverage.items():
        if share < SCARCE_SHARE and any(coverage.values()):
            what = f"only {100 * share:.1f} % of the bars lie in a {market} market"
            yield Finding(code="scarce-market", where=name_bar(bars, 0), what=what)

"""What looks wrong in bars that are within the data contract: suspicion with its evidence.

Nothing here changes a bar. Each kind of finding has a module of its own.
"""

from collections.abc import Mapping

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars._bars import Bars
from bellwether.bars._calendar import SessionCalendar
from bellwether.bars._coverage import find_scarce_markets
from bellwether.bars._extremes import find_stray_extremes
from bellwether.bars._finding import Finding
from bellwether.bars._moves import find_moves
from bellwether.bars._stretches import find_stretches


def find_oddities(
    bars: Bars, calendar: SessionCalendar, missing: TimeArray, coverage: Mapping[str, float]
) -> tuple[Finding, ...]:
    """List what looks wrong, kind by kind and oldest first.

    Parameters
    ----------
    bars : Bars
    calendar : SessionCalendar
    missing : datetime64[us] array of shape (n_missing,)
        Sessions without a bar, as `SessionCalendar.find_missing` gives them.
    coverage : mapping of str to float
        As `market_coverage` gives it.

    Returns
    -------
    findings : tuple of Finding
    """
    if not len(bars):
        return ()
    # A price times a volume may be more than a float holds; that is no reason for a warning.
    with np.errstate(over="ignore", invalid="ignore"):
        return (
            *find_moves(bars, calendar, missing),
            *find_stray_extremes(bars),
            *find_stretches(bars, calendar, missing),
            *find_scarce_markets(bars, coverage),
        )

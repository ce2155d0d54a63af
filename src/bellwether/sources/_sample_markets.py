"""Real bars that come inside a library bellwether already trains with."""

from importlib import import_module

import numpy as np

from bellwether.bars import BarsImport, UnknownSampleMarket
from bellwether.sources._reading import read_bars

SAMPLE_MARKETS = ("nasdaq", "sp500")


def sample_market(name: str, *, now: np.datetime64 | None = None) -> BarsImport:
    """Return real daily bars of an index, 1999 to 2018.

    Parameters
    ----------
    name : {"sp500", "nasdaq"}
    now : datetime64, optional
        As in `read_bars`.

    Returns
    -------
    imported : BarsImport
        5,031 bars.

    Raises
    ------
    UnknownSampleMarket
        If there is no such market, or the library that holds it (arch) is not installed.

    Examples
    --------
    >>> sample_market("sp500").bars
    Bars('sp500', '1d', 5031 bars, 1999-01-04 to 2018-12-31)
    """
    if name not in SAMPLE_MARKETS:
        raise UnknownSampleMarket(name, repr(name), f"choose from {', '.join(SAMPLE_MARKETS)}")
    try:
        module = import_module(f"arch.data.{name}")
    except ImportError as fault:
        raise UnknownSampleMarket(
            name, f"{name!r}, held by arch, which is not installed", "install bellwether[train]"
        ) from fault
    return read_bars(module.load(), symbol=name, calendar="XNYS", now=now)

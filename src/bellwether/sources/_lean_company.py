"""The door to LEAN's companies: all bars of one, whoever has its ticker by now."""

from os import PathLike

import numpy as np

from bellwether.bars import BarsImport
from bellwether.sources._building import HowToRead
from bellwether.sources._lean_history import find_company
from bellwether.sources._reading import read_raw_bars


def read_lean_company(
    folder: str | PathLike[str],
    company: str,
    *,
    resolution: str = "daily",
    now: np.datetime64 | None = None,
) -> BarsImport:
    """Read all bars of a company in LEAN's folders, adjusted.

    `read_bars` on a zip reads the company that had the ticker last. This reads any of them.

    Parameters
    ----------
    folder : str or path
        Of the market: `Data/equity/usa`, with map_files, factor_files and daily in it.
    company : str
        As its map file is called: "aaa.1" for the first that used AAA, "googl".
    resolution : str, default "daily"
        Name of the folder of bars: "daily" or "hour".
    now : datetime64, optional
        UTC instant of the question.

    Returns
    -------
    imported : BarsImport
        Up to its last day, if it was delisted.

    Raises
    ------
    SourceMissing
        If no map file, or no zip, has it.
    UnreadableBars
        If a file cannot be read.
    """
    how = HowToRead(now=now)
    return find_company(folder, company, lambda path: read_raw_bars(path, how), resolution, now)

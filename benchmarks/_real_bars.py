"""Real bars of many kinds from the folder of market data: daily and hourly, clean and messy."""

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, FloatArray, TimeArray
from bellwether.bars import Bars
from bellwether.errors import BarsError
from bellwether.sources import read_bars, sample_market

FOLDER = Path(os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data"))
KINDS = ("indices of arch", "us daily", "vix", "lean daily", "small daily", "lean hourly")
MESSY = ("two companies", "stooq defects", "awkward files")
_LEAN_PRICES = {"equity": 1e4}


@dataclass(frozen=True, slots=True, kw_only=True)
class RealSeries:
    """One symbol's real bars, to be read where they are looked at.

    Parameters
    ----------
    kind : str
        Which collection it is of.
    name : str
    read : callable
        Returns the bars, or raises BarsError.
    """

    kind: str
    name: str
    read: Callable[[], Bars]


def list_series() -> Iterator[RealSeries]:
    """Yield every series there is, by kind."""
    for name in ("sp500", "nasdaq"):
        yield RealSeries(kind=KINDS[0], name=name, read=partial(_read_sample, name))
    yield from _list_files(KINDS[1], "us_daily_cc0/*/*.us.txt")
    yield from _list_files(KINDS[2], "vix/data/*.csv")
    yield from _list_lean(KINDS[3], "daily")
    yield from _list_files(KINDS[4], "pyalgotrade/**/*.csv")
    yield from _list_lean(KINDS[5], "hour")
    for path in sorted(FOLDER.glob("lean_raw/Data/equity/usa/daily/*.zip")):
        yield RealSeries(kind=MESSY[0], name=path.stem, read=partial(read_lean, path, whole=True))
    yield from _list_files(MESSY[1], "messy/stooq_defects/*.txt")
    yield from _list_files(MESSY[2], "indicator_reference/**/*.csv")


def _list_files(kind: str, pattern: str) -> Iterator[RealSeries]:
    for path in sorted(FOLDER.glob(pattern)):
        yield RealSeries(kind=kind, name=path.stem, read=partial(_read_file, path))


def _list_lean(kind: str, length: str) -> Iterator[RealSeries]:
    for path in sorted(FOLDER.glob(f"lean_raw/Data/**/{length}/*.zip")):
        name = "/".join((*path.parts[-4:-2], path.stem))
        yield RealSeries(kind=kind, name=name, read=partial(read_lean, path))


def read_lean(path: Path, *, whole: bool = False) -> Bars:
    """Return the bars of a LEAN archive, adjusted where it says how.

    Parameters
    ----------
    path : pathlib.Path
    whole : bool, default False
        Keep the bars of other companies that had the ticker before.

    Notes
    -----
    No header; of quotes the bid. Rows outside the data contract are left out.
    """
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        table = pl.read_csv(file.read(), has_header=False, infer_schema_length=None)
    columns = table.get_columns()
    times = [f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[9:]}" for t in columns[0].to_list()]
    closed_at = np.array(times, dtype="datetime64[us]")
    scale = _LEAN_PRICES.get(path.parts[-4], 1.0)
    open_, high, low, close = (column.to_numpy() / scale for column in columns[1:5])
    # Of quotes the sixth column is an offer's size, no volume.
    volume = np.zeros(len(close)) if len(columns) > 6 else columns[5].to_numpy().astype(np.float64)
    sound = (high >= np.maximum(open_, close)) & (low <= np.minimum(open_, close)) & (low > 0.0)
    sound &= np.append(True, np.diff(closed_at) > np.timedelta64(0, "s"))
    sound &= whole | _find_own(path, closed_at)
    kept = {"open": open_, "high": high, "low": low, "close": close, "volume": volume}
    return Bars(
        symbol=path.stem,
        interval="1h" if path.parts[-2] == "hour" else "1d",
        closed_at=closed_at[sound],
        adjustment=_find_factors(path, closed_at)[sound],
        **{name: column[sound] for name, column in kept.items()},
    )


def _find_own(path: Path, closed_at: TimeArray) -> BoolArray:
    """Return which bars are of the company that has the ticker now, by the provider's map."""
    file = path.parent.parent / "map_files" / f"{path.stem}.csv"
    own = np.full(len(closed_at), not file.is_file())
    if not own.all():
        rows = [line.split(",") for line in file.read_text(encoding="utf-8").split()]
        days = closed_at.astype("datetime64[D]")
        for (before, *_), (until, ticker, *_) in pairwise(rows):
            own |= (days >= _day(before)) & (days <= _day(until)) & (ticker == path.stem)
    return own


def _day(text: str) -> np.datetime64:
    return np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:8]}")


def _find_factors(path: Path, closed_at: TimeArray) -> FloatArray:
    """Return the factors of the provider's file; ones where there is none."""
    file = path.parent.parent / "factor_files" / f"{path.stem}.csv"
    if not file.is_file():
        return np.ones(len(closed_at))
    rows = [line.split(",") for line in file.read_text(encoding="utf-8").split()]
    until = np.array([_day(row[0]) for row in rows])
    factors = np.array([float(price) * float(split) for _, price, split, *_ in rows])
    place = np.searchsorted(until, closed_at.astype("datetime64[D]"))
    factor: FloatArray = np.append(factors, 1.0)[place]
    return np.where(factor > 0.0, factor, 1.0)


def _read_sample(name: str) -> Bars:
    return sample_market(name).bars


def _read_file(path: Path) -> Bars:
    return read_bars(path).bars


def try_read(series: RealSeries) -> Bars | None:
    """Return a series' bars; None where they cannot be read as such."""
    try:
        return series.read()
    except BarsError:
        return None

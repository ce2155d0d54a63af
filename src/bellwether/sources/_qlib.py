"""Qlib's binary folders: calendars, instruments, and a file of floats for each field."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, FloatArray
from bellwether.bars import ColumnsMissing, Layout, NotATable, SourceMissing
from bellwether.hashing import digest_bytes
from bellwether.sources._frames import tabulate
from bellwether.sources._raw_table import RawTable

PRICES = ("open", "high", "low", "close")
FIELDS = (*PRICES, "volume", "factor")
DAY = "day"
LARGEST_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True, eq=False)
class _Field:
    """Values of one field from a place in the calendar on."""

    first: int
    values: FloatArray
    content: bytes


def is_qlib(folder: Path) -> bool:
    """Return whether a folder is one that Qlib writes."""
    return (folder / "calendars").is_dir() and (folder / "features").is_dir()


def list_instruments(folder: Path) -> tuple[str, ...]:
    """List the symbols of a Qlib folder, by name.

    Parameters
    ----------
    folder : pathlib.Path

    Raises
    ------
    SourceMissing
        If there is none.
    """
    found = sorted(one.name for one in (folder / "features").iterdir() if one.is_dir())
    if not found:
        raise SourceMissing(str(folder), "a Qlib folder without instruments")
    return tuple(found)


def read_instrument(folder: Path, name: str) -> RawTable:
    """Read one symbol's bars of a Qlib folder.

    Parameters
    ----------
    folder : pathlib.Path
    name : str
        As its folder under `features` is called.

    Returns
    -------
    raw : RawTable
        Prices as traded and the adjusted close, where Qlib kept the factor between them; days
        on which the market did not trade are left out.

    Raises
    ------
    ColumnsMissing
        If a file of prices is missing.
    NotATable
        If a file is damaged, or does not fit the calendar.

    Notes
    -----
    Each file holds 32-bit floats, little-endian: the place in the calendar of the first value,
    then the values. Prices are times the factor and volumes divided by it.
    """
    source = f"{folder} > {name}"
    frequency = _find_frequency(folder / "features" / name)
    times = _read_calendar(folder, frequency)
    fields = _read_fields(source, folder / "features" / name, frequency)
    missing = [price for price in PRICES if price not in fields]
    if missing:
        raise ColumnsMissing(source, missing, sorted(fields))
    start = fields["close"].first
    n_bars = len(fields["close"].values)
    if start < 0 or start + n_bars > len(times):
        was = f"bars from place {start} to {start + n_bars} of a calendar of {len(times)}"
        raise NotATable(source, was, "fetch the folder again, whole")
    columns = {key: _align(one, start, n_bars) for key, one in fields.items()}
    table = pl.DataFrame({"date": times[start : start + n_bars], **_undo_factor(columns)})
    prices = np.stack([columns[price] for price in PRICES])
    traded: BoolArray = np.atleast_1d(np.isfinite(prices).any(axis=0))
    digest = digest_bytes(b"".join(one.content for one in fields.values()))
    raw = tabulate(table.filter(traded), source, name=name.upper(), digest=digest)
    facts = [f"{n_bars - int(traded.sum())} of {n_bars} places of its calendar without a bar"]
    if "factor" in fields:
        facts.append("prices and volumes are as traded: the factor was taken out")
    return replace(raw, layout=Layout(name="Qlib", facts=tuple(facts)))


def _find_frequency(folder: Path) -> str:
    """Return the frequency of an instrument's files: days where there are some."""
    found = sorted({path.name.split(".")[1] for path in folder.glob("*.*.bin")})
    return DAY if DAY in found or not found else found[0]


def _read_calendar(folder: Path, frequency: str) -> list[str]:
    path = folder / "calendars" / f"{frequency}.txt"
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "no text"
        raise SourceMissing(str(path), f"a calendar that cannot be read ({reason})") from fault


def _read_fields(source: str, folder: Path, frequency: str) -> Mapping[str, _Field]:
    found = {}
    for name in FIELDS:
        path = folder / f"{name}.{frequency}.bin"
        if path.is_file():
            found[name] = _read_field(source, path)
    return found


def _read_field(source: str, path: Path) -> _Field:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise NotATable(source, f"more than 1 GiB in {path.name}")
        content = path.read_bytes()
    except OSError as fault:
        raise SourceMissing(
            str(path), f"a file that cannot be opened ({fault.strerror})"
        ) from fault
    values = np.frombuffer(content[: len(content) // 4 * 4], "<f4").astype(np.float64)
    if len(values) < 2 or len(content) % 4 or not values[0].is_integer():
        raise NotATable(source, f"a damaged {path.name}", "fetch it again")
    return _Field(first=int(values[0]), values=values[1:], content=content)


def _align(field: _Field, start: int, n_bars: int) -> FloatArray:
    """Return a field's values on the bars of the close, NaN where it has none."""
    aligned = np.full(n_bars, np.nan)
    first, last = max(field.first, start), min(field.first + len(field.values), start + n_bars)
    if last > first:
        aligned[first - start : last - start] = field.values[
            first - field.first : last - field.first
        ]
    return aligned


def _undo_factor(columns: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return prices and volumes as traded, beside the adjusted close."""
    factor = columns.get("factor")
    if factor is None:
        return dict(columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = {price: columns[price] / factor for price in PRICES}
        if "volume" in columns:
            raw["volume"] = columns["volume"] * factor
    return {**raw, "adj close": columns["close"]}

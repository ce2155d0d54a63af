"""Files that strangers send are read in a process of their own, which may not take much."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import ProcessBarsReader, ReadingStopped
from bellwether.bars import COLUMNS, Bars, BarsImport, ColumnsMissing, UnreadableBars
from bellwether.hashing import digest_bytes

MakeBars = Callable[[int, int], Bars]
NOW = np.datetime64("2030-01-01", "us")
HEAD = "date,open,high,low,close,volume\n"


def read(
    folder: Path, content: bytes, kind: str = "text/csv", reader: ProcessBarsReader | None = None
) -> BarsImport:
    (folder / "upload").write_bytes(content)
    return (reader or ProcessBarsReader()).read(folder, kind, symbol="X", calendar=None, now=NOW)


def test_bars_come_over_whole(
    tmp_path: Path, make_bars: MakeBars, save_bars: Callable[[Bars, Path], Path]
) -> None:
    bars = make_bars(100, 3)
    content = save_bars(bars, tmp_path / "x.csv").read_bytes()
    found = read(tmp_path, content)
    assert found.bars.close.tolist() == bars.close.tolist()
    assert (found.bars.symbol, found.quality.n_kept) == ("X", 100)
    assert found.source_digest == digest_bytes(content)
    assert found.calendar.closes_at[-1] > NOW


def test_columns_of_json_are_bars_too(tmp_path: Path, make_bars: MakeBars) -> None:
    bars = make_bars(80, 4)
    columns = {name: getattr(bars, name).tolist() for name in COLUMNS}
    columns["low"][5] = None
    times = [f"{one}Z" for one in bars.closed_at]
    factors = [0.5] * 80
    body = {"symbol": "Y", "closed_at": times, "adjustment": factors, **columns}
    found = read(tmp_path, json.dumps(body).encode(), "application/json")
    assert (len(found.bars), len(found.quality.refusals)) == (79, 1)
    assert found.bars.adjustment == pytest.approx(np.full(79, 0.5))
    assert found.bars.closed_at[0] == bars.closed_at[0]


def test_what_is_wrong_with_a_file_is_told_as_in_this_process(tmp_path: Path) -> None:
    with pytest.raises(ColumnsMissing, match="'a', 'b'"):
        read(tmp_path, b"a,b\n1,2\n")
    names = ("closed_at", "open", "high", "low", "close", "evil")
    body = json.dumps({name: [1] for name in names}).encode()
    with pytest.raises(UnreadableBars, match="known names only"):
        read(tmp_path, body, "application/json")


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    content = (HEAD + "2020-01-02,1,1,1,1,1\n" * 1_000_000).encode()
    with pytest.raises(ReadingStopped, match=r"SIGXCPU|SIGKILL|more than 2 s"):
        read(tmp_path, content, reader=ProcessBarsReader(seconds=2))


def test_a_file_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    content = (HEAD + "2020-01-02,1,1,1,1,1\n" * 1_000_000).encode()
    with pytest.raises(ReadingStopped):
        read(tmp_path, content, reader=ProcessBarsReader(memory_bytes=700 << 20))

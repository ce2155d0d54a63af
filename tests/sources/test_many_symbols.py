"""Tables of several symbols: long files, large and small, frames of two levels, queries."""

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.taking import read_both, read_every

from bellwether.bars import BarsImport, NotATable, RowsRefused, SymbolUnclear
from bellwether.sources import SourceRefused, read_all_bars, read_bars
from bellwether.sources import _large as large
from bellwether.sources import _large_tables as large_tables
from bellwether.sources import _line_spool as line_spool

HEADER = "date,open,high,low,close,volume,Name"
DAYS = np.busday_offset(np.datetime64("2020-01-02"), np.arange(30))


def row(day: np.datetime64, name: str, level: int) -> str:
    return f"{day},{level},{level + 2},{level - 1},{level + 1},{level * 100},{name}"


def long_lines(names: str = "BAC", n_days: int = 6) -> list[str]:
    return [
        row(day, name, 10 + place)
        for day, (place, name) in itertools.product(DAYS[:n_days], enumerate(names))
    ]


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file be a large one, and chunks be a few lines."""
    monkeypatch.setattr(large, "LARGE_BYTES", 300)
    monkeypatch.setattr(large, "SURVEYED_BYTES", 4096)
    monkeypatch.setattr(line_spool, "CHUNK_BYTES", 100)
    monkeypatch.setattr(large_tables, "MOST_ROWS", 7)


def tell(found: Iterator[BarsImport | SourceRefused]) -> list[object]:
    return [
        (one.symbol, str(one.error))
        if isinstance(one, SourceRefused)
        else (
            one.bars.symbol,
            one.bars.digest,
            one.source_digest,
            one.quality.n_read,
            [(refused.line, refused.reason, refused.text) for refused in one.quality.refusals],
        )
        for one in found
    ]


def write(folder: Path, text: str) -> Path:
    path = folder / "long.csv"
    path.write_text(text)
    return path


def test_a_long_file_is_read_symbol_by_symbol_as_they_come_up(tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join([HEADER, *long_lines()]))
    found = read_every(path, "XNYS")
    assert [one.bars.symbol for one in found] == ["B", "A", "C"]
    assert [one.quality.n_read for one in found] == [6, 6, 6]
    for one in found:
        alone = read_bars(path, symbol=one.bars.symbol, calendar="XNYS")
        assert alone.bars.digest == one.bars.digest


def test_lines_that_belong_to_no_symbol_are_counted_once(tmp_path: Path) -> None:
    lines = long_lines()
    lines.insert(4, f"{DAYS[1]},1,2,1,2,5,")
    lines.insert(9, "1,2,3,4,5,6,7,8,9")
    found = read_every(write(tmp_path, "\n".join([HEADER, *lines])), "XNYS")
    refused = {one.bars.symbol: [row.line for row in one.quality.refusals] for one in found}
    assert sum(one.quality.n_read for one in found) == len(lines)
    assert refused == {"B": [6], "A": [11], "C": []}


def test_one_symbol_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    lines = [line if not line.endswith("A") else f"{DAYS[0]},x,x,x,x,x,A" for line in long_lines()]
    found, [refused] = read_both(write(tmp_path, "\n".join([HEADER, *lines])), "XNYS")
    assert (refused.symbol, len(found)) == ("A", 2)


MESSES = st.sampled_from(
    [
        "",
        "   ",
        "garbage",
        "2020-01-02,1,2,1,2,5",
        "1,2,3,4,5,6,7,8,9,10",
        f"{DAYS[3]},10,12,9,11,1000,B",
        f"{DAYS[3]},10,12,9,11,1000,",
        f'{DAYS[4]},"10",12,9,11,1000," B "',
        f"{DAYS[5]},10,12,9,11,1000,é",
        f'{DAYS[4]},"10,12,9,11,1000,B',
    ]
)


@given(
    messes=st.lists(st.tuples(st.integers(0, 30), MESSES), max_size=6),
    end=st.sampled_from(["\n", "\r\n"]),
    before=st.sampled_from(["", "\ufeff", "\n"]),
    last=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_large_file_gives_what_a_small_one_does(
    tmp_path_factory: pytest.TempPathFactory,
    messes: list[tuple[int, str]],
    end: str,
    before: str,
    last: bool,
) -> None:
    lines = [HEADER, *long_lines("BACDE", 5)]
    for place, mess in messes:
        lines.insert(1 + place, mess)
    text = before + end.join(lines) + (end if last else "")
    path = tmp_path_factory.mktemp("long") / "long.csv"
    path.write_bytes(text.encode())
    whole = tell(read_all_bars(path, calendar="XNYS"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LARGE_BYTES", 300)
        patch.setattr(line_spool, "CHUNK_BYTES", 97)
        parted = tell(read_all_bars(path, calendar="XNYS"))
    assert sorted(map(str, parted)) == sorted(map(str, whole))


@pytest.mark.usefixtures("small_memory")
def test_one_symbol_of_a_large_file_is_found_or_missed(tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join([HEADER, *long_lines()]))
    assert len(read_bars(path, symbol="C", calendar="XNYS").bars) == 6
    with pytest.raises(SymbolUnclear, match="3 symbols"):
        read_bars(path, symbol="D")


@pytest.mark.usefixtures("small_memory")
def test_a_large_file_of_one_market_is_read_whole(tmp_path: Path) -> None:
    lines = [line.rpartition(",")[0] for line in long_lines("B")]
    path = write(tmp_path, "\n".join([HEADER.rpartition(",")[0], *lines]))
    [one] = read_every(path, "XNYS")
    assert (one.bars.symbol, len(one.bars)) == ("long", 6)


@pytest.mark.usefixtures("small_memory")
def test_a_large_file_may_be_packed(tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join([HEADER, *long_lines()]))
    plain = tell(read_all_bars(path, calendar="XNYS"))
    packed = tmp_path / "long.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert tell(read_all_bars(packed, calendar="XNYS")) == plain


@pytest.mark.usefixtures("small_memory")
def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join([HEADER, *long_lines(), "9" * 1000]))
    _, [refused] = read_both(path)
    assert isinstance(refused.error, NotATable)


def frame(names: str = "BAC", n_days: int = 6) -> pl.DataFrame:
    text = "\n".join([HEADER, *long_lines(names, n_days)])
    return pl.read_csv(text.encode(), try_parse_dates=True)


@pytest.mark.parametrize("ending", ["parquet", "feather"])
@pytest.mark.parametrize("is_large", [False, True])
def test_columns_of_several_symbols_are_read_from_binary_files(
    tmp_path: Path, ending: str, is_large: bool, request: pytest.FixtureRequest
) -> None:
    if is_large:
        request.getfixturevalue("small_memory")
    path = tmp_path / f"long.{ending}"
    frame().write_parquet(path) if ending == "parquet" else frame().write_ipc(path)
    found = {one.bars.symbol: one for one in read_every(path, "XNYS")}
    assert set(found) == {"A", "B", "C"}
    assert found["B"].bars.close.tolist() == [11.0] * 6
    assert len({one.source_digest for one in found.values()}) == 1
    assert read_bars(path, symbol="A", calendar="XNYS").bars.digest == found["A"].bars.digest


@pytest.mark.usefixtures("small_memory")
def test_rows_of_large_binary_files_are_refused_by_their_place(tmp_path: Path) -> None:
    path = tmp_path / "long.parquet"
    broken = (
        frame()
        .with_row_index()
        .with_columns(
            pl.when(pl.col("index") == 10).then(None).otherwise(pl.col("close")).alias("close")
        )
    )
    broken.drop("index").write_parquet(path)
    found = {one.bars.symbol: one for one in read_every(path, "XNYS")}
    assert [row.line for row in found["A"].quality.refusals] == [11]


def test_a_query_is_computed_symbol_by_symbol() -> None:
    found = read_every(frame().lazy(), "XNYS")
    assert [one.bars.symbol for one in found] == ["A", "B", "C"]


@pytest.mark.parametrize("by_ticker", [False, True])
def test_frames_of_two_levels_are_several_symbols(by_ticker: bool) -> None:
    wide = two_levels()
    if by_ticker:
        wide = wide.swaplevel(axis=1).sort_index(axis=1)
    found = {one.bars.symbol: one for one in read_every(wide, "XNYS")}
    assert set(found) == {"AAPL", "NEW"}
    assert found["AAPL"].bars.close.tolist() == [11.0] * 10
    # NEW was listed later: the rows before are no rows of it.
    assert (found["NEW"].quality.n_read, found["NEW"].quality.refusals) == (6, ())
    assert read_bars(wide, symbol="NEW", calendar="XNYS").bars.close.tolist() == [6.0] * 6
    with pytest.raises(SymbolUnclear, match="AAPL, NEW"):
        read_bars(wide)


def test_two_levels_that_pandas_stored_in_a_file_are_several_symbols(tmp_path: Path) -> None:
    wide = two_levels()
    names = {str(name): wide[name].to_numpy() for name in wide.columns}
    path = tmp_path / "wide.parquet"
    pl.DataFrame({**names, "__index_level_0__": DAYS[:10]}).write_parquet(path)
    found = {one.bars.symbol: one for one in read_every(path, "XNYS")}
    assert {name: len(one.bars) for name, one in found.items()} == {"AAPL": 10, "NEW": 6}
    assert found["NEW"].quality.refusals == ()


def two_levels() -> pd.DataFrame:
    index = pd.DatetimeIndex(DAYS[:10], name="Date")
    levels = {"Open": 10.0, "High": 12.0, "Low": 9.0, "Close": 11.0, "Volume": 5.0}
    values = {
        (name, ticker): np.full(10, level if ticker == "AAPL" else max(level - 5, 1.0))
        for name, level in levels.items()
        for ticker in ("AAPL", "NEW")
    }
    wide = pd.DataFrame(values, index=index)
    wide.columns.names = ["Price", "Ticker"]
    wide.loc[wide.index[:4], [column for column in wide.columns if column[1] == "NEW"]] = np.nan
    return wide


def test_frames_whose_index_names_symbol_and_date_are_several_symbols() -> None:
    table = pd.DataFrame(frame().to_dict(as_series=False))
    indexed = table.rename(columns={"Name": "symbol"}).set_index(["symbol", "date"])
    found = read_every(indexed, "XNYS")
    assert [one.bars.symbol for one in found] == ["B", "A", "C"]


class Arrow:
    """A table of a library that speaks Arrow's C stream interface and nothing else."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def test_tables_that_speak_arrow_are_read() -> None:
    found = read_bars(Arrow(frame("A")), calendar="XNYS")
    assert (found.bars.symbol, len(found.bars)) == ("A", 6)
    assert found.source == "the Arrow table"


def test_columns_that_hold_no_bars_do_not_disturb() -> None:
    table = frame("A").with_columns(
        pl.Series("tags", [["x"]] * 6),
        pl.Series("raw", [b"x"] * 6),
        pl.col("Name").cast(pl.Categorical),
        pl.col("close").cast(pl.Decimal(20, 4)),
    )
    assert read_bars(table, calendar="XNYS").bars.close.tolist() == [11.0] * 6


def test_a_query_that_fails_says_so() -> None:
    failing = frame().lazy().with_columns(pl.col("nothing"))
    with pytest.raises(NotATable, match="a fault"):
        read_bars(failing)


def test_the_long_file_of_kaggle_is_read_whole(market_data: Path) -> None:
    found, refused = read_both(market_data / "messy/kaggle_long/all_stocks_5yr.csv")
    assert len(found) + len(refused) == 455
    lost = [one.error.n_read for one in refused if isinstance(one.error, RowsRefused)]
    assert sum(one.quality.n_read for one in found) + sum(lost) == 10_000

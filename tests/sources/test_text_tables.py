"""The quick way of reading a clean text file, and the slow one of any other: the same table."""

import contextlib
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.dialect_twins import every_twin

from bellwether.bars import ColumnsMissing, MeaningUnclear, NotATable
from bellwether.errors import BarsError
from bellwether.sources import RawTable
from bellwether.sources._arranging import arrange_table
from bellwether.sources._hints import Hints
from bellwether.sources._rows import Rows, sift_rows
from bellwether.sources._text_tables import read_text_table

CELLS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=4).map(str),
    st.integers(-10, 10**12).map(str),
    st.sampled_from(
        ["", " ", "-", ".", "nan", "N/A", "1,5", "1.234,5", "$3", "63.82M", " 7", "8 ", "x y", "é"]
    ),
    st.text(alphabet="0123456789.,-+eE \t'M", max_size=6),
)
DAYS = st.dates().map(str) | st.sampled_from(["", "2020-01-02", "2020-02-30", "02/01/2020", "x"])


def sift(raw: RawTable) -> Rows | str:
    """Return what becomes of a table, or why nothing does."""
    try:
        return sift_rows(*arrange_table(raw))
    except BarsError as error:
        return str(error)


def assert_same_rows(one: Rows | str, other: Rows | str) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    np.testing.assert_array_equal(one.instants, other.instants)
    np.testing.assert_array_equal(one.place, other.place)
    for name, values in one.values.items():
        np.testing.assert_array_equal(values, other.values[name])
    assert (one.refusals, one.findings, one.dates_only) == (
        other.refusals,
        other.findings,
        other.dates_only,
    )


def quote(text: str, delimiter: str = ",") -> str:
    """Put every field in quotes: the table is the same, and no longer a clean one."""
    return "\n".join(
        delimiter.join(f'"{field}"' for field in line.split(delimiter)) if line else line
        for line in text.split("\n")
    )


@given(
    rows=st.lists(st.tuples(DAYS, CELLS, CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=12),
    ends=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=100, deadline=None)
def test_a_clean_file_is_read_as_any_other(rows: list[tuple[str, ...]], ends: str) -> None:
    text = "\n".join(["date;open;high;low;close;volume", *(";".join(row) for row in rows)])
    quick = read_text_table("x", "x", text.replace("\n", ends).encode())
    # A blank line behind the rows sends the file down the slow road, and changes nothing else.
    slow = read_text_table("x", "x", f"{text}\n\n".replace("\n", ends).encode())
    np.testing.assert_array_equal(quick.lines, slow.lines)
    assert (quick.layout, quick.torn, quick.opens) == (slow.layout, slow.torn, slow.opens)
    assert [quick.text(row) for row in range(len(rows))] == [
        slow.text(row) for row in range(len(rows))
    ]
    assert_same_rows(sift(quick), sift(slow))


@given(
    rows=st.lists(st.tuples(DAYS, *[st.tuples(CELLS, st.booleans())] * 5), min_size=1, max_size=12),
    patch=st.sampled_from(["", '"', '"x"', 'a"b"', '""']),
    ends=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=150, deadline=None)
def test_a_file_in_quotes_is_read_as_any_other(
    rows: list[tuple[Any, ...]], patch: str, ends: str
) -> None:
    lines = ['"date";open;high;"low";close;volume']
    for day, *cells in rows:
        fields = [f'"{cell}"' if in_quotes else cell for cell, in_quotes in cells]
        lines.append(";".join([f'"{day}"', *fields]))
    text = "\n".join([*lines[:-1], lines[-1] + patch])
    quick = read_text_table("x", "x", text.replace("\n", ends).encode())
    slow = read_text_table("x", "x", f"{text}\n\n".replace("\n", ends).encode())
    np.testing.assert_array_equal(quick.lines, slow.lines)
    assert (quick.layout, quick.torn) == (slow.layout, slow.torn)
    assert_same_rows(sift(quick), sift(slow))


def test_numbers_in_plain_quotes_are_read_the_quick_way() -> None:
    raw = read_text_table("x", "x", b'"date","open"\n"2020-01-02","1.5"\n"2020-01-03","2"\n')
    assert raw.table.dtypes == [pl.String, pl.Float64]
    assert (raw.text(1), raw.lines.tolist()) == ('"2020-01-03","2"', [2, 3])


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=name) for name, _, text, _ in every_twin() if '"' not in text]
)
def test_a_twin_is_the_same_bars_in_quotes(text: str) -> None:
    delimiter = max(",;\t", key=text.splitlines()[-1].count)
    assert_same_rows(
        sift(read_text_table("x", "x", text.encode())),
        sift(read_text_table("x", "x", quote(text, delimiter).encode())),
    )


def test_numbers_of_a_clean_file_are_numbers_and_their_rows_are_told_as_they_stand() -> None:
    raw = read_text_table(
        "x",
        "x",
        b"date,open,high,low,close,name\r\n2020-01-02, 1,2,1,2,007\r\n2020-01-03,1,2,1,2,008",
    )
    assert raw.table.dtypes == [pl.Date, *[pl.Float64] * 4, pl.String]
    assert raw.text(0) == "2020-01-02, 1,2,1,2,007"
    assert raw.lines.tolist() == [2, 3]


@pytest.mark.parametrize("day", ["2020-02-30", "2020-1-02x", "0001-01-01"])
def test_a_date_that_is_none_leaves_the_column_as_text_and_is_refused(day: str) -> None:
    text = f"date,open,high,low,close\n2020-01-02,1,2,1,2\n{day},1,2,1,2\n"
    rows = sift(read_text_table("x", "x", text.encode()))
    assert not isinstance(rows, str)
    assert [(row.line, row.reason) for row in rows.refusals] == [(3, "the date cannot be read")]


def test_dates_with_a_clock_in_a_column_of_its_own_keep_it() -> None:
    text = "date,time,open,high,low,close\n2020-01-02,09:31,1,2,1,2\n2020-01-02,09:32,1,2,1,2\n"
    raw = read_text_table("x", "x", text.replace("time", "when").encode())
    assert raw.table.dtypes[0] == pl.Date
    roles = {"date": "date", "time": "when"}
    utc = Hints(zone="UTC")
    named = sift_rows(*arrange_table(raw, roles), utc)
    plain = sift_rows(*arrange_table(read_text_table("x", "x", text.encode())), utc)
    np.testing.assert_array_equal(named.instants, plain.instants)


@pytest.mark.parametrize(
    "text",
    [
        "date,open\n2020-01-02,1\n\n2020-01-03,2",
        "date,open\n2020-01-02,1\n  \n2020-01-03,2",
        "date,open\r2020-01-02,1\r\r2020-01-03,2",
        "\n\ndate,open\n2020-01-03,2",
        "date,open\n2020-01-02,1,7\n2020-01-03\n2020-01-03,2",
    ],
)
def test_lines_keep_their_numbers_wherever_blank_ones_stand(text: str) -> None:
    raw = read_text_table("x", "x", text.encode())
    lines = text.replace("\r", "\n").split("\n")
    for row, line in enumerate(raw.lines.tolist()):
        assert raw.text(row) == lines[line - 1]
    assert raw.lines.tolist()[-1] == len(lines)


def test_a_line_with_more_fields_than_the_header_is_torn() -> None:
    raw = read_text_table("x", "x", b"date,open\n2020-01-02,1,7\n2020-01-03,2\n")
    assert [(row.line, row.reason) for row in raw.torn] == [(2, "more than the header's 2 fields")]
    assert raw.table.height == 1


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_bytes_make_anything_but_a_typed_error(content: bytes) -> None:
    with contextlib.suppress(BarsError):
        sift_rows(*arrange_table(read_text_table("x", "x", content)))


@given(
    text=st.sampled_from([text for _, _, text, _ in every_twin()]),
    cuts=st.lists(
        st.tuples(st.integers(0, 6000), st.integers(0, 40), st.text(max_size=5)), max_size=5
    ),
)
@settings(max_examples=100, deadline=None)
def test_no_damage_to_a_dialect_makes_anything_but_a_typed_error(
    text: str, cuts: list[tuple[int, int, str]]
) -> None:
    for place, length, patch in cuts:
        at = place % len(text)
        text = text[:at] + patch + text[at + length :]
    with contextlib.suppress(ColumnsMissing, MeaningUnclear, NotATable):
        sift_rows(*arrange_table(read_text_table("x", "x", text.encode("utf-8", "replace"))))

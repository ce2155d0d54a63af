"""Numbers in every dress, and which mark is the decimal one."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.sources._hints import Hints
from bellwether.sources._numbers import BLANKS, read_numbers


def read(*texts: str | None) -> list[float]:
    numbers = read_numbers({"close": pl.Series(texts, dtype=pl.String)})
    return [float(value) for value in numbers.values["close"]]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13,335.68", 13335.68),
        ("13.335,68", 13335.68),
        ("13 335,68", 13335.68),
        ("13\u202f335,68", 13335.68),
        ("13\u00a0335,68", 13335.68),
        ("13'335.68", 13335.68),
        ("1,23,456.5", 123456.5),
        ("1.234.567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("12,5", 12.5),
        ("0,123", 0.123),
        ("63.82M", 63_820_000.0),
        ("1.2B", 1.2e9),
        ("450K", 450_000.0),
        ("1,5 Mio.", 1_500_000.0),
        ("2,3 Mrd", 2.3e9),
        ("$11.50", 11.5),
        ("11,50 €", 11.5),
        ("1 234,50 zł", 1234.5),
        ("−11.5", -11.5),
        ("-11,5", -11.5),
        ("1,5e3", 1500.0),
        (" 7.25 ", 7.25),
    ],
)
def test_a_number_is_read_in_every_dress(text: str, number: float) -> None:
    assert read(text) == [number]


@pytest.mark.parametrize(
    "text", ["12x", "1,2.3,4", "12,34,5.6", "1 2", "--5", "1.2.3,4,5", "5%", "1M2", "ten"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    numbers = read_numbers({"close": pl.Series([text, "1.5"])})
    assert np.isnan(numbers.values["close"][0])
    assert not numbers.blanks["close"][0]


@pytest.mark.parametrize("text", [*BLANKS, " - ", "N/A", "NaN", None])
def test_words_for_nothing_are_blanks(text: str | None) -> None:
    numbers = read_numbers({"close": pl.Series([text, "1.5"], dtype=pl.String)})
    assert numbers.blanks["close"].tolist() == [True, False]


def test_one_mark_holds_for_all_columns() -> None:
    columns = {"close": pl.Series(["10,25", "11,5"]), "volume": pl.Series(["12.345", "9.876"])}
    numbers = read_numbers(columns)
    assert numbers.values["volume"].tolist() == [12345.0, 9876.0]
    assert numbers.facts == ("the decimal mark is a comma: 10,25 can be nothing else",)


def test_a_cell_in_the_other_dress_is_no_number() -> None:
    prices = [f"{100 + place},5" for place in range(30)]
    values = read(*prices, "131.25")
    assert np.isnan(values[-1])
    assert values[0] == 100.5


def test_thousands_are_known_by_the_numbers_below_one() -> None:
    assert read("998", "1,001", "23,205") == [998.0, 1001.0, 23205.0]


def test_commas_that_nothing_decides_are_asked_for() -> None:
    columns = {"close": pl.Series(["23,205", "23,310"])}
    question = read_numbers(columns).question
    assert question is not None
    assert (question.option, question.choices) == ("decimals", ("comma", "point"))
    for mark, first in (("comma", 23.205), ("point", 23205.0)):
        told = read_numbers(columns, Hints(decimals=mark))  # type: ignore[arg-type]
        assert told.values["close"][0] == first
    german = read_numbers(columns, comma_first=True)
    assert german.values["close"][0] == 23.205


def test_points_alone_are_decimal_points() -> None:
    assert read("108.123", "108.456") == [108.123, 108.456]
    assert read("$108.123", "108.456") == [108.123, 108.456]


def test_both_marks_as_decimals_are_asked_for() -> None:
    assert read_numbers({"close": pl.Series(["10,25", "10.25"])}).question is not None


@given(st.lists(st.decimals(0, 10**9, places=2), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_amounts_in_german_and_in_english_are_the_same(amounts: list[object]) -> None:
    english = [f"{amount:,.2f}" for amount in amounts]
    german = [text.translate(str.maketrans(",.", ".,")) for text in english]
    expected = [float(str(amount)) for amount in amounts]
    assert read(*english) == read(*german) == expected

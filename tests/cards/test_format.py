"""Numbers for people: never an error, never nonsense, whatever comes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.cards import (
    DASH,
    as_sentence,
    printable,
    write_any,
    write_chance,
    write_count,
    write_number,
    write_percent,
    write_price,
    write_range,
)

WRITERS = [write_any, write_chance, write_count, write_number, write_percent, write_price]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("value", [None, math.nan])
def test_unknown_is_a_dash(write: object, value: float | None) -> None:
    assert callable(write)
    assert write(value) == DASH


@pytest.mark.parametrize("write", [write_any, write_number, write_percent, write_price])
def test_infinite_is_said_in_words(write: object) -> None:
    assert callable(write)
    assert write(math.inf) == "infinite"


@pytest.mark.parametrize("write", WRITERS)
@given(value=st.floats())
def test_any_number_is_written_without_exponent(write: object, value: float) -> None:
    assert callable(write)
    text = write(value)
    assert text
    assert "e+" not in text
    assert "e-" not in text
    assert not text.startswith(("−0.00%", "-"))


def test_zero_has_no_sign() -> None:
    assert write_percent(-0.0001, signed=True) == "0.0%"


def test_range_with_an_unknown_end_is_a_dash() -> None:
    assert write_range(None, 1.0, write_number) == DASH
    assert write_range(0.0, math.nan, write_number) == DASH


@given(st.text())
def test_printable_text_can_be_stored_and_steers_nothing(text: str) -> None:
    cleaned = printable(text)
    cleaned.encode("utf-8")
    assert len(cleaned) == len(text)
    assert not any(ord(sign) < 32 or sign in "\u202e\u2066\x7f\x9b" for sign in cleaned)


def test_sentence_is_not_ended_twice() -> None:
    assert as_sentence("it rose.") == "It rose."
    assert as_sentence("it rose") == "It rose."

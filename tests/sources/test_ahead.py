"""Loading the next thing while the one before is being worked on."""

from collections.abc import Generator

import pytest

from bellwether.sources._ahead import one_ahead


def count(told: list[str], *, fails_at: int = 9) -> Generator[int, None, None]:
    try:
        for number in range(3):
            if number == fails_at:
                raise ValueError("gone")
            told.append(f"made {number}")
            yield number
    finally:
        told.append("closed")


def test_one_is_made_ahead_and_no_more() -> None:
    told: list[str] = []
    found = one_ahead(count(told))
    assert next(found) == 0
    assert len(told) <= 2
    assert list(found) == [1, 2]
    assert told == ["made 0", "made 1", "made 2", "closed"]


def test_what_is_left_off_is_closed() -> None:
    told: list[str] = []
    for number in one_ahead(count(told)):
        if number == 1:
            break
    assert told[-1] == "closed"


def test_an_error_comes_in_its_place() -> None:
    found = one_ahead(count([], fails_at=1))
    assert next(found) == 0
    with pytest.raises(ValueError, match="gone"):
        next(found)

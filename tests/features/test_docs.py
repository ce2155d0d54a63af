"""The reference of the algebra names every operator, and the guide every word of Qlib's."""

import re
from pathlib import Path

import pytest

from bellwether.features import CATALOGUES, find_catalogue, parse
from bellwether.features._qlib import WORDS
from bellwether.features._text import NAMED_OPERATORS, SHORTHANDS

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "explanation" / "feature-algebra.md").read_text(encoding="utf-8")
GUIDE = (DOCS / "how_to" / "bring-factors-from-qlib.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*NAMED_OPERATORS, *SHORTHANDS])
def test_every_operator_and_short_form_is_in_the_reference(name: str) -> None:
    assert f"`{name}(" in REFERENCE


@pytest.mark.parametrize("name", WORDS)
def test_every_word_of_qlib_is_in_the_guide(name: str) -> None:
    assert re.search(rf"\b{name}\b", GUIDE)


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_catalogue_is_in_the_reference_with_its_lookback(name: str) -> None:
    [row] = [
        line for line in REFERENCE.splitlines() if line.startswith("| ") and f"`{name}`" in line
    ]
    assert row.endswith(f"| {find_catalogue(name).lookback_bars} |")


def test_the_example_of_the_guide_is_true() -> None:
    [(text, answer)] = re.findall(r"features read '(.*)'\n +(.*)\n", GUIDE)
    assert str(parse(text)) == answer

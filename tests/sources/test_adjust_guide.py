"""The guide to adjusting says what the code does."""

import re
from pathlib import Path

import pytest

from bellwether.bars import SEVERITIES
from bellwether.sources import COMPUTED_CALENDARS

GUIDE = "docs/how_to/adjust-prices.md"


@pytest.fixture(scope="module")
def guide() -> str:
    return (Path(__file__).parents[2] / GUIDE).read_text(encoding="utf-8")


def test_the_code_of_the_guide_runs(guide: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})  # noqa: S102 - our own document


@pytest.mark.parametrize("name", sorted(COMPUTED_CALENDARS))
def test_every_calendar_of_ours_is_in_the_guide(guide: str, name: str) -> None:
    assert f"| `{name}` |" in guide


def test_every_finding_that_the_guide_explains_exists(guide: str) -> None:
    table = guide.partition("| finding | meaning |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) <= set(SEVERITIES)

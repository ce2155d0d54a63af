"""What docs/how_to/fetch-bars.md says is so."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.provider_servers import NOW, ManualClock

from bellwether.adapters import MemoryBarStore
from bellwether.sources import (
    BarRequest,
    FetchedMarket,
    Origin,
    ProviderBook,
    ProviderError,
    ProviderSetup,
    fetch_market,
    find_breaches,
)
from bellwether.sources._provider_book import OWN
from bellwether.sources._provider_template import FIELDS

GUIDE = (Path(__file__).parents[2] / "docs" / "how_to" / "fetch-bars.md").read_text(
    encoding="utf-8"
)


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_provider_has_its_row_with_its_keys_and_variants(name: str) -> None:
    [row] = [line for line in GUIDE.splitlines() if re.match(rf"\| `{name}[:`]", line)]
    facts = ProviderBook(environment={}).facts(name)
    assert facts is not None
    for told in (*facts.key_variables, *(f"{name}:{one}" for one in facts.variants[:2])):
        assert f"`{told}`" in row
    assert facts.intervals[0] in row or name == "ccxt"


def test_every_error_has_its_row() -> None:
    rows = [line.split("|")[1] for line in GUIDE.splitlines() if re.match(r"\| `[A-Z]", line)]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {kind.__name__ for kind in ProviderError.__subclasses__()}


def test_every_field_of_a_template_is_named() -> None:
    told = GUIDE.partition("In braces may stand")[2].partition(".")[0]
    assert set(re.findall(r"`(\w+)`", told)) == set(FIELDS)


def test_the_provider_of_the_guide_is_one() -> None:
    first, second = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(first, names)  # noqa: S102 - the guide's own lines
    exec(second, names)  # noqa: S102
    provider = names["House"](ProviderSetup(name="house"))
    market = FetchedMarket(origin=Origin(provider="house", symbol="X"), name="X")
    store = MemoryBarStore()
    found = fetch_market(provider, market, store=store, clock=ManualClock())
    assert found.outcome.snapshot.n_bars == 2
    since = np.datetime64("2021-03-09T21:00")
    [page] = provider.fetch(BarRequest(symbol="X", since=since, until=NOW))
    assert page.table.height == 1
    breaches = find_breaches(provider, BarRequest(symbol="X", until=NOW))
    assert breaches == ("it gives 2 bars where 20 are needed to check",)
    with pytest.raises(AssertionError):
        names["check"](provider, NOW)

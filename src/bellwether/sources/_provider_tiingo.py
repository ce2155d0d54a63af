"""Tiingo's end-of-day bars as CSV."""

from collections.abc import Iterator
from urllib.parse import quote

import numpy as np

from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import ProviderBusy, ProviderRefused, SymbolNotOffered
from bellwether.sources._provider_pages import Told, write_date
from bellwether.sources._providers import (
    BarRequest,
    ProviderFacts,
    ProviderSetup,
    check_interval,
)
from bellwether.sources._raw_table import RawTable
from bellwether.sources._secrets import Secret
from bellwether.sources._web import Answer, Ask

_FIRST = np.datetime64("1900-01-01")


class Tiingo:
    """Daily bars of Tiingo; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup
    """

    facts = ProviderFacts(
        name="tiingo",
        title="Tiingo's end-of-day bars: US stocks and funds, raw with adjusted closes",
        intervals=("1d",),
        key_variables=("TIINGO_API_KEY",),
        spacing_seconds=0.5,
        # Exchanges correct their prices until 20:00 New York time, four hours after the close.
        delay_minutes=240.0,
        adjusts="splits and dividends in the adjusted close; the other prices not at all",
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self._base = setup.address("https://api.tiingo.com")
        self._key = setup.need_key(self.facts)
        self._asker = setup.make_asker(self.facts)

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the one page that holds the bars of a request."""
        check_interval(self.facts, request)
        token = Secret(f"Token {self._key.reveal()}")
        told = Told(provider=self.facts.name, symbol=request.symbol, secrets=(self._key, token))
        ask = Ask(
            url=f"{self._base}/tiingo/daily/{quote(request.symbol.lower(), safe='')}/prices",
            query={
                "startDate": write_date(request.begin(_FIRST)),
                "endDate": write_date(request.until + np.timedelta64(1, "D")),
                "format": "csv",
            },
            headers={"Authorization": token},
        )
        answer = self._asker.get(ask, lambda found: self._judge(found, told))
        if answer.content.strip() not in (b"", b"[]"):
            yield told.read(answer.content)

    def _judge(self, answer: Answer, told: Told) -> ComeBack | None:
        name, said = self.facts.name, told.excerpt(answer.content)
        if answer.status == 404 or "not found" in said.lower():
            raise SymbolNotOffered(name, told.symbol, said)
        if answer.status != 200:
            return None
        told.check_no_page(answer)
        if "You have run over" in said:
            raise ProviderBusy(name, said)
        if answer.content.lstrip()[:1] == b"{":
            raise ProviderRefused(name, said)
        return None

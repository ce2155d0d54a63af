"""Stooq's daily bars as CSV."""

from collections.abc import Iterator

import numpy as np

from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import (
    AnswerUnusable,
    ProviderBusy,
    ProviderRefused,
    SymbolNotOffered,
)
from bellwether.sources._provider_pages import Told
from bellwether.sources._providers import (
    BarRequest,
    ProviderFacts,
    ProviderSetup,
    check_interval,
)
from bellwether.sources._raw_table import RawTable
from bellwether.sources._secrets import Secret
from bellwether.sources._web import Answer, Ask

_HINT = (
    "set a key of Stooq in STOOQ_API_KEY; without a good one it answers programs with a page, and "
    "a file saved from its page in a browser is read by bellwether import"
)


class Stooq:
    """Daily bars of Stooq; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup

    Notes
    -----
    Every answer has the status 200, whatever it says.
    """

    facts = ProviderFacts(
        name="stooq",
        title="Stooq's daily bars: stocks, indices, FX (aapl.us, ^spx, eurusd)",
        intervals=("1d",),
        key_variables=("STOOQ_API_KEY",),
        spacing_seconds=1.0,
        delay_minutes=60.0,
        adjusts="splits, and dividends of some markets",
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self._base = setup.address("https://stooq.com")
        self._key: Secret = setup.need_key(self.facts)
        self._asker = setup.make_asker(self.facts)

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the one page that holds the bars of a request."""
        check_interval(self.facts, request)
        told = Told(provider=self.facts.name, symbol=request.symbol, secrets=(self._key,))
        query: dict[str, str | Secret] = {"s": request.symbol.lower(), "i": "d"}
        if request.since is not None:
            query["d1"] = _write_day(request.begin(request.since - np.timedelta64(2, "D")))
            query["d2"] = _write_day(request.until + np.timedelta64(1, "D"))
        query["apikey"] = self._key
        ask = Ask(url=f"{self._base}/q/d/l/", query=query)
        answer = self._asker.get(ask, lambda found: self._judge(found, told))
        yield told.read(answer.content)

    def _judge(self, answer: Answer, told: Told) -> ComeBack | None:
        content, name = answer.content, self.facts.name
        said = told.excerpt(content)
        if content.lstrip()[:1] == b"<":
            raise ProviderRefused(name, "a page for browsers", _HINT)
        if b"hits limit" in content[:200]:
            raise ProviderBusy(name, said)
        if b"apikey" in content[:400].lower() or b"denied" in content[:200].lower():
            raise ProviderRefused(name, said, _HINT)
        if not content.strip() or content[:40].strip().lower() in (b"no data", b"brak danych"):
            raise SymbolNotOffered(name, told.symbol, said)
        if answer.status == 200 and b"," not in content[:200].partition(b"\n")[0]:
            raise AnswerUnusable(name, said)
        return None


def _write_day(instant: np.datetime64) -> str:
    return str(np.datetime_as_string(instant, unit="D")).replace("-", "")

"""Alpha Vantage's time series as CSV."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import (
    ProviderBusy,
    ProviderRefused,
    SymbolNotOffered,
)
from bellwether.sources._provider_pages import Told, parse_json
from bellwether.sources._providers import (
    BarRequest,
    ProviderFacts,
    ProviderSetup,
    check_interval,
)
from bellwether.sources._raw_table import RawTable
from bellwether.sources._secrets import Secret
from bellwether.sources._web import Answer, Ask

_COMPACT = np.timedelta64(130, "D")
_MONTHS = 2
_NAMES = {"1m": "1min", "5m": "5min", "15m": "15min", "30m": "30min", "1h": "60min"}
_FUNCTIONS = {None: "TIME_SERIES_DAILY", "adjusted": "TIME_SERIES_DAILY_ADJUSTED"}
_AT_ONCE = "per second"


class AlphaVantage:
    """Bars of Alpha Vantage; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup
        The variant "adjusted" asks for the daily series with adjusted closes, which its paid
        plans hold.

    Notes
    -----
    Every answer has the status 200; what is wrong stands in a JSON object, even where CSV was
    asked for, and repeats the key at times.
    """

    facts = ProviderFacts(
        name="alphavantage",
        title="Alpha Vantage's time series: stocks of many exchanges (IBM, TSCO.LON)",
        intervals=(*_NAMES, "1d"),
        key_variables=("ALPHAVANTAGE_API_KEY",),
        spacing_seconds=1.2,
        delay_minutes=60.0,
        adjusts="not at all; alphavantage:adjusted gives adjusted closes, too",
        variants=("adjusted",),
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self._base = setup.address("https://www.alphavantage.co")
        self._asker = setup.make_asker(self.facts)
        self._key = setup.need_key(self.facts)
        self._function = _FUNCTIONS[setup.variant]

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the pages that hold the bars of a request."""
        check_interval(self.facts, request)
        told = Told(provider=self.facts.name, symbol=request.symbol, secrets=(self._key,))
        if request.is_daily:
            near = request.since is not None and request.until - request.since < _COMPACT
            query = {"function": self._function, "outputsize": "compact" if near else "full"}
            yield self._ask(query, told)
            return
        for month in _months(request):
            query = {
                "function": "TIME_SERIES_INTRADAY",
                "interval": _NAMES[request.interval],
                "month": month,
                "outputsize": "full",
                "adjusted": "false",
                "extended_hours": "false",
            }
            page = self._ask(query, told)
            yield _stamp(page)

    def _ask(self, query: dict[str, str], told: Told) -> RawTable:
        named: dict[str, str | Secret] = {**query, "symbol": told.symbol, "datatype": "csv"}
        ask = Ask(url=f"{self._base}/query", query={**named, "apikey": self._key})
        answer = self._asker.get(ask, lambda found: self._judge(found, told))
        return told.read(answer.content)

    def _judge(self, answer: Answer, told: Told) -> ComeBack | None:
        name = self.facts.name
        told.check_no_page(answer)
        if not answer.content.strip():
            return ComeBack(was="an empty answer", kind="broken")
        if answer.content.lstrip()[:1] != b"{":
            return None
        value = parse_json(answer)
        if isinstance(value, ComeBack):
            return value
        said = told.say("; ".join(str(one) for one in value.values()))
        if not value:
            raise SymbolNotOffered(name, told.symbol, "an empty object")
        if "Error Message" in value and "apikey" not in said:
            raise SymbolNotOffered(name, told.symbol, said)
        if "Error Message" in value or ("premium" in said and "rate limit" not in said.lower()):
            raise ProviderRefused(
                name, said, "check the key and its plan; --since within 130 days asks for less"
            )
        if _AT_ONCE in said or "per minute" in said:
            return ComeBack(was=said)
        raise ProviderBusy(name, said)


def _months(request: BarRequest) -> Iterator[str]:
    """Yield the months that are asked for, oldest first; by default the last ones."""
    last = request.until.astype("datetime64[M]")
    default = (last - np.timedelta64(_MONTHS - 1, "M")).astype("datetime64[us]")
    first = request.begin(default if request.since is None else request.since - request.span)
    for month in np.arange(first.astype("datetime64[M]"), last + np.timedelta64(1, "M")):
        yield str(month)


def _stamp(page: RawTable) -> RawTable:
    """Return a page whose times say that they are of New York, and of the opening."""
    name = page.table.columns[0]
    text = page.table[name].cast(pl.String, strict=False)
    local = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    zoned = local.dt.replace_time_zone(
        "America/New_York", ambiguous="earliest", non_existent="null"
    )
    return replace(page, table=page.table.with_columns(zoned.alias(name)), opens=True)

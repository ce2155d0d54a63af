"""Yahoo's chart endpoint, which yfinance asks as well."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import AnswerUnusable, SymbolNotOffered
from bellwether.sources._provider_pages import (
    Told,
    epoch,
    parse_json,
    read_number,
    read_path,
    take_rows,
)
from bellwether.sources._providers import (
    BarRequest,
    ProviderFacts,
    ProviderSetup,
    check_interval,
)
from bellwether.sources._raw_table import RawTable
from bellwether.sources._web import Answer, Ask

_FIRST = np.datetime64("1900-01-01")
_DAY = np.timedelta64(1, "D")
# How far back bars of a length go, and how much of them is given at once, in days.
_REACH = {"1m": (29, 7), "5m": (59, 59), "15m": (59, 59), "30m": (59, 59), "1h": (729, 729)}


class YahooChart:
    """Bars of Yahoo Finance; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup

    Notes
    -----
    Open, high, low and close are adjusted for splits, the adjusted close for dividends, too.
    """

    facts = ProviderFacts(
        name="yahoo",
        title="Yahoo Finance's chart endpoint, as yfinance asks it: stocks, funds, indices, FX",
        intervals=("1m", "5m", "15m", "30m", "1h", "1d"),
        spacing_seconds=1.0,
        delay_minutes=20.0,
        adjusts="splits in all prices; dividends in the adjusted close",
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self._base = setup.address("https://query1.finance.yahoo.com")
        self._asker = setup.make_asker(self.facts)

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the pages that hold the bars of a request."""
        check_interval(self.facts, request)
        for first, last in _windows(request):
            page = self._fetch_page(request, first, last)
            if page is not None:
                yield page

    def _fetch_page(
        self, request: BarRequest, first: np.datetime64, last: np.datetime64
    ) -> RawTable | None:
        ask = Ask(
            url=f"{self._base}/v8/finance/chart/{quote(request.symbol, safe='')}",
            query={
                "period1": str(epoch(first)),
                "period2": str(epoch(last)),
                "interval": request.interval,
                "includePrePost": "false",
                "events": "div,splits",
            },
            # Whoever calls himself a script is turned away.
            headers={"User-Agent": "Mozilla/5.0"},
        )
        answer = self._asker.get(ask, lambda found: self._judge(found, request.symbol))
        chart = read_path(parse_json(answer), "chart", "result", 0)
        stamps = read_path(chart, "timestamp")
        if not stamps:
            return None
        raw = Told(provider=self.facts.name, symbol=request.symbol).read(answer.content)
        if not isinstance(stamps, list) or raw.table.height != len(stamps):
            raise AnswerUnusable(self.facts.name, "a chart with other bars than times")
        numbers = np.array([read_number(stamp, np.nan) for stamp in stamps])
        keep = _find_kept(read_path(chart, "meta"), numbers, request)
        return take_rows(replace(raw, name=request.symbol), np.flatnonzero(keep))

    def _judge(self, answer: Answer, symbol: str) -> ComeBack | None:
        value = parse_json(answer)
        if isinstance(value, ComeBack):
            # A status of failure says more than the text that comes along.
            return value if answer.status == 200 else None
        error = read_path(value, "chart", "error") or read_path(value, "finance", "error")
        if error is None:
            found = read_path(value, "chart", "result", 0)
            missing = ComeBack(was="JSON without a chart", kind="broken")
            return missing if answer.status == 200 and found is None else None
        said = Told(provider=self.facts.name, symbol=symbol).say(
            read_path(error, "description") or error
        )
        if answer.status in (200, 400, 404, 422):
            raise SymbolNotOffered(self.facts.name, symbol, said)
        return None


def _windows(request: BarRequest) -> Iterator[tuple[np.datetime64, np.datetime64]]:
    """Yield the stretches of time that are asked for, oldest first."""
    last = request.until + _DAY
    if request.is_daily:
        yield request.begin(_FIRST), last
        return
    reach, step = _REACH[request.interval]
    first = request.begin(request.until - reach * _DAY)
    while first < last:
        yield first, min(first + step * _DAY, last)
        first = first + step * _DAY


def _find_kept(meta: Any, stamps: FloatArray, request: BarRequest) -> BoolArray:
    """Return which rows are bars: the last one may be the price of the moment.

    Of a day in progress, daily answers end in a second row of the same day, the later of which
    is kept; others in a row at the moment itself, which is no bar's opening.
    """
    keep = np.ones(len(stamps), dtype=np.bool_)
    if request.is_daily:
        offset = read_number(read_path(meta, "gmtoffset"), 0.0)
        days = np.floor((stamps + offset) / 86_400)
        keep[:-1] = days[1:] != days[:-1]
        return keep
    span = float(request.span / np.timedelta64(1, "s"))
    now = read_number(read_path(meta, "regularMarketTime"), np.inf)
    ends = _session_ends(meta)
    if len(stamps) > 1:
        # Openings are a whole number of bars behind the session's first one; a moment is not.
        keep[-1] = stamps[-1] < now or (stamps[-1] - stamps[-2]) % span == 0
    return keep & ~np.isin(stamps, ends)


def _session_ends(meta: Any) -> FloatArray:
    """Return when sessions ended: a row there is the closing price, said again."""
    days = read_path(meta, "tradingPeriods")
    known = days if isinstance(days, list) else []
    periods = [one for day in known if isinstance(day, list) for one in day]
    return np.array([read_number(read_path(one, "end"), np.nan) for one in periods])

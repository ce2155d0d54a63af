"""Servers on loopback that answer as providers of bars do, and clocks that wait at once."""

import contextlib
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import numpy as np

from bellwether.bars import Bars
from bellwether.sources import (
    BarRequest,
    ProviderFacts,
    ProviderSetup,
    RawTable,
    find_sessions,
)

NOW = np.datetime64("2021-03-10T18:00", "us")
"""A Wednesday, in the middle of New York's session."""
DAY = np.timedelta64(1, "D")
NEW_YORK = ZoneInfo("America/New_York")


class ManualClock:
    """A clock that goes on when somebody sleeps, and remembers for how long."""

    def __init__(self, start: np.datetime64 = NOW) -> None:
        self.at: np.datetime64 = start.astype("datetime64[us]")
        self.slept: list[float] = []

    def now(self) -> np.datetime64:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at = self.at + np.timedelta64(round(seconds * 1e6), "us")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a server was asked."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What it answers; `told_length` lies about the body's."""

    status: int = 200
    content: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    told_length: int | None = None


Answerer = Callable[[Question], Reply]


@dataclass(kw_only=True)
class ProviderServer:
    """A server that answers by a function, which a test may change."""

    answer: Answerer
    url: str = ""
    questions: list[Question] = field(default_factory=list)


@contextlib.contextmanager
def serving(answer: Answerer) -> Iterator[ProviderServer]:
    """Serve on a free port until the block ends."""
    server = ProviderServer(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Question(path=unquote(parts.path), query=query, headers=headers)
            server.questions.append(asked)
            reply = server.answer(asked)
            length = len(reply.content) if reply.told_length is None else reply.told_length
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(length))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, *_: Any) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listener.server_address[1]}"
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join(10)


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    """Answer a JSON value."""
    return Reply(status=status, content=json.dumps(value).encode(), headers=headers)


def as_csv(text: str, status: int = 200) -> Reply:
    """Answer CSV, or a text of another kind in its place."""
    return Reply(status=status, content=text.encode(), kind="text/csv")


def make_daily(
    n_bars: int, *, last: str = "2021-03-10", seed: int = 1, calendar: str = "XNYS"
) -> Bars:
    """Return daily bars of real sessions, the last one of the day in progress."""
    end = np.datetime64(last)
    days = find_sessions(calendar, end - 3 * n_bars * DAY, end).days[-n_bars:]
    closes_at = find_sessions(calendar, days[0], end).closes_at
    return walk(closes_at, "1d", seed)


def make_hourly(n_bars: int, *, last: str = "2021-03-10T18:00") -> Bars:
    """Return hourly bars around the clock; the last closes when another one begins."""
    end = np.datetime64(last, "us")
    closes_at = end + np.timedelta64(1, "h") * (np.arange(n_bars) - n_bars + 2)
    return walk(closes_at, "1h", 2)


def walk(closed_at: Any, interval: str, seed: int) -> Bars:
    """Return a random walk with prices of two decimals."""
    generator = np.random.default_rng(seed)
    n_bars = len(closed_at)
    close = np.round(100 * np.exp(np.cumsum(0.01 * generator.standard_normal(n_bars))), 2)
    opened = np.round(close * np.exp(0.004 * generator.standard_normal(n_bars)), 2)
    high = np.round(np.maximum(opened, close) + 0.25, 2)
    low = np.round(np.minimum(opened, close) - 0.25, 2)
    volume = np.floor(generator.uniform(1e5, 1e6, n_bars))
    return Bars(
        symbol="SPY", interval=interval, closed_at=closed_at,
        open=opened, high=high, low=low, close=close, volume=volume,
    )  # fmt: skip


def days_of(bars: Bars) -> Any:
    """Return the days of daily bars that close on their day in New York, or at midnight."""
    return (bars.closed_at - np.timedelta64(1, "us")).astype("datetime64[D]")


def rows_of(bars: Bars) -> list[list[float]]:
    """Return open, high, low, close, volume by row."""
    columns = [bars.open, bars.high, bars.low, bars.close, bars.volume]
    return [list(map(float, row)) for row in np.stack(columns, axis=1)]


def seconds_of(instants: Any) -> list[int]:
    """Return instants in seconds since 1970."""
    return [int(one) for one in instants.astype("datetime64[s]").astype(np.int64)]


def yahoo(bars: Bars, *, factor: float = 1.0) -> Answerer:
    """Answer as Yahoo's chart endpoint does; openings, and adjusted closes by a factor."""
    is_daily = bars.interval == "1d"
    if is_daily:
        opened = days_of(bars).astype("datetime64[us]") + np.timedelta64(14 * 60 + 30, "m")
    else:
        opened = bars.closed_at - np.timedelta64(1, "h")
    stamps, rows = np.array(seconds_of(opened)), rows_of(bars)

    def answer(asked: Question) -> Reply:
        first, last = int(asked.query["period1"]), int(asked.query["period2"])
        places = np.flatnonzero((stamps >= first) & (stamps < last)).tolist()
        columns = dict(
            zip(("open", "high", "low", "close", "volume"), zip(*rows, strict=True), strict=True)
        )
        quote = {name: [values[place] for place in places] for name, values in columns.items()}
        indicators: dict[str, Any] = {"quote": [quote]}
        if is_daily:
            indicators["adjclose"] = [{"adjclose": [one * factor for one in quote["close"]]}]
        meta = {
            "currency": "USD", "symbol": "SPY", "instrumentType": "ETF",
            "gmtoffset": -18000 if is_daily else 0,
            "exchangeTimezoneName": "America/New_York" if is_daily else "UTC",
            "dataGranularity": asked.query["interval"], "regularMarketTime": int(stamps[-1]) + 7,
        }  # fmt: skip
        result: dict[str, Any] = {"meta": meta, "indicators": indicators}
        if places:
            result["timestamp"] = [int(stamps[place]) for place in places]
        return as_json({"chart": {"result": [result], "error": None}})

    return answer


def stooq(bars: Bars) -> Answerer:
    """Answer as Stooq does."""

    def answer(asked: Question) -> Reply:
        first = asked.query.get("d1", "00000000")
        lines = ["Date,Open,High,Low,Close,Volume"]
        for day, row in zip(days_of(bars), rows_of(bars), strict=True):
            if str(day).replace("-", "") >= first:
                lines.append(",".join([str(day), *(f"{one:g}" for one in row)]))
        return as_csv("\r\n".join(lines) + "\r\n")

    return answer


def alphavantage(bars: Bars) -> Answerer:
    """Answer as Alpha Vantage does, newest first; compact is a hundred rows."""

    def answer(asked: Question) -> Reply:
        lines = []
        for day, row in zip(days_of(bars), rows_of(bars), strict=True):
            lines.append(",".join([str(day), *(f"{one:.4f}" for one in row[:4]), f"{row[4]:.0f}"]))
        n_kept = 100 if asked.query["outputsize"] == "compact" else len(lines)
        head = "timestamp,open,high,low,close,volume"
        return as_csv("\r\n".join([head, *reversed(lines[-n_kept:])]) + "\r\n")

    return answer


def tiingo(bars: Bars, *, factor: float = 1.0) -> Answerer:
    """Answer as Tiingo does."""

    def answer(asked: Question) -> Reply:
        lines = [
            "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor"
        ]
        for day, (opened, high, low, close, volume) in zip(
            days_of(bars), rows_of(bars), strict=True
        ):
            if str(day) >= asked.query["startDate"]:
                raw = [close, high, low, opened]
                adjusted = [one * factor for one in raw]
                numbers = [*raw, volume, *adjusted, volume, 0.0, 1.0]
                lines.append(",".join([str(day), *(f"{one:.10g}" for one in numbers)]))
        return as_csv("\n".join(lines) + "\n")

    return answer


def alpaca(bars: Bars, *, factor: float = 1.0, page: int = 70) -> Answerer:
    """Answer as Alpaca does, in small pages."""
    midnights = [
        f"{dt.datetime.fromisoformat(f'{day}').replace(tzinfo=NEW_YORK).astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        for day in days_of(bars)
    ]

    def answer(asked: Question) -> Reply:
        scale = factor if asked.query["adjustment"] == "all" else 1.0
        rows = [
            {"t": at, "o": row[0] * scale, "h": row[1] * scale, "l": row[2] * scale,
             "c": row[3] * scale, "v": row[4], "n": 10, "vw": row[3]}
            for at, row in zip(midnights, rows_of(bars), strict=True)
            if asked.query["start"] <= at <= asked.query["end"]
        ]  # fmt: skip
        token = asked.query.get("page_token", "")
        start = int(token) if token.isdecimal() else 0
        follows = str(start + page) if start + page < len(rows) else None
        some = rows[start : start + page] or None
        return as_json({"bars": some, "symbol": "SPY", "next_page_token": follows})

    return answer


def binance(bars: Bars) -> Answerer:
    """Answer as Binance does: texts for prices, openings in milliseconds."""
    span = DAY if bars.interval == "1d" else np.timedelta64(1, "h")
    opened = [1000 * one for one in seconds_of(bars.closed_at - span)]
    width = 1000 * int(span / np.timedelta64(1, "s"))

    def answer(asked: Question) -> Reply:
        first, last = int(asked.query["startTime"]), int(asked.query["endTime"])
        rows = [
            [at, *(f"{one:.8f}" for one in row), at + width - 1, "0", 5, "0", "0", "0"]
            for at, row in zip(opened, rows_of(bars), strict=True)
            if first <= at <= last
        ]
        return as_json(rows[: int(asked.query["limit"])])

    return answer


class Nothing:
    """A provider of no bars, as another package might bring it."""

    facts = ProviderFacts(name="nothing", title="nothing at all", intervals=("1d",))

    def fetch(self, _: BarRequest) -> Iterator[RawTable]:
        yield from ()


def make_nothing(_: ProviderSetup) -> Nothing:
    """Make it: what an entry point names."""
    return Nothing()

"""Providers read what their servers give: all of it, once, and nothing that has not closed."""

import json
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest
from tests.provider_servers import (
    DAY,
    NOW,
    Answerer,
    ManualClock,
    ProviderServer,
    Question,
    Reply,
    alpaca,
    alphavantage,
    as_csv,
    as_json,
    binance,
    make_daily,
    make_hourly,
    seconds_of,
    serving,
    stooq,
    tiingo,
    yahoo,
)

from bellwether.bars import Bars, BarsImport
from bellwether.sources import (
    BarProvider,
    BarRequest,
    FetchedMarket,
    IntervalNotOffered,
    Origin,
    ProviderBook,
    ProviderKeyMissing,
    ProviderUnusable,
    Secret,
    UnknownProvider,
    Wire,
    _provider_book,
    fetch_bars,
    find_breaches,
)

pytestmark = pytest.mark.enable_socket

HOUR = np.timedelta64(1, "h")
KEYS = {name: Secret("ID:SWORDFISH") for name in ("stooq", "alphavantage", "tiingo", "alpaca")}
daily, crypto, hourly = make_daily(300), make_daily(1500, calendar="24/7"), make_hourly(2500)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A provider, what its server answers, and the truth behind it."""

    called: str
    answer: Answerer
    truth: Bars
    factor: float = 1.0
    n_late: int = 1


CASES = [
    Case(called="yahoo", answer=yahoo(daily, factor=0.9), truth=daily, factor=0.9),
    Case(called="yahoo", answer=yahoo(hourly), truth=hourly, n_late=2),
    Case(called="stooq", answer=stooq(daily), truth=daily),
    Case(called="alphavantage", answer=alphavantage(daily), truth=daily),
    Case(called="tiingo", answer=tiingo(daily, factor=0.9), truth=daily, factor=0.9),
    Case(called="alpaca", answer=alpaca(daily, factor=0.9), truth=daily, factor=0.9),
    Case(called="binance", answer=binance(crypto), truth=crypto),
    Case(called="binance", answer=binance(hourly), truth=hourly),
]
every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.called}-{case.truth.interval}"
)


def open_at(server: ProviderServer, called: str, **urls: str) -> BarProvider:
    clock = ManualClock()
    return ProviderBook(
        keys=KEYS,
        urls={called.partition(":")[0]: server.url} | urls,
        environment={},
        wire=Wire(clock=clock, sleep=clock.sleep, seed=1),
    ).open(called)


def fetch(provider: BarProvider, called: str, **wanted: Any) -> BarsImport:
    market = FetchedMarket(origin=Origin(provider=called, symbol="SPY"), name="SPY", **wanted)
    return fetch_bars(provider, market, now=NOW)


@every_case
def test_the_whole_history_is_read_but_for_the_bar_in_progress(case: Case) -> None:
    with serving(case.answer) as server:
        found = fetch(open_at(server, case.called), case.called, interval=case.truth.interval)
    closed = case.truth[: len(case.truth) - case.n_late]
    assert found.bars.closed_at.tolist() == closed.closed_at.tolist()
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(getattr(found.bars, name), getattr(closed, name), rtol=1e-9)
    np.testing.assert_allclose(found.bars.adjustment, case.factor, rtol=1e-6)


@every_case
def test_the_bar_in_progress_is_told_and_stands_behind_nothing(case: Case) -> None:
    with serving(case.answer) as server:
        found = fetch(open_at(server, case.called), case.called, interval=case.truth.interval)
    reasons = [row.reason.partition(" at ")[0] for row in found.quality.refusals]
    assert reasons == ["not closed yet"] * case.n_late
    assert [row.at for row in found.quality.refusals] == [None] * case.n_late


@every_case
def test_a_request_since_a_bar_gives_it_and_the_later_ones(case: Case) -> None:
    since = case.truth.closed_at[-30]
    with serving(case.answer) as server:
        found = fetch(
            open_at(server, case.called),
            case.called,
            interval=case.truth.interval,
            since=since,
        )
    wanted = case.truth[len(case.truth) - 30 : len(case.truth) - case.n_late]
    assert np.isin(wanted.closed_at, found.bars.closed_at).all()
    assert len(found.bars) <= 105  # Alpha Vantage gives the last hundred, others a day too much


@every_case
def test_the_treaty_of_providers_is_kept(case: Case) -> None:
    with serving(case.answer) as server:
        request = BarRequest(symbol="SPY", interval=case.truth.interval, until=NOW)
        assert find_breaches(open_at(server, case.called), request) == ()


def test_whoever_breaks_the_treaty_is_told_how() -> None:
    class Forgetful:
        """Gives everything whatever is asked, and no older bar the second time."""

        def __init__(self, provider: BarProvider) -> None:
            self.facts = provider.facts
            self._provider = provider
            self._n_asked = 0

        def fetch(self, _: BarRequest) -> Any:
            self._n_asked += 1
            since = None if self._n_asked < 3 else NOW - 20 * DAY
            return self._provider.fetch(BarRequest(symbol="SPY", since=since, until=NOW))

    with serving(stooq(daily)) as server:
        breaches = find_breaches(
            Forgetful(open_at(server, "stooq")),
            BarRequest(symbol="SPY", until=NOW),
            unknown_symbol="NOPE",
        )
    assert breaches == (
        "asked twice it gives different bars",
        "asked for bars since one of them it leaves some out",
        "it gives bars when asked for the symbol NOPE",
    )


def ask_of(case: Case, **wanted: Any) -> list[Question]:
    with serving(case.answer) as server:
        fetch(open_at(server, case.called), case.called, **wanted)
        return server.questions


def test_yahoo_is_asked_as_a_browser_and_for_bars_of_the_session_only() -> None:
    [asked] = ask_of(CASES[0])
    assert asked.path == "/v8/finance/chart/SPY"
    assert asked.query["includePrePost"] == "false"
    assert asked.headers["user-agent"].startswith("Mozilla")


def test_yahoo_is_asked_for_minutes_a_week_at_a_time_and_no_further_back_than_it_goes() -> None:
    def answer(asked: Question) -> Reply:
        first, last = int(asked.query["period1"]), int(asked.query["period2"])
        stamps = [at for at in range(first - first % 60 + 60, last, 60) if at % 86_400 < 3_600]
        column = [100.0] * len(stamps)
        quote = dict.fromkeys(("open", "high", "low", "close", "volume"), column)
        meta = {"symbol": "SPY", "exchangeTimezoneName": "UTC", "dataGranularity": "1m"}
        result = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [quote]}}
        return as_json({"chart": {"result": [result], "error": None}})

    with serving(answer) as server:
        found = fetch(open_at(server, "yahoo"), "yahoo", interval="1m", calendar="24/7")
        windows = [
            (int(one.query["period2"]) - int(one.query["period1"])) / 86_400
            for one in server.questions
        ]
    assert max(windows) <= 7
    assert sum(windows) == 30
    assert found.bars.interval == "1m"
    assert NOW - found.bars.closed_at[0] < 30 * DAY


def test_yahoos_second_row_of_a_day_replaces_the_first() -> None:
    truth = daily[-5:]

    def answer(asked: Question) -> Reply:
        reply = yahoo(truth)(asked)
        value = json.loads(reply.content)
        [result] = value["chart"]["result"]
        result["timestamp"].append(result["timestamp"][-1] + 3600)
        for column in [
            *result["indicators"]["quote"][0].values(),
            result["indicators"]["adjclose"][0]["adjclose"],
        ]:
            column.append(column[-1])
        return as_json(value)

    with serving(answer) as server:
        provider = open_at(server, "yahoo")
        [page] = provider.fetch(BarRequest(symbol="SPY", until=NOW))
    assert page.table.height == 5


def test_alpaca_is_given_both_parts_of_its_key_and_asked_for_raw_and_adjusted_prices() -> None:
    asked = ask_of(CASES[5])
    assert {one.headers["apca-api-key-id"] for one in asked} == {"ID"}
    assert {one.headers["apca-api-secret-key"] for one in asked} == {"SWORDFISH"}
    assert [one.query["adjustment"] for one in asked] == ["raw"] * 5 + ["all"] * 5
    assert asked[0].query["end"] == "2021-03-10T17:44:00Z"
    assert "feed" not in asked[0].query


def test_a_variant_of_alpaca_names_the_feed() -> None:
    with serving(alpaca(daily)) as server:
        fetch(open_at(server, "alpaca:iex"), "alpaca:iex")
        assert {one.query["feed"] for one in server.questions} == {"iex"}


def test_tiingo_is_given_its_token_in_a_header_and_not_in_the_address() -> None:
    [asked] = ask_of(CASES[4])
    assert asked.headers["authorization"] == "Token ID:SWORDFISH"
    assert "ID:SWORDFISH" not in asked.query.values()
    assert asked.query["startDate"] == "1900-01-01"


def test_alpha_vantage_is_asked_for_little_where_little_is_missing() -> None:
    near = ask_of(CASES[3], since=NOW - 20 * DAY)
    far = ask_of(CASES[3], since=NOW - 400 * DAY)
    assert [one.query["outputsize"] for one in (*near, *far)] == ["compact", "full"]


def test_alpha_vantages_intraday_times_are_openings_in_new_york() -> None:
    def answer(asked: Question) -> Reply:
        lines = ["timestamp,open,high,low,close,volume"]
        month = asked.query["month"]
        lines += [
            f"{month}-{day} {hour}:00:00,10,11,9,10.5,1000"
            for day in ("03", "02")
            for hour in range(15, 9, -1)
        ]
        return as_csv("\r\n".join(lines))

    with serving(answer) as server:
        found = fetch(open_at(server, "alphavantage"), "alphavantage", interval="1h")
        months = [one.query["month"] for one in server.questions]
    assert months == ["2021-02", "2021-03"]
    assert found.bars.interval == "1h"
    assert str(found.bars.closed_at[0]) == "2021-02-02T16:00:00.000000"
    assert len(found.bars) == 24


def test_binance_is_asked_page_by_page_without_a_bar_twice() -> None:
    asked = ask_of(CASES[6])
    starts = [int(one.query["startTime"]) for one in asked]
    opened = [1000 * one for one in seconds_of(crypto.closed_at - DAY)]
    assert starts[1:] == [opened[999] + 1]


def test_a_template_is_filled_and_its_answer_read_whatever_its_format() -> None:
    url = "{base}/get/{symbol}/{interval}?from={since}&to={until_epoch}&token={key}"
    for answer in (stooq(daily), binance(crypto)):

        def filled(asked: Question, inner: Answerer = answer) -> Reply:
            query = {"startTime": "0", "endTime": str(10**13), "limit": "99999"}
            return inner(Question(path=asked.path, query=query, headers={}))

        with serving(filled) as server:
            book = ProviderBook(
                keys={"mine": Secret("s/w")},
                urls={"mine": url.replace("{base}", server.url)},
                environment={},
            )
            found = fetch(book.open("mine"), "mine")
            [asked] = server.questions
        assert asked.path == "/get/SPY/1d"
        assert asked.query["token"] == "s/w"  # noqa: S105 - what was set above
        assert asked.query["from"] == "1970-01-01"
        assert len(found.bars) in (299, 1499)


@pytest.mark.parametrize(
    ("url", "was"),
    [
        ("https://x.example/bars", "without {symbol}"),
        ("https://x.example/{symbol}?a={secret}", "{secret}"),
        ("https://x.example/{symbol}?a={symbol.__class__}", "{symbol.__class__}"),
        ("file:///etc/{symbol}", "another"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(url: str, was: str) -> None:
    with pytest.raises(ProviderUnusable) as caught:
        ProviderBook(urls={"mine": url}, environment={}).open("mine")
    assert was in caught.value.was


def test_a_key_is_looked_for_in_the_settings_and_then_in_the_environment() -> None:
    environment = {"APCA_API_KEY_ID": "one", "APCA_API_SECRET_KEY": "two"}
    book = ProviderBook(keys={"tiingo": Secret("set")}, environment=environment)
    variables = ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY")
    found = book.find_key("alpaca", variables), book.find_key("tiingo", ("TIINGO_API_KEY",))
    assert [one.reveal() for one in found if one is not None] == ["one:two", "set"]
    assert book.find_key("alpaca", (*variables, "THIRD")) is None


@pytest.mark.parametrize("called", ["stooq", "alphavantage", "tiingo", "alpaca"])
def test_a_missing_key_is_an_error_that_says_where_it_is_looked_for(called: str) -> None:
    with pytest.raises(ProviderKeyMissing) as caught:
        ProviderBook(environment={}).open(called)
    assert f"provider_keys.{called}" in caught.value.hint
    assert all(name in caught.value.hint for name in caught.value.variables)


def test_an_unknown_provider_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UnknownProvider, match="did you mean yahoo"):
        ProviderBook(environment={}).open("yaho")


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ProviderUnusable, match="binance or binance:us, was binance:mars"):
        ProviderBook(environment={}).open("binance:mars")


def test_a_length_of_bar_that_is_not_offered_is_refused_before_anybody_is_asked() -> None:
    with serving(stooq(daily)) as server:
        with pytest.raises(IntervalNotOffered, match="choose with --interval: 1d"):
            fetch(open_at(server, "stooq"), "stooq", interval="5m")
        assert server.questions == []


def test_no_secret_is_in_any_representation() -> None:
    book = ProviderBook(keys=KEYS, urls={"mine": "https://u:swordfish@x/{symbol}"})
    shown = f"{book!r} {book} {KEYS!r} {book.open('tiingo')!r} {book.open('alpaca').facts!r}"
    assert "SWORDFISH" not in shown
    assert "swordfish" not in shown


def test_a_strangers_provider_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "mine": EntryPoint("mine", "tests.provider_servers:make_nothing", _provider_book.GROUP),
        "gone": EntryPoint("gone", "nobody.here:make", _provider_book.GROUP),
        "flat": EntryPoint("flat", "tests.provider_servers:NOW", _provider_book.GROUP),
    }
    monkeypatch.setattr(_provider_book, "find_entry_points", lambda: found)
    book = ProviderBook(environment={})
    assert {"mine", "gone", "yahoo"} <= set(book.names())
    assert list(book.open("mine").fetch(BarRequest(symbol="SPY", until=NOW))) == []
    for name in ("gone", "flat"):
        with pytest.raises(ProviderUnusable):
            book.open(name)


def test_alpacas_hours_are_openings_in_utc() -> None:
    def answer(asked: Question) -> Reply:
        days = ("2021-03-01", "2021-03-02", "2021-03-03")
        rows = [
            {"t": f"{day}T{hour}:00:00Z", "o": 10, "h": 11, "l": 9, "c": 10.5, "v": 7, "n": 1}
            for day in days
            for hour in range(15, 21)
        ]
        return as_json({"bars": rows, "symbol": "SPY", "next_page_token": None})

    with serving(answer) as server:
        found = fetch(open_at(server, "alpaca"), "alpaca", interval="1h", calendar="XNYS")
        assert server.questions[0].query["timeframe"] == "1Hour"
    assert found.bars.interval == "1h"
    assert str(found.bars.closed_at[0]) == "2021-03-01T16:00:00.000000"
    assert len(found.bars) == 18

"""What providers answer in place of bars, as they do it, is an error that says what to do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.provider_servers import (
    NOW,
    Answerer,
    ManualClock,
    Question,
    Reply,
    alpaca,
    alphavantage,
    as_csv,
    as_json,
    binance,
    make_daily,
    serving,
    stooq,
    tiingo,
    yahoo,
)

from bellwether.bars import RowsRefused
from bellwether.sources import (
    AnswerUnusable,
    BarProvider,
    FetchedMarket,
    Origin,
    ProviderBook,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    Secret,
    SymbolNotOffered,
    Wire,
    fetch_bars,
)

pytestmark = pytest.mark.enable_socket

KEY = "QWERTY12345:SWORDFISH"
SOUND: dict[str, Callable[..., Answerer]] = {
    "alpaca": alpaca,
    "alphavantage": alphavantage,
    "binance": binance,
    "stooq": stooq,
    "tiingo": tiingo,
    "yahoo": yahoo,
}
daily = make_daily(60)
ALPHA_LIMIT = (
    "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more "
    "sparingly (1 request per second). We have detected your API key as QWERTY12345:SWORDFISH and "
    "our standard API rate limit is 25 requests per day."
)
ALPHA_PAID = (
    "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature. "
    "You may subscribe to any of the premium plans to instantly unlock all premium features"
)
PAGE = as_csv('<!DOCTYPE html><html><script>fetch("/__verify")</script></html>')


def try_fetching(called: str, answer: Answerer) -> tuple[ProviderError, ManualClock]:
    clock = ManualClock()
    with serving(answer) as server:
        provider = open_at(server.url, called, clock)
        market = FetchedMarket(origin=Origin(provider=called, symbol="SPY"), name="SPY")
        with pytest.raises(ProviderError) as caught:
            fetch_bars(provider, market, now=NOW)
    return caught.value, clock


def open_at(url: str, called: str, clock: ManualClock) -> BarProvider:
    wire = Wire(clock=clock, sleep=clock.sleep, seed=1)
    keys = {name: Secret(KEY) for name in SOUND}
    return ProviderBook(keys=keys, urls={called: url}, environment={}, wire=wire).open(called)


SAID: list[tuple[str, Reply, type[ProviderError], str]] = [
    (
        "yahoo",
        as_json(
            {"chart": {"result": None, "error": {"code": "Not Found", "description":
             "No data found, symbol may be delisted"}}}, 404
        ),
        SymbolNotOffered,
        "symbol may be delisted",
    ),
    (
        "yahoo",
        as_json(
            {"chart": {"result": None, "error": {"code": "Unprocessable Entity", "description":
             "1m data not available for startTime=1 and endTime=2. Only 8 days worth"}}}, 422
        ),
        SymbolNotOffered,
        "Only 8 days worth",
    ),
    ("yahoo", as_csv("Edge: Too Many Requests", 429), ProviderBusy, "Too Many Requests"),
    ("yahoo", as_csv("<html>Will be right back...</html>"), AnswerUnusable, "a page for browsers"),
    ("yahoo", as_json({"chart": {"result": [], "error": None}}), AnswerUnusable, "without a chart"),
    ("yahoo", as_json({"finance": {"result": None, "error": {"code": "Unauthorized",
     "description": "Invalid Crumb"}}}, 401), ProviderRefused, "401"),
    (
        "yahoo",
        as_json({"chart": {"result": [{"meta": {"symbol": "SPY"}, "indicators": {"quote": [{}]}}],
                 "error": None}}),
        SymbolNotOffered,
        "no bar of 1d at all",
    ),
    ("stooq", as_csv("Exceeded the daily hits limit"), ProviderBusy, "daily hits limit"),
    ("stooq", as_csv("No data"), SymbolNotOffered, "No data"),
    ("stooq", as_csv(""), SymbolNotOffered, "nothing"),
    ("stooq", PAGE, ProviderRefused, "a page for browsers"),
    ("stooq", as_csv("Get your apikey:\r\n1. Open https://stooq.com"), ProviderRefused, "Get your"),
    ("stooq", as_csv("Write to www@stooq.com"), AnswerUnusable, "Write to"),
    ("stooq", as_csv("Date,Open,High,Low,Close,Volume\r\n"), AnswerUnusable, "no row"),
    ("alphavantage", as_json({"Information": ALPHA_LIMIT}), ProviderBusy, "25 requests per day"),
    ("alphavantage", as_json({"Note": "Our standard API call frequency is 5 calls per minute and "
     "500 calls per day."}), ProviderBusy, "5 calls per minute"),
    ("alphavantage", as_json({"Information": ALPHA_PAID}), ProviderRefused, "premium feature"),
    (
        "alphavantage",
        as_json({"Error Message": "Invalid API call. Please retry or visit the documentation "
                 "(https://www.alphavantage.co/documentation/) for TIME_SERIES_DAILY."}),
        SymbolNotOffered,
        "Invalid API call",
    ),
    (
        "alphavantage",
        as_json({"Error Message": "the parameter apikey is invalid or missing."}),
        ProviderRefused,
        "apikey is invalid",
    ),
    ("alphavantage", as_json({}), SymbolNotOffered, "an empty object"),
    ("alphavantage", PAGE, ProviderRefused, "a page for browsers"),
    ("alphavantage", as_csv(""), AnswerUnusable, "an empty answer"),
    ("tiingo", as_json({"detail": "Not found."}, 404), SymbolNotOffered, "Not found"),
    ("tiingo", as_csv("Error: Ticker 'SPY' not found"), SymbolNotOffered, "not found"),
    ("tiingo", as_json({"detail": "Invalid token."}, 401), ProviderRefused, "Invalid token"),
    ("tiingo", as_json({"detail": "Please supply a token"}), ProviderRefused, "supply a token"),
    (
        "tiingo",
        as_csv("You have run over your 500 symbol look up for this month. Please upgrade at "
               "https://api.tiingo.com/pricing to have your limits increased."),
        ProviderBusy,
        "500 symbol look up",
    ),
    ("tiingo", as_json([]), SymbolNotOffered, "no bar of 1d"),
    ("alpaca", as_json({"message": "forbidden."}, 403), ProviderRefused, "forbidden"),
    (
        "alpaca",
        as_json({"message": "subscription does not permit querying recent SIP data"}, 403),
        ProviderRefused,
        "subscription does not permit",
    ),
    ("alpaca", as_json({"message": "invalid symbol: SPY"}, 400), SymbolNotOffered,
     "invalid symbol"),
    ("alpaca", as_json({"message": "too many requests."}, 429), ProviderBusy, "too many requests"),
    ("alpaca", as_json({"bars": None, "symbol": "SPY", "next_page_token": None}), SymbolNotOffered,
     "no bar of 1d"),
    ("alpaca", as_json({"bars": None, "next_page_token": "x"}), AnswerUnusable, "leads to one"),
    ("alpaca", as_json(["what"]), AnswerUnusable, "without bars"),
    ("binance", as_json({"code": -1121, "msg": "Invalid symbol."}, 400), SymbolNotOffered,
     "Invalid symbol"),
    ("binance", as_json({"code": -1003, "msg": "Way too many requests; IP banned until 1."}, 418,
     **{"Retry-After": "7200"}), ProviderBusy, "IP banned"),
    ("binance", as_json({"code": 0, "msg": "Service unavailable from a restricted location "
     "according to 'b. Eligibility'"}, 451), ProviderRefused, "restricted location"),
    ("binance", as_json({"code": -1127, "msg": "Lookup interval is too big."}, 400), AnswerUnusable,
     "Lookup interval"),
    ("binance", as_json([]), SymbolNotOffered, "no bar of 1d"),
    ("binance", as_json({"surprise": 1}), AnswerUnusable, "surprise"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("called", "reply", "kind", "told"), SAID, ids=[f"{one[0]}: {one[3]}" for one in SAID]
)
def test_what_is_said_in_place_of_bars_is_told(
    called: str, reply: Reply, kind: type[ProviderError], told: str
) -> None:
    error, _ = try_fetching(called, lambda _: reply)
    assert type(error) is kind
    assert told in error.was
    assert "SWORDFISH" not in f"{error} {vars(error)}"
    assert error.provider == called


def test_a_limit_by_the_second_is_waited_for_and_one_by_the_day_is_not() -> None:
    _, by_the_second = try_fetching("alphavantage", lambda _: as_json({"Note": ALPHA_LIMIT}))
    by_the_day = "rate limit is 25 requests per day"
    _, clock = try_fetching("alphavantage", lambda _: as_json({"Information": by_the_day}))
    assert len(by_the_second.slept) >= 3
    assert clock.slept == []


def test_bars_come_when_a_limit_by_the_second_is_over() -> None:
    replies = iter([as_json({"Note": ALPHA_LIMIT})])
    sound = alphavantage(daily)

    def answer(asked: Question) -> Reply:
        return next(replies, None) or sound(asked)

    clock = ManualClock()
    with serving(answer) as server:
        market = FetchedMarket(origin=Origin(provider="alphavantage", symbol="SPY"), name="SPY")
        found = fetch_bars(open_at(server.url, "alphavantage", clock), market, now=NOW)
    assert len(found.bars) == 59


@pytest.mark.parametrize("called", sorted(SOUND))
def test_an_answer_that_breaks_off_is_asked_for_again_or_told(called: str) -> None:
    sound = SOUND[called](daily)
    n_asked = 0

    def answer(asked: Question) -> Reply:
        nonlocal n_asked
        n_asked += 1
        whole = sound(asked)
        if n_asked > 1:
            return whole
        return Reply(content=whole.content[:400], kind=whole.kind, told_length=len(whole.content))

    clock = ManualClock()
    with serving(answer) as server:
        market = FetchedMarket(origin=Origin(provider=called, symbol="SPY"), name="SPY")
        provider = open_at(server.url, called, clock)
        found = fetch_bars(provider, market, now=NOW)
    assert len(found.bars) == 59


@pytest.mark.parametrize("called", ["alpaca", "binance", "yahoo"])
def test_json_that_breaks_off_though_its_length_is_right_is_told(called: str) -> None:
    sound = SOUND[called](daily)
    error, clock = try_fetching(
        called, lambda asked: Reply(content=sound(asked).content[:-7], kind="application/json")
    )
    assert type(error) is AnswerUnusable
    assert error.was == "JSON that breaks off"
    assert len([wait for wait in clock.slept if wait >= 0.5]) >= 3


def test_half_a_bar_is_refused_with_its_row_and_the_others_are_kept() -> None:
    def answer(asked: Question) -> Reply:
        value = json.loads(yahoo(daily)(asked).content)
        quote = value["chart"]["result"][0]["indicators"]["quote"][0]
        quote["open"][7] = quote["close"][7] = None
        quote["volume"][9] = None
        return as_json(value)

    clock = ManualClock()
    with serving(answer) as server:
        market = FetchedMarket(origin=Origin(provider="yahoo", symbol="SPY"), name="SPY")
        found = fetch_bars(open_at(server.url, "yahoo", clock), market, now=NOW)
    refused = [row for row in found.quality.refusals if row.at is not None]
    assert [row.line for row in refused] == [8, 10]
    assert len(found.bars) == 57


def test_columns_of_unequal_length_are_no_bars_where_they_end() -> None:
    def answer(asked: Question) -> Reply:
        value: Any = json.loads(yahoo(daily)(asked).content)
        quote = value["chart"]["result"][0]["indicators"]["quote"][0]
        quote["close"] = quote["close"][:20]
        return as_json(value)

    clock = ManualClock()
    with serving(answer) as server:
        market = FetchedMarket(origin=Origin(provider="yahoo", symbol="SPY"), name="SPY")
        with pytest.raises(RowsRefused, match="40 of 60 refused"):
            fetch_bars(open_at(server.url, "yahoo", clock), market, now=NOW)


def test_a_server_that_is_gone_is_told_after_some_attempts() -> None:
    error, clock = try_fetching("yahoo", lambda _: Reply(status=503))
    assert type(error) is ProviderUnreachable
    assert len([wait for wait in clock.slept if wait]) >= 3


def test_binance_that_goes_round_in_circles_is_left() -> None:
    row = [0, "10", "11", "9", "10", "5", 86_399_999, "0", 5, "0", "0", "0"]
    error, _ = try_fetching("binance", lambda _: as_json([row] * 1000))
    assert "does not go on in time" in error.was


def test_bars_of_another_length_than_was_asked_for_are_refused() -> None:

    rows = [f"2020-{month:02d}-06,10,11,9,10,5" for month in range(1, 13)]

    error, _ = try_fetching(
        "stooq", lambda _: as_csv("Date,Open,High,Low,Close,Volume\n" + "\n".join(rows))
    )
    assert "where 1d was asked for" in error.was

"""Bars are fetched by name, updated all at once, and no key is shown on the way."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.command_line import Call
from tests.provider_servers import (
    Answerer,
    ManualClock,
    ProviderServer,
    Question,
    Reply,
    alphavantage,
    as_csv,
    as_json,
    make_daily,
    serving,
    stooq,
    yahoo,
)

from bellwether.bars import Bars

pytestmark = pytest.mark.enable_socket

KEY = "SWORDFISH99"
# Old enough that every bar has closed, whatever the day of the test.
bars = make_daily(60, last="2020-06-30")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    """Let tables fit, nobody wait, and no key of this machine be found."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(time, "sleep", ManualClock().sleep)
    for name in ("STOOQ_API_KEY", "ALPHAVANTAGE_API_KEY", "TIINGO_API_KEY", "APCA_API_KEY_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def by_symbol(answers: dict[str, Answerer]) -> Answerer:
    """Answer by the symbol in the path, as a provider of several does."""

    def answer(asked: Question) -> Reply:
        return answers[asked.path.rpartition("/")[2]](asked)

    return answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderServer]:
    """Serve SPY and QQQ as Yahoo does, at the address that the settings name."""
    unknown = as_json({"chart": {"result": None, "error": {"description": "No data found"}}}, 404)
    answers = {"SPY": yahoo(bars), "QQQ": yahoo(bars), "NOPE": lambda _: unknown}
    with serving(by_symbol(answers)) as found:
        monkeypatch.setenv(
            "BELLWETHER_PROVIDER_URLS",
            f"yahoo={found.url} stooq={found.url} alphavantage={found.url}",
        )
        monkeypatch.setenv("BELLWETHER_PROVIDER_KEYS", f"stooq={KEY} alphavantage={KEY}")
        yield found


def test_symbols_are_fetched_and_then_called_by_their_names(
    call: Call, home: Path, server: ProviderServer
) -> None:
    shown = call("fetch", "SPY", "QQQ", "--from", "yahoo", "--home", home)
    assert shown.code == 0, shown.err
    assert "SPY: The first bars of this market." in shown.out
    listed = call("data", "list", "--home", home, "--json").json["symbols"]
    assert [(one["symbol"], one["n_bars"], one["source"]) for one in listed] == [
        ("QQQ", 60, "yahoo://QQQ"),
        ("SPY", 60, "yahoo://SPY"),
    ]


def test_all_that_was_fetched_is_updated_in_one_go(
    call: Call, home: Path, server: ProviderServer
) -> None:
    older = bars[:50]
    server.answer = by_symbol({"SPY": yahoo(older), "QQQ": yahoo(older)})
    call("fetch", "SPY", "QQQ", "--from", "yahoo", "--home", home)
    server.answer = by_symbol({"SPY": yahoo(bars), "QQQ": yahoo(bars)})
    server.questions.clear()
    told = call("fetch", "--all", "--update", "--home", home, "--json").json
    assert [(one["kind"], one["change"]["n_appended"]) for one in told["fetched"]] == [
        ("update", 10),
        ("update", 10),
    ]
    assert told["failed"] == []
    since = np.datetime64(int(server.questions[0].query["period1"]), "s")
    assert bars.closed_at[38] - np.timedelta64(4, "D") < since < bars.closed_at[40]


def test_one_symbol_that_fails_does_not_stop_the_others(
    call: Call, home: Path, server: ProviderServer
) -> None:
    shown = call("fetch", "NOPE", "SPY", "--from", "yahoo", "--home", home)
    assert shown.code == 3
    assert "SPY: The first bars" in shown.out
    assert "yahoo://NOPE: expected bars of NOPE from yahoo, was No data found." in shown.out
    told = call("fetch", "NOPE", "SPY", "--from", "yahoo", "--home", home, "--json")
    assert told.code == 3
    [failed] = told.json["failed"]
    assert (failed["asked_for"], failed["error"]["type"]) == ("NOPE", "SymbolNotOffered")


def test_a_single_symbol_that_fails_is_the_error(
    call: Call, home: Path, server: ProviderServer
) -> None:
    shown = call("fetch", "NOPE", "--from", "yahoo", "--home", home)
    assert shown.code == 3
    assert "expected bars of NOPE from yahoo, was No data found" in shown.err


def test_a_market_may_have_a_name_of_its_own_and_keeps_its_origin(
    call: Call, home: Path, server: ProviderServer
) -> None:
    server.answer = stooq(bars)
    call("fetch", "spy.us", "--from", "stooq", "--symbol", "SPY", "--home", home)
    told = call("fetch", "--all", "--update", "--home", home, "--json").json
    [one] = told["fetched"]
    assert (one["snapshot"]["symbol"], one["asked_for"]) == ("SPY", "spy.us")
    assert one["change"]["relation"] == "same"


def test_no_key_is_shown_whatever_happens(call: Call, home: Path, server: ProviderServer) -> None:
    said = f"We have detected your API key as {KEY}, your limit is 25 requests per day"
    replies = [
        lambda _: as_json({"Information": said}),
        lambda _: as_csv(f"<html>{KEY}</html>"),
        lambda _: as_csv(f"no bars for {KEY}\nat all"),
        lambda _: Reply(status=500, content=KEY.encode()),
        lambda _: Reply(status=403, content=KEY.encode()),
        alphavantage(bars),
    ]
    for reply in replies:
        server.answer = reply
        for flags in ((), ("--json",)):
            shown = call("fetch", "SPY", "--from", "alphavantage", "--home", home, *flags)
            assert KEY not in shown.out + shown.err
            assert server.questions[-1].query["apikey"] == KEY
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert KEY.encode() not in kept


def test_providers_are_listed_with_what_they_offer_and_whether_a_key_is_set(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_PROVIDER_KEYS", f"tiingo={KEY}")
    monkeypatch.setenv("BELLWETHER_PROVIDER_URLS", f"mine=https://x.example/{{symbol}}?k={KEY}")
    told = {one["name"]: one for one in call("providers", "--json").json["providers"]}
    assert {"alpaca", "alphavantage", "binance", "ccxt", "mine", "stooq", "tiingo", "yahoo"} == set(
        told
    )
    keys = {name: one["key"] for name, one in told.items()}
    assert (keys["tiingo"], keys["stooq"], keys["yahoo"]) == ("set", "missing", "not needed")
    monkeypatch.setenv("COLUMNS", "300")
    shown = call("providers")
    assert "missing: APCA_API_KEY_ID and APCA_API_SECRET_KEY" in " ".join(shown.out.split())
    assert KEY not in shown.out + str(told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fetch"], "a symbol to fetch"),
        (["fetch", "SPY"], "whom to ask"),
        (["fetch", "SPY", "--all"], "symbols, or --all"),
        (["fetch", "A", "B", "--from", "yahoo", "--symbol", "X"], "one symbol with --symbol"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(
    call: Call, home: Path, arguments: list[str], told: str
) -> None:
    shown = call(*arguments, "--home", home)
    assert shown.code == 2
    assert told in shown.err
    assert not home.exists()


@pytest.mark.parametrize("flags", [("--from", "yaho"), ("--from", "tiingo")])
def test_a_provider_that_cannot_be_asked_leaves_nothing_behind(
    call: Call, home: Path, flags: tuple[str, ...]
) -> None:
    assert call("fetch", "SPY", *flags, "--home", home).code == 3
    assert not home.exists()


def test_nothing_fetched_yet_is_said(call: Call, home: Path) -> None:
    shown = call("fetch", "--all", "--update", "--home", home)
    assert shown.code == 0
    assert "bellwether fetch SYMBOL --from PROVIDER" in shown.out


def test_models_on_revised_bars_would_be_named(
    call: Call, home: Path, server: ProviderServer
) -> None:
    call("fetch", "SPY", "--from", "yahoo", "--home", home)
    columns = {name: np.array(getattr(bars, name)) for name in ("open", "high", "low", "close")}
    columns["close"][5] = columns["low"][5]
    revised = Bars(
        symbol="SPY", interval="1d", closed_at=bars.closed_at, volume=bars.volume, **columns
    )
    server.answer = by_symbol({"SPY": yahoo(revised)})
    told = call("fetch", "SPY", "--from", "yahoo", "--home", home, "--json").json
    assert told["fetched"][0]["change"]["relation"] == "revises"
    assert told["resting"] == []

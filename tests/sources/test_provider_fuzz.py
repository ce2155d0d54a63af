"""Whatever a server answers, bars come of it or an error of ours."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.provider_servers import (
    NOW,
    Answerer,
    ManualClock,
    Question,
    alpaca,
    alphavantage,
    binance,
    make_daily,
    stooq,
    tiingo,
    yahoo,
)

from bellwether.bars import BarsImport
from bellwether.clock import Clock
from bellwether.errors import BarsError
from bellwether.sources import (
    Answer,
    Ask,
    FetchedMarket,
    Origin,
    ProviderBook,
    Secret,
    WebOptions,
    Wire,
    fetch_bars,
)

daily = make_daily(30)
IN_JSON: dict[str, Answerer] = {
    "alpaca": alpaca(daily),
    "binance": binance(make_daily(30, calendar="24/7")),
    "yahoo": yahoo(daily),
}
IN_TEXT: dict[str, Answerer] = {
    "alphavantage": alphavantage(daily),
    "stooq": stooq(daily),
    "tiingo": tiingo(daily),
}
KEYS = {name: Secret("QWERTY123456:SWORDFISH99") for name in (*IN_JSON, *IN_TEXT)}
STRANGE: list[Any] = [
    None, True, -1, 0, 1e308, float("inf"), 10**30, "", "x", "2021-03-09", [], [[]], [None], {},
    {"a": 1}, "\ud800", "\x00", "<html>",
]  # fmt: skip
CONTENT = st.one_of(
    st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
few = settings(max_examples=30, deadline=None)


def fetch_with(called: str, answer: Any) -> BarsImport | BarsError:
    """Return what comes of an answer that is a function of the question, without a network."""

    def send(ask: Ask, _: WebOptions, __: Clock) -> Answer:
        parts = urlsplit(ask.address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, content = answer(Question(path=parts.path, query=query, headers={}))
        return Answer(status=status, headers={}, content=content)

    clock = ManualClock()
    wire = Wire(clock=clock, sleep=clock.sleep, send=send, seed=1)
    book = ProviderBook(keys=KEYS, environment={}, wire=wire)
    market = FetchedMarket(origin=Origin(provider=called, symbol="SPY"), name="SPY")
    try:
        return fetch_bars(book.open(called), market, now=NOW)
    except BarsError as error:
        return error


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each part of a JSON value, the first few of long lists."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places_in(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value[:3]):
            yield from places_in(inner, (*path, place))


def put(value: Any, path: tuple[Any, ...], what: Any) -> Any:
    """Return a JSON value with a part of it replaced."""
    if not path:
        return what
    inner = dict(value) if isinstance(value, dict) else list(value)
    inner[path[0]] = put(value[path[0]], path[1:], what)
    return inner


def check(found: BarsImport | BarsError) -> None:
    if isinstance(found, BarsError):
        assert "SWORDFISH" not in str(found)
    else:
        assert 0 < len(found.bars) <= 31


@pytest.mark.parametrize("called", sorted(IN_JSON))
@few
@given(data=st.data())
def test_a_strange_value_anywhere_in_json_makes_no_defect(called: str, data: st.DataObject) -> None:
    def answer(asked: Question) -> tuple[int, bytes]:
        value = json.loads(IN_JSON[called](asked).content)
        path = data.draw(st.sampled_from(list(places_in(value))))
        strange = put(value, path, data.draw(st.sampled_from(STRANGE)))
        return data.draw(st.sampled_from([200, 200, 200, 400, 404])), json.dumps(strange).encode()

    check(fetch_with(called, answer))


@pytest.mark.parametrize("called", sorted({**IN_JSON, **IN_TEXT}))
@few
@given(data=st.data())
def test_damaged_bytes_make_no_defect(called: str, data: st.DataObject) -> None:
    def answer(asked: Question) -> tuple[int, bytes]:
        content = ({**IN_JSON, **IN_TEXT})[called](asked).content
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 40))
        junk = data.draw(st.one_of(st.binary(max_size=12), st.sampled_from([b"\n", b",", b'"'])))
        return 200, content[:start] + junk + content[start + length :]

    check(fetch_with(called, answer))


@pytest.mark.parametrize("called", sorted({**IN_JSON, **IN_TEXT}))
@few
@given(content=CONTENT, status=st.sampled_from([200, 204, 400, 403, 404, 422]))
def test_anything_at_all_makes_no_defect(called: str, content: bytes, status: int) -> None:
    check(fetch_with(called, lambda _: (status, content)))

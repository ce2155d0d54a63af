"""Stored bars over HTTP: what is there, how good it is, and bars that are sent to be stored."""

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import polars as pl
import pytest

from bellwether.adapters import MemoryBarStore, ProcessBarsReader
from bellwether.adapters._bar_reading import read
from bellwether.bars import COLUMNS, Bars, BarsImport, assess
from bellwether.hashing import digest_bytes
from bellwether.http import make_app
from bellwether.http._access_options import READING, AccessOptions
from bellwether.http._data_types import (
    BarsAnswer,
    ImportAnswer,
    QualityAnswer,
    SnapshotAnswer,
    SnapshotsAnswer,
    SymbolsPageAnswer,
)
from bellwether.registry import RegistryUnavailable, Stage
from bellwether.service import Resting, RestingModel, Snapshot, import_bars

World = Any  # the class lives in conftest, which is no module
IMPORT = "/v1/data/import"
CSV = {"content-type": "text/csv"}
JSON = {"content-type": "application/json"}
PARQUET = {"content-type": "application/vnd.apache.parquet"}


class InlineReader:
    """Reads in this process what a strange file is read in another for; treaty as `BarsReader`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def read(
        self, folder: Path, kind: str, *, symbol: str | None, calendar: str | None, now: Any
    ) -> BarsImport:
        asked = {
            "kind": kind,
            "symbol": symbol,
            "calendar": calendar,
            "now": int(now.astype(np.int64)),
            "digest": digest_bytes((folder / "upload").read_bytes()),
        }
        with self._monkeypatch.context() as here:
            here.chdir(folder)
            return read(asked)


@pytest.fixture
def stocked(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world whose store is empty, and that takes bars in."""
    ports = replace(world.ports, bars=MemoryBarStore(), reader=InlineReader(monkeypatch), jobs=None)
    return replace(world, ports=ports)


def csv_of(bars: Bars) -> bytes:
    columns = {name: getattr(bars, name) for name in COLUMNS}
    times = [f"{one}Z" for one in np.datetime_as_string(bars.closed_at, unit="s")]
    return pl.DataFrame({"date": times, **columns}).write_csv().encode()


def send(world: World, bars: Bars, query: str = "", **headers: str) -> httpx.Response:
    found: httpx.Response = world.ask(
        "POST", f"{IMPORT}?symbol=WORLD{query}", content=csv_of(bars), headers={**CSV, **headers}
    )
    return found


def keep(world: World, bars: Bars) -> str:
    imported = BarsImport(
        bars=bars,
        quality=assess(bars, world.calendar),
        calendar=world.calendar,
        source_digest="s",
    )
    clock = world.ports.predict.clock
    done = import_bars(imported, store=world.ports.bars, clock=clock, source="x")
    return done.snapshot.digest


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_bars_that_are_sent_are_stored_described_and_answered_on(stocked: World, form: str) -> None:
    bars = stocked.bars
    columns = {name: getattr(bars, name) for name in COLUMNS}
    if form == "csv":
        content, headers, query = csv_of(bars), CSV, "?symbol=WORLD&interval=1d&calendar=weekdays"
    elif form == "parquet":
        file = io.BytesIO()
        pl.DataFrame({"date": bars.closed_at, **columns}).write_parquet(file)
        content, headers, query = file.getvalue(), PARQUET, "?symbol=WORLD&calendar=weekdays"
    else:
        content, headers = json.dumps(stocked.body(calendar="weekdays")).encode(), JSON
        query = ""
    found = stocked.ask("POST", f"{IMPORT}{query}", content=content, headers=headers)
    assert found.status_code == 200, found.text
    answer = msgspec.json.decode(found.content, type=ImportAnswer)
    assert answer.snapshot.bars_digest == bars.digest
    assert answer.snapshot.calendar == "weekdays"
    assert answer.snapshot.source_digest == digest_bytes(content)
    assert answer.quality.n_kept == len(bars)
    assert answer.change.relation.value == "first"
    told = stocked.ask("GET", "/v1/predict/WORLD").json()
    assert told["bars_digest"] == stocked.predict()["bars_digest"]


def test_a_revision_is_named_and_an_import_shows_at_once(stocked: World) -> None:
    stocked = stocked.with_options(symbol_seconds=1e6)
    close = np.array(stocked.bars.close)
    close[100] *= 1.01
    columns = {name: getattr(stocked.bars, name) for name in ("open", "volume")}
    high, low = np.maximum(stocked.bars.high, close), np.minimum(stocked.bars.low, close)
    revised = Bars(
        symbol="WORLD",
        interval="1d",
        closed_at=stocked.bars.closed_at,
        **columns,
        high=high,
        low=low,
        close=close,
    )

    async def scenario(client: httpx.AsyncClient) -> None:
        url = f"{IMPORT}?symbol=WORLD"
        await client.post(url, content=csv_of(stocked.bars[:-1]), headers=CSV)
        before = (await client.get("/v1/predict/WORLD")).json()
        found = (await client.post(url, content=csv_of(revised), headers=CSV)).json()
        change = found["change"]
        assert (change["relation"], change["n_revised"], change["n_appended"]) == ("revises", 1, 1)
        assert change["revised"][0]["closed_at"].startswith(str(stocked.bars.closed_at[100])[:19])
        assert "The vendor revised the past" in found["in_words"]
        after = (await client.get("/v1/predict/WORLD")).json()
        assert before["as_of"] < after["as_of"]

    stocked.visit(scenario)


def test_an_import_that_changes_the_past_says_what_rests_on_it(stocked: World) -> None:
    asked: list[str] = []

    def find(latest: Snapshot) -> Resting:
        asked.append(latest.digest)
        if len(asked) > 1:
            raise RegistryUnavailable("the registry", "gone")
        model = RestingModel(
            model_id="m",
            universe="WORLD",
            symbols=("WORLD",),
            horizon_bars=1,
            stage=Stage.CHAMPION,
            decision="PROMOTE",
            n_altered=1,
            n_judged=1,
        )
        return Resting(symbol="WORLD", interval="1d", models=(model,))

    stocked = replace(stocked, ports=replace(stocked.ports, resting=find))
    first = send(stocked, stocked.bars[:-1]).json()
    extended = send(stocked, stocked.bars).json()
    assert (first["resting"], extended["resting"], asked) == (None, None, [])
    volume = np.array(stocked.bars.volume)
    volume[100] += 1.0
    revised = send(stocked, replace(stocked.bars, volume=volume))
    answer = msgspec.json.decode(revised.content, type=ImportAnswer)
    assert answer.resting is not None
    assert (answer.resting.n_verdicts, answer.resting.models[0].model_id) == (1, "m")
    assert asked == [answer.snapshot.digest]
    volume[101] += 1.0
    unknown = send(stocked, replace(stocked.bars, volume=volume))
    assert (unknown.status_code, unknown.json()["resting"]) == (200, None)


def test_rows_that_are_no_bars_are_refused_by_line(stocked: World) -> None:
    lines = csv_of(stocked.bars).decode().splitlines()
    lines[5] = lines[5].replace(",", ",x", 1)
    found = stocked.ask(
        "POST", f"{IMPORT}?symbol=W", content="\n".join(lines).encode(), headers=CSV
    ).json()
    assert [row["line"] for row in found["quality"]["refusals"]] == [6]
    assert (found["snapshot"]["n_refused"], found["snapshot"]["broken"]) == (1, None)


def test_more_bars_can_be_put_behind_those_stored(stocked: World) -> None:
    send(stocked, stocked.bars[:290])
    found = send(stocked, stocked.bars[280:], "&extend=true").json()
    assert found["snapshot"]["bars_digest"] == stocked.bars.digest
    assert found["change"]["n_appended"] == 10


def test_the_same_import_twice_is_one_snapshot(stocked: World) -> None:
    first, second = send(stocked, stocked.bars).json(), send(stocked, stocked.bars).json()
    assert second["snapshot"] == first["snapshot"]
    assert second["change"]["relation"] == "same"
    listed = stocked.ask("GET", "/v1/data/snapshots").json()["snapshots"]
    assert len(listed) == 1


def test_an_idempotency_key_makes_an_import_happen_once(stocked: World) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        url, key = f"{IMPORT}?symbol=WORLD", {"idempotency-key": "k-1"}
        one, other = csv_of(stocked.bars[:200]), csv_of(stocked.bars)
        first = await client.post(url, content=one, headers={**CSV, **key})
        await client.post(url, content=other, headers=CSV)
        again = await client.post(url, content=one, headers={**CSV, **key})
        assert again.headers["idempotency-replayed"] == "true"
        assert again.content == first.content
        assert (await client.get("/v1/data/bars/WORLD")).json()["n_bars"] == 300
        reused = await client.post(url, content=other, headers={**CSV, **key})
        assert reused.status_code == 422
        elsewhere = await client.post(f"{url}&extend=true", content=one, headers={**CSV, **key})
        assert elsewhere.status_code == 422

    stocked.visit(scenario)


@pytest.mark.parametrize(
    ("query", "content", "headers", "status", "kind"),
    [
        ("?symbol=X", b"", CSV, 422, "not-atable"),
        ("?symbol=X", b"junk", CSV, 422, "not-atable"),
        ("?symbol=X", b"a,b\n1,2\n", CSV, 422, "columns-missing"),
        ("?symbol=X", b"date,open,high,low,close\nx,1,1,1,1\n", CSV, 422, "rows-refused"),
        ("?symbol=X", b"PAR1", PARQUET, 422, "not-atable"),
        ("", b"{", JSON, 422, "unreadable-bars"),
        ("", b"[]", JSON, 422, "unreadable-bars"),
        ("", b'{"closed_at":[1],"open":["x"],"high":[1],"low":[1],"close":[1]}', JSON, 422, None),
        ("", b'{"closed_at":[1,2],"open":[1],"high":[1],"low":[1],"close":[1]}', JSON, 422, None),
        ("", b"[" * 90_000, JSON, 422, "unreadable-bars"),
        ("?symbol=X", b"x", {"content-type": "text/plain"}, 415, "media-type-unknown"),
        ("?symbol=X&interval=q", None, CSV, 422, "query-unreadable"),
        ("?symbol=X&interval=1h", None, CSV, 422, "interval-differs"),
        ("?symbol=X&calendar=XXXX", None, CSV, 422, "unknown-calendar"),
        ("?symbol=X&extend=maybe", None, CSV, 422, "query-unreadable"),
        ("?symbl=X", None, CSV, 422, "query-unreadable"),
        ("?symbol=X", b"x" * 70_000, CSV, 413, "body-too-large"),
    ],
)
def test_what_cannot_be_stored_is_a_problem_and_leaves_nothing(
    stocked: World,
    query: str,
    content: bytes | None,
    headers: dict[str, str],
    status: int,
    kind: str | None,
) -> None:
    small = stocked.with_options(import_body_bytes=65_536 + 30_000 * (content != b"x" * 70_000))
    sent = csv_of(stocked.bars) if content is None else content
    found = small.ask("POST", f"{IMPORT}{query}", content=sent, headers=headers)
    assert found.status_code == status, found.text
    if kind is not None:
        assert found.json()["type"].endswith(kind)
    assert stocked.ask("GET", "/v1/data/symbols").json() == {"symbols": [], "next_after": None}


@pytest.mark.parametrize("headers", [CSV, JSON])
def test_a_table_without_a_name_needs_one(stocked: World, headers: dict[str, str]) -> None:
    body = stocked.body()
    del body["symbol"]
    content = csv_of(stocked.bars) if headers is CSV else json.dumps(body).encode()
    found = stocked.ask("POST", IMPORT, content=content, headers=headers)
    assert found.status_code == 422
    assert found.json()["type"].endswith("symbol-missing")
    named = {"symbol": ["WORLD"] * 300, "date": stocked.bars.closed_at}
    columns = {name: getattr(stocked.bars, name) for name in COLUMNS}
    table = pl.DataFrame({**named, **columns}).write_csv().encode()
    assert stocked.ask("POST", IMPORT, content=table, headers=CSV).status_code == 200


def test_who_may_only_read_imports_nothing(stocked: World) -> None:
    closed = stocked.with_options(access=AccessOptions(local=READING))
    assert send(closed, stocked.bars).status_code == 401


def test_without_a_reader_there_is_no_import(world: World) -> None:
    assert IMPORT not in world.ask("GET", "/v1/openapi.json").json()["paths"]
    found = world.ask("POST", IMPORT, content=b"x", headers=CSV)
    assert found.status_code in (404, 405)


def test_a_strange_file_is_read_in_a_process_of_its_own(stocked: World) -> None:
    ports = replace(stocked.ports, reader=ProcessBarsReader())
    found = send(replace(stocked, ports=ports), stocked.bars)
    assert found.status_code == 200, found.text
    assert found.json()["snapshot"]["bars_digest"] == stocked.bars.digest


def test_markets_are_listed_a_page_at_a_time(stocked: World) -> None:
    for symbol in ("C", "A", "B"):
        keep(stocked, replace(stocked.bars, symbol=symbol))
    first = stocked.ask("GET", "/v1/data/symbols?limit=2")
    page = msgspec.json.decode(first.content, type=SymbolsPageAnswer)
    assert ([one.symbol for one in page.symbols], page.next_after) == (["A", "B"], 2)
    rest = stocked.ask("GET", f"/v1/data/symbols?limit=2&after={page.next_after}").json()
    assert ([one["symbol"] for one in rest["symbols"]], rest["next_after"]) == (["C"], None)


def test_snapshots_are_listed_a_page_at_a_time(stocked: World) -> None:
    for symbol in ("A", "B"):
        for n_bars in (100, 200):
            keep(stocked, replace(stocked.bars[:n_bars], symbol=symbol))
    found, after = [], ""
    while True:
        page = msgspec.json.decode(
            stocked.ask("GET", f"/v1/data/snapshots?limit=1{after}").content, type=SnapshotsAnswer
        )
        found += [(one.symbol, one.number) for one in page.snapshots]
        if page.next_after is None:
            break
        after = f"&after={page.next_after}"
    assert found == [("A", 1), ("A", 2), ("B", 1), ("B", 2)]
    one = stocked.ask("GET", "/v1/data/snapshots?symbol=B&interval=1d").json()["snapshots"]
    assert [row["number"] for row in one] == [1, 2]
    assert stocked.ask("GET", "/v1/data/snapshots?symbol=Z").json()["snapshots"] == []


def test_a_snapshot_its_quality_and_its_bars_are_shown(stocked: World) -> None:
    digest = keep(stocked, stocked.bars)
    shown = stocked.ask("GET", f"/v1/data/snapshots/{digest}")
    assert msgspec.json.decode(shown.content, type=SnapshotAnswer).digest == digest
    quality = stocked.ask("GET", f"/v1/data/snapshots/{digest}/quality")
    assert msgspec.json.decode(quality.content, type=QualityAnswer).n_kept == 300
    bars = stocked.ask("GET", "/v1/data/bars/WORLD?last=10")
    answer = msgspec.json.decode(bars.content, type=BarsAnswer)
    assert (answer.n_bars, answer.digest) == (10, digest)
    assert answer.close == stocked.bars.close[-10:].tolist()
    known = {"if-none-match": bars.headers["etag"]}
    again = stocked.ask("GET", "/v1/data/bars/WORLD?last=10", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert stocked.ask("GET", "/v1/data/bars/WORLD?last=11", headers=known).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/data/snapshots/nothing", 404),
        (f"/v1/data/snapshots/{'0' * 64}/quality", 404),
        ("/v1/data/bars/NOBODY", 404),
        ("/v1/data/bars/", 404),
        ("/v1/data/bars/WORLD?last=0", 422),
        ("/v1/data/bars/WORLD?last=5001", 422),
        ("/v1/data/symbols?limit=0", 422),
        ("/v1/data/symbols?after=-1", 422),
        ("/v1/data/symbols?a=1", 422),
        ("/v1/data/snapshots?after=nonsense", 422),
        ("/v1/data/snapshots?symbol=", 422),
    ],
)
def test_what_is_not_there_or_out_of_range_is_told(stocked: World, path: str, status: int) -> None:
    keep(stocked, stocked.bars)
    assert stocked.ask("GET", path).status_code == status


def test_imports_wait_for_each_other(stocked: World) -> None:
    app = make_app(stocked.ports, stocked.options)

    async def scenario(client: httpx.AsyncClient) -> None:
        sizes = (150, 200, 250, 300)
        found = await asyncio.gather(
            *(
                client.post(f"{IMPORT}?symbol=WORLD", content=csv_of(stocked.bars[:n]), headers=CSV)
                for n in sizes
            )
        )
        assert {one.status_code for one in found} == {200}

    stocked.visit(scenario, app)
    listed = stocked.ask("GET", "/v1/data/snapshots").json()["snapshots"]
    assert [one["number"] for one in listed] == [1, 2, 3, 4]

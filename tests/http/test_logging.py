import json
import logging
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest

from bellwether.clock import FixedClock
from bellwether.http import ServiceLog, start_logging
from bellwether.http._logging import REQUEST_ID, LogWriter, hide_secrets

World = Any  # the class lives in conftest, which is no module
CLOCK = FixedClock(np.datetime64("2026-11-22T15:00:00.25"))


class Shelf:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []

    @property
    def lines(self) -> list[str]:
        """Every line written so far."""
        return b"".join(self.blocks).decode().splitlines()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def log(shelf: Shelf) -> Iterator[ServiceLog]:
    made = ServiceLog(LogWriter(shelf.blocks.append), CLOCK, "json")
    yield made
    made.close()


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(
        "bellwether.test", logging.WARNING, __file__, 1, message, arguments, None
    )


def test_a_record_is_one_line_of_json_with_time_level_reason_and_message(
    log: ServiceLog, shelf: Shelf
) -> None:
    log.emit(record("reason=journal_unavailable prediction=%s: %s", "p1", "locked\nfor long"))
    log.close()
    [line] = shelf.lines
    assert json.loads(line) == {
        "time": "2026-11-22T15:00:00.250000Z",
        "level": "WARNING",
        "logger": "bellwether.test",
        "message": "reason=journal_unavailable prediction=p1: locked\nfor long",
        "reason": "journal_unavailable",
    }


def test_a_record_carries_the_id_of_the_request_it_belongs_to(
    log: ServiceLog, shelf: Shelf
) -> None:
    named = REQUEST_ID.set("mine-1")
    try:
        log.emit(record("something"))
    finally:
        REQUEST_ID.reset(named)
    log.emit(record("something else"))
    log.close()
    first, second = map(json.loads, shelf.lines)
    assert first["request_id"] == "mine-1"
    assert "request_id" not in second


def test_an_exception_is_one_field(log: ServiceLog, shelf: Shelf) -> None:
    try:
        int("a b postgresql://me:swordfish@db/x")
    except ValueError:
        made = record("reason=defect: nobody foresaw this")
        made.exc_info = sys.exc_info()
        log.emit(made)
    log.close()
    [line] = shelf.lines
    told = json.loads(line)["exception"]
    assert told.startswith("Traceback")
    assert "ValueError: invalid literal" in told
    assert "swordfish" not in line


def test_arguments_that_do_not_fit_their_message_are_told_all_the_same(
    log: ServiceLog, shelf: Shelf
) -> None:
    log.emit(record("%d of them", "none"))
    log.close()
    assert "none" in json.loads(shelf.lines[0])["message"]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql+psycopg://me:swordfish@db:5432/bellwether",
        "Authorization: Bearer swordfish",
        "bearer swordfish, and more",
        "X-API-Key: swordfish",
        "GET /v1/bw_0123456789ab_swordfish",
    ],
)
def test_secrets_are_starred(text: str) -> None:
    assert "swordfish" not in hide_secrets(text)
    assert "***" in hide_secrets(text) or "hidden" in hide_secrets(text)


def test_what_is_no_secret_is_left_alone() -> None:
    text = "http://127.0.0.1:8017/v1/openapi.json at 12:00@home, the bearer of news"
    assert hide_secrets("http://127.0.0.1:8017/v1 at 12:00@home") == (
        "http://127.0.0.1:8017/v1 at 12:00@home"
    )
    assert "openapi.json" in hide_secrets(text)


def test_text_for_a_person_stays_on_its_line(shelf: Shelf) -> None:
    log = ServiceLog(LogWriter(shelf.blocks.append), CLOCK, "text")
    log.emit(record("forged\nline\x1b[31m"))
    log.note_request(
        {"method": "GET", "path": "/v1/status", "status": 200, "seconds": 0.0123, "request_id": "a"}
    )
    log.close()
    assert shelf.lines == [
        "15:00:00.250 WARNING forged?line?[31m",
        "15:00:00.250 INFO    GET /v1/status 200 in 12.3 ms [a]",
    ]


def test_a_reader_who_stalls_stops_nobody_and_what_is_dropped_is_counted() -> None:
    stalled, released = threading.Event(), threading.Event()

    def write(_block: bytes) -> None:
        stalled.set()
        released.wait(20)

    writer = LogWriter(write)
    writer.put(b"first")
    assert stalled.wait(20)
    for _ in range(20_010):
        writer.put(b"more")
    assert writer.n_dropped == 10
    released.set()
    writer.close()


def test_lines_are_not_cut_between_the_blocks_that_are_written(shelf: Shelf) -> None:
    writer = LogWriter(shelf.blocks.append)
    for number in range(3000):
        writer.put(b"%d " % number + b"x" * (number % 300))
    writer.put(b"long " + b"y" * 9000)
    writer.close()
    assert [line.split()[0] for line in shelf.lines[:-1]] == [str(n) for n in range(3000)]
    assert all(block.endswith(b"\n") for block in shelf.blocks)
    assert all(len(block) <= 4096 for block in shelf.blocks[:-1])


@pytest.fixture
def quiet_root() -> Iterator[logging.Logger]:
    """Give the root logger back as it was."""
    root, ours = logging.getLogger(), logging.getLogger("bellwether")
    before = (list(root.handlers), root.level, ours.level)
    root.handlers = []  # those of the test's runner, which would be closed
    yield root
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level, ours.level = list(before[0]), before[1], before[2]
    logging.captureWarnings(capture=False)


def test_logging_is_json_where_nobody_looks_on(quiet_root: logging.Logger) -> None:
    log = start_logging(CLOCK)
    assert quiet_root.handlers == [log]
    assert log._make(  # what it would write
        {"time": "t", "level": "INFO", "logger": "l", "message": "m"}
    ).startswith(b"{")


def test_the_line_of_a_request_holds_nothing_secret(world: World, shelf: Shelf) -> None:
    log = ServiceLog(LogWriter(shelf.blocks.append), CLOCK, "json")
    logged = replace(world, ports=replace(world.ports, log=log))
    headers = {"authorization": "Bearer swordfish", "x-request-id": "mine"}
    found = logged.ask("GET", "/v1/models/x%0a1?token=swordfish", headers=headers)
    log.close()
    assert 400 <= found.status_code < 500
    [line] = shelf.lines
    told = json.loads(line)
    assert (told["request_id"], told["status"], told["method"]) == (
        "mine",
        found.status_code,
        "GET",
    )
    assert told["route"] == "/v1/models/{model_id}"
    assert {"time", "level", "logger", "message", "seconds", "client"} <= told.keys()
    assert "swordfish" not in line


def test_a_warning_from_inside_carries_the_id_of_its_request(
    world: World,
    shelf: Shelf,
    quiet_root: logging.Logger,
) -> None:
    class Broken:
        def find(self, *_: object) -> object:
            raise RuntimeError("nobody foresaw this")

    log = ServiceLog(LogWriter(shelf.blocks.append), CLOCK, "json")
    quiet_root.addHandler(log)
    broken = replace(world, ports=replace(world.ports, calendars=Broken()))

    async def scenario(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(
            "/v1/predict",
            json=world.body(calendar="world"),
            headers={"x-request-id": "mine-7"},
        )

    assert broken.visit(scenario).status_code == 500
    log.close()
    [told] = [json.loads(line) for line in shelf.lines if "defect" in line]
    assert (told["reason"], told["request_id"]) == ("defect", "mine-7")
    assert "nobody foresaw this" in told["exception"]

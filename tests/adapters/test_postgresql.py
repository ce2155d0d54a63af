"""What only a server can do to the registry and the journal."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
import sqlalchemy as sa

from bellwether.adapters import SqlJournal, SqlRegistry
from bellwether.clock import FixedClock
from bellwether.errors import BellwetherError
from bellwether.registry import MarketKey, RegistryUnavailable, Serving, Stage
from bellwether.service import (
    Direction,
    JournalUnavailable,
    Prediction,
    Rung,
    Source,
    SourceKind,
)

NOW = np.datetime64("2019-01-02T12:00", "us")
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
PATIENCE = 100

# A process that promotes models and appends answers in turn, and says so after each.
WRITER = """
import sys
import numpy as np
from bellwether.adapters import SqlJournal, SqlRegistry
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord
from bellwether.service import Direction, Prediction, Rung, Source, SourceKind
from bellwether.validation import Decision, Verdict

place, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
now = np.datetime64("2019-01-02T12:00", "us")
registry, journal = SqlRegistry(place, FixedClock(now)), SqlJournal(place)
verdict = Verdict(
    name="w", pipeline="p", snapshot="s", evidence_digest="e", options_digest="g",
    decision=Decision.PROMOTE, binding="evidence", reason="r", next_step="n", checks=(),
    n_bars=1, n_symbols=1, n_effective=1.0, n_needed=1.0, n_pipelines=1, n_looks=1,
    first_closed_at="", last_closed_at="", skill=None, value=None, contract=None, by_year=(),
)
for place in range(count):
    model_id = f"{name}-{place}"
    registry.register(ModelRecord(
        model_id=model_id, market=MarketKey(universe="world", interval="1d", horizon_bars=1),
        symbols=("A",), bundle_digest=model_id, pipeline_digest="p", snapshot_digest="s",
        bellwether_version="0", trained_at=now, registered_at=now, changed_at=now, metrics={},
    ))
    registry.promote(model_id, verdict, reason="it passed")
    prediction = Prediction(
        symbol=name, interval="1d", as_of=now + place, horizon_bars=1, direction=Direction.HOLD,
        probability_up=None, expected_return=None, interval_return=None, confidence=0.0,
        price=100.0, target=None, stop=None, regime=None, reasons=("r" * 1000,),
        source=Source(kind=SourceKind.NONE), rung=Rung.HOLD, fallback_reason=None, bars_digest="",
    )
    journal.append(prediction, now)
    print(prediction.prediction_id, flush=True)
"""


class PostgresServer(Protocol):
    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@contextmanager
def writer(url: str, name: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, url, name, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


def answer(number: int = 0) -> Prediction:
    return Prediction(
        symbol="A",
        interval="1d",
        as_of=NOW - np.timedelta64(number, "D"),
        horizon_bars=1,
        direction=Direction.HOLD,
        probability_up=None,
        expected_return=None,
        interval_return=None,
        confidence=0.0,
        price=100.0,
        target=None,
        stop=None,
        regime=None,
        reasons=("because",),
        source=Source(kind=SourceKind.NONE),
        rung=Rung.HOLD,
        fallback_reason=None,
        bars_digest="",
    )


@pytest.fixture
def registry(postgres_url: str) -> Iterator[SqlRegistry]:
    opened = SqlRegistry(postgres_url, FixedClock(NOW))
    yield opened
    opened.close()


@pytest.fixture
def journal(postgres_url: str) -> Iterator[SqlJournal]:
    opened = SqlJournal(postgres_url)
    yield opened
    opened.close()


@contextmanager
def stranger(url: str) -> Iterator[Any]:
    """Give a connection that is not ours."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextmanager
def stopped(server: PostgresServer) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


def eventually(act: Callable[[], Any]) -> Any:
    """Return what an act gives once it no longer fails, within seconds."""
    for _ in range(PATIENCE):
        try:
            return act()
        except BellwetherError:
            threading.Event().wait(0.05)
    return act()


def check_consistent(registry: SqlRegistry) -> list[str]:
    """Replay the history and compare it with the records; return the ids promoted."""
    replayed: dict[str, Stage] = {}
    promoted = []
    for move in registry.history():
        assert replayed.get(move.model_id) == move.before
        replayed[move.model_id] = move.after
        promoted += [move.model_id] if move.after is Stage.CHAMPION else []
    assert {record.model_id: record.stage for record in registry.records()} == replayed
    stages = list(replayed.values())
    assert stages.count(Stage.CHAMPION) <= 1
    assert stages.count(Stage.PREVIOUS) <= 1
    return promoted


def test_a_server_that_stops_is_an_error_of_ours_and_one_that_starts_is_found_again(
    postgres: PostgresServer, registry: SqlRegistry, journal: SqlJournal
) -> None:
    journal.append(answer(1), NOW)
    head = journal.head()
    with stopped(postgres):
        for _ in range(2):
            with pytest.raises(RegistryUnavailable):
                registry.serving(MARKET)
            with pytest.raises(JournalUnavailable):
                journal.append(answer(2), NOW)
        with pytest.raises(JournalUnavailable):
            journal.verify()
    assert eventually(lambda: registry.serving(MARKET)) == Serving()
    assert journal.append(answer(2), NOW).number == 2
    assert journal.verify(head).number == 2


def test_a_server_that_restarts_between_two_uses_is_not_noticed(
    postgres: PostgresServer, registry: SqlRegistry, journal: SqlJournal
) -> None:
    journal.append(answer(1), NOW)
    with stopped(postgres):
        pass
    assert journal.append(answer(2), NOW).number == 2
    assert registry.serving(MARKET) == Serving()


def test_what_opens_late_waits_for_its_server(postgres: PostgresServer, postgres_url: str) -> None:
    with stopped(postgres):
        with pytest.raises(JournalUnavailable):
            SqlJournal(postgres_url)
        journal = SqlJournal(postgres_url, opens_late=True)
        registry = SqlRegistry(postgres_url, FixedClock(NOW), opens_late=True)
        with pytest.raises(JournalUnavailable):
            journal.append(answer(1), NOW)
        with pytest.raises(RegistryUnavailable):
            registry.records()
    assert eventually(lambda: journal.append(answer(1), NOW)).number == 1
    assert not registry.records()
    journal.close()
    registry.close()


def test_processes_that_promote_and_append_at_once_leave_one_champion_and_one_chain(
    postgres_url: str,
) -> None:
    count = 8
    with (
        writer(postgres_url, "a", count) as one,
        writer(postgres_url, "b", count) as two,
        writer(postgres_url, "c", count) as three,
    ):
        assert [process.wait(timeout=120) for process in (one, two, three)] == [0, 0, 0]
    registry, journal = SqlRegistry(postgres_url, FixedClock(NOW)), SqlJournal(postgres_url)
    promoted = check_consistent(registry)
    assert len(promoted) == 3 * count
    assert registry.serving(MARKET).champion == registry.get(promoted[-1])
    assert registry.serving(MARKET).previous == registry.get(promoted[-2])
    assert journal.verify().number == 3 * count
    journal.close()
    registry.close()


def test_a_killed_writer_loses_nothing_it_has_reported_and_blocks_nobody(
    postgres_url: str,
) -> None:
    with writer(postgres_url, "a", 1_000_000) as process:
        assert process.stdout is not None
        reported = [process.stdout.readline().strip() for _ in range(5)]
        process.send_signal(signal.SIGKILL)
        reported += process.stdout.read().split()
    journal = SqlJournal(postgres_url)
    found = [entry.prediction_id for entry in journal.entries(limit=1000).entries]
    whole = [one for one in reported if len(one) == len(reported[0])]
    assert found[: len(whole)] == whole
    head = journal.verify()
    journal.append(answer(1), NOW)
    assert journal.verify(head).number == head.number + 1
    journal.close()


def test_a_transaction_that_the_server_takes_back_is_tried_again(
    postgres_url: str, journal: SqlJournal
) -> None:
    """Whoever looks for a deadlock first is its victim: we do, a second into our waiting."""
    numbers: list[int] = []
    ours = threading.Thread(target=lambda: numbers.append(journal.append(answer(1), NOW).number))
    with stranger(postgres_url) as watcher, stranger(postgres_url) as other, other.transaction():
        other.execute("SET LOCAL deadlock_timeout = '60s'")
        other.execute("LOCK TABLE journal_records IN SHARE MODE")
        ours.start()
        while not watcher.execute("SELECT * FROM pg_locks WHERE NOT granted").fetchall():
            threading.Event().wait(0.01)
        other.execute("SELECT version FROM journal_schema_version FOR UPDATE")
    ours.join(60)
    assert numbers == [1]
    assert journal.verify().number == 1


def test_a_stranger_cannot_seat_two_champions(postgres_url: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    with writer(postgres_url, "a", 3) as process:
        assert process.wait(timeout=60) == 0
    with stranger(postgres_url) as other, pytest.raises(psycopg.errors.UniqueViolation):
        other.execute("UPDATE models SET stage = 'champion'")


@pytest.mark.parametrize(
    ("setting", "found"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")]
)
def test_a_commit_is_on_the_disk_whatever_the_database_is_set_to(
    postgres_url: str, setting: str, found: str
) -> None:
    with stranger(postgres_url) as other:
        other.execute(f"ALTER DATABASE test SET synchronous_commit = {setting}")
    journal = SqlJournal(postgres_url)
    with journal._writing() as connection:
        assert connection.execute(sa.text("SHOW synchronous_commit")).scalar() == found
    journal.close()


def test_a_database_whose_transactions_are_serializable_is_used_like_any_other(
    postgres_url: str,
) -> None:
    with stranger(postgres_url) as other:
        other.execute("ALTER DATABASE test SET default_transaction_isolation = 'serializable'")
    with writer(postgres_url, "a", 5) as one, writer(postgres_url, "b", 5) as two:
        assert [process.wait(timeout=60) for process in (one, two)] == [0, 0]
    journal = SqlJournal(postgres_url)
    assert journal.verify().number == 10
    journal.close()


def test_a_database_that_may_only_be_read_is_read(postgres_url: str) -> None:
    with writer(postgres_url, "a", 1) as process:
        assert process.wait(timeout=60) == 0
    with stranger(postgres_url) as other:
        other.execute("ALTER DATABASE test SET default_transaction_read_only = on")
    registry, journal = SqlRegistry(postgres_url, FixedClock(NOW)), SqlJournal(postgres_url)
    champion = registry.serving(MARKET).champion
    assert champion is not None
    assert journal.verify().number == 1
    with pytest.raises(JournalUnavailable, match="read-only"):
        journal.append(answer(1), NOW)
    with pytest.raises(RegistryUnavailable, match="read-only"):
        registry.retire(champion.model_id, reason="too old")
    journal.close()
    registry.close()


def test_an_encoding_without_all_letters_is_refused(postgres: PostgresServer) -> None:
    with stranger(postgres.url) as other:
        other.execute(
            "CREATE DATABASE latin ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
        with pytest.raises(JournalUnavailable, match="LATIN1"):
            SqlJournal(postgres.url.replace("/postgres?", "/latin?"))
        other.execute("DROP DATABASE latin WITH (FORCE)")


HIDDEN = "hunter2-and-more"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{HIDDEN}@/none?host=/nowhere",
        f"postgresql://user@/none?host=/nowhere&password={HIDDEN}",
        f"postgresql://user:{HIDDEN}@:99999999/none?host=/nowhere",
        f"postgresql://user:{HIDDEN}@localhost:port/none",
        f"postgresql://user:{HIDDEN}/x@/none?host=/nowhere",
        f"postgresql+psycopg2://user:{HIDDEN}@/none?host=/nowhere&no_such_option={HIDDEN}",
        f"mysql://user:{HIDDEN}@localhost/none",
        f"://{HIDDEN}",
    ],
)
def test_a_password_is_never_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with pytest.raises(JournalUnavailable) as caught:
        SqlJournal(url)
    with pytest.raises(RegistryUnavailable):
        SqlRegistry(url, FixedClock(NOW))
    error: BaseException | None = caught.value
    while error is not None:
        assert HIDDEN not in f"{error}{error.args}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert HIDDEN not in caplog.text


def test_a_place_is_told_with_its_password_hidden() -> None:
    with pytest.raises(JournalUnavailable) as caught:
        SqlJournal(f"postgres://user:{HIDDEN}@/none?host=/nowhere&password={HIDDEN}")
    assert caught.value.place == "postgresql+psycopg://user:***@/none?host=%2Fnowhere"


def test_the_path_of_a_file_may_hold_any_letter(tmp_path: Path) -> None:
    place = tmp_path / "a b?c#d%20é" / "journal.sqlite"
    journal = SqlJournal(place)
    journal.append(answer(1), NOW)
    assert journal.verify().number == 1
    journal.close()
    assert place.is_file()

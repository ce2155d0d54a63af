"""Power cuts, simulated: what a disk may hold after one, given what a journal wrote and synced.

A process appends to a journal while everything SQLite does to its files is noted down. From the
notes the disk is rebuilt as a cut may leave it: whatever a file's last sync covers is there; of
every later write any sectors may be there and any missing, in any order; a file that was made
or removed since its folder's last sync may be there or not.

As a script it is the process that writes: LOG FOLDER and a plan in JSON.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from _cut_disk import Disk, Event
from _sqlite_recorder import Recorder
from bellwether.adapters import SqlJournal
from bellwether.errors import BellwetherError
from bellwether.service import (
    Direction,
    JournalNote,
    NoteKind,
    Prediction,
    Rung,
    ServedAnswer,
    Settlement,
    SettlementOutcome,
    Source,
    SourceKind,
)

JOURNAL = "deep/journal.sqlite"
START = np.datetime64("2019-01-02T21:00", "us")
_VERBS = ("record", "count", "settle", "note", "reopen")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is written.

    Parameters
    ----------
    seed : int
    n_steps : int
        Transactions.
    most_at_once : int
        Answers in one of them.
    checkpoint_pages : int
        Pages in the log at which it is emptied; SQLite's own default is 1000.
    synchronous : {"FULL", "NORMAL", "OFF"}
        The journal's own is FULL; others show that the simulation notices.
    """

    seed: int
    n_steps: int = 60
    most_at_once: int = 32
    checkpoint_pages: int = 1000
    synchronous: str = "FULL"


def answer(number: int) -> Prediction:
    """Return the answer of a number, of the size that models give."""
    return Prediction(
        symbol=f"MARKET-{number % 50}",
        interval="1d",
        as_of=START + number,
        horizon_bars=1,
        direction=Direction.BUY,
        probability_up=0.5 + (number % 997) / 9970.0,
        expected_return=0.001,
        interval_return=None,
        confidence=70.0,
        price=100.0,
        target=103.0,
        stop=98.0,
        regime=None,
        reasons=("The model gives a rise over the next bar a chance of 55.0%.",) * 3,
        source=Source(kind=SourceKind.MODEL, model_id="m", bundle_digest="b" * 64),
        rung=Rung.CHAMPION,
        fallback_reason=None,
        bars_digest="d" * 64,
    )


def write(plan: Plan, root: Path, recorder: Recorder) -> None:
    """Append, count, settle and make notes by a plan, and note after each what was acknowledged."""
    journal = SqlJournal(root / JOURNAL)
    engine = journal._database._engine  # noqa: SLF001 - to change what the journal never would
    sa.event.listen(engine, "connect", lambda one, _: _set_up(one, plan))
    journal.close()  # so that the connection is made anew, as set up
    chance = np.random.default_rng(plan.seed)
    n_answers, n_settled = 0, 0
    counts: dict[int, int] = {}
    for step in range(plan.n_steps):
        verb = chance.choice(_VERBS, p=[0.6, 0.15, 0.1, 0.1, 0.05])
        told: Sequence[int] = ()
        if verb == "record" or not n_answers:
            told = range(n_answers, n_answers + int(chance.integers(1, plan.most_at_once + 1)))
            journal.record_many(
                [ServedAnswer(prediction=answer(number), served_at=START) for number in told]
            )
            n_answers += len(told)
        elif verb == "count":
            told = [int(one) for one in set(chance.integers(0, n_answers, 20))]
            journal.count({answer(one).prediction_id: (1, START) for one in told})
        elif verb == "settle":
            upto = min(n_answers, n_settled + 10)
            journal.settle([_settle(number) for number in range(n_settled, upto)])
            n_settled = upto
        elif verb == "note":
            journal.note([_note(f"{step} {place}") for place in range(8)])
        else:
            journal.close()
        for number in told:
            counts[number] = counts.get(number, 0) + 1
        served = {answer(number).prediction_id: counts[number] for number in told}
        recorder.note("acknowledge", str(journal.head()), 0, json.dumps(served).encode())
    journal.close()


def _note(key: str) -> JournalNote:
    return JournalNote(
        kind=NoteKind.PAPER, key=key, at=START, symbol="A", as_of=START, data={"price": 100.0}
    )


def _set_up(connection: Any, plan: Plan) -> None:
    connection.execute(f"PRAGMA wal_autocheckpoint = {plan.checkpoint_pages}")
    connection.execute(f"PRAGMA synchronous = {plan.synchronous}")


def _settle(number: int) -> Settlement:
    return Settlement(
        prediction_id=answer(number).prediction_id,
        closes_at=START,
        realized_return=0.01,
        outcome=SettlementOutcome.HIT,
        settled_at=START,
    )


def read_log(path: Path) -> Iterator[Event]:
    """Yield what was noted down."""
    with path.open("rb") as log:
        while line := log.readline():
            kind, name, at, n_bytes = json.loads(line)
            content = log.read(n_bytes)
            counts = json.loads(content) if kind == "acknowledge" else {}
            yield Event(kind=kind, name=name, at=at, content=content, counts=counts)


def choose_cuts(events: Sequence[Event], n_cuts: int, chance: np.random.Generator) -> list[int]:
    """Return after how many events to cut: half anywhere, half around syncs and answers."""
    telling = {"sync", "sync_folder", "acknowledge", "remove", "make", "truncate"}
    borders = [place for place, event in enumerate(events) if event.kind in telling]
    near = chance.choice(borders, n_cuts // 2) + chance.integers(0, 2, n_cuts // 2)
    anywhere = chance.integers(0, len(events) + 1, n_cuts - n_cuts // 2)
    return sorted(int(place) for place in (*near, *anywhere))


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What was found after one cut.

    Parameters
    ----------
    n_events : int
        After so many of them.
    n_records : int
        Acknowledged until then.
    loss : str or None
        What was lost or broken.
    seconds : float
        To open what is left, read it and append to it.
    """

    n_events: int
    n_records: int
    loss: str | None
    seconds: float


def cut_power(folder: Path, plan: Plan, n_cuts: int) -> Iterator[Cut]:
    """Let a process write by a plan, and yield what cuts at many moments leave of it.

    Parameters
    ----------
    folder : pathlib.Path
        Empty; everything goes there, what a cut left is removed again.
    plan : Plan
    n_cuts : int
    """
    log, root = folder / "log", folder / "writer"
    root.mkdir()
    writer = [sys.executable, __file__, str(log), str(root), json.dumps(asdict(plan))]
    subprocess.run(writer, check=True, timeout=600)
    events = list(read_log(log))
    chance = np.random.default_rng(plan.seed)
    disk, n_taken = Disk(), 0
    for place in choose_cuts(events, n_cuts, chance):
        for event in events[n_taken:place]:
            disk.take(event)
        n_taken = place
        left = folder / "left"
        left.mkdir()
        disk.cut(left, chance)
        index = left / f"{JOURNAL}-shm"
        if index.parent.is_dir() and chance.random() < 0.5:
            index.write_bytes(chance.bytes(32768))  # it is never synced
        started = time.perf_counter()
        try:
            loss = find_loss(disk, left)
        except BellwetherError as error:
            loss = f"{type(error).__name__}: {error.was}"
        seconds = time.perf_counter() - started
        shutil.rmtree(left)
        yield Cut(n_events=place, n_records=disk.head.number, loss=loss, seconds=seconds)


def find_loss(disk: Disk, root: Path) -> str | None:
    """Open what is left, and say what was acknowledged and is not there, or is not sound."""
    journal = SqlJournal(root / JOURNAL)
    try:
        journal.verify(disk.head)
        cursor: int | None = 0
        counts: dict[str, int] = {}
        while cursor is not None:
            page = journal.entries(cursor=cursor, limit=1000)
            counts.update((entry.prediction_id, entry.n_served) for entry in page.entries)
            cursor = page.cursor
        for key, n_served in disk.counts.items():
            if counts.get(key, 0) < n_served:
                return f"{key[:12]} was acknowledged {n_served} times, is {counts.get(key, 0)}"
        journal.append(answer(10_000_000), START)
        journal.verify(disk.head)
    finally:
        journal.close()
    return None


def main() -> None:
    """Write by the plan that was given, with every event in the log."""
    log, root, plan = Path(sys.argv[1]), Path(sys.argv[2]), Plan(**json.loads(sys.argv[3]))
    with log.open("wb") as file:
        recorder = Recorder(file, root)
        recorder.attach()
        write(plan, root, recorder)


if __name__ == "__main__":
    main()

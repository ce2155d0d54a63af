"""Whether kill -9 takes back an answer that was acknowledged, at 200 random moments.

A process appends answers to one journal from four threads that share transactions, a third of them
given before, and writes an acknowledgement to a pipe after each append has returned. It is killed
at a random moment, from before it has opened the file on. Then the journal is opened again, takes
an answer, and is verified from its first record against the head exported before the kill; every
acknowledgement must be found in it. The next process goes on with the same journal.
"""

import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from _report import Report, exact_interval, parse_arguments
from bellwether.adapters import SqlJournal
from bellwether.service import (
    Direction,
    Journal,
    JournalTampered,
    Prediction,
    Rung,
    Source,
    SourceKind,
)

BAR = 0
MOST_REOPEN_SECONDS = 2.0
N_THREADS = 4
LONGEST_LIFE_SECONDS = 0.25
ROWS = {
    "acknowledged": "n_acknowledged",
    "of these lost": "n_lost",
    "durable, not acknowledged yet": "n_unacknowledged",
    "seconds to open and take an answer": "reopen_seconds",
    "seconds to verify all": "verify_seconds",
}
START = np.datetime64("2019-01-02T21:00", "us")


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What was found after one kill."""

    n_acknowledged: int
    n_lost: int
    n_unacknowledged: int
    is_sound: bool
    reopen_seconds: float
    verify_seconds: float


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


def write_for_ever(path: Path, first: int, pipe: int) -> None:
    """Append answers from several threads and acknowledge each once it is durable."""
    journal = SqlJournal(path)

    def append(place: int) -> None:
        number = first + place
        while True:
            for served in (number, number, max(number - N_THREADS, first + place)):
                journal.append(answer(served), START)
                os.write(pipe, b"%d\n" % served)
            number += N_THREADS

    for place in range(N_THREADS):
        threading.Thread(target=append, args=(place,)).start()


def read_acknowledged(pipe: int) -> list[int]:
    """Return every number that came out of a pipe; a cut last line counts as none."""
    with os.fdopen(pipe, "rb") as told:
        return [int(line) for line in told.read().split(b"\n")[:-1]]


def let_live(path: Path, first: int, seconds: float) -> list[int]:
    """Start a writer, kill it after some time, and return what it had acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        write_for_ever(path, first, writing)
        while True:
            signal.pause()
    os.close(writing)
    killer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    killer.start()
    acknowledged = read_acknowledged(reading)
    killer.join()
    os.waitpid(child, 0)
    return acknowledged


def find_counts(journal: Journal, cursor: int) -> Counter[str]:
    """Return how often each answer behind a cursor was given."""
    found: Counter[str] = Counter()
    behind: int | None = cursor
    while behind is not None:
        page = journal.entries(cursor=behind, limit=1000)
        found.update({entry.prediction_id: entry.n_served for entry in page.entries})
        behind = page.cursor
    return found


def kill_once(path: Path, number: int, seconds: float) -> Kill:
    """Let a writer live for some time, kill it, and look at what it left."""
    first = number * 1_000_000
    journal = SqlJournal(path)
    head = journal.verify()
    journal.close()
    acknowledged = Counter(let_live(path, first, seconds))
    started = time.perf_counter()
    journal = SqlJournal(path)
    journal.append(answer(first + 999_999), START)
    reopened = time.perf_counter()
    is_sound = True
    try:
        journal.verify(head)
    except JournalTampered as error:
        print(error)
        is_sound = False
    verified = time.perf_counter()
    counts = find_counts(journal, head.number)
    journal.close()
    kept = Counter({one: counts[answer(one).prediction_id] for one in acknowledged})
    return Kill(
        n_acknowledged=acknowledged.total(),
        n_lost=(acknowledged - kept).total(),
        n_unacknowledged=counts.total() - 1 - acknowledged.total(),
        is_sound=is_sound,
        reopen_seconds=reopened - started,
        verify_seconds=verified - reopened,
    )


def kill_many(seed: int, n_kills: int) -> Iterator[Kill]:
    """Yield what was found after each of many kills of writers to one journal."""
    lives = np.random.default_rng(seed).uniform(0.0, LONGEST_LIFE_SECONDS, n_kills)
    with tempfile.TemporaryDirectory() as folder:
        for number, seconds in enumerate(lives):
            yield kill_once(Path(folder) / "journal.sqlite", number, float(seconds))


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=20_000, kills=200)
    report = Report(
        name="study-crash",
        title=f"Answers acknowledged and then lost, {arguments.kills} writers killed with -9",
        seed=arguments.seed,
        columns=("figure", "sum", "median a kill", "largest"),
    )
    found = kill_many(arguments.seed, arguments.kills)
    kills = list(track(found, "kills", total=arguments.kills))
    for head, name in ROWS.items():
        values = np.array([getattr(one, name) for one in kills], dtype=float)
        report.add(head, float(values.sum()), float(np.median(values)), float(values.max()))
    n_acknowledged = sum(one.n_acknowledged for one in kills)
    n_lost = sum(one.n_lost for one in kills)
    slowest = max(one.reopen_seconds for one in kills)
    report.figures = {
        "kills": len(kills),
        "kills_before_the_first_answer": sum(one.n_acknowledged == 0 for one in kills),
        "acknowledged": n_acknowledged,
        "broken_chains": sum(not one.is_sound for one in kills),
        "slowest_reopening_seconds": slowest,
    }
    low, high = (n_acknowledged * share for share in exact_interval(n_lost, max(n_acknowledged, 1)))
    return report.close(
        n_lost,
        (low, high),
        BAR,
        at_most=True,
        also={
            "every chain verifies": all(one.is_sound for one in kills),
            "some answers were acknowledged": n_acknowledged > 0,
            f"opened again with an answer taken within {MOST_REOPEN_SECONDS:g} s": (
                slowest <= MOST_REOPEN_SECONDS
            ),
        },
    )


if __name__ == "__main__":
    sys.exit(main())

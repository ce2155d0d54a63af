"""Whether kill -9 of the whole service takes back an answer that it called journalled.

`bellwether serve` answers several clients about ever other bars, so that nearly every answer is a
row of its own. At a random moment, from its first answer on, it is killed: by turns with the
process that computes and without, which then has to end by itself. It is started again on the same
home and timed until it answers; then every answer that had said `x-bellwether-journalled: true`
must be found, and the chain must verify against the head exported before.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from _clients import Clients
from _crafted import make_home, recent_bars
from _fault_site import find_child
from _load import Request
from _questions import BY_BARS, Question, ask_every_way, change, columns_of
from _report import Report, exact_interval
from _servers import CALM, ask, find_port
from bellwether.adapters import SqlJournal
from bellwether.service import JournalHead, JournalTampered, UnknownPrediction
from study_crash import find_counts

BAR = 0
MOST_RESTART_SECONDS = 2.0
LONGEST_LIFE_SECONDS = 0.6
N_CLIENTS, N_QUESTIONS = 4, 300
PATIENCE_SECONDS = 60.0
ROWS = {
    "acknowledged": "n_acknowledged",
    "of these lost": "n_lost",
    "seconds from start to first answer": "restart_seconds",
    "seconds that the other process outlived it": "orphan_seconds",
}


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What was found after one kill."""

    n_acknowledged: int
    n_lost: int
    is_sound: bool
    restart_seconds: float
    orphan_seconds: float


class Service:
    """A service that is started and killed again and again on one home.

    Parameters
    ----------
    home : pathlib.Path
    question : Question
        Whose answer says that it is there.
    """

    def __init__(self, home: Path, question: Question) -> None:
        self.port = find_port()
        self._home = home
        self._request = Request(path=question.path, body=question.body)
        self._process = self._launch()

    def start(self) -> float:
        """Start it and return the seconds to its first answer."""
        begun = time.perf_counter()
        self._process = self._launch()
        return self.wait(begun)

    def wait(self, begun: float) -> float:
        """Return the seconds from an instant to the first answer."""
        while time.perf_counter() - begun < PATIENCE_SECONDS:
            with contextlib.suppress(OSError):
                status, _ = ask(self.port, self._request)
                if status == 200:
                    return time.perf_counter() - begun
            time.sleep(0.005)
        raise RuntimeError(f"no answer within {PATIENCE_SECONDS:g} s")

    def _launch(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "bellwether", "serve", "--port", str(self.port), "--home",
                   str(self._home), "--no-access-log"]  # fmt: skip
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **CALM},
            start_new_session=True,
        )

    def kill(self, *, together: bool) -> int | None:
        """Kill it, with all its processes or alone; return the number of the one that computes."""
        child = find_child(self._process.pid)
        if together:
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        return child

    def end(self) -> None:
        """End it as an operator does."""
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)


def draw_questions(random: np.random.Generator) -> list[Question]:
    """Return single questions about bars that differ by their last price."""
    columns = columns_of(recent_bars())
    last = len(columns["close"]) - 1
    low, high = float(columns["low"][last]), float(columns["high"][last])
    closes = random.uniform(low, high, N_QUESTIONS)
    asked = (ask_every_way(change(columns, "close", [last], float(close))) for close in closes)
    return [one[number % 2] for number, one in enumerate(asked)]


async def load_and_kill(
    service: Service, questions: list[Question], *, seconds: float, together: bool, seed: int
) -> tuple[list[str], int | None]:
    """Return the ids of what was acknowledged before the kill, and the process that computed."""
    clients = Clients(service.port, questions, n_clients=N_CLIENTS, seed=seed)
    is_alive = True
    asking = asyncio.create_task(clients.ask_while(lambda: is_alive))
    await asyncio.sleep(seconds)
    child = service.kill(together=together)
    is_alive = False
    told = [one for one in await asking if one.status == 200 and one.is_journalled]
    return [json.loads(one.body)["prediction_id"] for one in told], child


def wait_for_end(pid: int | None) -> float:
    """Return how long a process goes on; infinite where it does not end soon."""
    begun = time.perf_counter()
    while pid is not None and _is_alive(pid):
        if time.perf_counter() - begun > 10.0:
            return np.inf
        time.sleep(0.01)
    return time.perf_counter() - begun


def _is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def check(path: Path, head: JournalHead, acknowledged: list[str]) -> tuple[int, bool, JournalHead]:
    """Return how many answers are lost, whether the chain holds, and its head."""
    journal = SqlJournal(path)
    try:
        counts = find_counts(journal, head.number)
        lost = [one for one in set(acknowledged) if one not in counts]
        # An answer that was given before is no new row; it must be there all the same.
        n_lost = sum(not _is_kept(journal, one) for one in lost)
        try:
            return n_lost, True, journal.verify(head)
        except JournalTampered as error:
            print(error)
            return n_lost, False, journal.verify()
    finally:
        journal.close()


def _is_kept(journal: SqlJournal, prediction_id: str) -> bool:
    try:
        journal.get(prediction_id)
    except UnknownPrediction:
        return False
    return True


def kill_many(seed: int, n_kills: int) -> Iterator[Kill]:
    """Yield what was found after each of many kills of the service on one home."""
    random = np.random.default_rng(seed)
    [sound] = [one for one in ask_every_way(columns_of(recent_bars())) if one.kind == BY_BARS]
    with tempfile.TemporaryDirectory(prefix="bellwether-crash-") as folder:
        home = Path(folder) / "home"
        make_home(home)
        service = Service(home, sound)
        service.wait(time.perf_counter())
        _, _, head = check(home / "journal.sqlite", JournalHead(), [])
        for number in range(n_kills):
            together = number % 2 == 0
            acknowledged, child = asyncio.run(
                load_and_kill(
                    service,
                    draw_questions(random),
                    seconds=float(random.uniform(0.0, LONGEST_LIFE_SECONDS)),
                    together=together,
                    seed=seed + number,
                )
            )
            restart_seconds = service.start()
            orphan_seconds = wait_for_end(child)
            n_lost, is_sound, head = check(home / "journal.sqlite", head, acknowledged)
            yield Kill(
                n_acknowledged=len(acknowledged),
                n_lost=n_lost,
                is_sound=is_sound,
                restart_seconds=restart_seconds,
                orphan_seconds=orphan_seconds,
            )
        service.end()


def main() -> int:
    """Run the study and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=200)
    given = parser.parse_args()
    report = Report(
        name="study-service-crash",
        title=f"Answers acknowledged and then lost, the service killed {given.kills} times with -9",
        seed=given.seed,
        columns=("figure", "sum", "median a kill", "largest"),
    )
    found = kill_many(given.seed, given.kills)
    kills = list(track(found, "kills", total=given.kills))
    for head, name in ROWS.items():
        values = np.array([getattr(one, name) for one in kills], dtype=float)
        report.add(head, float(values.sum()), float(np.median(values)), float(values.max()))
    n_acknowledged = sum(one.n_acknowledged for one in kills)
    n_lost = sum(one.n_lost for one in kills)
    slowest = max(one.restart_seconds for one in kills)
    orphans = max(one.orphan_seconds for one in kills)
    report.figures = {
        "kills": len(kills),
        "acknowledged": n_acknowledged,
        "kills_before_the_first_answer": sum(one.n_acknowledged == 0 for one in kills),
        "broken_chains": sum(not one.is_sound for one in kills),
        "slowest_restart_seconds": slowest,
        "median_restart_seconds": float(np.median([one.restart_seconds for one in kills])),
        "longest_orphan_seconds": orphans,
        "load_average": os.getloadavg()[1],
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
            "no process outlives the service": bool(np.isfinite(orphans)),
            f"answers within {MOST_RESTART_SECONDS:g} s of each restart": (
                slowest <= MOST_RESTART_SECONDS
            ),
        },
    )


if __name__ == "__main__":
    sys.exit(main())

"""What a service costs before it is asked: imports, start, memory; and how it gets over harm.

A home folder with three promoted bundles (a Transformer of the contract's size) is served with the
defaults. Measured are the time to import what serving needs, from the start of the process to the
first answer of a model, and the memory of both processes after each bundle has answered. Then the
inference process is killed, stopped and made to hang with the interpreter's lock held, while
questions come all the time: how late was the latest answer, and how long did the rules stand in.
"""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from _load import Request
from _report import Report, parse_arguments
from _servers import Server, serving
from _serving_entries import Contest, enter_bellwether, prepare
from _serving_home import MARKETS
from _stuck_ports import STUCK
from bellwether.adapters import open_predict_ports
from bellwether.answering import ChildAnswerer, ChildOptions
from bellwether.bars import COLUMNS
from bellwether.service import LadderOptions, PredictOptions, Question, Rung

BAR_START_SECONDS, BAR_IMPORT_SECONDS, BAR_MEGABYTES = 2.0, 1.0, 200.0
# The budget of a quarter of a second, and what the event loop takes besides.
BAR_LATEST_SECONDS = 0.30
N_QUESTIONS = 50
CORE = (
    "import time; wall, cpu = time.perf_counter(), time.process_time()\n"
    "import bellwether.service, bellwether.adapters\n"
    "from bellwether.answering import ChildAnswerer\n"
    "print(time.perf_counter() - wall, time.process_time() - cpu)"
)


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=7, starts=7, faults=3)
    report = Report(
        name="bench-serving-start",
        title="A service with three bundles: start, memory, and harm to its inference process",
        seed=arguments.seed,
        columns=("what", "median", "worst"),
    )
    busy_before = how_busy()
    with tempfile.TemporaryDirectory() as place:
        contest = prepare(Path(place), arguments.seed)
        imports = [time_imports() for _ in range(arguments.starts)]
        started = [start_once(contest) for _ in range(arguments.starts + 1)][1:]
        harmed = {
            name: [asyncio.run(harm(contest, do)) for _ in range(arguments.faults)]
            for name, do in HARMS.items()
        }
    starts = [seconds for seconds, _ in started]
    memory = {name: [found[name] for _, found in started] for name in started[0][1]}
    rows: dict[str, list[float]] = {
        "import of the serving core, s": [wall for wall, _ in imports],
        "import of the serving core, CPU s": [cpu for _, cpu in imports],
        "a second of work at the start and end took, s": [busy_before, how_busy()],
        "start to the first answer of a model, s": starts,
        **{f"{name}, MB": values for name, values in memory.items()},
    }
    for name, found in harmed.items():
        rows[f"{name}: latest answer, s"] = [latest for latest, _ in found]
        rows[f"{name}: model back after, s"] = [back for _, back in found]
    for what, values in rows.items():
        report.add(what, statistics.median(values), max(values))
    report.figures = {what: statistics.median(values) for what, values in rows.items()}
    latest = max(value for found in harmed.values() for value, _ in found)
    return report.close(
        statistics.median(starts),
        (min(starts), max(starts)),
        BAR_START_SECONDS,
        at_most=True,
        also={
            "imports": statistics.median(wall for wall, _ in imports) <= BAR_IMPORT_SECONDS,
            "memory": statistics.median(memory["both, proportional"]) <= BAR_MEGABYTES,
            "answers on time whatever happens": latest <= BAR_LATEST_SECONDS,
        },
    )


def time_imports() -> tuple[float, float]:
    """Return the seconds, and the seconds of the processor, that the imports take."""
    done = subprocess.run([sys.executable, "-c", CORE], capture_output=True, text=True, check=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu


def how_busy() -> float:
    """Return how long a second's work of one processor takes: more than one where others work."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < 1.0:
        pass
    return time.perf_counter() - wall


def start_once(contest: Contest) -> tuple[float, dict[str, float]]:
    """Return the seconds to the first answer, which a model gave, and the megabytes held."""
    entry = enter_bellwether(contest)
    name, command, environment = entry.name, entry.command, entry.environment
    with serving(name, command, entry.request, contest.folder, environment) as server:
        for symbols in MARKETS.values():
            request = ask_about(contest, symbols[0])
            for _ in range(N_QUESTIONS):
                _, answer = server.ask(request)
                check(answer["rung"] == Rung.CHAMPION, f"the model does not answer: {answer}")
        return server.start_seconds, weigh(server)


def ask_about(contest: Contest, symbol: str) -> Request:
    """Return a question about a symbol."""
    asked = contest.question()
    return replace(
        asked, body=asked.body.replace(b'"symbol":"S0"', f'"symbol":"{symbol}"'.encode())
    )


def weigh(server: Server) -> dict[str, float]:
    """Return the resident megabytes of front and inference process, alone and together."""
    front = server.process.pid
    [child] = Path(f"/proc/{front}/task/{front}/children").read_text().split()
    found = {
        f"{name}, resident": read_rollup(pid, "Rss:")
        for name, pid in (("front", front), ("inference process", child))
    }
    together = weigh_together([front, int(child)])
    return {**found, "both, proportional": server.weigh(), "both, each page once": together}


def weigh_together(pids: Sequence[int]) -> float:
    """Return the resident megabytes of processes, pages of the same file counted once.

    Notes
    -----
    Other processes that use the same libraries make the proportional size smaller than this.
    """
    own, shared = 0, dict[str, int]()
    for pid in pids:
        place, before = "", dict[str, int]()
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            head, *rest = line.split()
            if not head.endswith(":"):
                place = " ".join([rest[1], *rest[4:]])
            elif head == "Private_Dirty:":
                own += int(rest[0])
                before[place] = before.get(place, 0) - int(rest[0])
            elif head == "Rss:":
                before[place] = before.get(place, 0) + int(rest[0])
        for name, kilobytes in before.items():
            shared[name] = max(shared.get(name, 0), kilobytes)
    return (own + sum(shared.values())) * 1024 / 1e6


def check(holds: bool, what: str) -> None:
    """End the benchmark where it would measure something else."""
    if not holds:
        raise RuntimeError(what)


def read_rollup(pid: int | str, head: str) -> float:
    """Return an entry of a process's memory in megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    [kilobytes] = [line.split()[1] for line in lines if line.startswith(head)]
    return int(kilobytes) * 1024 / 1e6


async def harm(contest: Contest, do: Callable[[ChildAnswerer, Path], None]) -> tuple[float, float]:
    """Return how late the latest answer was, and how long no model answered."""
    arguments, home = {"home": str(contest.home)}, contest.home
    options = PredictOptions(ladder=LadderOptions(least_confidence=50.0))
    answerer = ChildAnswerer(
        open_predict_ports(home=str(home)),
        options,
        arguments,
        ChildOptions(),
        maker="_stuck_ports:open_ports",
    )
    columns = {name: getattr(contest.bars, name) for name in ("closed_at", *COLUMNS)}
    question = Question(symbol="S0", interval="1d", horizon_bars=1, columns=columns, calendar=None)
    await answerer.get_ready()
    first = await answerer.answer(question)
    check(first.rung is Rung.CHAMPION, f"the model does not answer: {first}")
    begun, seconds, rung = time.perf_counter(), [0.0], None
    do(answerer, home / STUCK)
    # What is under way when the harm is done may still be answered by the model.
    while rung is not Rung.CHAMPION or len(seconds) < N_QUESTIONS:
        asked = time.perf_counter()
        rung = (await answerer.answer(question)).rung
        check(rung is not Rung.HOLD, "nobody answers")
        seconds.append(time.perf_counter() - asked)
        if rung is Rung.RULES:
            (home / STUCK).unlink(missing_ok=True)
        await asyncio.sleep(0.01)
    back = time.perf_counter() - begun
    answerer.close()
    return max(seconds), back


def _kill(answerer: ChildAnswerer, _stuck: Path) -> None:
    os.kill(answerer.pid or 0, signal.SIGKILL)


def _stop(answerer: ChildAnswerer, _stuck: Path) -> None:
    os.kill(answerer.pid or 0, signal.SIGSTOP)


def _hang(_answerer: ChildAnswerer, stuck: Path) -> None:
    stuck.touch()


HARMS: dict[str, Callable[[ChildAnswerer, Path], None]] = {
    "killed": _kill,
    "stopped": _stop,
    "hanging in C": _hang,
}


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    sys.exit(main())

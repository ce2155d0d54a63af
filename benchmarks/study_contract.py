"""Whether anything that the OpenAPI allows, or forbids, brings the service down or makes it grow.

First schemathesis reads the description of a running `bellwether serve` and asks every operation
in it what it says it takes and what it says it refuses: examples, corners, drawn data, and
sequences in which one answer is the next one's question. Then a soak: clients ask about everything
at once, some of it wrong, while the memory of each process is taken down; what it grows by is
fitted behind the warm-up.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from _clients import Clients, Exchange
from _crafted import SYMBOL, make_home, recent_bars
from _fault_site import family_of
from _load import Request
from _questions import Question, ask_all, ask_every_way, change, choose, columns_of
from _report import Report, exact_interval
from _servers import serving

BAR = 0
REQUEST_SECONDS = 10
# What schemathesis says for want of knowledge, and why it is no fault here.
EXPLAINED: Mapping[str, str] = {
    "Schema-valid request rejected": "columns of different lengths, bars that are no market, "
    "unknown names: no schema of JSON can say so; refused with 422",
    "SSE event violates schema": "the schema is of the stream, and is held against each event",
}
# GET /v1/predict/batch asks about a symbol of that name, and so is rightly allowed.
EXPLAINED_ALLOW = ("/v1/predict/batch", "/v1/predict/symbols")
# Growth behind the warm-up, in what is left of the soak.
WARM_FRAC = 0.3
MOST_GROWTH_FRAC = 0.05
SAMPLE_SECONDS = 1.0


@dataclass(kw_only=True)
class Soak:
    """What happened during a soak.

    Parameters
    ----------
    exchanges : Counter
        How often each status came.
    slowest_seconds : float
    samples : dict of str to list of (float, float)
        Seconds since the start and megabytes, by process.
    """

    exchanges: Counter[int] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def check_contract(port: int, folder: Path, given: argparse.Namespace) -> Any:
    """Return what schemathesis reports."""
    told_in = folder / "contract.json"
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        str(program), "run", f"http://127.0.0.1:{port}/v1/openapi.json", "--no-color",
        "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--mode", "all",
        "--continue-on-failure", "--max-examples", str(given.examples), "--seed", str(given.seed),
        "--request-timeout", str(REQUEST_SECONDS), "--generation-database", "none",
        "--report", "json", "--report-json-path", str(told_in),
    ]  # fmt: skip
    told = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=3600, check=False,
        env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    if told.returncode not in (0, 1):
        raise RuntimeError(f"schemathesis ended with {told.returncode}: {told.stdout[-2000:]}")
    return json.loads(told_in.read_text(encoding="utf-8"))


def read_failures(told: Any) -> Iterator[tuple[str, str]]:
    """Yield title and operation of each failure in a report of schemathesis."""
    for one in told["failures"]:
        for operation in one["operations"]:
            yield one["title"], str(operation)
    for one in told["errors"]:
        yield "error", str(one)[:300]


def is_explained(title: str, operation: str) -> bool:
    """Whether a failure is the tool's, and not the service's."""
    is_allow = "Allow" in title and operation.endswith(EXPLAINED_ALLOW)
    return title in EXPLAINED or is_allow


def mixed_questions() -> list[Question]:
    """Return questions about everything, some of them wrong."""
    bars = recent_bars()
    columns = columns_of(bars)
    wrong = ask_every_way(change(columns, "high", [5], 1.0), is_wrong=True)
    short = ask_every_way(choose(columns, slice(-20, None)), is_wrong=True)
    paths = (
        "/v1/status", "/metrics", "/v1/models", "/v1/predictions?limit=20", "/v1/journal/head",
        "/v1/data/symbols", f"/v1/data/bars/{SYMBOL}?limit=20", "/v1/health/ready",
        "/v1/predict/NOBODY", "/v1/models/champion/bundle", "/v1/openapi.json", "/nowhere",
    )  # fmt: skip
    reading = [Question(kind=path, path=path) for path in paths]
    broken = [
        Question(kind="broken", path="/v1/predict", body=body)
        for body in (b"{", b"[]" * 1000, b'{"symbol":1}', bytes(range(256)))
    ]
    return [*ask_all(bars), *ask_all(bars), *wrong, *short, *reading, *broken]


def different_questions(number: int) -> list[Question]:
    """Return questions about bars that nobody asked about before, so that the journal grows."""
    columns = columns_of(recent_bars())
    last = len(columns["close"]) - 1
    low, high = float(columns["low"][last]), float(columns["high"][last])
    close = low + (high - low) * ((number * 0.618033988749895) % 1.0)
    return list(ask_every_way(change(columns, "close", [last], close)))


async def soak(port: int, front: int, given: argparse.Namespace) -> Soak:
    """Ask for so many minutes and take down what each process weighs."""
    found = Soak()
    begun = time.perf_counter()
    until = begun + 60.0 * given.minutes
    number = 0
    weighing = asyncio.create_task(weigh_until(front, until, begun, found))
    while time.perf_counter() < until:
        number += 1
        questions = mixed_questions() + 3 * different_questions(number)
        clients = Clients(port, questions, n_clients=given.clients, seed=given.seed + number)
        for one in await clients.ask(200):
            note(found, one)
    await weighing
    return found


def note(found: Soak, exchange: Exchange) -> None:
    """Count an exchange."""
    found.exchanges[exchange.status] += 1
    found.slowest_seconds = max(found.slowest_seconds, exchange.seconds)
    if exchange.status in (0, 500):
        print(f"{exchange.question.path}: {exchange.status} {exchange.body[:200]!r}", flush=True)


async def weigh_until(front: int, until: float, begun: float, found: Soak) -> None:
    """Take down what each process weighs, again and again."""
    while time.perf_counter() < until:
        for pid in family_of(front):
            megabytes = resident_megabytes(pid)
            if megabytes is not None:
                name = "front" if pid == front else f"child {pid}"
                at = time.perf_counter() - begun
                found.samples.setdefault(name, []).append((at, megabytes))
        await asyncio.sleep(SAMPLE_SECONDS)


def resident_megabytes(pid: int) -> float | None:
    """Return the anonymous memory that a process holds, or None where there is none."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("RssAnon:"):
                return 1024 * int(line.split()[1]) / 1e6
    return None


def fit_growth(samples: list[tuple[float, float]], seconds: float) -> tuple[float, float, float]:
    """Return megabytes at the end of the warm-up, and how many more at the end, with its error.

    The slope is the least squares' over block means, of which each holds a tenth of the samples:
    single samples depend on their neighbours.
    """
    warm = np.array([one for one in samples if one[0] >= WARM_FRAC * seconds])
    if len(warm) < 10:
        return float("nan"), 0.0, 0.0
    blocks = np.array([block.mean(axis=0) for block in np.array_split(warm, 10)])
    design = np.column_stack([np.ones(len(blocks)), blocks[:, 0]])
    solution, *_ = np.linalg.lstsq(design, blocks[:, 1], rcond=None)
    residual = blocks[:, 1] - design @ solution
    variance = float(residual @ residual) / (len(blocks) - 2)
    error = float(np.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1]))
    length = (1.0 - WARM_FRAC) * seconds
    return float(blocks[0, 1]), float(solution[1]) * length, 2.3 * error * length


def tell_soak(report: Report, found: Soak, minutes: float) -> dict[str, bool]:
    """Add the soak to the report and return its bars."""
    n_asked = found.exchanges.total()
    report.add("soak", "requests", n_asked, f"slowest {1e3 * found.slowest_seconds:.0f} ms")
    for status, count in sorted(found.exchanges.items()):
        report.add("soak", f"status {status or 'none'}", count, "")
    growths, is_flat = {}, True
    for name, samples in found.samples.items():
        start, growth, error = fit_growth(samples, 60.0 * minutes)
        growths[name] = {"start_mb": start, "growth_mb": growth, "error_mb": error}
        report.add("soak", f"{name}: MB grown by", f"{growth:.2f}", f"± {error:.2f} of {start:.0f}")
        is_flat &= growth - error <= MOST_GROWTH_FRAC * start or np.isnan(start)
    report.figures["soak"] = {
        "requests": n_asked, "statuses": dict(found.exchanges), "growth": growths,
        "slowest_seconds": found.slowest_seconds,
    }  # fmt: skip
    return {
        "soak: no defect, no broken connection": not found.exchanges[500] + found.exchanges[0],
        f"soak: nothing hangs (slowest {found.slowest_seconds:.2f} s)": (
            found.slowest_seconds < REQUEST_SECONDS
        ),
        f"soak: nothing grows by more than {MOST_GROWTH_FRAC:.0%}": is_flat,
    }


def main() -> int:
    """Run the study and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=60_000)
    parser.add_argument("--examples", type=int, default=200, help="an operation and phase")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak")
    parser.add_argument("--clients", type=int, default=6)
    given = parser.parse_args()
    report = Report(
        name="study-contract",
        title="What the service's own description leads to",
        seed=given.seed,
        columns=("part", "what", "count", "more"),
    )
    with tempfile.TemporaryDirectory(prefix="bellwether-contract-") as name:
        folder = Path(name)
        make_home(folder / "home")
        command = [sys.executable, "-m", "bellwether", "serve", "--port", "{port}", "--home",
                   str(folder / "home"), "--no-access-log"]  # fmt: skip
        environment = {
            "BELLWETHER_REQUESTS_PER_MINUTE": "1e7",
            "BELLWETHER_REQUESTS_BURST": "1000000",
        }
        ready = Request(path="/v1/health/ready")
        with serving("contract", command, ready, folder, environment) as server:
            told = check_contract(server.port, folder, given)
        with serving("soak", command, ready, folder, environment) as server:
            found = asyncio.run(soak(server.port, server.process.pid, given))
    failures = list(read_failures(told))
    faults = [one for one in failures if not is_explained(*one)]
    for title, count in Counter(title for title, _ in failures).most_common():
        why = EXPLAINED.get(title, "")
        report.add("contract", title, count, f"explained: {why}" if why else "")
    for title, operation in faults:
        print(f"{operation}: {title}")
    n_cases = int(told["test_cases"]["generated"])
    untested = int(told["operations"]["selected"]) - int(told["operations"]["tested"])
    report.add("contract", "cases generated", n_cases, "")
    report.figures |= {"cases": n_cases, "failures": Counter(title for title, _ in failures)}
    n_faults = len(faults)
    also = {"contract: every operation was tried": untested == 0}
    also |= tell_soak(report, found, given.minutes)
    low, high = (n_cases * share for share in exact_interval(n_faults, max(n_cases, 1)))
    return report.close(n_faults, (low, high), BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())

"""Whether a promotion or a rollback under load costs an answer, or gives a wrong one.

A champion and many candidates each say numbers that nobody else says. While clients ask in six
ways, a candidate is promoted over HTTP, then rolled back, then the next one promoted, 1,000 changes
in all. Of every answer it is known which model gave it, and of every model from when to when it may
have been the champion: from the request that promoted it to the reply that retired it. An answer
whose time of asking and receiving lies wholly outside is by neither old nor new champion.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from _clients import Clients, Exchange, Line
from _crafted import CHAMPION, MARKET, Crafted, craft, make_home, recent_bars, register
from _judging import Judge, read_answers
from _load import Request
from _questions import BY_SYMBOL, Question, ask_all
from _report import Report, exact_interval
from _servers import serving

BAR = 0
N_BETWEEN = 4  # answers a client gets before the next change


@dataclass(frozen=True, kw_only=True)
class Change:
    """A promotion or a rollback.

    Parameters
    ----------
    model_id : str
        The champion from then on.
    sent_at, replied_at : float
    """

    model_id: str
    sent_at: float
    replied_at: float


@dataclass(kw_only=True)
class Outcome:
    """What happened during the changes."""

    changes: list[Change]
    exchanges: list[Exchange]
    faults: list[str] = field(default_factory=list)


def make_candidates(n_candidates: int) -> list[Crafted]:
    """Return candidates that all say something else."""
    return [
        craft(f"c{number:04}", probability_up=(0.7 + 1e-4 * number,))
        for number in range(n_candidates)
    ]


def ask_to_promote(model_id: str) -> Question:
    """Return the request that promotes a model."""
    body = json.dumps({"reason": "study"}).encode()
    return Question(kind="promote", path=f"/v1/models/{model_id}/promote", body=body)


def ask_to_roll_back() -> Question:
    """Return the request that rolls the market back."""
    body = json.dumps({"interval": "1d", "horizon_bars": 1, "reason": "study"}).encode()
    return Question(kind="rollback", path=f"/v1/markets/{MARKET.universe}/rollback", body=body)


async def swap(port: int, candidates: list[Crafted], given: argparse.Namespace) -> Outcome:
    """Promote and roll back under load; return everything that was said."""
    clients = Clients(port, ask_all(recent_bars()), n_clients=given.clients, seed=given.seed)
    is_going = True
    exchanges: list[Exchange] = []
    load = asyncio.create_task(clients.ask_while(lambda: is_going, exchanges))
    line = Line(port)
    changes = [Change(model_id=CHAMPION, sent_at=-np.inf, replied_at=-np.inf)]
    faults = []
    for number in range(given.changes):
        await let_pass(exchanges, N_BETWEEN * given.clients)
        candidate = candidates[number // 2].bundle.manifest.model_id
        model_id, question = (
            (CHAMPION, ask_to_roll_back()) if number % 2 else (candidate, ask_to_promote(candidate))
        )
        found = await line.ask(question, question.wire(port))
        if found.status != 200:
            faults.append(f"{question.kind}: status {found.status}: {found.body[:200]!r}")
        changes.append(
            Change(model_id=model_id, sent_at=found.sent_at, replied_at=found.received_at)
        )
    await let_pass(exchanges, N_BETWEEN * given.clients)
    is_going = False
    await load
    line.close()
    return Outcome(changes=changes, exchanges=exchanges, faults=faults)


async def let_pass(exchanges: list[Exchange], n_exchanges: int) -> None:
    """Wait until so many more answers have come, but not for ever."""
    enough, until = len(exchanges) + n_exchanges, time.perf_counter() + 30.0
    while len(exchanges) < enough and time.perf_counter() < until:
        await asyncio.sleep(0.002)


@dataclass(kw_only=True)
class Tally:
    """What the answers come to.

    Parameters
    ----------
    n_late : int
        Requests answered by another rung, for want of time.
    n_remembered : int
        Requests answered by the champion before, from another process's memory.
    neither : list of str
        Those answered by neither old nor new champion.
    first_new_seconds : list of float
        From the reply to each change to the first answer by the new champion.
    """

    n_late: int = 0
    n_remembered: int = 0
    neither: list[str] = field(default_factory=list)
    first_new_seconds: list[float] = field(default_factory=list)


class Reigns:
    """Who may have been the champion when.

    Parameters
    ----------
    changes : list of Change
    """

    def __init__(self, changes: list[Change]) -> None:
        self._reigns: dict[str, list[tuple[float, float]]] = {}
        ends = [*(one.replied_at for one in changes[1:]), np.inf]
        for change, end in zip(changes, ends, strict=True):
            self._reigns.setdefault(change.model_id, []).append((change.sent_at, end))

    def fit(self, model_id: str, exchange: Exchange, memory_seconds: float = 0.0) -> bool:
        """Whether a model was the champion at some moment between asking and receiving."""
        sent_at = exchange.sent_at - memory_seconds
        return any(
            begin <= exchange.received_at and sent_at <= end
            for begin, end in self._reigns[model_id]
        )


def count(outcome: Outcome, judge: Judge, memory_seconds: float) -> Tally:
    """Judge every answer against who was the champion when."""
    tally, reigns = Tally(), Reigns(outcome.changes)
    by_model: dict[str, list[float]] = {}
    for exchange in outcome.exchanges:
        faults = judge.find_faults(exchange)
        who = set() if exchange.status != 200 else set(map(read_who, read_answers(exchange)))
        tally.n_late += "" in who
        named = who - {""}
        if len(named) > 1:
            faults.append(f"mixed: one answer by {sorted(named)}")
        outcome.faults += faults[:3]
        for model_id in named:
            by_model.setdefault(model_id, []).append(exchange.received_at)
            if not reigns.fit(model_id, exchange):
                is_stored = exchange.question.kind.startswith(BY_SYMBOL)
                told = f"{exchange.question.kind} by {model_id}"
                if is_stored and reigns.fit(model_id, exchange, memory_seconds):
                    tally.n_remembered += 1
                else:
                    tally.neither.append(told)
    tally.first_new_seconds = find_first(outcome.changes, by_model)
    return tally


def find_first(changes: list[Change], by_model: dict[str, list[float]]) -> list[float]:
    """Return the seconds from each reply to the first answer by the new champion."""
    found = []
    ends = [*(one.replied_at for one in changes[2:]), np.inf]
    for change, end in zip(changes[1:], ends, strict=True):
        seen = np.array(by_model.get(change.model_id, []))
        during = seen[(seen >= change.sent_at) & (seen <= end)]
        if during.size:
            found.append(max(float(during.min()) - change.replied_at, 0.0))
    return found


def read_who(answer: dict[str, Any]) -> str:
    """Return the champion that gave an answer; nothing for another rung."""
    return str(answer["source"]["model_id"]) if answer["rung"] == "champion" else ""


def main() -> int:
    """Run the study and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=40_000)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--processes", type=int, default=1, help="that serve")
    given = parser.parse_args()
    report = Report(
        name="study-swap" if given.processes == 1 else f"study-swap-{given.processes}-processes",
        title=f"{given.changes} promotions and rollbacks under load, {given.processes} process(es)",
        seed=given.seed,
        columns=("figure", "found"),
    )
    with tempfile.TemporaryDirectory(prefix="bellwether-swap-") as name:
        home = Path(name) / "home"
        models = make_home(home)
        candidates = make_candidates((given.changes + 1) // 2)
        register(home, *candidates)
        known = {one.bundle.manifest.model_id: one for one in candidates} | models
        command = [sys.executable, "-m", "bellwether", "serve", "--port", "{port}", "--home",
                   str(home), "--no-access-log", "--workers", str(given.processes)]  # fmt: skip
        ready = Request(path="/v1/health/ready")
        with serving("service", command, ready, Path(name)) as server:
            outcome = asyncio.run(swap(server.port, candidates, given))
    # Another process than the one that made the change looks again within a second.
    tally = count(outcome, Judge(models=known), 0.0 if given.processes == 1 else 1.0)
    seconds = [one.seconds for one in outcome.exchanges]
    first_new = np.array(tally.first_new_seconds or [np.inf])
    changing = np.array([one.replied_at - one.sent_at for one in outcome.changes[1:]])
    n_asked = len(outcome.exchanges)
    figures = {
        "changes": given.changes,
        "requests": n_asked,
        "errors": len(outcome.faults),
        "by neither old nor new champion": len(tally.neither),
        "by another rung, for want of time": tally.n_late,
        "by the old one, from another process's memory": tally.n_remembered,
        "changes that no answer showed": given.changes - len(tally.first_new_seconds),
        "ms from reply to first new answer, median": 1e3 * float(np.median(first_new)),
        "ms from reply to first new answer, largest": 1e3 * float(first_new.max()),
        "ms a change takes, median": 1e3 * float(np.median(changing)),
        "ms a change takes, largest": 1e3 * float(changing.max()),
        "ms an answer takes, p50": 1e3 * float(np.quantile(seconds, 0.5)),
        "ms an answer takes, p99": 1e3 * float(np.quantile(seconds, 0.99)),
    }
    for name, value in figures.items():
        report.add(name, value)
    report.figures = dict(figures)
    for text in [*outcome.faults[:10], *tally.neither[:10]]:
        print(text)
    n_wrong = len(tally.neither)
    low, high = (n_asked * share for share in exact_interval(n_wrong, n_asked))
    return report.close(
        n_wrong,
        (low, high),
        BAR,
        at_most=True,
        also={
            "no error, and no answer mixed": not outcome.faults,
            "every change showed in an answer": len(tally.first_new_seconds) == given.changes,
        },
    )


if __name__ == "__main__":
    sys.exit(main())

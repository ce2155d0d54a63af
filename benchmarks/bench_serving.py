"""What serving costs: requests a second beside a bare endpoint, BentoML and MLflow, in one run.

One worker of each serves the same Transformer of the contract's size on loopback; wrk keeps 16
connections busy with the same request, the bars that the model reads, as JSON. bellwether checks,
journals and supervises meanwhile, with its defaults; the peers do none of it. One server runs at
a time; each round asks everybody in turn, and ratios are taken within a round. Then requests come
at a constant rate, 60 % of the most, and each one's time is counted from when it was due.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from _load import WRK_MISSING, Load, Request, has_wrk, pace, press
from _report import Report
from _servers import Server, serving
from _serving_entries import (
    BARE,
    BENTOML,
    MLFLOW,
    Contest,
    Entry,
    enter_bare,
    enter_bellwether,
    enter_bentoml,
    enter_mlflow,
    prepare,
)
from _serving_home import MARKETS, SYMBOLS

HEALTH, JSON, FRAME, BY_SYMBOL = "health", "bars as JSON", "bars as a frame", "by symbol"
BAR_OF_BARE, BAR_OF_PEERS, BAR_OF_HEALTH, BAR_BY_SYMBOL = 0.5, 5.0, 0.35, 12_000.0
BAR_TAIL, BAR_BATCH, BAR_START_SECONDS, BAR_MEGABYTES = 3.0, 15.0, 2.0, 200.0
SHARE_OF_MOST = 0.6
N_BATCHES, N_STARTS = 7, 3


@dataclass(kw_only=True)
class Findings:
    """Everything that was measured.

    Parameters
    ----------
    most : dict of str to list of Load
        At full load, one a round.
    paced : dict of str to Load
        At 60 % of the most.
    start_seconds, megabytes, batch_rows : list of float
        Of bellwether: from the start to the first answer, memory with three bundles loaded, and
        rows a second of a batch.
    megabytes_after_batches : float
    answers : dict of str to dict of str to float
        Of what was asked, how many answers had which source and reason.
    """

    most: dict[str, list[Load]] = field(default_factory=dict)
    paced: dict[str, Load] = field(default_factory=dict)
    start_seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    batch_rows: list[float] = field(default_factory=list)
    megabytes_after_batches: float = float("nan")
    answers: dict[str, dict[str, float]] = field(default_factory=dict)

    def press(self, name: str, port: int, request: Request, seconds: float, folder: Path) -> None:
        """Ask as much as can be answered, after a moment to warm up."""
        press(port, request, 1.0, folder)
        load = press(port, request, seconds, folder)
        self.most.setdefault(name, []).append(load)

    def note_answers(self, name: str, before: Counter[str], after: Counter[str]) -> None:
        """Add up who answered between two looks at the counts."""
        kept = self.answers.setdefault(name, {})
        for kind, count in (after - before).items():
            kept[kind] = kept.get(kind, 0) + count

    def by_model(self, name: str) -> float:
        """Return the share of the answers to something that the model gave."""
        kept = self.answers.get(name, {})
        by_model = sum(count for kind, count in kept.items() if "champion" in kind)
        return by_model / sum(kept.values()) if kept else float("nan")

    def rate(self, name: str) -> float:
        """Return the median rate of the rounds."""
        return median(load.rate for load in self.most.get(name, ()))

    def ratios(self, over: str, under: str) -> list[float]:
        """Return the ratio of two rates in each round."""
        pairs = zip(self.most.get(over, ()), self.most.get(under, ()), strict=False)
        return [first.rate / second.rate for first, second in pairs]


def median(values: Iterable[float]) -> float:
    """Return the median, or NaN of nothing."""
    found = list(values)
    return statistics.median(found) if found else float("nan")


def main() -> int:
    """Run the benchmark and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="of the training")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--without-peers", action="store_true", help="leave BentoML, MLflow out")
    arguments = parser.parse_args()
    if not has_wrk():
        print(WRK_MISSING)
        return 2
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
        contest = prepare(Path(folder), arguments.seed)
        entries: list[Entry | None] = [enter_bare(contest)]
        if not arguments.without_peers:
            entries += [enter_bentoml(contest), enter_mlflow(contest)]
        peers = [entry for entry in entries if entry is not None]
        for number in range(arguments.rounds):
            ask_bellwether(contest, findings, arguments.seconds, is_first=number == 0)
            for peer in list(peers):
                if not ask_peer(peer, contest, findings, arguments.seconds):
                    peers.remove(peer)
            print(f"round {number + 1} of {arguments.rounds} is done", flush=True)
    return tell(findings, len(contest.question().body), arguments.seed)


def ask_bellwether(contest: Contest, findings: Findings, seconds: float, *, is_first: bool) -> None:
    """Ask bellwether everything; in one of the rounds what is asked but once as well."""
    with begun(enter_bellwether(contest), contest) as server:
        findings.start_seconds.append(server.start_seconds)
        requests = requests_of(contest, server)
        for name, request in requests.items():
            before = count_answers(server)
            findings.press(name, server.port, request, seconds, contest.folder)
            findings.note_answers(name, before, count_answers(server))
        for symbol in (symbols[0] for symbols in MARKETS.values()):
            server.ask(contest.frames([symbol], "/v1/predict"))
        findings.megabytes.append(server.weigh())
        if is_first:
            for name in (JSON, FRAME, *((BY_SYMBOL,) if BY_SYMBOL in requests else ())):
                rate = SHARE_OF_MOST * findings.most[name][-1].rate
                findings.paced[name] = pace(server.port, requests[name], rate, seconds)
            measure_batches(contest, server, findings)
            findings.megabytes_after_batches = server.weigh()


def ask_peer(entry: Entry, contest: Contest, findings: Findings, seconds: float) -> bool:
    """Ask a peer, and return whether it answered."""
    try:
        with begun(entry, contest) as server:
            findings.press(entry.name, server.port, entry.request, seconds, contest.folder)
            if entry.name == BARE and BARE not in findings.paced:
                rate = SHARE_OF_MOST * findings.most[BARE][-1].rate
                findings.paced[BARE] = pace(server.port, entry.request, rate, seconds)
    except RuntimeError as error:
        print(f"{entry.name} is left out: {error}")
        return False
    return True


def begun(entry: Entry, contest: Contest) -> AbstractContextManager[Server]:
    """Return a server that answers, as a context."""
    return serving(entry.name, entry.command, entry.request, contest.folder, entry.environment)


def requests_of(contest: Contest, server: Server) -> dict[str, Request]:
    """Return what bellwether is asked, by its name in the table."""
    found = {
        HEALTH: Request(path="/v1/health/live"),
        JSON: contest.question(),
        FRAME: contest.frames(SYMBOLS[:1], "/v1/predict"),
    }
    stored, _ = server.ask(contest.bars_to_store())
    by_symbol = Request(path=f"/v1/predict/{SYMBOLS[0]}")
    if stored == 200 and server.ask(by_symbol)[0] == 200:
        found[BY_SYMBOL] = by_symbol
    else:
        print(f"not by symbol: storing bars was answered with {stored}")
    return found


def measure_batches(contest: Contest, server: Server, findings: Findings) -> None:
    """Measure the rows a second of batches of every symbol."""
    batch = contest.frames(SYMBOLS, "/v1/predict/batch")
    for _ in range(N_BATCHES):
        started = time.perf_counter()
        status, answer = server.ask(batch)
        if status != 200 or len(answer["answers"]) != len(SYMBOLS):
            print(f"a batch was answered with {status}: {str(answer)[:300]}")
            return
        findings.batch_rows.append(len(SYMBOLS) / (time.perf_counter() - started))


def count_answers(server: Server) -> Counter[str]:
    """Return how many answers were given so far, by source and reason."""
    _, text = server.ask(Request(path="/metrics"))
    found = re.findall(
        r'^bellwether_answers_total{reason="(.*)",source="(.*)"} (.*)$', text, re.MULTILINE
    )
    return Counter({f"{source}: {reason}": round(float(n)) for reason, source, n in found})


# --- what is told -----------------------------------------------------------------------------


def tell(findings: Findings, n_bytes: int, seed: int) -> int:
    """Print the table, keep the figures, and return the exit code."""
    report = Report(
        name="bench-serving",
        title=f"Requests a second: 1 worker, 16 connections, {n_bytes} bytes of JSON",
        seed=seed,
        columns=(
            "what",
            "a second",
            "p50 ms",
            "p99 ms",
            "60 %: p50",
            "p99",
            "sent late",
            "refused",
        ),
    )
    for name, loads in findings.most.items():
        paced = findings.paced.get(name)
        tail: Sequence[object] = ("", "", "")
        if paced is not None:
            tail = (paced.p50_ms, paced.p99_ms, paced.sent_late_ms)
        p50, p99 = median(one.p50_ms for one in loads), median(one.p99_ms for one in loads)
        n_refused = sum(one.n_refused for one in (*loads, *([paced] if paced else ())))
        report.add(name, findings.rate(name), p50, p99, *tail, n_refused)
    batch, single = median(findings.batch_rows), findings.rate(JSON)
    report.add(f"batch of {len(SYMBOLS)}, rows/s", batch, "", "", "", "", "", "")
    report.figures = {
        "most": {name: [asdict(load) for load in loads] for name, loads in findings.most.items()},
        "paced": {name: asdict(load) for name, load in findings.paced.items()},
        "batch_rows_a_second": findings.batch_rows,
        "start_seconds": findings.start_seconds,
        "megabytes": findings.megabytes,
        "megabytes_after_batches": findings.megabytes_after_batches,
        "answers": findings.answers,
        "request_bytes": n_bytes,
    }
    ratios = findings.ratios(JSON, BARE)
    also = judge(findings, batch / single)
    return report.close(
        median(ratios), (min(ratios), max(ratios)), BAR_OF_BARE, at_most=False, also=also
    )


def judge(findings: Findings, batch_ratio: float) -> dict[str, bool]:
    """Return every further bar in words, and whether it holds."""
    found: dict[str, bool] = {}

    def check(words: str, figure: float, bar: float, *, at_most: bool = False) -> None:
        border = "at most" if at_most else "at least"
        holds = figure <= bar if at_most else figure >= bar
        found[f"{words}: {figure:.3g}, {border} {bar:g}"] = holds

    for peer in (BENTOML, MLFLOW):
        if peer in findings.most:
            check(f"times {peer}", median(findings.ratios(JSON, peer)), BAR_OF_PEERS)
    by_symbol = findings.rate(BY_SYMBOL)
    of_health = median(findings.ratios(BY_SYMBOL, HEALTH))
    words = f"by symbol {by_symbol:.0f}/s, at least {BAR_BY_SYMBOL:g}, or {of_health:.2f} of health"
    found[f"{words}, at least {BAR_OF_HEALTH:g}"] = (
        by_symbol >= BAR_BY_SYMBOL or of_health >= BAR_OF_HEALTH
    )
    for name, load in findings.paced.items():
        if name != BARE:
            check(
                f"p99 over p50 at 60 %, {name}", load.p99_ms / load.p50_ms, BAR_TAIL, at_most=True
            )
    check(f"batch of {len(SYMBOLS)}, rows over single requests", batch_ratio, BAR_BATCH)
    check(
        "seconds to the first answer",
        median(findings.start_seconds),
        BAR_START_SECONDS,
        at_most=True,
    )
    check("megabytes with three bundles", median(findings.megabytes), BAR_MEGABYTES, at_most=True)
    for name in (JSON, FRAME, BY_SYMBOL):
        if name in findings.answers:
            check(f"share answered by the model, {name}", findings.by_model(name), 0.999)
    return found


if __name__ == "__main__":
    sys.exit(main())

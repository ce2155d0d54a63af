"""What an answer costs beside its model's graph: questions in batches and one by one.

A champion (the contract's Transformer alone, and the ensemble of four) serves from a home on disk:
registry, bundle and rules in files; it is watched, and in good standing. Questions are two years of
real bars each, with the market's sessions. On the same questions run in turn: the bare graphs of
model and rules on a batch of windows, `predict_many` on the batch with its answers encoded, and
`predict_columns` one question after the other. Time is that of the processor, which other work on
the machine disturbs least. The figure is how many times less a question costs in batches of 32 than
alone. Held to a bar of their own are its costs beside the model's graph: data contract, quality,
rules, registry, ladder, digests and JSON.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from _report import Report, parse_arguments
from bellwether.adapters import BundleFolder, RulesFile, SqlCheckpoints, SqlRegistry, open_standings
from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS, Bars
from bellwether.clock import FixedClock
from bellwether.monitor import Standing
from bellwether.registry import LoadedBundle, MarketKey, ModelRecord, open_bundle
from bellwether.service import (
    LadderOptions,
    PredictOptions,
    PredictPorts,
    Question,
    Rung,
    predict_columns,
    predict_many,
)
from bellwether.sources import sample_market
from bellwether.validation import Decision, Verdict
from bellwether.watch import Checkpoint
from study_parity import FAMILIES, fit_families, pack, state_of

BATCHES = (1, 8, 32, 128)
WAYS = ("graph", "rules", "many", "one by one")
BATCH, BAR = 32, 3.0
BAR_MICROSECONDS = {1: 1000.0, BATCH: 150.0}
N_BARS = 504
SYMBOL = "nasdaq"
LINE_UPS: Mapping[str, tuple[str, ...]] = {
    "transformer": ("transformer",),
    "ensemble": tuple(FAMILIES),
}
# Every forecast is answered by the model: what is measured must not depend on what it learned.
OPTIONS = PredictOptions(ladder=LadderOptions(least_confidence=0.0))
VERDICT = Verdict(
    name=SYMBOL,
    pipeline="",
    snapshot="",
    evidence_digest="",
    options_digest="",
    decision=Decision.PROMOTE,
    binding="both",
    reason="for the benchmark",
    next_step="none",
    checks=(),
    n_bars=0,
    n_symbols=1,
    n_effective=0.0,
    n_needed=0.0,
    n_pipelines=1,
    n_looks=1,
    first_closed_at="",
    last_closed_at="",
    skill=None,
    value=None,
    contract=None,
    by_year=(),
)


def open_home(folder: Path, content: bytes, now: np.datetime64) -> PredictPorts:
    """Return a home where a bundle is the champion."""
    clock = FixedClock(now)
    manifest = open_bundle(content, "bench").manifest
    registry = SqlRegistry(folder / "registry.sqlite", clock)
    bundles = BundleFolder(folder / "bundles")
    path = bundles.path(manifest.model_id)
    path.parent.mkdir()
    path.write_bytes(content)
    record = ModelRecord(
        model_id=manifest.model_id,
        market=MarketKey(universe="bench", interval="1d", horizon_bars=manifest.horizon_bars),
        symbols=(SYMBOL,),
        bundle_digest=open_bundle(content, "bench").digest,
        pipeline_digest="",
        snapshot_digest="",
        bellwether_version="",
        trained_at=now,
        registered_at=now,
        changed_at=now,
        metrics={},
    )
    registry.register(record)
    registry.promote(record.model_id, VERDICT, reason="for the benchmark")
    sound = Standing(model_id=record.model_id, accuracy=0.53, fallback_accuracy=0.51)
    name = f"standing/{record.model_id}"
    kept = Checkpoint(name=name, number=1, content=sound.to_json())
    SqlCheckpoints(folder / "registry.sqlite").save([kept])
    return PredictPorts(
        registry=registry,
        bundles=bundles,
        rules=RulesFile(folder / "rules.bundle"),
        clock=clock,
        standings=open_standings(folder / "registry.sqlite"),
    )


def ask(n_questions: int) -> list[Question]:
    """Return questions about different stretches of a market, as if each had just closed."""
    read = sample_market(SYMBOL)
    times = read.bars.closed_at[-N_BARS:]
    return [
        Question(
            symbol=SYMBOL,
            interval="1d",
            horizon_bars=1,
            columns={"closed_at": times.copy(), **_columns(read.bars, len(read.bars) - 7 * place)},
            calendar=read.calendar,
        )
        for place in range(n_questions)
    ]


def _columns(bars: Bars, stop: int) -> dict[str, FloatArray]:
    return {name: getattr(bars, name)[stop - N_BARS : stop].copy() for name in COLUMNS}


def cut(questions: list[Question], n_bars: int) -> FloatArray:
    """Return the last bars of each question."""
    return np.stack(
        [
            np.column_stack([question.columns[name][-n_bars:] for name in COLUMNS])
            for question in questions
        ]
    )


def measure(
    ports: PredictPorts, loaded: LoadedBundle, questions: list[Question], n_rounds: int
) -> dict[str, float]:
    """Return the median microseconds a question, way by way; the ways take turns."""
    rules = ports.rules.load()
    windows, rules_windows = (cut(questions, one.manifest.lookback_bars) for one in (loaded, rules))

    def one_by_one() -> None:
        for question in questions:
            predict_columns(
                question.columns,
                symbol=question.symbol,
                interval=question.interval,
                ports=ports,
                calendar=question.calendar,
                options=OPTIONS,
            ).encode()

    def together() -> None:
        for answer in predict_many(questions, ports=ports, options=OPTIONS):
            answer.encode()

    ways: dict[str, Callable[[], object]] = {
        "graph": lambda: loaded.run(windows),
        "rules": lambda: rules.run(rules_windows),
        "many": together,
        "one by one": one_by_one,
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(n_rounds):
        for name, run in ways.items():
            started = time.process_time()
            run()
            taken[name].append(1e6 * (time.process_time() - started) / len(questions))
    found = {name: float(np.median(seconds)) for name, seconds in taken.items()}
    many, graph, single = (np.array(taken[name]) for name in ("many", "graph", "one by one"))
    found["beside"] = float(np.median(many - graph))
    for name, level in (("ratio", 0.5), ("ratio low", 0.05), ("ratio high", 0.95)):
        found[name] = float(np.quantile(single / many, level))
    return found


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=7, rounds=60)
    torch.set_num_threads(1)
    trained = fit_families(sample_market("sp500").bars, arguments.seed)
    questions = ask(max(BATCHES))
    now = questions[0].columns["closed_at"][-1] + np.timedelta64(1, "h")
    report = Report(
        name="bench-predicting",
        title=f"Processor microseconds a question of {N_BARS} bars, one thread, answers encoded",
        seed=arguments.seed,
        columns=("champion", "batch", *WAYS, "beside the graph"),
    )
    figures: dict[str, dict[int, dict[str, float]]] = {}
    for name, members in LINE_UPS.items():
        content = pack(trained, members, state_of(trained, members))
        with tempfile.TemporaryDirectory() as folder:
            ports = open_home(Path(folder), content, now)
            answers = predict_many(questions, ports=ports, options=OPTIONS)
            if any(answer.rung is not Rung.CHAMPION for answer in answers):
                raise SystemExit("expected answers of the champion, was another's")
            loaded = open_bundle(content, "bench")
            figures[name] = {
                size: measure(ports, loaded, questions[:size], arguments.rounds) for size in BATCHES
            }
        for size, found in figures[name].items():
            report.add(name, size, *(found[way] for way in (*WAYS, "beside")))
    report.figures = {"median_microseconds": figures}
    also = {}
    for size, bar in BAR_MICROSECONDS.items():
        most = max(found[size]["beside"] for found in figures.values())
        also[f"batch {size}: {most:.0f} us beside the graph, at most {bar:g}"] = most <= bar
    worst = min((found[BATCH] for found in figures.values()), key=lambda found: found["ratio"])
    interval = worst["ratio low"], worst["ratio high"]
    return report.close(worst["ratio"], interval, BAR, at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())

"""Whether anything that is sent can do worse than be refused, over many thousand mutations.

Sound bundles, frames and bodies are damaged with a system (see `_mutations.py`): as bytes, in
their length fields, and, with digests that hold again, in the values they carry. Bundles are
opened from end to end, engine included, in a worker process that may die of it, as the service's
own trial may; frames and bodies are asked of an app. Each mutation may end in an answer or in an
error of bellwether's own; anything else, and any that takes longer than ten seconds, falls short.
"""

import argparse
import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
from rich.progress import track

from _mutations import damage_body, damage_bundle, damage_frames
from _report import Report
from bellwether.adapters import BundleFolder, MemoryRegistry
from bellwether.bars import COLUMNS, noise_world
from bellwether.clock import FixedClock
from bellwether.errors import BellwetherError
from bellwether.features import GraphBuilder
from bellwether.http import FixedCalendars, FrameHead, HttpOptions, HttpPorts, make_app, pack_frame
from bellwether.registry import (
    LoadedBundle,
    make_bundle,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.registry._archive import pack_archive
from bellwether.service import PredictPorts

BAR = 0
MOST_SECONDS = 10
MEMORY_BYTES = 3 << 30
N_BARS = 60
NOW = np.datetime64("2019-01-02T21:00", "us")
DIED, HUNG, ESCAPED = "process died (contained)", "hung", "escaped"


class Rules:
    """Rules that need no disk."""

    def __init__(self) -> None:
        self._loaded = open_bundle(pack_bundle(make_rules_bundle()), "rules")

    def load(self) -> LoadedBundle:
        """Return the rules' bundle."""
        return self._loaded


def sound_bundle() -> bytes:
    """Return the bundle of a small model with every kind of part and a few trees."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    tilt = graph.input("tilt", np.float64, (1,))
    last = graph.node("Gather", bars, graph.constant(np.array(N_BARS - 1)), axis=1)
    score = graph.node("Gather", last, graph.constant(np.array(3)), axis=1)
    score = graph.node("Tanh", graph.node("Mul", graph.node("Log", score), tilt))
    rows = graph.node("Cast", last, to=1)
    sums = graph.node(
        "TreeEnsembleRegressor",
        rows,
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=[0, 0, 0],
        nodes_nodeids=[0, 1, 2],
        nodes_featureids=[3, 0, 0],
        nodes_modes=["BRANCH_LT", "LEAF", "LEAF"],
        nodes_values=[100.0, 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0],
        nodes_falsenodeids=[2, 0, 0],
        nodes_missing_value_tracks_true=[0, 0, 0],
        target_treeids=[0, 0],
        target_nodeids=[1, 2],
        target_ids=[0, 0],
        target_weights=[0.1, -0.1],
    )
    flat = graph.node("Squeeze", graph.node("Cast", sums, to=11), graph.constant(np.array([1])))
    score = graph.node("Add", score, flat)
    for name in ("expected_return", "score", "volatility", "confidence"):
        graph.output(name, score, np.float64, ("batch",))
    graph.output("probability_up", graph.node("Sigmoid", score), np.float64, ("batch",))
    for name in ("quantiles", "member_forecasts", "features"):
        graph.output(name, last, np.float64, ("batch", 5))
    graph.output("ok", graph.node("Equal", score, score), np.bool_, ("batch",))
    manifest = replace(
        make_rules_bundle().manifest,
        kind="model",
        model_id="world-1",
        symbols=("A", "B"),
        trained_at=NOW,
        lookback_bars=N_BARS,
        state={"tilt": [0.1]},
        parts={},
    )
    return pack_bundle(make_bundle(manifest, graph.build()))


def open_mutations(first: int, last: int, say: Callable[[str], None]) -> None:
    """Open one mutation of a bundle after the other and say how each ended."""
    sound = [sound_bundle(), pack_bundle(make_rules_bundle())]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for seed in range(first, last):
        random = np.random.default_rng(seed)
        content = damage_bundle(random, sound[int(random.random() < 0.2)], pack_archive)
        resource.setrlimit(resource.RLIMIT_CPU, (_spent() + MOST_SECONDS, resource.RLIM_INFINITY))
        try:
            open_bundle(content, "m")
            outcome = "opened"
        except BellwetherError as error:
            outcome = type(error).__name__
        except BaseException as error:  # noqa: BLE001 - whatever it is, it should not be
            outcome = f"{ESCAPED}: {type(error).__name__}: {error}"[:300].replace("\n", " ")
        say(json.dumps([seed, outcome, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))


def _spent() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime) + 1


def run_worker(first: int, last: int) -> Iterator[tuple[int, str, int]]:
    """Yield how each mutation of a bundle ended in one process after the other."""
    while first < last:
        process = subprocess.Popen(
            [sys.executable, __file__, "--open", str(first), str(last)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        for line in process.stdout or ():
            seed, outcome, kilobytes = json.loads(line)
            first = seed + 1
            yield seed, outcome, kilobytes
        if process.wait() != 0 and first < last:
            yield first, HUNG if process.returncode == -24 else DIED, 0
            first += 1


async def ask_mutations(first: int, last: int) -> Iterator[tuple[int, str, int]]:
    """Return how an app answered damaged frames and bodies."""
    world, clock, rules = noise_world(7, 120).bars, FixedClock(NOW), Rules()
    home = Path("/nonexistent")
    bundles = BundleFolder(home)
    ports = HttpPorts(
        predict=PredictPorts(
            registry=MemoryRegistry(clock), bundles=bundles, rules=rules, clock=clock
        ),
        files=bundles,
        calendars=FixedCalendars(),
    )
    columns = {name: getattr(world, name).tolist() for name in COLUMNS}
    times = [f"{instant}Z" for instant in world.closed_at]
    body = {"symbol": "A", "interval": "1d", "closed_at": times, **columns}
    frames = pack_frame(FrameHead(symbol="A", n_bars=len(world)), world.closed_at, world.matrix)
    app = make_app(ports, HttpOptions(time_budget_seconds=MOST_SECONDS))
    transport = httpx.ASGITransport(app=app)
    told = []
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for seed in track(range(first, last), description="frames and bodies"):
            random = np.random.default_rng(seed)
            is_frame = random.random() < 0.5
            content = damage_frames(random, frames) if is_frame else damage_body(random, body)
            kind = "application/vnd.bellwether.bars" if is_frame else "application/json"
            path = "/v1/predict/batch" if random.random() < 0.2 else "/v1/predict"
            outcome = await _ask(client, path, content, kind)
            told.append((seed, outcome, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    return iter(told)


async def _ask(client: httpx.AsyncClient, path: str, content: bytes, kind: str) -> str:
    try:
        async with asyncio.timeout(MOST_SECONDS):
            found = await client.post(path, content=content, headers={"content-type": kind})
    except TimeoutError:
        return HUNG
    except Exception as error:  # noqa: BLE001 - whatever it is, it should not be
        return f"{ESCAPED}: {type(error).__name__}: {error}"[:300]
    if found.status_code >= 500:
        return f"{ESCAPED}: status {found.status_code}: {found.text[:200]}"
    return f"status {found.status_code}"


def tally(report: Report, what: str, outcomes: Iterator[tuple[int, str, int]]) -> Mapping[str, int]:
    """Add how each kind of input ended to the report; return the counts."""
    counts: Counter[str] = Counter()
    sizes: list[int] = []
    for seed, outcome, kilobytes in outcomes:
        head = outcome.partition(":")[0]
        counts[head] += 1
        if head in (ESCAPED, HUNG, DIED):
            print(f"{what} seed {seed}: {outcome}")
        sizes += [kilobytes] if kilobytes else []
    for outcome, count in counts.most_common():
        report.add(what, outcome, count)
    # From a tenth of the way on: before that, libraries are still being loaded.
    grown = (sizes[-1] - sizes[len(sizes) // 10]) / 1024 if sizes else 0.0
    report.add(what, "MiB that the process grew by", f"{grown:.1f}")
    report.figures[what] = {**counts, "grown_mebibytes": grown}
    return counts


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20190102)
    parser.add_argument("--bundles", type=int, default=20_000)
    parser.add_argument("--bodies", type=int, default=20_000)
    parser.add_argument("--open", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    logging.disable(logging.ERROR)
    if given.open:
        first, stop = given.open
        open_mutations(first, stop, lambda line: print(line, flush=True))
        return 0
    report = Report(
        name="study-fuzz",
        title="How damaged bundles, frames and bodies ended",
        seed=given.seed,
        columns=("input", "outcome", "count"),
    )
    last = given.seed + given.bundles
    opened = track(run_worker(given.seed, last), total=given.bundles, description="bundles")
    bundles = tally(report, "bundles", iter(opened))
    asked = asyncio.run(ask_mutations(given.seed, given.seed + given.bodies))
    bodies = tally(report, "bodies", asked)
    n_bad = sum(counts.get(kind, 0) for counts in (bundles, bodies) for kind in (ESCAPED, HUNG))
    return report.close(n_bad, (n_bad, n_bad), BAR, at_most=True)


if __name__ == "__main__":
    sys.exit(main())

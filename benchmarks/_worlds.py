"""Whole training runs on simulated worlds, in memory, many at a time."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from rich.progress import track

from bellwether.adapters import MemoryRegistry
from bellwether.bars import Bars, Panel
from bellwether.clock import FixedClock
from bellwether.registry import Bundle, BundleMissing, LoadedBundle, ModelRecord
from bellwether.service import (
    CHEAP_PLAN,
    MemoryEvidence,
    TrainingPorts,
    TrainingRequest,
    TrainingResult,
    train,
)
from bellwether.trials import MemoryTrialLog
from bellwether.validation import InlineFitRunner, TrainingPlan

Input = TypeVar("Input")
Output = TypeVar("Output")


class MemoryBundles:
    """Bundles that are forgotten at the end of the process."""

    def __init__(self) -> None:
        self.kept: dict[str, Bundle] = {}

    def put(self, bundle: Bundle) -> str:
        """Keep a bundle and return its digest."""
        self.kept[bundle.manifest.model_id] = bundle
        return bundle.digest

    def load(self, record: ModelRecord) -> LoadedBundle:
        """Refuse: no study serves from here."""
        raise BundleMissing(record.model_id)


def train_in_memory(
    bars: Bars, bundles: MemoryBundles | None = None, plan: TrainingPlan = CHEAP_PLAN
) -> TrainingResult:
    """Run a plan through the whole pipeline: fits, gate, bundle, registry."""
    clock = FixedClock(bars.closed_at[-1])
    ports = TrainingPorts(
        runner=InlineFitRunner(),
        trials=MemoryTrialLog(),
        registry=MemoryRegistry(clock),
        bundles=bundles or MemoryBundles(),
        evidence=MemoryEvidence(),
        clock=clock,
    )
    request = TrainingRequest(panel=Panel(bars=[bars]), universe=bars.symbol, plan=plan)
    return train(request, ports)


def in_parallel(
    function: Callable[[Input], Output], inputs: Iterable[Input], n_workers: int, what: str
) -> Iterator[Output]:
    """Yield a function's results in the order of its inputs, with progress."""
    os.environ["OMP_NUM_THREADS"] = "1"
    items = list(inputs)
    with ProcessPoolExecutor(n_workers, mp_context=get_context("spawn")) as pool:
        yield from track(pool.map(function, items), description=what, total=len(items))

"""One tick of watching on a home folder, and what it cost: a process of its own.

Imports no more than a tick does, so that its start is that of a tick.
"""

import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bellwether.adapters import FolderBarStore, SqlCheckpoints, SqlJournal
from bellwether.bootstrap import open_workspace, run_watch
from bellwether.clock import FixedClock
from bellwether.registry import LoadedBundle
from bellwether.watch import _cases, _folding, _seen, _voices, _watching

# Innermost last: what is nested in a part is not counted in it.
PARTS: dict[str, tuple[tuple[object, str], ...]] = {
    "reading bars": ((FolderBarStore, "load"), (FolderBarStore, "markets")),
    "graphs": ((LoadedBundle, "run"),),
    "hearing, beside the graphs": ((_voices, "hear_rules"), (_voices, "hear_model")),
    "volatility": ((_cases, "_find_volatilities"),),
    "checking bars": ((_cases, "find_data_fault"),),
    "closes of markets": ((_seen.SeenMarkets, "remember"),),
    "writing notes": ((SqlJournal, "note"),),
    "reading notes": ((SqlJournal, "notes"),),
    "checkpoints": tuple((SqlCheckpoints, name) for name in ("load", "find", "save")),
    "asking, the rest": ((_watching, "ask_paper"),),
    "settling": ((_watching, "settle_paper"), (_watching, "settle_served")),
    "folding and judging": ((_watching, "fold_outcomes"), (_folding.Fold, "save")),
}


class Stopwatch:
    """Processor seconds by part, of functions that call each other, each thread by itself."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._threads = threading.local()

    def watch(self, part: str, owner: Any, name: str) -> None:
        """Put a function under watch."""
        run: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **options: Any) -> Any:
            inner: list[float] = self._threads.__dict__.setdefault("inner", [])
            started = time.thread_time()
            inner.append(0.0)
            try:
                return run(*args, **options)
            finally:
                taken = time.thread_time() - started
                self.seconds[part] += taken - inner.pop()
                if inner:
                    inner[-1] += taken

        setattr(owner, name, timed)


def tick(home: Path, now: str, *, with_parts: bool) -> None:
    """Run one tick and tell what it cost, as JSON; for a process of its own."""
    watches = Stopwatch()
    for part, functions in PARTS.items() if with_parts else ():
        for owner, name in functions:
            watches.watch(part, owner, name)
    clock = FixedClock(np.datetime64(now, "us"))
    workspace = replace(open_workspace({"home": home}), clock=clock)
    began, before = time.perf_counter(), os.times()
    outcome = run_watch(workspace)
    wall, after = time.perf_counter() - began, os.times()
    if outcome is None or outcome.asked.silent:
        raise SystemExit("expected a tick that hears everybody")
    print(
        json.dumps(
            {
                "wall": wall,
                "processor": after.user + after.system - before.user - before.system,
                "n_forecasts": len(outcome.asked.forecasts),
                "n_settled": len(outcome.settled.new),
                "head": workspace.journal.head().digest,
                "parts": dict(watches.seconds),
            }
        )
    )


if __name__ == "__main__":
    tick(Path(sys.argv[1]), sys.argv[2], with_parts=sys.argv[3] == "1")

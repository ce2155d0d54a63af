"""One fresh process of the feature engine: its start, its memory, and what it costs cold.

Seconds are of its CPU, from its very beginning: a start runs on one thread. Run with the symbols
and bars of a panel; prints JSON.
"""

import json
import os
import resource
import sys
import time

import numpy as np


def main() -> None:
    """Compute a panel in float32 and tell what it took."""
    from bellwether.features import FeatureEngine, alpha158  # noqa: PLC0415 - its import counts

    engine = FeatureEngine(alpha158())
    generator = np.random.default_rng(0)
    bars = 100 + np.cumsum(generator.normal(0, 0.01, (61, 5)), axis=0)
    engine.last(np.ascontiguousarray(bars))
    first = time.process_time()
    n_symbols, n_bars = int(sys.argv[1]), int(sys.argv[2])
    history = 100 + np.cumsum(generator.normal(0, 0.01, (n_bars, 5)), axis=0)
    panel = [history.copy() for _ in range(n_symbols)]
    values = engine.compute_panel(panel, dtype=np.float32, n_threads=1) if panel else history[:0]
    held = sum(one.nbytes for one in panel) + values.nbytes
    told = {
        "first_seconds": first,
        "cpu_seconds": time.process_time(),
        "system_seconds": os.times().system,
        "held_bytes": held,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()

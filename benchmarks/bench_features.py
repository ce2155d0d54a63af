"""What features cost beside Qlib, Polars, KunQuant and TA-Lib, and beside the memory itself.

Alpha158 on one panel in one run, and fourteen factors as in Qlib's own comparison: CPU seconds on
one thread, ours and those of the peers in turn. Qlib and KunQuant work in environments of their
own; Polars and TA-Lib in this process. Polars is asked for the 138 columns that it has words for,
the others for all 158. Of ours a fresh process tells the cold start and the memory of the big
panel.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import talib

from _factor_peers import ask_peer, make_panel
from _fourteen_factors import FIELDS, fourteen_factors, fourteen_with_polars
from _polars_factors import compute_with_polars, make_table
from _report import Report, parse_arguments
from bellwether import features as f
from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import FeatureEngine, alpha158

BARS = {"Qlib": 60.0, "Polars": 14.0, "KunQuant": 4.0, "TA-Lib, four indicators": 1.0,
        "KunQuant, one bar of its stream": 1.0, "two cores": 1.8,
        "Qlib, its 14 factors": 20.0, "Polars, the 14 factors": 2.0}  # fmt: skip
BAR_COLD, BAR_LIVE_MICROSECONDS, BAR_FIRST_SECONDS = 10.0, 6.0, 2.0
BAR_MEMORY, SPARE_BYTES = 1.15, 150 * 2**20
BIG_BARS, LIVE_CALLS, COLD_ROUNDS = 3_500, 80, 3
BIG_ROWS = 800 * BIG_BARS
# Rounds in a round of what takes a few milliseconds, and of what two cores must both be free for.
QUICK_CALLS, PAIRS_OF_CORES = 10, 12


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process for some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def wall_seconds(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def four_indicators() -> FeatureEngine:
    """Return RSI, MACD and its signal, ATR and the place between the bands."""
    macd = f.ema(f.close, 2 / 13) - f.ema(f.close, 2 / 27)
    signal = f.ema(macd, 0.2)
    return FeatureEngine([f.rsi(14), macd, signal, f.atr(14), f.bollinger_position(20)])


def talib_indicators(panel: list[FloatArray]) -> None:
    """Let TA-Lib compute the four indicators; of what it returns nothing is kept."""
    for columns in panel:
        _, high, low, close, _ = columns
        talib.RSI(close, 14)
        talib.MACD(close, 12, 26, 9)
        talib.ATR(high, low, close, 14)
        talib.BBANDS(close, 20, 2, 2)


def measure(panel: FloatArray, n_rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round, by what was timed; in turn, so that all meet the same."""
    engine, indicators, fourteen = FeatureEngine(alpha158()), four_indicators(), fourteen_factors()
    room: Float32Array = np.zeros((panel.shape[0] * panel.shape[1], 158), dtype=np.float32)
    results, factors = np.zeros((len(room), 5)), np.zeros((len(room), 14), dtype=np.float32)
    table = make_table(panel)
    turned = [np.ascontiguousarray(one.T) for one in panel]
    windows = np.ascontiguousarray(panel[:, -engine.lookback_bars :])
    works: dict[str, Callable[[], object]] = {
        "ours": lambda: engine.compute_panel(panel, room, n_threads=1),
        "memory": lambda: room.fill(0.0),
        "Polars": lambda: compute_with_polars(table),
        "ours, four indicators": lambda: indicators.compute_panel(panel, results, n_threads=1),
        "TA-Lib, four indicators": lambda: talib_indicators(turned),
        "ours, 14 factors": lambda: fourteen.compute_panel(panel, factors, n_threads=1),
        "Polars, the 14 factors": lambda: fourteen_with_polars(table),
        "ours, one bar of one symbol": lambda: [engine.last(one) for one in windows],
    }
    for work in works.values():
        work()
    quick = "ours, four indicators", "TA-Lib, four indicators"
    cores = {"one core": 1, "two cores": 2}
    timed = *works, "ours, one bar", *cores, *(f"{name}, CPU" for name in cores)
    found: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(n_rounds):
        for name, work in works.items():
            found[name].append(cpu_seconds(work))
        for _ in range(QUICK_CALLS):
            for name in quick:
                found[name].append(cpu_seconds(works[name]))
        # One call after another, as the peer's stream takes its bars.
        found["ours, one bar"] += [
            cpu_seconds(lambda: engine.last(windows)) for _ in range(LIVE_CALLS)
        ]
        for _ in range(PAIRS_OF_CORES):
            for name, n_threads in cores.items():
                began = time.process_time()
                found[name].append(
                    wall_seconds(
                        lambda n=n_threads: engine.compute_panel(panel, room, n_threads=n)  # type: ignore[misc]
                    )
                )
                found[f"{name}, CPU"].append(time.process_time() - began)
    return found


def fresh_process(n_symbols: int, n_bars: int, cache: Path | None = None) -> dict[str, Any]:
    """Return what a process of its own tells; with an empty cache it compiles all anew."""
    extra = {"NUMBA_CACHE_DIR": str(cache)} if cache else {}
    script = Path(__file__).with_name("_feature_process.py")
    told = subprocess.run(
        [sys.executable, str(script), str(n_symbols), str(n_bars)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **extra},
    )
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer


def cold_process(n_symbols: int) -> dict[str, Any]:
    """Run the big panel in a process that finds no compiled kernel on disk."""
    with tempfile.TemporaryDirectory() as cache:
        return fresh_process(n_symbols, BIG_BARS, Path(cache))


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return median, least and most."""
    return float(np.median(values)), min(values), max(values)


def add_ratio(report: Report, name: str, theirs: list[float], ours: list[float]) -> float:
    """Add a peer's least seconds over our least, and return the ratio.

    The least of the rounds is what the work costs; what is above it is the machine's other work.
    """
    ratios = [a / b for a, b in zip(theirs, ours, strict=False)]
    ratio, (_, low, high) = min(theirs) / min(ours), spread(ratios)
    report.add(name, min(theirs), min(ours), ratio, f"{low:.3g} to {high:.3g}", BARS[name])
    report.figures[name] = {"ratio": ratio, "lowest": low, "highest": high}
    return ratio


def ask_peers(panel: FloatArray, n_rounds: int) -> dict[str, list[float]]:
    """Return the seconds that the peers with environments of their own tell."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "fields.json").write_text(json.dumps(FIELDS))
        told = ask_peer("qlib", panel, Path(folder))
        if told is not None:
            found["Qlib"] = [told["seconds"]]
            found["Qlib, its 14 factors"] = [told["seconds_of_fields"]]
        told = ask_peer("kunquant", panel, Path(folder), str(n_rounds))
        if told is not None:
            found["KunQuant"] = told["batch"]
            found["KunQuant, one bar of its stream"] = told["stream"]
    return found


def fresh_bars(report: Report, qlib_seconds: float, arguments: Any) -> dict[str, bool]:
    """Add what fresh processes tell, and return the bars they are held to."""
    rounds = [cold_process(arguments.big_symbols) for _ in range(COLD_ROUNDS)]
    cold = min(rounds, key=lambda told: float(told["cpu_seconds"]))
    warm = fresh_process(arguments.big_symbols, BIG_BARS)
    most = BAR_MEMORY * warm["held_bytes"] + SPARE_BYTES
    ratio = qlib_seconds / cold["cpu_seconds"]
    report.add("cold process, big panel: Qlib's seconds by rows", qlib_seconds,
               cold["cpu_seconds"], ratio, "", BAR_COLD)  # fmt: skip
    report.add("of them in the system, which hands out the memory", "", cold["system_seconds"], "",
               "", "")  # fmt: skip
    report.add("first features of a process, kernels on disk", "", warm["first_seconds"], "", "",
               BAR_FIRST_SECONDS)  # fmt: skip
    report.add("peak memory, big panel, GiB", "", warm["peak_bytes"] / 2**30, "", "", most / 2**30)
    report.figures["fresh"] = {"cold": cold, "warm": warm}
    return {
        "a cold process 10 times quicker than Qlib": ratio >= BAR_COLD,
        "first features within 2 s": warm["first_seconds"] <= BAR_FIRST_SECONDS,
        "memory within 1.15 x input and output + 150 MiB": warm["peak_bytes"] <= most,
    }


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(
        __doc__ or "", seed=3, symbols=96, bars=2_520, rounds=5, big_symbols=800, peers=1
    )
    report = Report(
        name="bench-features",
        title=f"Alpha158, {arguments.symbols} symbols x {arguments.bars} bars, CPU seconds",
        seed=arguments.seed,
        columns=("beside", "theirs", "ours", "ratio", "rounds", "bar"),
    )
    panel = make_panel(arguments.symbols, arguments.bars, arguments.seed)
    n_rows = panel.shape[0] * panel.shape[1]
    peers = ask_peers(panel, arguments.rounds) if arguments.peers else {}
    found = measure(panel, arguments.rounds)
    live = [one / len(panel) for one in found["ours, one bar"]]
    pairs = {
        "Qlib": (peers.get("Qlib"), found["ours"]),
        "Polars": (found["Polars"], found["ours"]),
        "KunQuant": (peers.get("KunQuant"), found["ours"]),
        "TA-Lib, four indicators": (
            found["TA-Lib, four indicators"],
            found["ours, four indicators"],
        ),
        "KunQuant, one bar of its stream": (
            peers.get("KunQuant, one bar of its stream"),
            [min(live)] * 1_000,
        ),
        "two cores": (found["one core"], found["two cores"]),
        "Qlib, its 14 factors": (peers.get("Qlib, its 14 factors"), found["ours, 14 factors"]),
        "Polars, the 14 factors": (found["Polars, the 14 factors"], found["ours, 14 factors"]),
    }
    also = {}
    for name, (theirs, ours) in pairs.items():
        if theirs is not None:
            also[f"{name}: {BARS[name]:g} times"] = (
                add_ratio(report, name, theirs, ours) >= BARS[name]
            )
    microseconds = 1e6 * min(live)
    alone = 1e6 * min(found["ours, one bar of one symbol"]) / len(panel)
    share = min(found["memory"]) / min(found["ours"])
    report.add("one bar of all symbols, microseconds a symbol", "", microseconds, "", "",
               BAR_LIVE_MICROSECONDS)  # fmt: skip
    report.add("one bar of one symbol, microseconds", "", alone, "", "", "")
    report.add("nanoseconds a bar; share of it to write the memory", "",
               1e9 * min(found["ours"]) / n_rows, share, "", "")  # fmt: skip
    of_one, of_two = (
        min(found[f"{name} core{end}, CPU"]) for name, end in (("one", ""), ("two", "s"))
    )
    report.add(
        "CPU seconds of two threads over those of one", of_two, of_one, of_two / of_one, "", ""
    )
    report.figures |= {"cpu_of_two_over_one": of_two / of_one,
                       "live_microseconds": microseconds, "alone_microseconds": alone,
                       "nanoseconds_a_bar": 1e9 * min(found["ours"]) / n_rows,
                       "memory_share": share}  # fmt: skip
    also["one bar within 6 microseconds a symbol"] = microseconds <= BAR_LIVE_MICROSECONDS
    if "Qlib" in peers and arguments.big_symbols:
        also |= fresh_bars(report, peers["Qlib"][0] * BIG_ROWS / n_rows, arguments)
    _, low, high = spread([peers.get("Qlib", [0.0])[0] / one for one in found["ours"]])
    return report.close(high, (low, high), BARS["Qlib"], at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())

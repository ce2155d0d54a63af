"""What one verdict costs, and what measuring the gate's own rate of error costs.

A verdict: 200 configurations' forecasts of a 10-year daily series, all noise, are combined, laid
out as Evidence with every candidate beside them, and judged with all that the card shows; seconds
are those of the processor, which on an idle core are those of the clock, so that what else runs on
the machine does not count. A first verdict, which loads the libraries, is not timed. The
calibration: 1,000 noise worlds of 10 years and the planted skills beside them, each through the
whole gate, on two processes; its wall time is that of this machine with whatever else ran on it.
"""

import argparse
import os
import sys
import time
from dataclasses import replace

import numpy as np

from _report import Report
from bellwether.adapters import ProcessCalibrationRunner
from bellwether.arrays import FloatArray
from bellwether.bars import Panel, noise_world
from bellwether.clock import SystemClock
from bellwether.service import CalibrationPorts, CalibrationRequest, calibrate_gate
from bellwether.validation import (
    CalibrationSetting,
    GateOptions,
    JudgedMarket,
    Verdict,
    combine_configurations,
    draw_forecasts,
    examine,
    judge,
)

VERDICT_BAR_SECONDS, CALIBRATION_BAR_SECONDS = 2.0, 60.0
N_BARS, N_CONFIGURATIONS, N_WORLDS, N_PROCESSES = 2520, 200, 1000, 2


def give_verdict(market: JudgedMarket, members: FloatArray) -> tuple[Verdict, dict[str, float]]:
    """Return the verdict about many configurations, and the seconds of each step."""
    marks = [time.process_time()]
    forecast = combine_configurations(members, market.returns).forecast
    marks.append(time.process_time())
    evidence = replace(market.evidence(forecast), candidate_forecasts=members)
    marks.append(time.process_time())
    verdict = judge(evidence)
    marks.append(time.process_time())
    examine(evidence)
    marks.append(time.process_time())
    combined, laid_out, judged, examined = np.diff(marks).tolist()
    return verdict, {
        "combine": combined,
        "lay out as evidence": laid_out,
        "judge": judged,
        "one verdict": combined + laid_out + judged,
        "examine alone": examined,
    }


def time_calibration(n_worlds: int) -> tuple[float, int]:
    """Return the seconds that a calibration takes and how many runs it made."""
    setting = CalibrationSetting(options=GateOptions(), n_bars=N_BARS)
    request = CalibrationRequest(setting=setting, n_runs=n_worlds, budget_seconds=600.0)
    ports = CalibrationPorts(clock=SystemClock(), runner=ProcessCalibrationRunner(N_PROCESSES))
    started = time.perf_counter()
    found = calibrate_gate(request, ports)
    return time.perf_counter() - started, sum(figure.n_runs for figure in found.figures)


def main() -> int:
    """Run the benchmark and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--verdicts", type=int, default=9)
    parser.add_argument("--worlds", type=int, default=N_WORLDS)
    parser.add_argument("--quick", action="store_true", help="few of each")
    given = parser.parse_args()
    n_verdicts, n_worlds = (3, 20) if given.quick else (given.verdicts, given.worlds)
    report = Report(
        name="bench-verdict",
        title=f"A verdict on {N_BARS} bars with {N_CONFIGURATIONS} configurations",
        seed=given.seed,
        columns=("step", "median seconds", "longest"),
    )
    taken: dict[str, list[float]] = {}
    for number in range(-1, n_verdicts):
        world = noise_world(given.seed + number, N_BARS)
        market = JudgedMarket(panel=Panel(bars=[world.bars]))
        random = np.random.default_rng([given.seed, number + 1])
        members = draw_forecasts(random, N_BARS, N_CONFIGURATIONS).T[:, :, None]
        _, seconds = give_verdict(market, members)
        for step, own in seconds.items() if number >= 0 else ():
            taken.setdefault(step, []).append(own)
    for step, all_seconds in taken.items():
        report.add(step, float(np.median(all_seconds)), max(all_seconds))
    calibration, n_runs = time_calibration(n_worlds)
    report.add(f"calibration, {n_runs} runs, {N_PROCESSES} processes", calibration, calibration)
    report.figures = {
        "seconds": taken,
        "calibration_seconds": calibration,
        "calibration_runs": n_runs,
        "load_of_the_machine": os.getloadavg()[0],
    }
    verdicts = taken["one verdict"]
    in_time = calibration * N_WORLDS / n_worlds <= CALIBRATION_BAR_SECONDS
    also = {f"{N_WORLDS} noise worlds in {CALIBRATION_BAR_SECONDS:g} s": in_time}
    interval = (min(verdicts), max(verdicts))
    median = float(np.median(verdicts))
    return report.close(median, interval, VERDICT_BAR_SECONDS, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())

"""ProcessCalibrationRunner: runs of the gate in parallel processes that share nothing."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bellwether.adapters._calibration_folder import write_calibration
from bellwether.adapters._errors import CalibrationStopped
from bellwether.adapters._line_workers import LineWorkers
from bellwether.service import CalibrationResults, PlannedRun
from bellwether.validation import CalibrationSetting

COMMAND = (sys.executable, "-m", "bellwether.adapters._calibration_worker")
# Each process has its next run waiting, so that none idles while the parent counts.
ASKED_AHEAD = 2


class ProcessCalibrationRunner:
    """Makes runs of the gate in worker processes; treaty as `CalibrationRunner`.

    Parameters
    ----------
    n_workers : int
        Processes at once, at least 1.
    """

    __slots__ = ("_n_workers",)

    def __init__(self, n_workers: int) -> None:
        self._n_workers = n_workers

    def run(self, setting: CalibrationSetting, runs: Sequence[PlannedRun]) -> CalibrationResults:
        """Yield each run with whether the gate promoted, as they finish.

        Raises
        ------
        CalibrationStopped
            If a run raised, or a process died.
        OSError
            If there is no room to hand the bars over.
        """
        with tempfile.TemporaryDirectory(prefix="bellwether-calibration-") as name:
            write_calibration(Path(name), setting, runs)
            workers = LineWorkers([*COMMAND, name], max(min(self._n_workers, len(runs)), 1))
            try:
                yield from _collect(workers, runs)
            finally:
                workers.stop()


def _collect(workers: LineWorkers, runs: Sequence[PlannedRun]) -> CalibrationResults:
    waiting, n_done = iter(range(len(runs))), 0
    while n_done < len(runs):
        worker, message = workers.next_message()
        _check(message)
        n_asked = 1
        if "ready" in message:
            n_asked = ASKED_AHEAD
        for _ in range(n_asked):
            following = next(waiting, None)
            if following is not None:
                workers.ask(worker, following)
        if "run" in message:
            n_done += 1
            yield runs[int(message["run"])], bool(message["promoted"])


def _check(message: dict[str, Any]) -> None:
    if "ended" in message:
        raise CalibrationStopped(
            "a process to live until its runs are done",
            f"one that ended with exit code {message['ended']}",
            "run the command again; if memory is short, use --workers 1",
        )
    if "failed" in message:
        raise CalibrationStopped(
            "a run of the gate to end",
            str(message["failed"]),
            f"read the trace:\n{message['trace']}",
        )

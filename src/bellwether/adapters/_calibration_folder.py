"""The folder through which a calibration reaches its processes: plain arrays and JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from bellwether.adapters._errors import CalibrationStopped
from bellwether.adapters._work_store import WorkStore
from bellwether.bars import COLUMNS, Bars, Panel
from bellwether.service import PlannedRun
from bellwether.validation import CalibrationSetting, GateOptions

HEAD = "calibration.json"
BARS = "bars"
NUMBERS = ("n_configurations", "n_bars", "cost_bps", "ic_worth_finding", "seed")
_ARRAYS = (*COLUMNS, "adjustment")


def write_calibration(
    folder: Path, setting: CalibrationSetting, runs: Sequence[PlannedRun]
) -> None:
    """Write a setting and its runs for the workers.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written.
    """
    markets = () if setting.panel is None else setting.panel.bars
    arrays = {
        f"{place}/{name}": getattr(bars, name)
        for place, bars in enumerate(markets)
        for name in _ARRAYS
    }
    times = {
        f"{place}/closed_at": one.closed_at.astype(np.int64) for place, one in enumerate(markets)
    }
    WorkStore(folder).write(BARS, {**arrays, **times})
    head = {
        "options": asdict(setting.options),
        "numbers": {name: getattr(setting, name) for name in NUMBERS},
        "markets": [[bars.symbol, bars.interval] for bars in markets],
        "runs": [list(run) for run in runs],
    }
    (folder / HEAD).write_text(json.dumps(head), encoding="utf-8")


def read_calibration(folder: Path) -> tuple[CalibrationSetting, tuple[PlannedRun, ...]]:
    """Read what `write_calibration` wrote.

    Raises
    ------
    CalibrationStopped
        If the bars are missing or damaged.
    """
    head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    arrays = WorkStore(folder).get(BARS)
    if arrays is None:
        raise CalibrationStopped(
            f"the bars in {folder}", "none", "free some space and run the command again"
        )
    bars = [
        Bars(
            symbol=symbol,
            interval=interval,
            closed_at=arrays[f"{place}/closed_at"].astype("datetime64[us]"),
            **{name: arrays[f"{place}/{name}"] for name in _ARRAYS},
        )
        for place, (symbol, interval) in enumerate(head["markets"])
    ]
    setting = CalibrationSetting(options=GateOptions(**head["options"]), **head["numbers"])
    runs = tuple((int(place), int(number)) for place, number in head["runs"])
    return (replace(setting, panel=Panel(bars=bars)) if bars else setting), runs

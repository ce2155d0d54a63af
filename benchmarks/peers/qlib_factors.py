# mypy: ignore-errors
# It runs in an environment of its own, whose libraries the checks of this one do not know.
"""Qlib's Alpha158 on a panel: its values, or the CPU seconds that they take.

Asked with a folder that holds `bars.npy`, float64 of shape (n_symbols, n_bars, 5). Writes the
panel in Qlib's own format, asks for the raw columns with one process and no cache, and prints
JSON; with a third argument the values are kept there as float64 of shape (n_symbols, n_bars, n).
Where the folder holds `fields.json`, a list of fields, their CPU seconds are told as well.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import qlib
from qlib.config import C
from qlib.contrib.data.loader import Alpha158DL
from qlib.data import D

CONFIG = {
    "kbar": {},
    "price": {"windows": [0], "feature": ["OPEN", "HIGH", "LOW", "VWAP"]},
    "rolling": {},
}


def write_panel(bars, folder):
    """Write a panel as Qlib stores it: float32, a file a column."""
    n_symbols, n_bars, _ = bars.shape
    days = np.datetime64("2000-01-01") + np.arange(n_bars)
    (folder / "calendars").mkdir(parents=True, exist_ok=True)
    (folder / "instruments").mkdir(exist_ok=True)
    (folder / "calendars" / "day.txt").write_text("\n".join(map(str, days)) + "\n")
    names = [f"S{number:05d}" for number in range(n_symbols)]
    rows = [f"{name}\t{days[0]}\t{days[-1]}" for name in names]
    (folder / "instruments" / "all.txt").write_text("\n".join(rows) + "\n")
    for name, matrix in zip(names, bars, strict=True):
        place = folder / "features" / name.lower()
        place.mkdir(parents=True, exist_ok=True)
        columns = dict(zip(("open", "high", "low", "close", "volume"), matrix.T, strict=True))
        columns["vwap"] = (columns["high"] + columns["low"] + columns["close"]) / 3
        for column, values in columns.items():
            content = np.concatenate([[0.0], values]).astype("<f4")
            content.tofile(place / f"{column}.day.bin")
    return names, days


def main():
    """Answer what was asked."""
    folder = Path(sys.argv[1])
    bars = np.load(folder / "bars.npy")
    names, days = write_panel(bars, folder / "qlib")
    qlib.init(
        provider_uri=str(folder / "qlib"),
        kernels=1,
        joblib_backend="sequential",
        expression_cache=None,
        dataset_cache=None,
        logging_level=40,
    )
    C["kernels"] = 1
    fields, titles = Alpha158DL.get_feature_config(CONFIG)
    began, wall = time.process_time(), time.perf_counter()
    table = D.features(names, fields, days[0], days[-1], freq="day")
    seconds, wall = time.process_time() - began, time.perf_counter() - wall
    if len(sys.argv) > 2:
        values = [table.xs(name, level=0).to_numpy(np.float64) for name in names]
        np.save(sys.argv[2], np.stack(values))
    told = {"seconds": seconds, "wall": wall, "names": titles}
    if (folder / "fields.json").exists():
        fields = json.loads((folder / "fields.json").read_text())
        began = time.process_time()
        D.features(names, fields, days[0], days[-1], freq="day")
        told["seconds_of_fields"] = time.process_time() - began
    print(json.dumps(told))


if __name__ == "__main__":
    main()

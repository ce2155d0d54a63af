# mypy: ignore-errors
# It runs in an environment of its own, whose libraries the checks of this one do not know.
"""neuralforecast's LSTM, one net over all symbols, on given folds.

Asked with a folder that holds `rows.npz`: symbol, bar and returns (the bar's own close-to-close
return), a symbol's rows adjacent and in order of time, and `folds.json`: a list of lists of rows
to train on, to stop by and to forecast. Writes `neuralforecast.npy`, float64 of shape (n_rows,),
NaN where nothing is forecast, and prints JSON with the seconds it took.

The net is the library's with its defaults: two layers of 128, a decoder of 128, absolute error,
each window scaled by its own median and spread, 1000 steps of 128 windows, from a fixed seed.
Only the horizon of 1 and the window of 60 bars are ours. It never stops early by default, so that,
as for mlforecast, training and validation rows are all fitted; a row between them has weight 0.
"""

import json
import logging
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM

WINDOW_BARS, STEPS, SEED = 60, 1000, 0
QUIET = {
    "accelerator": "cpu",
    "logger": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
}


def lay_stretch(frame, rows):
    """Return what is needed to forecast the bar after each row: 60 bars to it, and that bar."""
    asked = frame.iloc[rows].groupby("unique_id")["ds"].agg(["min", "max"])
    there = frame[frame["unique_id"].isin(asked.index) & frame["y"].notna()]
    first = there["unique_id"].map(asked["min"]) - WINDOW_BARS + 1
    last = there["unique_id"].map(asked["max"]) + 1
    return there[there["ds"].between(first, last)].reset_index(drop=True)


def fit(frame, fitted):
    """Return a forecaster fitted to what came after the rows, and to nothing else."""
    stretch = lay_stretch(frame, fitted)
    forecast_from = pd.MultiIndex.from_frame(frame.iloc[fitted][["unique_id", "ds"]])
    own = pd.MultiIndex.from_arrays([stretch["unique_id"], stretch["ds"] - 1])
    stretch["sample_weight"] = own.isin(forecast_from).astype(np.float64)
    net = LSTM(h=1, input_size=WINDOW_BARS, max_steps=STEPS, random_seed=SEED, **QUIET)
    forecaster = NeuralForecast(models=[net], freq=1)
    forecaster.fit(stretch)
    return forecaster


def forecast(forecaster, frame, rows):
    """Return what is forecast at each row from its own last 60 bars; NaN where that cannot be."""
    stretch = lay_stretch(frame, rows)
    most_bars = int(stretch.groupby("unique_id").size().max()) - WINDOW_BARS
    made = forecaster.cross_validation(
        stretch, n_windows=None, test_size=most_bars, step_size=1, use_fitted=True
    )
    said = made.set_index(["unique_id", "cutoff"])["LSTM"]
    asked = pd.MultiIndex.from_frame(frame.iloc[rows][["unique_id", "ds"]])
    return said.reindex(asked).to_numpy(dtype=np.float64)


def main():
    """Answer what was asked."""
    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    with np.load(folder / "rows.npz") as rows:
        frame = pd.DataFrame({"unique_id": rows["symbol"], "ds": rows["bar"], "y": rows["returns"]})
    said, started = np.full(len(frame), np.nan), time.process_time()
    for train, validation, predict in json.loads((folder / "folds.json").read_text()):
        forecaster = fit(frame, np.array(train + validation, dtype=np.int64))
        said[predict] = forecast(forecaster, frame, np.array(predict, dtype=np.int64))
        print(f"a fold after {time.process_time() - started:.0f} s", file=sys.stderr, flush=True)
    np.save(folder / "neuralforecast.npy", said)
    print(json.dumps({"neuralforecast": time.process_time() - started}))


if __name__ == "__main__":
    main()

# mypy: ignore-errors
# It runs in an environment of its own, whose libraries the checks of this one do not know.
"""LightGBM as Qlib's Alpha158 example trains it, and mlforecast with LightGBM, on given folds.

Asked with a folder that holds `rows.npz`: alpha158 float32 (n_rows, 158), symbol, instant, returns
(the bar's own close-to-close return), target (the next bar's return), and `folds.json`: a list of
lists of rows to train on, to stop by and to forecast. Writes `lightgbm.npy` and `mlforecast.npy`,
float64 of shape (n_rows,), NaN where nothing is forecast, and prints JSON with the seconds of each.
"""

import json
import sys
import time
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean, RollingStd

# examples/benchmarks/LightGBM/workflow_config_lightgbm_Alpha158.yaml of Qlib 0.9.7, one thread.
QLIB = {
    "objective": "mse",
    "colsample_bytree": 0.8879,
    "learning_rate": 0.2,
    "subsample": 0.8789,
    "lambda_l1": 205.6999,
    "lambda_l2": 580.9768,
    "max_depth": 8,
    "num_leaves": 210,
    "num_threads": 1,
    "verbosity": -1,
    "seed": 0,
}
QLIB_ROUNDS, QLIB_PATIENCE = 1000, 50
LAGS = (1, 2, 3, 4, 5, 10, 20)
WINDOWS = (5, 20, 60)


def standardise_across(target, instant):
    """Return targets as z-scores over the symbols of each instant: Qlib's CSZScoreNorm."""
    by = pd.Series(target).groupby(instant)
    spread = by.transform("std").to_numpy()
    return (target - by.transform("mean").to_numpy()) / np.where(spread > 0, spread, np.nan)


def run_lightgbm(rows, folds):
    """Return Qlib's LightGBM on Alpha158, each fold stopped by its validation rows."""
    label = standardise_across(rows["target"], rows["instant"])
    features, said = rows["alpha158"], np.full(len(label), np.nan)
    for train, validation, predict in folds:
        fit, early = (part[np.isfinite(label[part])] for part in (train, validation))
        matrix = lightgbm.Dataset(features[fit], label[fit])
        stop = lightgbm.Dataset(features[early], label[early], reference=matrix)
        booster = lightgbm.train(
            QLIB,
            matrix,
            num_boost_round=QLIB_ROUNDS,
            valid_sets=[stop],
            callbacks=[lightgbm.early_stopping(QLIB_PATIENCE, verbose=False)],
        )
        said[predict] = booster.predict(features[predict], num_iteration=booster.best_iteration)
    return said


def run_mlforecast(rows, folds):
    """Return mlforecast's LightGBM on lags of the return, one bar ahead.

    Its own features are asked for once: each row's lags end with the bar before the one that is
    forecast, so a row of ours, decided at a bar's close, is its row of the bar after.
    """
    frame = pd.DataFrame(
        {"unique_id": rows["symbol"], "ds": rows["bar"], "y": rows["returns"].astype(np.float64)}
    )
    frame["row"] = np.arange(len(frame))
    forecaster = MLForecast(
        models=[],
        freq=1,
        lags=list(LAGS),
        lag_transforms={
            1: [
                kind(window_size=window) for window in WINDOWS for kind in (RollingMean, RollingStd)
            ]
        },
    )
    made = forecaster.preprocess(
        frame.dropna(), static_features=[], dropna=True, keep_last_n=max(WINDOWS)
    )
    columns = [name for name in made.columns if name not in {"unique_id", "ds", "y", "row"}]
    # The features of the bar after each row, whose return is the row's target.
    later = np.full((len(frame), len(columns)), np.nan, dtype=np.float32)
    later[made["row"].to_numpy() - 1] = made[columns].to_numpy(dtype=np.float32)
    there, said = np.isfinite(later).all(axis=1), np.full(len(frame), np.nan)
    for train, validation, predict in folds:
        fitted = np.concatenate([train, validation])
        fitted = fitted[there[fitted]]
        model = lightgbm.LGBMRegressor(random_state=0, n_jobs=1, verbosity=-1)
        model.fit(later[fitted], rows["target"][fitted])
        usable = predict[there[predict]]
        said[usable] = model.predict(later[usable])
    return said


def main():
    """Answer what was asked."""
    folder = Path(sys.argv[1])
    rows = dict(np.load(folder / "rows.npz"))
    folds = [
        tuple(np.array(part, dtype=np.int64) for part in fold)
        for fold in json.loads((folder / "folds.json").read_text())
    ]
    seconds = {}
    for name, run in (("lightgbm", run_lightgbm), ("mlforecast", run_mlforecast)):
        started = time.process_time()
        np.save(folder / f"{name}.npy", run(rows, folds))
        seconds[name] = time.process_time() - started
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()

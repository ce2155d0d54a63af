"""Whole walk-forwards beside the fits they consist of, on one process and on two."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from bellwether.adapters import ProcessFitRunner, WorkStore
from bellwether.arrays import Float32Array
from bellwether.features import Scaling
from bellwether.models import BoostingOptions, TrainingData, make_family, make_options
from bellwether.samples import Samples
from bellwether.service import PLANS
from bellwether.validation import (
    FamilyPlan,
    FitTask,
    InlineFitRunner,
    TrainingPlan,
    gather_forecasts,
    plan_fits,
)
from bellwether.validation._learning import make_targets

N_COLUMNS = 158
PANEL_PLAN = TrainingPlan(
    name="panel",
    families=(FamilyPlan(family="gradient_boosting", preset="contract", n_refits=5),),
)
WHOLE_PLAN = PLANS["contract-brief"]


def make_panel_samples(n_symbols: int, n_bars: int, n_columns: int, seed: int) -> Samples:
    """Return a panel whose target hangs on a few of many columns."""
    rng = np.random.default_rng(seed)
    n_rows = n_symbols * n_bars
    features = rng.standard_normal((n_rows, n_columns))
    signal = 0.3 * features[:, 0] + 0.3 * features[:, 1] * features[:, 2]
    target = signal + 0.2 * np.abs(features[:, 3]) + rng.standard_normal(n_rows)
    days = np.datetime64("2010-01-04", "us") + np.arange(n_bars + 5) * np.timedelta64(1, "D")
    bar = np.tile(np.arange(n_bars), n_symbols)
    volatility = np.full(n_rows, 0.01)
    return Samples(
        features=features,
        symbol=np.repeat(np.arange(n_symbols), n_bars),
        bar=bar,
        decided_at=days[bar],
        closes_at=days[bar + 5],
        forward_return=target * volatility * np.sqrt(5.0),
        target=target,
        volatility=volatility,
        symbols=tuple(f"S{number:03d}" for number in range(n_symbols)),
        feature_names=tuple(f"f{number}" for number in range(n_columns)),
        horizon_bars=5,
    )


def fit_bare(
    rows: Float32Array,
    target: Float32Array,
    held_rows: Float32Array,
    held_target: Float32Array,
    seed: int,
    changes: Mapping[str, Any] | None = None,
) -> int:
    """Fit the contract's trees with the library alone; return how many were grown."""
    options = make_options("gradient_boosting", changes=changes)
    if not isinstance(options, BoostingOptions):
        raise TypeError(options)
    train = xgboost.QuantileDMatrix(rows, target, nthread=1)
    booster = xgboost.train(
        {
            "objective": "reg:squarederror",
            "tree_method": "hist",
            "eta": options.learning_rate,
            "max_depth": options.max_depth,
            "subsample": options.row_frac,
            "colsample_bytree": options.column_frac,
            "base_score": float(target.mean()),
            "seed": seed,
            "nthread": 1,
        },
        train,
        num_boost_round=options.max_trees,
        evals=[(xgboost.QuantileDMatrix(held_rows, held_target, ref=train, nthread=1), "held")],
        early_stopping_rounds=options.patience_rounds,
        verbose_eval=False,
    )
    return int(booster.num_boosted_rounds())


def time_wrapper(n_rows: int, seed: int) -> tuple[float, float]:
    """Return the seconds of one fit of boosted trees: ours, and the library's."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((n_rows, N_COLUMNS), dtype=np.float32)
    target = 0.3 * matrix[:, 0] + 0.3 * matrix[:, 1] * matrix[:, 2]
    target += rng.standard_normal(n_rows, dtype=np.float32)
    n_held = n_rows // 8
    windows, family = matrix[:, None, :], make_family("gradient_boosting")
    began = time.perf_counter()
    family.fit(
        TrainingData(windows=windows[n_held:], target=target[n_held:]),
        TrainingData(windows=windows[:n_held], target=target[:n_held]),
        seed,
    )
    ours = time.perf_counter() - began
    began = time.perf_counter()
    fit_bare(matrix[n_held:], target[n_held:], matrix[:n_held], target[:n_held], seed)
    return ours, time.perf_counter() - began


def weigh_wrapper(n_rows: int) -> tuple[float, float]:
    """Return by how many matrices a process grew at the most: with ours, with the library."""
    grown = []
    for side in ("wrapper", "library"):
        told = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("_training_memory.py")), side,
             str(n_rows)],
            capture_output=True,
            text=True,
            check=True,
        )  # fmt: skip
        answer = json.loads(told.stdout)
        grown.append(answer["grown"] / answer["matrix"])
    return grown[0], grown[1]


def time_walk(samples: Samples) -> tuple[float, float]:
    """Return the seconds of a walk-forward of boosted trees, and of its bare fits."""
    began = time.perf_counter()
    walk = plan_fits(samples, PANEL_PLAN)
    runner = InlineFitRunner()
    outcomes = {
        task.key: arrays for task, arrays in runner.run(samples, walk.tasks, lambda *_: None)
    }
    gather_forecasts(samples, walk, outcomes)
    ours = time.perf_counter() - began
    return ours, sum(_time_bare(samples, task) for task in walk.tasks)


def _time_bare(samples: Samples, task: FitTask) -> float:
    """Return the seconds of the library alone on the same numbers, which are there beforehand."""
    scaling = Scaling.fit(samples.features[task.train])
    rows, held_rows = (
        scaling.transform(samples.features[part]) for part in (task.train, task.validation)
    )
    target, held_target = (
        make_targets(samples, part, task.learning).astype(np.float32)
        for part in (task.train, task.validation)
    )
    began = time.perf_counter()
    fit_bare(rows, target, held_rows, held_target, task.seed)
    return time.perf_counter() - began


def time_processes(samples: Samples, counts: Sequence[int]) -> list[float]:
    """Return the seconds of a whole walk-forward with each number of processes."""
    walk = plan_fits(samples, WHOLE_PLAN)
    found = []
    for n_workers in counts:
        with tempfile.TemporaryDirectory() as folder:
            runner = ProcessFitRunner(WorkStore(Path(folder)), n_workers)
            began = time.perf_counter()
            outcomes = {
                task.key: arrays
                for task, arrays in runner.run(samples, walk.tasks, lambda *_: None)
            }
            gather_forecasts(samples, walk, outcomes)
            found.append(time.perf_counter() - began)
    return found

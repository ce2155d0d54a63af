"""What plans learn of a world: the path of a training run up to its out-of-sample scores."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from _learning_ceiling import forecast_knowing_the_worlds
from _learning_worlds import Kind, LearningWorld
from bellwether.arrays import BoolArray, FloatArray
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.validation import (
    InlineFitRunner,
    TrainingPlan,
    gather_forecasts,
    plan_fits,
    score_forecasts,
)

ORACLE, ENSEMBLE = "oracle", "ensemble"
CEILING = "who knows how worlds are drawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """How the forecasts of one world went with its returns and with its truth.

    Parameters
    ----------
    kind : str
    seed : int
    n_symbols : int
    ic : mapping of str to float
        Correlation of each forecaster's out-of-sample scores with the volatility-scaled returns
        that followed; of a cross-section, each less its mean over the symbols of its bar.
    share : mapping of str to float
        Correlation of the same scores with the true signal.
    """

    kind: Kind
    seed: int
    n_symbols: int
    ic: Mapping[str, float]
    share: Mapping[str, float]


def learn(world: LearningWorld, seed: int, plans: Mapping[str, TrainingPlan]) -> Learned:
    """Walk each plan through a world: samples, fits, forecasts, scores."""
    samples = build_samples(world.panel, core15(), LabelSpec())
    scores: dict[str, FloatArray] = {}
    for name, plan in plans.items():
        scores |= {f"{name}/{who}": score for who, score in _scores_of(samples, plan).items()}
    signal = world.signal.T.ravel()
    told = np.isfinite(list(scores.values())).all(axis=0) & samples.labelled
    if not world.signal.any():
        signal = np.zeros(len(samples))
    scores[ORACLE] = signal
    if len(samples.symbols) == 1:
        scores[CEILING] = forecast_knowing_the_worlds(world)
    relative = world.recipe.kind == "cross-section"

    def against(outcome: FloatArray) -> dict[str, float]:
        return {
            name: _correlation(samples, score, outcome, told, relative)
            for name, score in scores.items()
        }

    return Learned(
        kind=world.recipe.kind,
        seed=seed,
        n_symbols=len(samples.symbols),
        ic=against(np.where(told, samples.target, 0.0)),
        share=against(signal),
    )


def _scores_of(samples: Samples, plan: TrainingPlan) -> dict[str, FloatArray]:
    """Return the out-of-sample scores of the ensemble and of each member alone."""
    walk = plan_fits(samples, plan)
    runner = InlineFitRunner()
    outcomes = {
        task.key: outcome for task, outcome in runner.run(samples, walk.tasks, lambda *_: None)
    }
    forecasts = gather_forecasts(samples, walk, outcomes)
    groups = {name: (name,) for name in forecasts.names} | {ENSEMBLE: forecasts.names}
    found = {}
    for name, members in groups.items():
        stream = score_forecasts(samples, forecasts.only(members), plan.state_refit_bars).stream
        found[name] = np.where(stream.out_of_sample, stream.score, np.nan)
    return found


def _correlation(
    samples: Samples, score: FloatArray, outcome: FloatArray, told: BoolArray, relative: bool
) -> float:
    places, sides = samples.decided_on[told], [score[told], outcome[told]]
    if relative:
        n_there = np.maximum(np.bincount(places), 1)
        sides = [one - (np.bincount(places, weights=one) / n_there)[places] for one in sides]
    first, second = (one - one.mean() for one in sides)
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / scale if scale > 0.0 else 0.0

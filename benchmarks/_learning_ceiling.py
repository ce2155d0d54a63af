"""The best that can be learned of a world of one symbol: by who knows how worlds are drawn.

Bayes' rule over every recipe that could have been drawn, with its true form, window, standardising
constants, strength, law of noise and volatility: everything but which recipe it was. No learner
that has to find any of these out of the bars can be better on average.
"""

import math
from collections.abc import Mapping
from functools import cache
from itertools import permutations

import numpy as np
from scipy.stats import t as student_t

from _learning_worlds import (
    BURN_IN_BARS,
    FORMS,
    FREEDOM,
    MOST_SIGNAL,
    QUANTITIES,
    REGIMES,
    Kind,
    LearningWorld,
    Recipe,
    join,
    moments_of,
)
from bellwether.arrays import FloatArray

IC, MOST_LAG = 0.1, 2


def forecast_knowing_the_worlds(world: LearningWorld) -> FloatArray:
    """Return what Bayes' rule forecasts at each bar, float64 of shape (n_bars,).

    Notes
    -----
    Knows: shocks up to and including the bar's own, and how worlds are drawn.
    """
    path = world.path
    first = BURN_IN_BARS - MOST_LAG
    bars = range(first, len(path.shock))
    values = {name: np.array([path.quantity(name, bar)[0] for bar in bars]) for name in QUANTITIES}
    weights, recipes = zip(*possible_recipes(), strict=True)
    signals = np.array([_signal_of(recipe, values) for recipe in recipes])
    signals = np.concatenate([signals, -signals])
    prior = np.log(np.tile(weights, 2) / 2.0)
    shock = path.shock[BURN_IN_BARS:, 0]
    evidence = np.zeros_like(signals)
    evidence[:, 1:] = _log_density(shock[1:] - IC * signals[:, :-1])
    belief = prior[:, None] + np.cumsum(evidence, axis=1)
    belief = np.exp(belief - belief.max(axis=0))
    return np.asarray((belief * signals).sum(axis=0) / belief.sum(axis=0))


@cache
def possible_recipes() -> tuple[tuple[float, Recipe], ...]:
    """Return every recipe of a single symbol, but for its sign, with its chance."""
    of_kinds = (
        [_recipe("reversal", ("move 5",), "alone", lag) for lag in range(3)],
        [
            _recipe("regime momentum", (move, regime), form, lag)
            for move in ("move 10", "move 20")
            for regime in REGIMES
            for form in ("while high", "while low")
            for lag in range(2)
        ],
        [
            _recipe("interaction", pair, form, lag)
            for pair in permutations(QUANTITIES, 2)
            for form in FORMS
            for lag in range(2)
        ],
    )
    chance = 1.0 / len(of_kinds)
    return tuple((chance / len(kind), recipe) for kind in of_kinds for recipe in kind)


def _recipe(kind: Kind, quantities: tuple[str, ...], form: str, lag: int) -> Recipe:
    return Recipe(kind=kind, quantities=quantities, form=form, sign=1, lag=lag)


def _signal_of(recipe: Recipe, values: Mapping[str, FloatArray]) -> FloatArray:
    begin = MOST_LAG - recipe.lag
    used = [values[name][begin : len(values[name]) - recipe.lag] for name in recipe.quantities]
    moments = moments_of(recipe)
    signal = (join(used, recipe, moments) - moments.signal_mean) / moments.signal_scale
    return np.clip(signal, -MOST_SIGNAL, MOST_SIGNAL)


def _log_density(noise: FloatArray) -> FloatArray:
    """Return the log density of a shock's noise, but for a constant."""
    scale = math.sqrt((1.0 - IC**2) * (FREEDOM - 2) / FREEDOM)
    return np.asarray(student_t.logpdf(noise / scale, FREEDOM))

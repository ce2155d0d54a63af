"""Which features carried a pipeline's skill out of sample, told apart from luck."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.samples import Samples
from bellwether.validation._bootstrap import MEAN_BLOCK_BARS, count_rows, resample_rows
from bellwether.validation._errors import UnreadableVerdict
from bellwether.validation._fits import FINAL_FOLD, IMPORTANCE, Arrays
from bellwether.validation._learning import TARGET_LIMIT
from bellwether.validation._scoring import ScoredForecasts
from bellwether.validation._walk import WalkForward

N_RESAMPLES = 1000
COVERAGE = 0.90
# From here on two features say so much the same that a model may do with either.
ALIKE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureImportance:
    """What a pipeline's skill loses without a feature.

    Parameters
    ----------
    feature : str
    loss : float
        Information coefficient lost out of sample where the feature's values are those of other
        days; below zero where the pipeline would have done better without.
    low, high : float
        Interval of the loss. All features' intervals hold together in 90 % of the cases.
    alike : tuple of str
        Features that move with it, 0.7 or more either way: one may stand in for the other, and
        neither then seems to matter.
    """

    feature: str
    loss: float
    low: float
    high: float
    alike: tuple[str, ...]

    @property
    def is_told_from_luck(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0.0 or self.high < 0.0

    def to_json(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        return {**asdict(self), "alike": list(self.alike), "is_luck": not self.is_told_from_luck}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave.

        Raises
        ------
        UnreadableVerdict
            If a part is missing, or none of ours.
        """
        try:
            numbers = {name: float(content[name]) for name in ("loss", "low", "high")}
            alike = tuple(str(name) for name in content["alike"])
            return cls(feature=str(content["feature"]), alike=alike, **numbers)
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableVerdict("importance of a feature", str(error)) from error


def measure_importance(
    samples: Samples,
    walk: WalkForward,
    outcomes: Mapping[str, Arrays],
    scored: ScoredForecasts,
    *,
    seed: int = 0,
) -> tuple[FeatureImportance, ...]:
    """Return what each feature is worth to a pipeline, the most valuable first.

    Parameters
    ----------
    samples : Samples
    walk : WalkForward
    outcomes : mapping of str to arrays
        Outcome of each task by its key.
    scored : ScoredForecasts
        The pipeline: its members, and the weights that were in force.
    seed : int

    Returns
    -------
    importance : tuple of FeatureImportance
        Empty where no fit was asked for it, or nothing was forecast.

    Notes
    -----
    The loss is the mean product of what a forecast changes by, in standard deviations of the
    forecast, and the outcome, in its own: linear in the forecast, so that bars can be added up and
    resampled by blocks, and equal to the loss of the information coefficient as long as the
    forecast keeps its size. Members count by the weights of their time and the scales the pipeline
    ended with. It tells of results out of sample: the looks that training records cover it.

    References
    ----------
    Fisher, Rudin, Dominici 2019, "All models are wrong, but many are useful".
    """
    said, changed = _lay_out(samples, walk, outcomes, scored)
    used = samples.labelled & scored.stream.out_of_sample & np.isfinite(changed).all(axis=0)
    if not changed.size or used.sum() <= samples.horizon_bars:
        return ()
    outcome = _centred_by_past(samples, used)
    size = float(said[used].std() * outcome.std())
    if not size > 0.0:
        return ()
    products = changed[:, used] * outcome / size
    losses, draws = _resample(products, samples.decided_on[used], samples.horizon_bars, seed)
    spread = draws.std(axis=0)
    widths = spread * _common_width(losses, draws, spread)
    alike = _find_alike(samples, used)
    found = [
        FeatureImportance(
            feature=name, loss=float(loss), low=float(loss - width), high=float(loss + width),
            alike=alike[name],
        )
        for name, loss, width in zip(samples.feature_names, losses, widths, strict=True)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: -one.loss))


def _lay_out(
    samples: Samples,
    walk: WalkForward,
    outcomes: Mapping[str, Arrays],
    scored: ScoredForecasts,
) -> tuple[FloatArray, FloatArray]:
    """Return what the pipeline said, (n_rows,), and what it changes by, (n_features, n_rows)."""
    scales = np.asarray(scored.state.inputs()["member_scale"], dtype=np.float64)
    weights = _weights(samples, scored)
    n_features = len(samples.feature_names)
    said = np.zeros(len(samples))
    changed = np.zeros((n_features, len(samples)))
    for column, name in enumerate(scored.members):
        share = weights[:, column] / scales[column]
        own = np.full((n_features, len(samples)), np.nan)
        for task in walk.tasks:
            outcome = outcomes[task.key]
            if task.family != name or task.fold == FINAL_FOLD or IMPORTANCE not in outcome:
                continue
            forecast = outcome["forecast"]
            said[task.predict] += share[task.predict] * (forecast - forecast.mean())
            own[:, task.predict] = forecast - outcome[IMPORTANCE]
        changed += own * share
    return said, changed


def _centred_by_past(samples: Samples, used: BoolArray) -> FloatArray:
    """Return outcomes less the mean of those that had closed before: a drift is nobody's skill."""
    outcome = np.clip(samples.target, -TARGET_LIMIT, TARGET_LIMIT)
    known = np.flatnonzero(samples.labelled)
    order = known[np.argsort(samples.closes_on[known], kind="stable")]
    sums = np.concatenate([[0.0], np.cumsum(outcome[order])])
    n_closed = np.searchsorted(samples.closes_on[order], samples.decided_on[used], side="right")
    return np.asarray(outcome[used] - sums[n_closed] / np.maximum(n_closed, 1))


def _weights(samples: Samples, scored: ScoredForecasts) -> FloatArray:
    """Return the weights that were in force at each row, (n_rows, n_members)."""
    starts = np.array([one.decided_at for one in scored.weights], dtype="datetime64[us]")
    places = np.maximum(np.searchsorted(starts, samples.decided_at, side="right") - 1, 0)
    if scored.regime is None:
        return np.stack([one.weight for one in scored.weights])[places]
    weights = np.empty((len(samples), len(scored.members)))
    for place, one in enumerate(scored.weights):
        inside = places == place
        weights[inside] = one.in_regimes(scored.regime[inside])
    return weights


def _resample(
    products: FloatArray, decided_on: IntArray, horizon_bars: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the mean of each feature's products, and those of resampled blocks of bars."""
    _, places = np.unique(decided_on, return_inverse=True)
    counts = np.bincount(places).astype(np.float64)
    sums = np.stack([np.bincount(places, weights=own) for own in products], axis=1)
    block = max(MEAN_BLOCK_BARS, 2.0 * horizon_bars)
    times = count_rows(resample_rows(len(counts), N_RESAMPLES, block, seed))
    return sums.sum(axis=0) / counts.sum(), (times @ sums) / (times @ counts)[:, None]


def _common_width(losses: FloatArray, draws: FloatArray, spread: FloatArray) -> float:
    """Return how many standard errors wide all intervals must be to hold together."""
    moves = spread > 0.0
    if not moves.any():
        return 0.0
    apart = np.abs(draws[:, moves] - losses[moves]) / spread[moves]
    return float(np.quantile(apart.max(axis=1), COVERAGE))


def _find_alike(samples: Samples, used: BoolArray) -> dict[str, tuple[str, ...]]:
    names = samples.feature_names
    rows = samples.features[used]
    centred = rows - rows.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    length[length == 0.0] = np.inf
    alike = np.abs((centred / length).T @ (centred / length)) >= ALIKE
    np.fill_diagonal(alike, val=False)
    return {
        name: tuple(names[place] for place in np.flatnonzero(alike[row]))
        for row, name in enumerate(names)
    }

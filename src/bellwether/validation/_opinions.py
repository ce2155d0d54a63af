"""Opinions: other tests of the same skill, reported beside the gate and never deciding."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.validation._statistics import (
    STANDARDISE_FROM_BARS,
    standardise_expanding,
    standardise_exponential,
)
from bellwether.validation._wealth import Wealth
from bellwether.validation._workings import Workings

N_FLIPS = 1_999
FLIPS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """What two tests of another kind say of the same forecast.

    Parameters
    ----------
    sign_flip_p : float
        Share of sign-flipped copies of the scores that reach the statistic.
    n_flips : int
        Copies drawn.
    e_value : float
        Wealth of the betting e-process after the last judged bar; it began at 1.
    e_value_largest : float
        Its largest value on the way.
    e_needed : float
        Wealth at which betting by itself would promote.
    """

    sign_flip_p: float
    n_flips: int
    e_value: float
    e_value_largest: float
    e_needed: float


def opine(workings: Workings) -> Opinions:
    """Ask two other tests about the forecast that the gate judges.

    Parameters
    ----------
    workings : Workings

    Returns
    -------
    opinions : Opinions

    Notes
    -----
    Knows: every judged bar.
    The flips are drawn with seed 0, one sign a bar for all symbols and candidates; they are
    exact where innovations are symmetric and the forecasts do not follow from them. The largest
    min4 among the forecast and the candidates it was made from is compared with the largest of
    each copy. Betting may be looked at whenever one likes, so it is charged for the pipelines
    tried and not for the looks.
    """
    evidence, rows = workings.evidence, workings.evidence.out_of_sample
    own = pair_products(workings, (workings.expanding, workings.exponential))
    everybody = np.concatenate([own, *_of_candidates(workings)], axis=1)
    values = Wealth.start().values_over(_in_own_size(own, evidence.n_symbols)[rows])
    return Opinions(
        sign_flip_p=_flip_signs(everybody[rows]),
        n_flips=N_FLIPS,
        e_value=float(values[-1]),
        e_value_largest=float(max(values.max(), 1.0)),
        e_needed=evidence.trials.n_pipelines / workings.level,
    )


def pair_products(workings: Workings, standardised: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return each bar's products of forecast and score, summed over symbols.

    Parameters
    ----------
    workings : Workings
    standardised : pair of float64 arrays of shape (n_bars, n_symbols)
        A forecast standardised by its whole and by its recent past.

    Returns
    -------
    products : float64 array of shape (n_bars, 4)
        In the order of the statistics of `SkillStatistic`; zero where something is missing.
    """
    pairs = product(standardised, workings.judged_scores)
    return np.stack([np.nansum(one * score, axis=1) for one, score in pairs], axis=1)


def _of_candidates(workings: Workings) -> list[FloatArray]:
    """Return the products of every candidate, all standardised at once."""
    forecasts = workings.evidence.candidate_forecasts
    if not forecasts.size:
        return []
    n_candidates, n_bars, n_symbols = forecasts.shape
    columns = np.array(np.moveaxis(forecasts, 0, 1)).reshape(n_bars, -1)
    columns[: workings.evidence.warm_from] = np.nan
    columns[~np.isfinite(columns)] = np.nan
    shape = (n_bars, n_candidates, n_symbols)
    expanding = standardise_expanding(columns).reshape(shape)
    exponential = standardise_exponential(columns).reshape(shape)
    return [
        pair_products(workings, (expanding[:, place], exponential[:, place]))
        for place in range(n_candidates)
    ]


def _in_own_size(products: FloatArray, n_symbols: int) -> FloatArray:
    """Return the products of a panel over their root mean square before each bar."""
    if n_symbols == 1:
        return products
    spoken = np.cumsum(products != 0.0, axis=0)
    before = np.concatenate([np.zeros((1, products.shape[1])), np.cumsum(products**2, axis=0)[:-1]])
    size = np.sqrt(before / np.maximum(spoken - 1, 1))
    known = (spoken > STANDARDISE_FROM_BARS) & (size > 0.0)
    return np.asarray(np.divide(products, size, out=np.zeros_like(products), where=known))


def _flip_signs(products: FloatArray) -> float:
    """Return the share of copies, the real one among them, whose best min4 is as large."""
    scale = np.sqrt((products**2).sum(axis=0))
    scaled = products / scale
    observed = _largest_min4(scaled.sum(axis=0)[None])[0]
    if np.isnan(observed):
        return float("nan")
    random = np.random.default_rng(0)
    n_reached = 1
    for begin in range(0, N_FLIPS, FLIPS_AT_ONCE):
        shape = (min(FLIPS_AT_ONCE, N_FLIPS - begin), len(products))
        signs = 2.0 * random.integers(0, 2, shape, dtype=np.int8) - 1.0
        n_reached += int((_largest_min4(signs @ scaled) >= observed).sum())
    return n_reached / (N_FLIPS + 1)


def _largest_min4(t: FloatArray) -> FloatArray:
    """Return the largest of all candidates' smallest of four, for each row."""
    smallest = t.reshape(len(t), -1, 4).min(axis=2)
    # A candidate that never spoke has no statistic; without the forecast's own there is none.
    others = np.where(np.isnan(smallest), -np.inf, smallest)
    return np.where(np.isnan(smallest[:, 0]), np.nan, others.max(axis=1))

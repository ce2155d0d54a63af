"""The configurations behind a forecast: what the choice among them is worth."""

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.validation._beside import CandidatesReport
from bellwether.validation._economics import (
    mark_positions,
    pool_symbols,
    running_exposure,
    target_volatility,
)
from bellwether.validation._selection import overfitting_probability, superior_predictive_ability
from bellwether.validation._sharpe import deflated_sharpe, sharpe_moments, sharpe_ratio
from bellwether.validation._statistics import standardise_expanding
from bellwether.validation._workings import Workings


def report_candidates(workings: Workings) -> CandidatesReport | None:
    """Return what remains of the best candidate; None where fewer than two are on record."""
    if len(workings.evidence.candidate_forecasts) < 2:
        return None
    net, excess = candidate_results(workings)
    sharpes = np.array([np.nan if (own := sharpe_ratio(one)) is None else own for one in net.T])
    if np.isnan(sharpes).all():
        return None
    best = int(np.nanargmax(sharpes))
    known = sharpes[~np.isnan(sharpes)]
    moments = sharpe_moments(net[:, best])
    deflated = None
    if moments is not None and len(known) > 1:
        deflated = deflated_sharpe(moments, len(net.T), float(known.var(ddof=1)))
    a_year = float(np.sqrt(workings.n_bars_per_year))
    return CandidatesReport(
        n_candidates=net.shape[1],
        best=best,
        best_sharpe=float(sharpes[best]) * a_year,
        median_sharpe=float(np.median(known)) * a_year,
        deflated_sharpe=deflated,
        overfitting_probability=overfitting_probability(net),
        superior_p=superior_predictive_ability(excess),
    )


def candidate_results(workings: Workings) -> tuple[FloatArray, FloatArray]:
    """Return what each candidate would have earned as the value leg trades it.

    Returns
    -------
    net, excess : float64 arrays of shape (n_out_of_sample_bars, n_candidates)
        After costs, and that less buy and hold at its own mean exposure.
    """
    evidence = workings.evidence
    rows, n_symbols = evidence.out_of_sample, evidence.n_symbols
    said = np.array(evidence.candidate_forecasts)
    said[:, : evidence.warm_from] = np.nan
    said = np.where(np.isfinite(said), said, np.nan)
    side_by_side = np.concatenate(list(said), axis=1)
    standardised = standardise_expanding(side_by_side)[rows]
    returns, volatility = evidence.returns[rows], workings.volatility[rows]
    net, excess = [], []
    for begin in range(0, standardised.shape[1], n_symbols):
        own = standardised[:, begin : begin + n_symbols]
        position = target_volatility(own, volatility, workings.n_bars_per_year)
        held = mark_positions(running_exposure(position), returns, 0.0)
        earned = pool_symbols(mark_positions(position, returns, evidence.cost_bps), returns)
        net.append(earned)
        excess.append(earned - pool_symbols(held, returns))
    return np.column_stack(net), np.column_stack(excess)

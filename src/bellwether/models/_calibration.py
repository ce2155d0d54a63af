"""Fitting the moving numbers of an ensemble to forecasts that are over."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.models._ensemble import N_STRENGTHS, QUANTILES, EnsembleState, combine
from bellwether.models._errors import UnusableState
from bellwether.models._intervals import (
    check_variances,
    fit_variance_weight,
    mixed_unit,
    prior_variance_weight,
)
from bellwether.models._regime_weights import RegimeWeights, pick_weights
from bellwether.models._regression import (
    LOG_ODDS_PER_CORRELATION,
    fit_logistic,
    fit_ridge,
    sigmoid,
)

# A member whose forecasts spread less than this says nothing: dividing by less would only
# enlarge the last digits in which two backends differ.
_SMALLEST_SCALE = 1e-3
_ROWS_TO_STANDARDISE = 20
# Prior standard deviations: correlation of score and outcome, mean of the scaled return, and
# log odds of a rise that owe nothing to the score.
_PRIOR_CORRELATION = 0.1
_PRIOR_MEAN = 0.05
_PRIOR_LOG_ODDS = 0.2
_N_PRIOR_OUTCOMES = 20
# Forecasts are autocorrelated over weeks: so many rows hold one independent look at their mean.
_ROWS_A_LOOK = 100


def fit_state(
    members: Sequence[str],
    past_forecasts: FloatArray,
    past_outcomes: FloatArray,
    *,
    weight: FloatArray | RegimeWeights | None = None,
    horizon_bars: int = 1,
    past_variances: FloatArray | None = None,
) -> EnsembleState:
    """Fit an ensemble's state to forecasts whose outcomes are known.

    Parameters
    ----------
    members : sequence of str
        Names of the members.
    past_forecasts : float64 array of shape (n_rows, n_members)
        Out-of-sample forecasts of each member, oldest first.
    past_outcomes : float64 array of shape (n_rows,)
        What came after each: return over the horizon in units of volatility x
        sqrt(horizon).
    weight : float64 array of shape (n_members,) or RegimeWeights, optional
        Share of each member, scaled here to sum to one; equal where left out. With multipliers by
        regime they go into the state, and each row is weighed by its own regime.
    horizon_bars : int
        Bars in the horizon; overlapping outcomes count as so much less evidence.
    past_variances : float64 array of shape (n_rows, 3), optional
        `interval_variances` at each forecast's bar, over its squared volatility. Without them
        intervals go by the first of the three alone.

    Returns
    -------
    state : EnsembleState
        Every number is shrunk towards what is believed before looking: no skill, no drift,
        a normal outcome. Slopes are never below zero: a forecast that was wrong is silenced,
        not turned round.

    Raises
    ------
    UnusableState
        If shapes do not fit or weights cannot be scaled.

    Notes
    -----
    Knows: outcomes that are over; the caller passes no others.
    NaN: rows with one are left out. A zero outcome is neither rise nor fall and is left out of
    the calibration.

    References
    ----------
    Platt 1999, "Probabilistic outputs for support vector machines".
    """
    check_variances(past_variances, len(past_outcomes))
    whole = _whole_rows(past_forecasts, past_outcomes, len(members))
    forecasts = past_forecasts[whole].astype(np.float64)
    outcomes = past_outcomes[whole].astype(np.float64)
    by_regime = weight if isinstance(weight, RegimeWeights) else None
    share = _shares(weight.weight if isinstance(weight, RegimeWeights) else weight, len(members))
    mean, scale = _moments(forecasts)
    score = combine(forecasts, mean, scale, _row_weights(share, by_regime, whole))
    evidence = np.full(len(score), 1.0 / horizon_bars)
    calibration = _fit_calibration(score, outcomes, evidence)
    drift = _fit_drift(score, outcomes, evidence)
    probability_up = sigmoid(calibration[0] + calibration[1] * score)
    residuals = outcomes - drift[0] - drift[1] * score
    variance_weight = prior_variance_weight()
    if past_variances is not None:
        ratios = past_variances[whole]
        variance_weight = fit_variance_weight(ratios, residuals, horizon_bars)
        residuals = residuals / mixed_unit(ratios, variance_weight)
    return EnsembleState(
        members=tuple(members),
        mean=mean,
        scale=scale,
        weight=share,
        calibration=calibration,
        drift=drift,
        interval_offsets=_offsets(residuals[np.isfinite(residuals)]),
        strength_grid=_strengths(probability_up),
        variance_weight=variance_weight,
        regime_multiplier=None if by_regime is None else by_regime.multiplier,
    )


def share_drift(
    state: EnsembleState, past_volatility: FloatArray, horizon_bars: int
) -> EnsembleState:
    """Return a state whose drift is one return for all symbols.

    In units of volatility a drift says of any two symbols that the wilder one rises more, which
    ranks them by volatility whatever was forecast.

    Parameters
    ----------
    state : EnsembleState
        As `fit_state` gives it, of rows of several symbols.
    past_volatility : float64 array of shape (n_rows,)
        Of one bar, at the bars of the forecasts that the state was fitted to.
    horizon_bars : int

    Returns
    -------
    shared : EnsembleState
        Over those rows its common drift has the mean, in units of volatility, that the drift
        had: calm symbols count more.

    Notes
    -----
    Knows: what the state knows.
    NaN: rows with one are left out; without a row no drift is claimed.
    """
    units = past_volatility[past_volatility > 0.0] * np.sqrt(horizon_bars)
    common_drift = state.drift[:1] / np.mean(1.0 / units) if len(units) else np.zeros(1)
    return replace(state, drift=np.array([0.0, state.drift[1]]), common_drift=common_drift)


def _row_weights(
    share: FloatArray, by_regime: RegimeWeights | None, whole: BoolArray
) -> FloatArray:
    if by_regime is None:
        return share
    return pick_weights(share, by_regime.multiplier, by_regime.past_regime[whole])


def _whole_rows(forecasts: FloatArray, outcomes: FloatArray, n_members: int) -> BoolArray:
    if forecasts.shape != (len(outcomes), n_members) or outcomes.ndim != 1:
        expected = f"forecasts of rows x {n_members} members and one outcome a row"
        raise UnusableState(expected, f"{forecasts.shape} and {outcomes.shape}")
    whole: BoolArray = np.isfinite(forecasts).all(axis=1) & np.isfinite(outcomes)
    return whole


def _shares(weight: FloatArray | None, n_members: int) -> FloatArray:
    share = np.ones(n_members) if weight is None else np.asarray(weight, dtype=np.float64)
    if share.shape != (n_members,) or not share.min(initial=np.inf) >= 0.0 or not share.sum() > 0.0:
        raise UnusableState(f"{n_members} weights of at least zero, one above", str(share))
    return np.asarray(share / share.sum())


def _moments(forecasts: FloatArray) -> tuple[FloatArray, FloatArray]:
    n_rows, n_members = forecasts.shape
    if n_rows < _ROWS_TO_STANDARDISE:
        return np.zeros(n_members), np.ones(n_members)
    mean = forecasts.mean(axis=0)
    # A mean that chance would make is taken for zero: removed, it would blur what is said. Of a
    # larger one the share of its square is removed that chance does not explain.
    by_chance = forecasts.var(axis=0) * _ROWS_A_LOOK / n_rows
    beyond = np.maximum(mean**2 - by_chance, 0.0)
    mean *= np.divide(beyond, mean**2, out=np.zeros(n_members), where=beyond > 0.0)
    spread = np.sqrt(np.mean((forecasts - mean) ** 2, axis=0))
    return mean, np.maximum(spread, _SMALLEST_SCALE)


def _fit_calibration(score: FloatArray, outcomes: FloatArray, evidence: FloatArray) -> FloatArray:
    design = np.column_stack([np.ones(len(score)), score])
    rose = (outcomes > 0.0).astype(np.float64)
    weight = evidence * (outcomes != 0.0)
    prior_slope = LOG_ODDS_PER_CORRELATION * _PRIOR_CORRELATION
    penalty = np.array([_PRIOR_LOG_ODDS, prior_slope]) ** -2.0
    fitted = fit_logistic(design, rose, weight, penalty)
    if fitted[1] >= 0.0:
        return fitted
    return np.append(fit_logistic(design[:, :1], rose, weight, penalty[:1]), 0.0)


def _fit_drift(score: FloatArray, outcomes: FloatArray, evidence: FloatArray) -> FloatArray:
    design = np.column_stack([np.ones(len(score)), score])
    penalty = np.array([_PRIOR_MEAN, _PRIOR_CORRELATION]) ** -2.0
    fitted = fit_ridge(design, outcomes, evidence, penalty)
    if fitted[1] >= 0.0:
        return fitted
    return np.append(fit_ridge(design[:, :1], outcomes, evidence, penalty[:1]), 0.0)


def _offsets(residuals: FloatArray) -> FloatArray:
    """Return quantiles of past residuals, mixed with a few that a normal would have given."""
    levels = (np.arange(_N_PRIOR_OUTCOMES) + 0.5) / _N_PRIOR_OUTCOMES
    prior = [NormalDist().inv_cdf(float(level)) for level in levels]
    return np.asarray(np.quantile(np.append(residuals, prior), QUANTILES))


def _strengths(probability_up: FloatArray) -> FloatArray:
    if not len(probability_up):
        return np.zeros(N_STRENGTHS)
    levels = (np.arange(N_STRENGTHS) + 0.5) / N_STRENGTHS
    return np.asarray(np.quantile(np.abs(probability_up - 0.5), levels))

"""From members' forecasts to one scored stream, by the very state that a bundle ships."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.models import EnsembleState, fit_state, pick_weights, share_drift
from bellwether.samples import Samples
from bellwether.validation._past_intervals import find_reach, variance_ratios
from bellwether.validation._walk import MemberForecasts
from bellwether.validation._weighing import Weighing, weigh_by_regime, weigh_members

_SAID = (
    "score",
    "probability_up",
    "expected_return",
    "confidence",
    "interval_low",
    "interval_high",
)
CONFIDENCE_EDGES = (50.0, 60.0, 70.0, 80.0, 90.0, 95.1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightsAt:
    """The weights in force from an instant on.

    Parameters
    ----------
    decided_at : datetime64[us]
    weight : float64 array of shape (n_members,)
    regime_multiplier : float64 array of shape (5, n_members), optional
        What it is multiplied by in each regime, where it depends on that.
    """

    decided_at: np.datetime64
    weight: FloatArray
    regime_multiplier: FloatArray | None = None

    def in_regimes(self, regime: IntArray) -> FloatArray:
        """Return the weights of rows by their regimes, float64 of shape (n_rows, n_members)."""
        if self.regime_multiplier is None:
            return np.tile(self.weight, (len(regime), 1))
        return pick_weights(self.weight, self.regime_multiplier, regime)


def _no_ends() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastStream:
    """One forecast a row of the samples, each made with what had closed before it.

    Parameters
    ----------
    score : float64 array of shape (n_rows,)
        Forecast in any unit; NaN where there is none.
    direction : float64 array of shape (n_rows,)
        1 BUY, 0 HOLD, -1 SELL; NaN where nothing was decided.
    probability_up, expected_return : float64 arrays of shape (n_rows,)
        NaN where the forecaster states none.
    confidence : float64 array of shape (n_rows,)
        50 to 95: how it ranks among the forecasts before it; NaN where none is stated.
    interval_low, interval_high : float64 arrays of shape (n_rows,), optional
        Ends of the outer interval of the return over the horizon; empty where none are stated.
    warm, out_of_sample : bool arrays of shape (n_rows,)
        Rows that only warm moments, and rows that are judged.

    Notes
    -----
    Knows: a row's numbers rest on labels that had closed at the row's bar.
    """

    score: FloatArray
    direction: FloatArray
    probability_up: FloatArray
    expected_return: FloatArray
    confidence: FloatArray
    warm: BoolArray
    out_of_sample: BoolArray
    interval_low: FloatArray = field(default_factory=_no_ends)
    interval_high: FloatArray = field(default_factory=_no_ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceBucket:
    """How often past out-of-sample forecasts of some confidence were right.

    Parameters
    ----------
    least, most : float
        Confidences from `least` to below `most`.
    n_hits, n_settled : int
        Forecasts that got the direction right, and all of them; returns of zero count for
        neither.
    """

    least: float
    most: float
    n_hits: int
    n_settled: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredForecasts:
    """What some members said together, and the state they ended with.

    Parameters
    ----------
    members : tuple of str
    stream : ForecastStream
        Warm rows have a score only.
    weights : tuple of WeightsAt
        In order of time.
    state : EnsembleState
        Fitted to every forecast whose outcome is known: what the bundle ships.
    hits_by_confidence : tuple of ConfidenceBucket
    regime : int64 array of shape (n_rows,), optional
        Code of each row's regime, where weights depend on it.
    """

    members: tuple[str, ...]
    stream: ForecastStream
    weights: tuple[WeightsAt, ...]
    state: EnsembleState
    hits_by_confidence: tuple[ConfidenceBucket, ...]
    regime: IntArray | None = None


def score_forecasts(
    samples: Samples,
    forecasts: MemberForecasts,
    refit_bars: int,
    weighing: Weighing = "soft",
) -> ScoredForecasts:
    """Walk through the out-of-sample stretch with an ensemble state refitted as it goes.

    Parameters
    ----------
    samples : Samples
    forecasts : MemberForecasts
        Where they come with the regime of every row, members count by it: what each was worth in
        each regime is learned at every fit of the state.
    refit_bars : int
        Instants between two fits of the state, at least 1.
    weighing : {"soft", "contract"}, default "soft"
        Weights proportional to exp(T^2/2), T each member's past evidence; or the contract's,
        moved at each fit of the state by the last ten predictions that had settled.

    Returns
    -------
    scored : ScoredForecasts

    Notes
    -----
    Knows: the state used at an instant was fitted to forecasts whose labels had closed at or
    before it.
    NaN: where a member gave no number the row stays out of sample, without a score, so that
    the gate sees what is missing.
    """
    whole = np.isfinite(forecasts.values).all(axis=1)
    warm, tested = forecasts.warm & whole, forecasts.out_of_sample
    known = (warm | tested) & whole & samples.labelled
    said = {name: np.full(len(samples), np.nan) for name in _SAID}
    instants = np.unique(samples.decided_on[tested])
    weights: list[WeightsAt] = []
    state: EnsembleState | None = None
    for begin in range(0, len(instants), refit_bars):
        block = instants[begin : begin + refit_bars]
        past = known & (samples.closes_on <= block[0])
        state = _fit(samples, forecasts, past, weighing, state)
        inside = (samples.decided_on >= block[0]) & (samples.decided_on <= block[-1])
        rows = np.flatnonzero(tested & whole & inside)
        if begin == 0:
            regime = _regime_of(forecasts, np.flatnonzero(warm))
            said["score"][warm] = state.score(forecasts.values[warm], regime)
        for name, values in _say(samples, forecasts, rows, state).items():
            said[name][rows] = values
        weights.append(
            WeightsAt(
                decided_at=samples.instants[block[0]],
                weight=state.weight,
                regime_multiplier=state.regime_multiplier,
            )
        )
    stream = ForecastStream(
        direction=np.sign(said["probability_up"] - 0.5), warm=warm, out_of_sample=tested, **said
    )
    return ScoredForecasts(
        members=forecasts.names,
        stream=stream,
        weights=tuple(weights),
        state=_fit(samples, forecasts, known, weighing, state),
        hits_by_confidence=_count_hits(samples, stream),
        regime=forecasts.regime,
    )


def floor_stream(
    samples: Samples, forecasts: Sequence[FloatArray], like: ForecastStream
) -> ForecastStream:
    """Return what a floor said on the rows on which a model spoke.

    Parameters
    ----------
    samples : Samples
    forecasts : sequence of float64 arrays of shape (n_bars,), one a symbol
        Made at each bar's close, in any unit; the sign is the direction.
    like : ForecastStream
        The stream whose rows are taken.

    Returns
    -------
    stream : ForecastStream
    """
    score = np.concatenate([np.asarray(part, dtype=np.float64) for part in forecasts])
    spoken = like.warm | like.out_of_sample
    score[~spoken] = np.nan
    silent = np.full(len(samples), np.nan)
    return ForecastStream(
        score=score,
        direction=np.sign(score),
        probability_up=silent,
        expected_return=silent,
        confidence=silent,
        warm=like.warm,
        out_of_sample=like.out_of_sample,
    )


def _count_hits(samples: Samples, stream: ForecastStream) -> tuple[ConfidenceBucket, ...]:
    outcome = np.nan_to_num(samples.forward_return) * np.nan_to_num(stream.direction)
    buckets = []
    for least, most in pairwise(CONFIDENCE_EDGES):
        inside = (stream.confidence >= least) & (stream.confidence < most) & (outcome != 0.0)
        buckets.append(
            ConfidenceBucket(
                least=least,
                most=most,
                n_hits=int((outcome[inside] > 0.0).sum()),
                n_settled=int(inside.sum()),
            )
        )
    return tuple(buckets)


def _say(
    samples: Samples, forecasts: MemberForecasts, rows: IntArray, state: EnsembleState
) -> dict[str, FloatArray]:
    """Return what a state says on some rows, by the names of a stream."""
    said = state.forecast(
        forecasts.values[rows],
        samples.volatility[rows],
        samples.horizon_bars,
        find_reach(samples, rows, state),
        _regime_of(forecasts, rows),
    )
    ends = {"interval_low": said.quantiles[:, 0], "interval_high": said.quantiles[:, -1]}
    return {name: ends[name] if name in ends else getattr(said, name) for name in _SAID}


def _regime_of(forecasts: MemberForecasts, rows: IntArray) -> IntArray | None:
    return None if forecasts.regime is None else forecasts.regime[rows]


def _fit(
    samples: Samples,
    forecasts: MemberForecasts,
    past: BoolArray,
    weighing: Weighing,
    before: EnsembleState | None,
) -> EnsembleState:
    rows = np.flatnonzero(past)
    rows = rows[np.argsort(samples.decided_on[rows], kind="stable")]
    so_far = None if before is None else before.weight
    weight = weigh_members(samples, forecasts, rows, weighing, so_far)
    by_regime = None
    if forecasts.regime is not None:
        by_regime = weigh_by_regime(samples, forecasts, rows, weight, weighing)
    state = fit_state(
        forecasts.names,
        forecasts.values[rows],
        samples.target[rows],
        weight=weight if by_regime is None else by_regime,
        horizon_bars=samples.horizon_bars,
        past_variances=variance_ratios(samples, rows),
    )
    if len(samples.symbols) == 1:
        return state
    return share_drift(state, samples.volatility[rows], samples.horizon_bars)

"""Drift of inputs: whether features, and volatility, still look as they did in training.

Features of markets are autocorrelated over weeks, so that sixty bars hold about one independent
look; the ranges of those bars hold more, and volatility is compared beside the features. Every
size of a sample here is the effective one; taken for independent, stationary features are in alarm
always. Drift of inputs says that the past may not apply; it does not say that the model is worse,
and may ask for a challenger only.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Self

import numpy as np

from bellwether.arrays import FloatArray, frozen_floats
from bellwether.monitor._errors import ForeignState, UnusableMonitorOption, UnusableObservation
from bellwether.monitor._input_drifts import FeatureDrift, InputCheck, VolatilityDrift
from bellwether.monitor._volatility import LEAST_REFERENCE_BARS, VolatilityReference

N_QUANTILES = 257
PSI_BINS = 10
SOKAL_WINDOW = 5.0
VOLATILITY_SHARE = 0.75
_PSI_SHARE = 1e-4


@dataclass(frozen=True, kw_only=True, eq=False)
class InputReference:
    """What features looked like in training: small enough to travel with a model.

    Parameters
    ----------
    names : tuple of str
    quantiles : float64 array of shape (n_features, 257)
        Of each feature, from its smallest value to its largest.
    memory_bars : tuple of float
        Integrated autocorrelation time of each feature, at least 1.
    n_bars : int
        Bars of the reference.
    volatility : VolatilityReference, optional
        How wide the bars were; None in what older versions stored.
    """

    names: tuple[str, ...]
    quantiles: FloatArray
    memory_bars: tuple[float, ...]
    n_bars: int
    volatility: VolatilityReference | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "quantiles", frozen_floats(self.quantiles))
        wanted = (len(self.names), N_QUANTILES)
        if self.quantiles.shape != wanted or len(self.memory_bars) != len(self.names):
            raise ForeignState(f"quantiles of shape {wanted}", f"{self.quantiles.shape}")

    @classmethod
    def of(cls, names: Sequence[str], features: FloatArray) -> Self:
        """Return the reference of some bars of training.

        Parameters
        ----------
        names : sequence of str
        features : float64 array of shape (n_bars, n_features)
            One symbol's, oldest first; bars with a missing value are left out.

        Raises
        ------
        UnusableObservation
            If there are fewer than 250 whole bars, or the names do not fit.

        Notes
        -----
        Knows: the bars of training only.
        """
        if features.ndim != 2 or features.shape[1] != len(names):
            expected = f"features of shape (n_bars, {len(names)})"
            raise UnusableObservation(expected, f"{features.shape}")
        whole = features[np.isfinite(features).all(axis=1)]
        if len(whole) < LEAST_REFERENCE_BARS:
            expected = f"at least {LEAST_REFERENCE_BARS} bars without a missing value"
            raise UnusableObservation(expected, f"{len(whole)}")
        quantiles = np.quantile(whole, np.linspace(0.0, 1.0, N_QUANTILES), axis=0).T
        memory = tuple(autocorrelation_time(column) for column in whole.T)
        return cls(names=tuple(names), quantiles=quantiles, memory_bars=memory, n_bars=len(whole))

    def to_json(self) -> dict[str, Any]:
        """Return the reference as JSON values."""
        content = {
            "names": list(self.names),
            "quantiles": self.quantiles.tolist(),
            "memory_bars": list(self.memory_bars),
            "n_bars": self.n_bars,
        }
        if self.volatility is not None:
            content["volatility"] = self.volatility.to_json()
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the reference that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            volatility = content.get("volatility")
            return cls(
                names=tuple(content["names"]),
                quantiles=np.array(content["quantiles"], dtype=np.float64),
                memory_bars=tuple(float(one) for one in content["memory_bars"]),
                n_bars=int(content["n_bars"]),
                volatility=None
                if volatility is None
                else VolatilityReference.from_json(volatility),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ForeignState("a stored reference of inputs", repr(error)) from error


def check_inputs(
    reference: InputReference,
    recent: FloatArray,
    level: float = 0.01,
    ranges: Mapping[str, FloatArray] | None = None,
) -> InputCheck:
    """Compare recent bars with the reference.

    Parameters
    ----------
    reference : InputReference
    recent : float64 array of shape (n_bars, n_features)
        The last bars, 60 by default of the schedule; those with a missing value are left out.
    level : float, default .01
        Wanted chance of a false alarm; above 0 and below 1.
    ranges : mapping of str to float64 array of shape (n_bars,), optional
        Log true ranges of the last 60 bars by symbol. Volatility is compared where they and the
        reference tell enough of it; the features have the whole level elsewhere.

    Returns
    -------
    check : InputCheck

    Raises
    ------
    UnusableObservation
        If no whole bar is left, or there are not as many features as in the reference.
    UnusableMonitorOption
        If the level is out of its range.

    Notes
    -----
    Knows: the bars it is given.
    Two-sample Kolmogorov-Smirnov with effective sizes n / tau, tau the integrated autocorrelation
    time of the reference (Sokal 1997, section 3), and Stephens' finite-size correction (1970).
    PSI's limit is that of a chi-squared with nine degrees of freedom times 1/n + 1/m (Yurdakul
    2018, theorem 1), again with effective sizes.
    The level is divided (Rosenthal and Rubin 1983): three quarters to volatility, the rest to the
    features in equal parts. `make study-inputs` says how often a check errs, and how soon a rise
    of volatility is found.
    """
    if not 0.0 < level < 1.0:
        raise UnusableMonitorOption("level", "above 0 and below 1", f"{level}")
    if recent.ndim != 2 or recent.shape[1] != len(reference.names):
        expected = f"features of shape (n_bars, {len(reference.names)})"
        raise UnusableObservation(expected, f"{recent.shape}")
    whole = recent[np.isfinite(recent).all(axis=1)]
    if not len(whole):
        raise UnusableObservation("a bar without a missing value", "none")
    volatility = _compare_volatility(reference, ranges or {})
    share = (1.0 if volatility is None else 1.0 - VOLATILITY_SHARE) / whole.shape[1]
    drifts = [_compare(reference, at, whole[:, at], share) for at in range(whole.shape[1])]
    ranked = sorted(drifts, key=lambda drift: (drift.p, -drift.distance, drift.name))
    both: list[FeatureDrift | VolatilityDrift] = [*ranked]
    if volatility is not None:
        both.append(volatility)
    return InputCheck(features=tuple(sorted(both, key=lambda one: one.p / one.share)), level=level)


def autocorrelation_time(series: FloatArray) -> float:
    """Return the bars that hold one independent look, at least 1.

    Parameters
    ----------
    series : float64 array of shape (n_bars,)
        Without missing values, oldest first.

    Returns
    -------
    bars : float
        `1 + 2 x sum of autocorrelations` up to the first lag of five times that sum; the length
        of the series where it never moves.

    References
    ----------
    Sokal 1997, "Monte Carlo methods in statistical mechanics", equation 3.19 and the automatic
    windowing below it.

    Examples
    --------
    >>> noise = np.random.default_rng(2).normal(size=20_000)
    >>> round(autocorrelation_time(noise), 1)
    1.0
    """
    n = len(series)
    centred = series - series.mean()
    variance = float(np.mean(centred**2))
    if not variance > 0.0:
        return float(max(n, 1))
    spectrum = np.fft.rfft(centred, 2 * n)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:n] / (n * variance)
    times = 2.0 * np.cumsum(correlation) - 1.0
    ends = np.flatnonzero(np.arange(n) >= SOKAL_WINDOW * times)
    return float(np.clip(times[ends[0]] if ends.size else times[-1], 1.0, n))


def _compare_volatility(
    reference: InputReference, ranges: Mapping[str, FloatArray]
) -> VolatilityDrift | None:
    known = reference.volatility
    return None if known is None else known.compare(ranges, VOLATILITY_SHARE)


def _compare(
    reference: InputReference, place: int, recent: FloatArray, share: float
) -> FeatureDrift:
    quantiles, memory = reference.quantiles[place], reference.memory_bars[place]
    n_effective = max(len(recent) / memory, 1.0)
    both = 1.0 / n_effective + memory / reference.n_bars
    distance = _largest_difference(quantiles, np.sort(recent))
    return FeatureDrift(
        name=reference.names[place],
        distance=distance,
        p=_kolmogorov_p(distance, 1.0 / both),
        share=share,
        n_effective=n_effective,
        psi=_stability_index(quantiles, recent),
        psi_high=both * _chi_squared_95(PSI_BINS - 1),
    )


def _largest_difference(quantiles: FloatArray, ordered: FloatArray) -> float:
    """Return the largest difference of two distribution functions; ties count as a step."""
    n = len(ordered)
    grid = np.linspace(0.0, 1.0, N_QUANTILES)
    # Of equal quantiles the last says how much lies at or below, the first how much below.
    at_most = grid[np.maximum(np.searchsorted(quantiles, ordered, side="right") - 1, 0)]
    below = grid[np.minimum(np.searchsorted(quantiles, ordered, side="left"), N_QUANTILES - 1)]
    smooth = np.interp(ordered, *_strictly_rising(quantiles, grid))
    high, low = np.maximum(smooth, at_most), np.minimum(smooth, below)
    at_most_own = np.searchsorted(ordered, ordered, side="right") / n
    below_own = np.searchsorted(ordered, ordered, side="left") / n
    # A value outside everything that was seen before is beyond the reference's whole mass.
    high = np.where(ordered < quantiles[0], 0.0, high)
    low = np.where(ordered > quantiles[-1], 1.0, low)
    over = np.max(at_most_own - high, initial=0.0)
    under = np.max(low - below_own, initial=0.0)
    return float(max(over, under))


def _strictly_rising(quantiles: FloatArray, grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    values, first = np.unique(quantiles, return_index=True)
    last = np.append(first[1:], len(quantiles)) - 1
    return values, (grid[first] + grid[last]) / 2.0


def _kolmogorov_p(distance: float, n_effective: float) -> float:
    root = math.sqrt(n_effective)
    x = (root + 0.12 + 0.11 / root) * distance
    if x < 0.2:
        return 1.0
    terms = ((-1.0) ** (k - 1) * math.exp(-2.0 * k * k * x * x) for k in range(1, 101))
    return min(max(2.0 * math.fsum(terms), 0.0), 1.0)


def _stability_index(quantiles: FloatArray, recent: FloatArray) -> float:
    """Return the index over bins that held a tenth each in training."""
    step = (N_QUANTILES - 1) / PSI_BINS
    places = np.arange(1, PSI_BINS) * step
    edges = np.interp(places, np.arange(N_QUANTILES), quantiles)
    grid = np.linspace(0.0, 1.0, N_QUANTILES)
    at_most = grid[np.searchsorted(quantiles, edges, side="right") - 1]
    expected = np.diff(np.concatenate([[0.0], at_most, [1.0]]))
    found = np.searchsorted(edges, recent, side="left")
    actual = np.bincount(found, minlength=PSI_BINS) / len(recent)
    expected, actual = np.maximum(expected, _PSI_SHARE), np.maximum(actual, _PSI_SHARE)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def _chi_squared_95(degrees: int) -> float:
    """Return the 95 % quantile, by Wilson and Hilferty 1931: right to a hundredth here."""
    spread = 2.0 / (9.0 * degrees)
    return degrees * (1.0 - spread + NormalDist().inv_cdf(0.95) * math.sqrt(spread)) ** 3

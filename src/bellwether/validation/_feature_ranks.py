"""Information coefficients: ranks of features beside ranks of returns, resampled in blocks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from bellwether.arrays import BoolArray, FloatArray, IntArray, TimeArray
from bellwether.validation._bootstrap import MEAN_BLOCK_BARS, count_rows, resample_rows
from bellwether.validation._feature_report import FeatureInformation, InformationCoefficient, Luck

N_RESAMPLES = 1_000
LEAST_YEAR_BARS = 60
MOST_GROUPS = 8_192
LEVEL = 0.05
BLOCKS_A_HORIZON = 5


def centred_ranks(values: FloatArray) -> FloatArray:
    """Return the ranks within each column, from -1/2 to 1/2 around zero; equal values share.

    Parameters
    ----------
    values : float64 array of shape (n_rows, n_columns)

    Returns
    -------
    ranks : float64 array of the same shape
        Zero where a value is not finite.

    Examples
    --------
    >>> centred_ranks(np.array([[3.0], [np.nan], [1.0], [1.0]])).ravel().round(3).tolist()
    [0.333, 0.0, -0.167, -0.167]
    """
    known = np.isfinite(values)
    if not len(values):
        return np.zeros(values.shape)
    n_known = known.sum(axis=0)
    ranks = rankdata(np.where(known, values, np.inf), axis=0)
    centred = (ranks - 0.5 * (n_known + 1)) / np.maximum(n_known, 1)
    return np.where(known, centred, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """Sums of products of ranks, by feature and by group of bars.

    Parameters
    ----------
    both, features, outcomes : float64 arrays of shape (n_groups, n_features)
        Of feature and outcome, of the feature's squares, and of the outcome's squares where
        the feature is known.
    """

    both: FloatArray
    features: FloatArray
    outcomes: FloatArray

    @classmethod
    def of_nothing(cls, n_groups: int, n_features: int) -> "Sums":
        """Return sums that begin at zero."""
        both, features, outcomes = np.zeros((3, n_groups, n_features))
        return cls(both=both, features=features, outcomes=outcomes)

    def add(self, groups: IntArray, values: FloatArray, outcomes: FloatArray) -> None:
        """Add rows of one symbol, ranked among themselves.

        Parameters
        ----------
        groups : int64 array of shape (n_rows,)
            Increasing.
        values : float64 array of shape (n_rows, n_features)
        outcomes : float64 array of shape (n_rows,)
            Finite.
        """
        if not len(groups):
            return
        feature = centred_ranks(values)
        outcome = centred_ranks(outcomes[:, None])
        found, starts = np.unique(groups, return_index=True)
        self.both[found] += np.add.reduceat(feature * outcome, starts)
        self.features[found] += np.add.reduceat(feature**2, starts)
        known = np.isfinite(values) * outcome**2
        self.outcomes[found] += np.add.reduceat(known, starts)

    def coefficients(self, counts: FloatArray) -> FloatArray:
        """Return a coefficient a feature for each resample.

        Parameters
        ----------
        counts : float64 array of shape (n_resamples, n_groups)
            How often each group counts.

        Returns
        -------
        coefficients : float64 array of shape (n_resamples, n_features)
            NaN where a feature or the outcome does not vary.
        """
        scale = np.sqrt((counts @ self.features) * (counts @ self.outcomes))
        missing = np.full_like(scale, np.nan)
        return np.divide(counts @ self.both, scale, out=missing, where=scale > 0.0)

    def of_rows(self, rows: IntArray) -> "Sums":
        """Return the sums of some groups alone."""
        return Sums(
            both=self.both[rows], features=self.features[rows], outcomes=self.outcomes[rows]
        )


class RankTally:
    """Gathers the ranks of a panel's symbols, one after another, against one horizon.

    Parameters
    ----------
    closed_at : datetime64[us] array of shape (n_times,)
        Every instant of the panel.
    n_features, horizon_bars : int

    Notes
    -----
    Knows: bars up to t + h; it measures, nothing of it is ever a feature.
    Cost: of very many bars, neighbours of one year are joined into at most 8,192 groups.
    """

    def __init__(self, closed_at: TimeArray, n_features: int, horizon_bars: int) -> None:
        self.horizon_bars = horizon_bars
        self._years = closed_at.astype("datetime64[Y]").astype(np.int64) + 1970
        self._joined = -(-len(closed_at) // MOST_GROUPS)
        self._groups = _group_within_years(self._years, self._joined)
        n_groups = int(self._groups[-1]) + 1
        self._n_bars = np.zeros(len(closed_at), dtype=np.int64)
        self._sums = Sums.of_nothing(n_groups, n_features)

    def add(self, places: IntArray, values: FloatArray, outcomes: FloatArray) -> None:
        """Add a symbol.

        Parameters
        ----------
        places : int64 array of shape (n_rows,)
            Where its bars lie among the instants.
        values : float64 array of shape (n_rows, n_features)
        outcomes : float64 array of shape (n_rows,)
            Volatility-scaled return over the horizon; rows without one are left out.
        """
        known: BoolArray = np.isfinite(outcomes)
        rows = places[known]
        self._n_bars[rows] += 1
        self._sums.add(self._groups[rows], values[known], outcomes[known])

    def finish(self) -> tuple[tuple[FeatureInformation, ...], Luck]:
        """Return each feature's information, and what luck alone would have shown."""
        overall, centred = self._resample(self._sums, self._n_bars)
        years = dict(self._finish_years())
        found = tuple(
            FeatureInformation(
                horizon_bars=self.horizon_bars,
                overall=one,
                years={
                    year: coefficients[place]
                    for year, coefficients in years.items()
                    if np.isfinite(coefficients[place].coefficient)
                },
            )
            for place, one in enumerate(overall)
        )
        return found, _measure_luck(self.horizon_bars, overall, centred)

    def _finish_years(self) -> Iterator[tuple[int, Sequence[InformationCoefficient]]]:
        for year in np.unique(self._years):
            instants = self._years == year
            n_bars = self._n_bars[instants]
            if np.count_nonzero(n_bars) >= LEAST_YEAR_BARS:
                rows = np.unique(self._groups[instants & (self._n_bars > 0)])
                # Ranks taken anew within a year would lean below zero where a feature is slow.
                yield int(year), self._resample(self._sums.of_rows(rows), n_bars)[0]

    def _resample(
        self, sums: Sums, n_bars: IntArray
    ) -> tuple[tuple[InformationCoefficient, ...], FloatArray]:
        """Return coefficients with intervals, and their resamples less the coefficients."""
        n_groups = len(sums.both)
        block = max(MEAN_BLOCK_BARS, BLOCKS_A_HORIZON * self.horizon_bars) / self._joined
        rows = resample_rows(n_groups, N_RESAMPLES, max(block, 1.0))
        [coefficients] = sums.coefficients(np.ones((1, n_groups)))
        resampled = sums.coefficients(count_rows(rows))
        low, high = np.quantile(resampled, (0.5 * LEVEL, 1.0 - 0.5 * LEVEL), axis=0)
        n_known = int(np.count_nonzero(n_bars))
        found = tuple(
            InformationCoefficient(coefficient=one, low=below, high=above, n_bars=n_known)
            for one, below, above in zip(
                coefficients.tolist(), low.tolist(), high.tolist(), strict=True
            )
        )
        return found, resampled - coefficients


def _group_within_years(years: IntArray, n_joined: int) -> IntArray:
    """Return the group of each instant: some neighbours, never of two years."""
    _, starts, sizes = np.unique(years, return_index=True, return_counts=True)
    within = np.arange(len(years)) - np.repeat(starts, sizes)
    fresh = within % n_joined == 0
    groups: IntArray = np.cumsum(fresh) - 1
    return groups


def _measure_luck(
    horizon_bars: int, found: Sequence[InformationCoefficient], centred: FloatArray
) -> Luck:
    sizes = np.abs([one.coefficient for one in found])
    varies = np.isfinite(sizes)
    if not varies.any():
        return Luck(
            horizon_bars=horizon_bars,
            n_features=0,
            n_found=0,
            n_by_chance=0.0,
            largest=np.nan,
            largest_by_chance=np.nan,
            chance=np.nan,
            n_beyond=0,
        )
    worthless = np.nanmax(np.abs(centred[:, varies]), axis=1)
    bound = float(np.quantile(worthless, 1.0 - LEVEL))
    largest = float(sizes[varies].max())
    return Luck(
        horizon_bars=horizon_bars,
        n_features=int(varies.sum()),
        n_found=sum(one.excludes_zero for one in found),
        n_by_chance=LEVEL * float(varies.sum()),
        largest=largest,
        largest_by_chance=bound,
        chance=float(np.mean(worthless >= largest)),
        n_beyond=int((sizes[varies] > bound).sum()),
    )


def finish_tallies(
    tallies: Mapping[int, RankTally], n_features: int
) -> tuple[tuple[tuple[FeatureInformation, ...], ...], tuple[Luck, ...]]:
    """Return each feature's information over all horizons, and the luck of each horizon."""
    finished = [tally.finish() for tally in tallies.values()]
    by_feature = tuple(
        tuple(information[place] for information, _ in finished) for place in range(n_features)
    )
    return by_feature, tuple(luck for _, luck in finished)

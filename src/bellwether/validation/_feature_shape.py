"""Shapes of features: distribution, memory, and which of them tell much the same."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import norm

from bellwether.arrays import FloatArray, IntArray
from bellwether.validation._feature_ranks import centred_ranks
from bellwether.validation._feature_report import QUANTILES, FeatureCluster, ValueShape

MOST_LAGS = 2_000
# Sokal's window: summing goes on until it spans so many times what it sums to.
WINDOW_TIMES = 5.0
SAME_FROM = 0.7
COLUMNS_AT_ONCE = 8


def describe_values(values: FloatArray) -> ValueShape:
    """Return mean, deviation, quantiles and tails of the finite values of one feature.

    Parameters
    ----------
    values : float64 array of shape (n_rows,)

    Returns
    -------
    shape : ValueShape
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return ValueShape(
            mean=np.nan,
            deviation=np.nan,
            quantiles=tuple(np.nan for _ in QUANTILES),
            tail_weight=np.nan,
            farthest=np.nan,
        )
    mean, deviation = float(known.mean()), float(known.std())
    quantiles = np.quantile(known, QUANTILES)
    wide, narrow = quantiles[-1] - quantiles[0], quantiles[4] - quantiles[2]
    normal = float(norm.ppf(QUANTILES[-1]) / norm.ppf(QUANTILES[4]))
    farthest = float(np.abs(known - mean).max())
    return ValueShape(
        mean=mean,
        deviation=deviation,
        quantiles=tuple(quantiles.tolist()),
        tail_weight=float(wide / narrow / normal) if narrow > 0.0 else np.nan,
        farthest=farthest / deviation if deviation > 0.0 else np.nan,
    )


class MemoryTally:
    """Gathers autocorrelations, symbol after symbol.

    Parameters
    ----------
    n_features : int
    """

    def __init__(self, n_features: int) -> None:
        self._correlation = np.zeros((MOST_LAGS + 1, n_features))
        self._weight = np.zeros(n_features)
        self._most = 0

    def add(self, values: FloatArray) -> None:
        """Add a symbol, each feature around its own mean there; gaps count for nothing."""
        n_rows = len(values)
        n_lags = min(MOST_LAGS, n_rows // 4)
        self._most = max(self._most, n_lags)
        if not n_lags:
            return
        length = 1 << (n_rows + n_lags).bit_length()
        for first in range(0, values.shape[1], COLUMNS_AT_ONCE):
            some = slice(first, first + COLUMNS_AT_ONCE)
            known = np.isfinite(values[:, some])
            mean = np.where(known, values[:, some], 0.0).sum(axis=0) / np.maximum(
                known.sum(axis=0), 1
            )
            apart = np.where(known, values[:, some] - mean, 0.0)
            size = np.abs(apart).max(axis=0)
            # A spread that is rounding alone is none.
            varies = size > 1e-12 * np.abs(mean)
            spectrum = np.fft.rfft(apart / np.where(varies, size, 1.0), length, axis=0)
            products = np.fft.irfft(np.abs(spectrum) ** 2, length, axis=0)[: n_lags + 1]
            shares = products / np.where(varies, products[0], 1.0)
            self._correlation[: n_lags + 1, some] += np.where(varies, n_rows * shares, 0.0)
            self._weight[some] += np.where(varies, n_rows, 0.0)

    def finish(self) -> FloatArray:
        """Return the integrated autocorrelation time of each feature, in bars.

        References
        ----------
        Sokal (1997), Monte Carlo methods in statistical mechanics, section 3.
        """
        weight = np.where(self._weight > 0.0, self._weight, np.nan)
        correlation = self._correlation[1 : self._most + 1] / weight
        times = 1.0 + 2.0 * np.cumsum(correlation, axis=0)
        lags = np.arange(1, len(times) + 1)[:, None]
        enough = lags >= WINDOW_TIMES * times
        memory = np.full(len(weight), np.inf)
        for place in np.flatnonzero(enough.any(axis=0)):
            memory[place] = max(1.0, times[np.argmax(enough[:, place]), place])
        return np.where(np.isnan(weight), np.nan, memory)


def find_clusters(
    names: Sequence[str], values: FloatArray
) -> tuple[IntArray, tuple[FeatureCluster, ...]]:
    """Group features so that any two of a group have a rank correlation of .7 or more by size.

    Parameters
    ----------
    names : sequence of str
    values : float64 array of shape (n_rows, n_features)

    Returns
    -------
    number_of : int64 array of shape (n_features,)
        Group of each feature, from 1, the largest.
    clusters : tuple of FeatureCluster
    """
    sizes = _correlation_sizes(values)
    labels: IntArray = np.ones(1, dtype=np.int64)
    if len(names) > 1:
        tree = linkage(squareform(1.0 - sizes, checks=False), method="complete")
        labels = fcluster(tree, 1.0 - SAME_FROM, criterion="distance").astype(np.int64)
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    groups.sort(key=lambda places: (-len(places), int(places[0])))
    number_of = np.empty(len(names), dtype=np.int64)
    clusters = []
    for number, places in enumerate(groups, start=1):
        number_of[places] = number
        inside = sizes[np.ix_(places, places)]
        clusters.append(
            FeatureCluster(
                number=number,
                representative=names[places[int(inside.sum(axis=0).argmax())]],
                names=tuple(names[place] for place in places.tolist()),
                least_correlation=float(inside.min()),
            )
        )
    return number_of, tuple(clusters)


def _correlation_sizes(values: FloatArray) -> FloatArray:
    ranks = centred_ranks(values)
    lengths = np.sqrt((ranks**2).sum(axis=0))
    unit = ranks / np.where(lengths > 0.0, lengths, 1.0)
    sizes = np.clip(np.abs(unit.T @ unit), 0.0, 1.0)
    np.fill_diagonal(sizes, 1.0)
    return sizes

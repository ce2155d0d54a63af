"""A look at features: distribution, memory, information and clusters on the bars of a panel."""

from collections.abc import Iterable, Sequence

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import Bars, Panel
from bellwether.features import (
    FeatureEngine,
    FeatureSet,
    compute_cross_section,
    ewma_volatility,
    needs_panel,
)
from bellwether.labels import forward_return, volatility_scaled
from bellwether.validation._feature_ranks import RankTally, finish_tallies
from bellwether.validation._feature_report import FeatureFigures, FeatureReport
from bellwether.validation._feature_shape import MemoryTally, describe_values, find_clusters

CLOSE = 3
MOST_KEPT_VALUES = 20_000_000


def describe_features(
    panel: Panel, feature_set: FeatureSet, horizons: Sequence[int] = (1,)
) -> FeatureReport:
    """Describe features on the bars of a panel, and how they went with what came afterwards.

    Parameters
    ----------
    panel : Panel
    feature_set : FeatureSet
    horizons : sequence of int
        Bars ahead of the returns they are compared with, each at least 1; none to leave what
        happened afterwards alone.

    Returns
    -------
    report : FeatureReport

    Raises
    ------
    HorizonOutOfRange
        If a horizon is no whole number from 1 on.

    Notes
    -----
    Knows: with horizons, every bar it is given: whoever chooses features by it has looked at
    the outcomes, and `look_at_features` of the service counts that.
    Cost: `alpha158` takes a second for 6,000 bars of a symbol; memory is that of one symbol and
    of 20 million values kept for the distributions.
    """
    tally = _Tally(panel, feature_set, sorted(set(horizons)))
    columns = _compute(panel, feature_set)
    for bars, places, values in zip(panel.bars, panel.positions, columns, strict=True):
        tally.add(bars, places, values)
    rows = np.concatenate(tally.kept)
    number_of, clusters = find_clusters(feature_set.names, rows)
    information, luck = finish_tallies(tally.by_horizon, len(feature_set))
    memory_bars = tally.memory.finish()
    return FeatureReport(
        name=feature_set.name,
        version=feature_set.version,
        digest=feature_set.digest,
        symbols=panel.symbols,
        interval=panel.interval,
        first_at=str(panel.closed_at[0]),
        last_at=str(panel.closed_at[-1]),
        n_bars=tally.n_bars,
        every_nth=tally.every_nth,
        clusters=clusters,
        luck=luck,
        features=tuple(
            FeatureFigures(
                name=name,
                definition=str(expression),
                lookback_bars=expression.lookback_bars,
                missing_share=float(tally.missing_shares[place]),
                memory_bars=float(memory_bars[place]),
                cluster=int(number_of[place]),
                information=information[place],
                shape=describe_values(rows[:, place]),
            )
            for place, (name, expression) in enumerate(feature_set.features)
        ),
    )


def _compute(panel: Panel, feature_set: FeatureSet) -> Iterable[FloatArray]:
    """Return the features symbol by symbol, computed as they are needed where that can be."""
    if any(map(needs_panel, feature_set.expressions)):
        return compute_cross_section(panel, feature_set)
    engine = FeatureEngine(feature_set)
    return (engine.compute(bars.matrix) for bars in panel.bars)


class _Tally:
    """Gathers what is told of features, symbol by symbol."""

    def __init__(self, panel: Panel, feature_set: FeatureSet, horizons: Sequence[int]) -> None:
        n_features = len(feature_set)
        self.n_bars = sum(len(bars) for bars in panel.bars)
        self.every_nth = -(-self.n_bars * n_features // MOST_KEPT_VALUES)
        self.kept: list[FloatArray] = []
        self.memory = MemoryTally(n_features)
        self.by_horizon = {one: RankTally(panel.closed_at, n_features, one) for one in horizons}
        self._volatility = FeatureEngine([ewma_volatility()])
        self._first = feature_set.lookback_bars - 1
        self._n_missing, self._n_rows = np.zeros(n_features), 0

    def add(self, bars: Bars, places: IntArray, values: FloatArray) -> None:
        values = values[self._first :]
        self._n_missing += np.count_nonzero(~np.isfinite(values), axis=0)
        self._n_rows += len(values)
        self.memory.add(values)
        self.kept.append(values[:: self.every_nth])
        volatility = self._volatility.compute(bars.matrix)[:, 0]
        for horizon, tally in self.by_horizon.items():
            returns = forward_return(bars.matrix[:, CLOSE], horizon)
            outcomes = volatility_scaled(returns, volatility, horizon)[self._first :]
            tally.add(places[self._first :], values, outcomes)

    @property
    def missing_shares(self) -> FloatArray:
        shares: FloatArray = self._n_missing / self._n_rows if self._n_rows else self._n_missing
        return shares

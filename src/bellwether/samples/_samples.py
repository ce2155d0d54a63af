"""Samples: features at each bar joined to what happened afterwards."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import BoolArray, FloatArray, IntArray, TimeArray
from bellwether.bars import Panel
from bellwether.features import (
    FeatureEngine,
    FeatureSet,
    compute_cross_section,
    ewma_volatility,
    interval_variances,
    needs_panel,
)
from bellwether.labels import LabelSpec, forward_return, volatility_scaled
from bellwether.samples._errors import SampleShapeMismatch, WindowBeforeHistory

CLOSE = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """One row a (symbol, bar): every bar of every symbol, stacked symbol by symbol.

    Parameters
    ----------
    features : float64 array of shape (n_rows, n_features)
        Unscaled; NaN in the first bars of each symbol, where the lookback is not filled.
    symbol : int64 array of shape (n_rows,)
        Index into `symbols`; the rows of one symbol are adjacent and in order of time.
    bar : int64 array of shape (n_rows,)
        Index of the bar within its symbol, from 0 without holes.
    decided_at, closes_at : datetime64[us] arrays of shape (n_rows,)
        Close of the bar, and close of the bar its label reaches; NaT where still open.
    forward_return : float64 array of shape (n_rows,)
        Return from `decided_at` to `closes_at`; NaN where the label is open.
    target : float64 array of shape (n_rows,)
        The same in units of `volatility sqrt(horizon_bars)`: what models are fitted to.
    volatility : float64 array of shape (n_rows,)
        Standard deviation of one bar's return, known at `decided_at`.
    symbols, feature_names : tuple of str
    horizon_bars : int
    variances : float64 array of shape (n_rows, 3), optional
        `interval_variances` at each bar; None where intervals are to go by `volatility` alone.

    Raises
    ------
    SampleShapeMismatch
        If an array has another number of rows than the features.

    Notes
    -----
    Knows: features and volatility bars up to `decided_at`; returns and targets bars up to
    `closes_at`.
    NaN: marks what is not known; `usable` and `labelled` find the rows without.
    Cost: arrays are kept as they come and only made read-only here, because a panel's
    features may fill half of the memory.
    """

    features: FloatArray
    symbol: IntArray
    bar: IntArray
    decided_at: TimeArray
    closes_at: TimeArray
    forward_return: FloatArray
    target: FloatArray
    volatility: FloatArray
    symbols: tuple[str, ...]
    feature_names: tuple[str, ...]
    horizon_bars: int
    variances: FloatArray | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                if len(value) != len(self.features):
                    raise SampleShapeMismatch(field.name, len(self.features), len(value))
                object.__setattr__(self, field.name, _read_only(value))

    def __len__(self) -> int:
        return len(self.features)

    @property
    def labelled(self) -> BoolArray:
        """Which rows have an outcome, bool of shape (n_rows,)."""
        return np.isfinite(self.target)

    @cached_property
    def instants(self) -> TimeArray:
        """Every instant at which some symbol closed a bar, increasing, shape (n_instants,)."""
        return _read_only(np.unique(self.decided_at))

    @cached_property
    def decided_on(self) -> IntArray:
        """Place of `decided_at` in `instants`, int64 of shape (n_rows,)."""
        return _read_only(np.searchsorted(self.instants, self.decided_at))

    @cached_property
    def closes_on(self) -> IntArray:
        """Place of `closes_at` in `instants`, int64 of shape (n_rows,).

        An open label has the place after the last instant: it is known at none of them.
        """
        places = np.searchsorted(self.instants, self.closes_at)
        return _read_only(np.where(np.isnat(self.closes_at), len(self.instants), places))

    def usable(self, n_steps: int = 1) -> BoolArray:
        """Return which rows a model of some steps can predict from.

        Parameters
        ----------
        n_steps : int, default 1
            Bars in the model's window, the row's own the last of them.

        Returns
        -------
        usable : bool array of shape (n_rows,)
            Whether volatility is known and every feature is finite on each of the last
            `n_steps` bars of the row's symbol.
        """
        rows = np.arange(len(self))
        known = np.isfinite(self.features).all(axis=1) & np.isfinite(self.volatility)
        last_gap = np.maximum.accumulate(np.where(known, -1, rows)) if len(rows) else rows
        n_known = rows - np.maximum(last_gap, rows - self.bar - 1)
        usable: BoolArray = n_known >= n_steps
        return usable

    def windows(self, rows: IntArray, n_steps: int) -> FloatArray:
        """Return the features of the last steps up to each of some rows.

        Parameters
        ----------
        rows : int64 array of shape (n,)
        n_steps : int
            Bars in each window; at least 1.

        Returns
        -------
        windows : float64 array of shape (n, n_steps, n_features)
            Oldest step first; the last step is the row itself.

        Raises
        ------
        WindowBeforeHistory
            If a window begins before its symbol does.
        """
        too_early = np.flatnonzero(self.bar[rows] < n_steps - 1)
        if too_early.size:
            row = int(rows[too_early[0]])
            raise WindowBeforeHistory(row, n_steps, int(self.bar[row]) + 1)
        windows: FloatArray = self.features[rows[:, None] + np.arange(1 - n_steps, 1)]
        return windows


def build_samples(panel: Panel, feature_set: FeatureSet, label: LabelSpec) -> Samples:
    """Compute features, volatility and labels of every bar of a panel.

    Parameters
    ----------
    panel : Panel
    feature_set : FeatureSet
    label : LabelSpec

    Returns
    -------
    samples : Samples
        One row for each bar, the unusable and the unlabelled included.

    Notes
    -----
    Knows: see Samples. Prices are adjusted with the factors known at the panel's last bar.
    """
    n_bars = [len(bars) for bars in panel.bars]
    matrices = [bars.matrix for bars in panel.bars]
    features = compute_features(panel, feature_set)
    spreads = FeatureEngine([ewma_volatility(), *interval_variances()]).compute_panel(matrices)
    volatility = np.ascontiguousarray(spreads[:, 0])
    parts: list[tuple[FloatArray, TimeArray, TimeArray]] = []
    for bars in panel.bars:
        spans = label.spans(bars.closed_at)
        returns = forward_return(bars.matrix[:, CLOSE], label.horizon_bars)
        parts.append((returns, spans.decided_at, spans.closes_at))
    returns, decided_at, closes_at = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Samples(
        features=features,
        symbol=np.repeat(np.arange(len(n_bars)), n_bars),
        bar=np.concatenate([np.arange(n) for n in n_bars]),
        decided_at=decided_at,
        closes_at=closes_at,
        forward_return=returns,
        target=volatility_scaled(returns, volatility, label.horizon_bars),
        volatility=volatility,
        symbols=panel.symbols,
        feature_names=feature_set.names,
        horizon_bars=label.horizon_bars,
        variances=np.ascontiguousarray(spreads[:, 1:]),
    )


def compute_features(panel: Panel, feature_set: FeatureSet) -> FloatArray:
    """Return the features of every bar of a panel, symbol after symbol."""
    if any(map(needs_panel, feature_set.expressions)):
        return np.concatenate(compute_cross_section(panel, feature_set))
    return FeatureEngine(feature_set).compute_panel([bars.matrix for bars in panel.bars])


def _read_only(values: NDArray[Any]) -> NDArray[Any]:
    view = values.view()
    view.flags.writeable = False
    return view

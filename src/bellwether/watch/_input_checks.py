"""Weekly: whether a model is still fed with what it was trained on."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features import FeatureSet, UnknownCatalogue, compute, find_catalogue
from bellwether.monitor import ForeignState, InputReference, check_inputs, instant_text
from bellwether.registry import INPUT_REFERENCE, BundleError, Manifest, ModelRecord
from bellwether.service import BarStoreUnavailable, SnapshotDamaged, UnknownSnapshot, UnknownSymbol
from bellwether.watch._ports import WatchPorts
from bellwether.watch._watch_notes import InputsChecked

WINDOW_BARS = 60
# A weekly look at a large universe needs no more: its symbols move together.
MOST_SYMBOLS = 200
MOST_FEATURES = 5
_MONDAY = np.datetime64("1970-01-05", "us")
_WEEK = np.timedelta64(7, "D")


def week_of(now: np.datetime64) -> int:
    """Return the weeks since the first Monday of 1970."""
    return int((now - _MONDAY) // _WEEK)


def check_all_inputs(
    records: Iterable[ModelRecord],
    known: Mapping[str, InputsChecked],
    ports: WatchPorts,
    *,
    now: np.datetime64,
    level: float,
) -> tuple[InputsChecked, ...]:
    """Check the inputs of every model that was not checked this week.

    Parameters
    ----------
    records : iterable of ModelRecord
    known : mapping of str to InputsChecked
        Last check of each model.
    ports : WatchPorts
    now : numpy.datetime64
    level : float
        Chance of a false alarm of one check.

    Returns
    -------
    checks : tuple of InputsChecked
        Models without a reference, or without bars, are left out.

    Notes
    -----
    Knows: bars that have closed by `now`.
    Cost: about 3 ms a symbol, of at most 200, once a week.
    """
    week = week_of(now)
    due = [one for one in records if one.model_id not in known or known[one.model_id].week < week]
    checks = (_check(record, ports, now=now, level=level) for record in due)
    return tuple(check for check in checks if check is not None)


def _check(
    record: ModelRecord, ports: WatchPorts, *, now: np.datetime64, level: float
) -> InputsChecked | None:
    found = _find_reference(record, ports)
    if found is None:
        return None
    reference, features = found
    chosen = _spread(record.symbols)
    parts = [_recent(one, record.market.interval, features, ports, now) for one in chosen]
    there = [part for part in parts if part is not None and np.isfinite(part).all(axis=1).any()]
    if not there:
        return None
    check = check_inputs(reference, np.concatenate(there), level)
    return InputsChecked(
        model_id=record.model_id,
        week=week_of(now),
        at=instant_text(now),
        n_symbols=len(there),
        n_bars=WINDOW_BARS,
        drifted=tuple(one.name for one in check.drifted),
        features=tuple(asdict(one) for one in check.features[:MOST_FEATURES]),
    )


def _find_reference(
    record: ModelRecord, ports: WatchPorts
) -> tuple[InputReference, FeatureSet] | None:
    try:
        manifest = ports.bundles.load(record).manifest
        content = manifest.metrics.get(INPUT_REFERENCE)
        features = _features_of(manifest)
        if features is None or not isinstance(content, Mapping):
            return None
        reference = InputReference.from_json(content)
    except (BundleError, ForeignState):
        return None  # a bundle that cannot be loaded is told by whoever asks it
    return (reference, features) if reference.names == features.names else None


def _features_of(manifest: Manifest) -> FeatureSet | None:
    try:
        features = find_catalogue(manifest.feature_set["name"])
    except (KeyError, UnknownCatalogue):
        return None
    return features if features.digest == manifest.feature_set["digest"] else None


def _spread(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """Return at most so many symbols, evenly spread over their names, always the same."""
    ordered = sorted(symbols)
    if len(ordered) <= MOST_SYMBOLS:
        return tuple(ordered)
    places = np.linspace(0, len(ordered) - 1, MOST_SYMBOLS).astype(int)
    return tuple(ordered[place] for place in places)


def _recent(
    symbol: str, interval: str, features: FeatureSet, ports: WatchPorts, now: np.datetime64
) -> FloatArray | None:
    try:
        snapshot = ports.bars.latest(symbol, interval)
        n_bars = features.lookback_bars + 2 * WINDOW_BARS
        bars = ports.bars.load(snapshot.digest, n_bars).bars
    except (UnknownSymbol, UnknownSnapshot, SnapshotDamaged, BarStoreUnavailable):
        return None
    closed = bars.matrix[: int(np.searchsorted(bars.closed_at, now, side="right"))]
    return compute(features, closed)[-WINDOW_BARS:] if len(closed) > WINDOW_BARS else None

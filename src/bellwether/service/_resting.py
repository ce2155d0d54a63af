"""What rests on bars that a vendor has changed since: models, verdicts, open forecasts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars import Bars, Panel
from bellwether.registry import ModelRecord, Stage
from bellwether.service._bar_changes import find_altered
from bellwether.service._bar_errors import SnapshotDamaged, UnknownSymbol
from bellwether.service._bar_store import BarStore, list_backwards
from bellwether.service._snapshots import Snapshot
from bellwether.service._window import WINDOW_BARS, cut_window, digest_window

_HELD = 8
_BY_STAGE = (Stage.CHAMPION, Stage.PREVIOUS, Stage.CANDIDATE, Stage.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForecast:
    """A forecast whose outcome is not known yet.

    Parameters
    ----------
    name : str
        Id of an answer, or key of a paper forecast.
    is_paper : bool
        Whether nobody asked for it.
    symbol, interval : str
    horizon_bars : int
    as_of : numpy.datetime64
        Close of the last bar it knew, UTC.
    bars_digest : str
        What `digest_window` gave for its bars.
    """

    name: str
    is_paper: bool
    symbol: str
    interval: str
    horizon_bars: int
    as_of: np.datetime64
    bars_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingModel:
    """A model that was trained on bars which are others now.

    Parameters
    ----------
    model_id, universe : str
    symbols : tuple of str
    horizon_bars : int
    stage : Stage
    decision : str or None
        Of its verdict.
    n_altered : int
        Changed bars among those it was trained on.
    n_judged : int
        Changed bars among those its verdict rests on.
    """

    model_id: str
    universe: str
    symbols: tuple[str, ...]
    horizon_bars: int
    stage: Stage
    decision: str | None
    n_altered: int
    n_judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingForecast:
    """An open forecast that was computed from bars which are others now.

    Parameters
    ----------
    forecast : OpenForecast
    n_altered : int
        Changed bars among the last 504 that it knew.
    """

    forecast: OpenForecast
    n_altered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """What rests on bars of a market that were changed since.

    Parameters
    ----------
    symbol, interval : str
    models : tuple of RestingModel
        Those that serve first.
    forecasts : tuple of RestingForecast
        The oldest first.
    """

    symbol: str
    interval: str
    models: tuple[RestingModel, ...] = ()
    forecasts: tuple[RestingForecast, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.models or self.forecasts)

    @property
    def n_verdicts(self) -> int:
        """How many of the models' verdicts rest on changed bars."""
        return sum(one.n_judged > 0 for one in self.models)

    def to_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        models = [
            {**asdict(one), "symbols": list(one.symbols), "stage": one.stage.value}
            for one in self.models
        ]
        forecasts = [
            {
                **asdict(one.forecast),
                "as_of": f"{one.forecast.as_of}Z",
                "n_altered": one.n_altered,
            }
            for one in self.forecasts
        ]
        return {
            "symbol": self.symbol,
            "interval": self.interval,
            "models": models,
            "n_verdicts": self.n_verdicts,
            "forecasts": forecasts,
        }


def find_resting(
    latest: Snapshot,
    store: BarStore,
    records: Iterable[ModelRecord],
    forecasts: Iterable[OpenForecast],
) -> Resting:
    """Return what rests on bars of a market that its latest snapshot has otherwise.

    Parameters
    ----------
    latest : Snapshot
        The latest of its market.
    store : BarStore
    records : iterable of ModelRecord
        Any; retired ones and those of other markets are passed over.
    forecasts : iterable of OpenForecast
        Any; those of other markets are passed over.

    Returns
    -------
    resting : Resting

    Raises
    ------
    SnapshotDamaged
        If the latest bars cannot be read.
    BarStoreUnavailable
        If the store cannot be read.

    Notes
    -----
    A forecast is known by the digest of its bars to have been computed from a stored snapshot;
    one on bars from elsewhere rests on none. A model of one market is known likewise; any other
    is held against the snapshot that was the latest when it was registered, unless the bars of
    today up to the end of its training have the digest that it was trained on. A dividend, which
    only readjusts, changes no bar.
    """
    history = _History(latest, store)
    if history.is_unaltered:
        return Resting(symbol=latest.symbol, interval=latest.interval)
    models = [history.weigh_model(one) for one in records if history.concerns(one)]
    own = (latest.symbol, latest.interval)
    open_ones = [one for one in forecasts if (one.symbol, one.interval) == own]
    weighed = [history.weigh_forecast(one) for one in open_ones]
    return Resting(
        symbol=latest.symbol,
        interval=latest.interval,
        models=tuple(
            sorted(
                (one for one in models if one is not None),
                key=lambda one: (_BY_STAGE.index(one.stage), one.model_id),
            )
        ),
        forecasts=tuple(
            sorted(
                (one for one in weighed if one is not None),
                key=lambda one: (one.forecast.as_of, one.forecast.name),
            )
        ),
    )


class _History:
    """The snapshots of a market, and what was changed from each of them to the latest."""

    def __init__(self, latest: Snapshot, store: BarStore) -> None:
        self._latest = latest
        self._store = store
        self._backwards = list_backwards(store, latest.symbol, latest.interval)
        self._held: dict[str, Bars | None] = {}
        self._altered: dict[str, TimeArray] = {}

    @property
    def is_unaltered(self) -> bool:
        """Whether no import but the first ever changed a bar of the past."""
        return all(one.change.keeps_the_past for one in self._backwards[:-1])

    def concerns(self, record: ModelRecord) -> bool:
        """Whether a model was trained on the market, and is not retired."""
        return (
            self._latest.symbol in record.symbols
            and record.market.interval == self._latest.interval
            and record.stage is not Stage.RETIRED
        )

    def weigh_model(self, record: ModelRecord) -> RestingModel | None:
        """Return how many of its bars were changed; None where none was."""
        altered = self._find_altered(self._find_base(record))
        n_altered = _count(altered, record.trained_at)
        if not n_altered or self._stands(record):
            return None
        verdict = record.verdict or {}
        judged = verdict.get("last_closed_at")
        until = None if judged is None else np.datetime64(str(judged).rstrip("Z"), "us")
        decision = verdict.get("decision")
        return RestingModel(
            model_id=record.model_id,
            universe=record.market.universe,
            symbols=record.symbols,
            horizon_bars=record.market.horizon_bars,
            stage=record.stage,
            decision=None if decision is None else str(decision),
            n_altered=n_altered,
            n_judged=0 if until is None else _count(altered, until),
        )

    def weigh_forecast(self, forecast: OpenForecast) -> RestingForecast | None:
        """Return how many of its bars were changed; None where none was."""
        for snapshot in self._backwards:
            if not snapshot.first_closed_at <= forecast.as_of <= snapshot.last_closed_at:
                continue
            bars = self._load(snapshot)
            window = None if bars is None else cut_window(bars, forecast.as_of)
            if window is None or digest_window(window) != forecast.bars_digest:
                continue
            since = window.closed_at[-WINDOW_BARS:][0]
            altered = self._find_altered(snapshot)
            n_altered = _count(altered[altered >= since], forecast.as_of)
            return RestingForecast(forecast=forecast, n_altered=n_altered) if n_altered else None
        return None

    def _find_base(self, record: ModelRecord) -> Snapshot:
        """Return the snapshot that a model was trained on, as far as it can be told."""
        if record.symbols == (self._latest.symbol,):
            for snapshot in self._backwards:
                bars = self._load(snapshot)
                if bars is not None and _is_of([bars], record):
                    return snapshot
        known = (one for one in self._backwards if one.imported_at < record.registered_at)
        return next(known, self._backwards[-1])

    def _find_altered(self, base: Snapshot) -> TimeArray:
        found = self._altered.get(base.digest)
        if found is None:
            found = self._altered[base.digest] = self._compare(base)
        return found

    def _compare(self, base: Snapshot) -> TimeArray:
        none = np.empty(0, dtype="datetime64[us]")
        since = self._backwards[: self._backwards.index(base)]
        if all(one.change.keeps_the_past for one in since):
            return none
        old = self._load(base)
        return none if old is None else find_altered(old, self._load_latest())

    def _stands(self, record: ModelRecord) -> bool:
        """Whether the stored bars of today are still the very ones of a training."""
        try:
            found = [self._store.latest(one, record.market.interval) for one in record.symbols]
            return _is_of([self._store.load(one.digest).bars for one in found], record)
        except (UnknownSymbol, SnapshotDamaged):
            return False

    def _load_latest(self) -> Bars:
        return self._store.load(self._latest.digest).bars

    def _load(self, snapshot: Snapshot) -> Bars | None:
        """Return the bars of a snapshot; None where they are damaged."""
        if snapshot.digest not in self._held:
            try:
                bars = self._store.load(snapshot.digest).bars
            except SnapshotDamaged:
                bars = None
            while len(self._held) >= _HELD:
                self._held.pop(next(iter(self._held)))
            self._held[snapshot.digest] = bars
        return self._held[snapshot.digest]


def _is_of(bars: Sequence[Bars], record: ModelRecord) -> bool:
    """Whether bars up to the end of a model's training are those that it was trained on."""
    ends = [int(np.searchsorted(one.closed_at, record.trained_at, side="right")) for one in bars]
    cut = tuple(one[:end] for one, end in zip(bars, ends, strict=True))
    return all(ends) and Panel(bars=cut).digest == record.snapshot_digest


def _count(altered: TimeArray, until: np.datetime64) -> int:
    return int(np.searchsorted(altered, until, side="right"))

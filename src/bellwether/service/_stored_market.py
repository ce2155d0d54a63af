"""Predict by symbol: the use case that answers on stored bars."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from bellwether.bars import COLUMNS, Bars, SessionCalendar
from bellwether.service._announce import OLDER_BARS, announce
from bellwether.service._bar_errors import BarStoreUnavailable, SnapshotDamaged
from bellwether.service._bar_store import BarStore, list_backwards
from bellwether.service._facts import Prediction, Rung, Step
from bellwether.service._ladder import Fault, LadderOptions, climb
from bellwether.service._predict import predict
from bellwether.service._predict_options import PredictOptions, PredictPorts
from bellwether.service._question import Question
from bellwether.service._reasons import FallbackReason
from bellwether.service._snapshots import Snapshot
from bellwether.service._window import SERVED_BARS, WINDOW_BARS

_SESSIONS_BEFORE = 10
_UNAVAILABLE = FallbackReason.BARS_UNAVAILABLE
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredMarket:
    """A market's latest bars as they are answered on.

    Parameters
    ----------
    symbol, interval : str
    snapshot : Snapshot or None
        What the bars are of; None where none can be read.
    bars : Bars
        The last of them; none where none can be read.
    calendar : SessionCalendar or None
        Sessions of the market around them.
    trouble : str or None
        Why these are not the newest stored bars.
    """

    symbol: str
    interval: str
    snapshot: Snapshot | None
    bars: Bars
    calendar: SessionCalendar | None
    trouble: str | None = None

    def ask(self, horizon_bars: int, why_seconds: float | None = None) -> Question:
        """Return the question about what follows the last bar."""
        columns = {name: getattr(self.bars, name) for name in ("closed_at", *COLUMNS, "adjustment")}
        return Question(
            symbol=self.symbol,
            interval=self.interval,
            horizon_bars=horizon_bars,
            columns=columns,
            calendar=self.calendar,
            why_seconds=why_seconds,
        )

    def hold(self, horizon_bars: int) -> Prediction | None:
        """Return HOLD where nobody may answer, whoever would be asked; else None."""
        if self.snapshot is None:
            fault = Fault(reason=_UNAVAILABLE, detail=self.trouble or "")
        elif self.snapshot.broken is not None:
            reason = FallbackReason.DATA_CONTRACT_BROKEN
            fault = Fault(reason=reason, detail=self.snapshot.broken)
        else:
            return None
        landing = climb([(Rung.HOLD, fault)], LadderOptions())
        return announce(self.bars, horizon_bars, landing, None)

    def label(self, prediction: Prediction) -> Prediction:
        """Return an answer that says so where it does not rest on the newest stored bars."""
        if self.trouble is None or self.snapshot is None:
            return prediction
        step = Step(rung=prediction.rung, reason=_UNAVAILABLE, detail=self.trouble)
        reasons = (*prediction.reasons, OLDER_BARS)
        if prediction.rung is Rung.HOLD:
            return replace(prediction, reasons=reasons, steps=(step, *prediction.steps))
        return replace(
            prediction,
            reasons=reasons,
            steps=(*prediction.steps, step),
            fallback_reason=prediction.fallback_reason or _UNAVAILABLE,
        )


def open_market(
    symbol: str, interval: str, *, store: BarStore, last_bars: int | None = SERVED_BARS
) -> StoredMarket:
    """Return a market's latest bars, or the latest before them that are still true.

    Parameters
    ----------
    symbol, interval : str
    store : BarStore
    last_bars : int or None, default 600
        How many; all where None.

    Returns
    -------
    market : StoredMarket
        Where the latest snapshot cannot be read, the one before it, as long as nothing of that
        was revised since; without any bars where none is left.

    Raises
    ------
    UnknownSymbol
        If no bars of the market were ever stored.
    """
    try:
        latest = store.latest(symbol, interval)
    except (SnapshotDamaged, BarStoreUnavailable) as error:
        return without_bars(symbol, interval, error)
    found: StoredMarket | SnapshotDamaged | BarStoreUnavailable
    found = _read(latest, store, last_bars)
    if isinstance(found, StoredMarket):
        return found
    _log.warning("reason=%s symbol=%s: %s", _UNAVAILABLE, symbol, found)
    older = _find_older(latest, store, last_bars)
    if older is None:
        return without_bars(symbol, interval, found)
    return replace(older, trouble=_say(found))


def without_bars(
    symbol: str, interval: str, error: SnapshotDamaged | BarStoreUnavailable
) -> StoredMarket:
    """Return a market of which no bars can be had, and why.

    Parameters
    ----------
    symbol, interval : str
    error : SnapshotDamaged or BarStoreUnavailable
    """
    nothing = np.empty(0)
    bars = Bars(
        symbol=symbol,
        interval=interval,
        closed_at=nothing.astype("datetime64[us]"),
        **dict.fromkeys(COLUMNS, nothing),
    )
    return StoredMarket(
        symbol=symbol,
        interval=interval,
        snapshot=None,
        bars=bars,
        calendar=None,
        trouble=_say(error),
    )


def predict_symbol(
    symbol: str,
    interval: str = "1d",
    *,
    store: BarStore,
    ports: PredictPorts,
    options: PredictOptions | None = None,
    why_seconds: float | None = None,
) -> Prediction:
    """Return a valid answer about the bars that follow a market's latest stored ones.

    Parameters
    ----------
    symbol : str
    interval : str, default "1d"
    store : BarStore
    ports : PredictPorts
    options : PredictOptions, optional
    why_seconds : float, optional
        How long telling which features moved the answer may take; it is not told by default.

    Returns
    -------
    prediction : Prediction
        As `predict`; HOLD where the stored bars cannot be read or a row behind the last one was
        refused, and labelled where it rests on bars before the newest.

    Raises
    ------
    UnknownSymbol
        If no bars of the market were ever stored.
    """
    options = PredictOptions() if options is None else options
    market = open_market(symbol, interval, store=store)
    held = market.hold(options.horizon_bars)
    if held is not None:
        return held
    answer = predict(
        market.bars,
        ports=ports,
        calendar=market.calendar,
        options=options,
        why_seconds=why_seconds,
    )
    return market.label(answer)


def _read(
    snapshot: Snapshot, store: BarStore, last_bars: int | None
) -> StoredMarket | SnapshotDamaged | BarStoreUnavailable:
    try:
        imported = store.load(snapshot.digest, last_bars)
    except (SnapshotDamaged, BarStoreUnavailable) as error:
        return error
    return StoredMarket(
        symbol=snapshot.symbol,
        interval=snapshot.interval,
        snapshot=snapshot,
        bars=imported.bars,
        calendar=_cut_calendar(imported.calendar, imported.bars),
    )


def _find_older(latest: Snapshot, store: BarStore, last_bars: int | None) -> StoredMarket | None:
    """Return the latest readable snapshot whose bars none of the later ones took back."""
    newer = latest
    for snapshot in list_backwards(store, latest.symbol, latest.interval):
        if snapshot.number >= latest.number:
            continue
        if not newer.change.keeps_the_past or newer.change.previous != snapshot.digest:
            return None
        found = _read(snapshot, store, last_bars)
        if isinstance(found, StoredMarket):
            return found
        newer = snapshot
    return None


def _cut_calendar(calendar: SessionCalendar, bars: Bars) -> SessionCalendar:
    """Return the sessions from shortly before the window that decides whether to answer."""
    first = np.searchsorted(calendar.closes_at, bars.closed_at[-WINDOW_BARS:][0])
    start = min(max(int(first) - _SESSIONS_BEFORE, 0), len(calendar) - 1)
    return SessionCalendar(name=calendar.name, closes_at=calendar.closes_at[start:])


def _say(error: SnapshotDamaged | BarStoreUnavailable) -> str:
    """Return what is wrong for whoever asks; where the store is, is not their affair."""
    told = f"{error.place}: {error.was}" if isinstance(error, SnapshotDamaged) else error.was
    return told[:300]

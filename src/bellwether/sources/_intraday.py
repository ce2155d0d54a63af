"""Bars shorter than a day against the places that sessions have for them."""

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars import Anchor, Bars, Finding, Sessions, Severity, length_of

ANCHORS: tuple[Anchor, ...] = ("open", "clock")
LEAST_FITTING = 0.9
MANY_MISSING = 0.05


def note_missing_bars(bars: Bars, sessions: Sessions) -> tuple[Finding, ...]:
    """Say how many bars are missing within sessions that have some.

    Parameters
    ----------
    bars : Bars
    sessions : Sessions
        With their hours.

    Returns
    -------
    findings : tuple of Finding
        One or none: none for days and longer, where nothing is missing, or where bars close at
        no regular places. Sessions without any bar are told as missing sessions, and left out.

    Notes
    -----
    Bars are counted from the session's open or from the clock, whichever more of them fit. A
    market in which nobody trades for a minute has no bar of it: that is worth knowing, no error.
    """
    if length_of(bars.interval) is None or len(bars) < 2:
        return ()
    first, last = np.searchsorted(sessions.closes_at, bars.closed_at[[0, -1]]).tolist()
    near = sessions[slice(first, last + 1)]
    if not len(near.days):
        return ()
    grids = [near.slots(bars.interval, anchor).ends_at for anchor in ANCHORS]
    fits = [float(np.mean(np.isin(bars.closed_at, grid))) for grid in grids]
    best = int(np.argmax(fits))
    if fits[best] < LEAST_FITTING:
        return ()
    slots = near.slots(bars.interval, ANCHORS[best])
    is_there = np.isin(slots.ends_at, bars.closed_at)
    within = (slots.ends_at >= bars.closed_at[0]) & (slots.ends_at <= bars.closed_at[-1])
    within &= np.isin(slots.session, slots.session[is_there])
    missing = slots.ends_at[within & ~is_there]
    if not missing.size:
        return ()
    return (_tell(bars, sessions.name, missing, int(np.count_nonzero(within))),)


def _tell(bars: Bars, name: str, missing: TimeArray, n_places: int) -> Finding:
    share = missing.size / n_places
    days, counts = np.unique(missing.astype("datetime64[D]"), return_counts=True)
    worst = int(np.argmax(counts))
    what = (
        f"{missing.size} of {n_places} bars of {bars.interval} that sessions of {name} have are "
        f"not there ({100 * share:.2g} %), most of them, {counts[worst]}, on {days[worst]}"
    )
    severity = Severity.WARNING if share > MANY_MISSING else Severity.NOTE
    where = str(np.datetime_as_string(missing[0], unit="m"))
    return Finding(code="missing-bars", where=where, what=what, severity=severity)

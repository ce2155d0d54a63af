"""Imported bars put together to longer ones, and held against the same market's sessions."""

from dataclasses import replace

import numpy as np

from bellwether.bars import (
    Anchor,
    BarsImport,
    Finding,
    Reading,
    Resampled,
    ResamplingImpossible,
    Sessions,
    UnknownCalendar,
    assess,
    resample,
    trading_days,
)
from bellwether.sources._calendars import choose_sessions

WEEKS = " weeks"


def resample_import(
    imported: BarsImport,
    interval: str,
    *,
    anchor: Anchor | None = None,
    now: np.datetime64 | None = None,
) -> BarsImport:
    """Return imported bars as longer ones, with a report of their own.

    Parameters
    ----------
    imported : BarsImport
    interval : str
        "15m", "4h", "1d" or "1w".
    anchor : str, optional
        From where bars within a day are counted: "open" or "clock"; by default the session's
        open, unless the bars lie across that.
    now : datetime64, optional
        UTC instant of the question.

    Returns
    -------
    imported : BarsImport
        The digest of the source stays: it is what was read.

    Raises
    ------
    ResamplingImpossible
        If the interval is not longer, no new bar is whole, or the bars have no calendar with
        sessions.

    Notes
    -----
    Knows: as `resample`.
    """
    sessions = _find_sessions(imported)
    found, used = _resample(imported, interval, sessions, anchor)
    if not len(found.bars):
        raise ResamplingImpossible(
            f"bars of {imported.bars.symbol} that make up one of {interval}",
            f"{len(imported.bars)} of {imported.bars.interval}, and no whole one",
            "take more bars, or ask for shorter ones",
        )
    where = str(found.bars.closed_at[0].astype("datetime64[D]"))
    told = f"{found.words}; counted from {'the open' if used == 'open' else 'the clock'}"
    calendar = sessions.calendar(interval)
    reading = Reading(
        n_read=len(found.bars),
        refusals=imported.quality.refusals,
        findings=(Finding(code="resampled", where=where, what=told),),
    )
    quality = assess(found.bars, calendar, now=now, reading=reading)
    return replace(imported, bars=found.bars, calendar=calendar, quality=quality)


def _find_sessions(imported: BarsImport) -> Sessions:
    name = imported.calendar.name.removesuffix(WEEKS)
    days = np.unique(trading_days(imported.bars))
    try:
        return choose_sessions(name, days, imported.bars.closed_at[-1])
    except UnknownCalendar as fault:
        raise ResamplingImpossible(
            "bars held against a calendar of sessions", repr(name), "name one with --calendar"
        ) from fault


def _resample(
    imported: BarsImport, interval: str, sessions: Sessions, anchor: Anchor | None
) -> tuple[Resampled, Anchor]:
    if anchor is not None:
        return resample(imported.bars, interval, sessions, anchor=anchor), anchor
    try:
        return resample(imported.bars, interval, sessions), "open"
    except ResamplingImpossible:
        return resample(imported.bars, interval, sessions, anchor="clock"), "clock"

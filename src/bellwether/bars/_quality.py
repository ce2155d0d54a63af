"""The quality report: what was read, what was refused, and what looks wrong in the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from bellwether.arrays import TimeArray, frozen_times
from bellwether.bars._bars import Bars
from bellwether.bars._calendar import Freshness, SessionCalendar
from bellwether.bars._coverage import market_coverage
from bellwether.bars._finding import Finding
from bellwether.bars._findings import find_oddities
from bellwether.bars._layout import Layout
from bellwether.bars._stretches import frozen_share

LATEST_SESSIONS = 20
SURVIVORSHIP_NOTICE = (
    "These bars are of a market that somebody still lists. Those that vanished are not here, so "
    "returns measured on a choice of such markets flatter every strategy."
)


class Grade(StrEnum):
    """How far the bars can be relied upon; POOR bars give HOLD, never a signal."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, kw_only=True)
class RowRefusal:
    """A row of the source that did not become a bar.

    Parameters
    ----------
    line : int
        Line of the file, or row of the frame, counted from 1; the header of a file is line 1.
    reason : str
        What is wrong with it, in plain words.
    text : str
        The row as it stands in the source.
    at : numpy.datetime64 or None
        UTC instant at which its bar would have closed; for a row without a readable date, right
        after the bar it stands behind. None where not even that can be told.
    """

    line: int
    reason: str
    text: str
    at: np.datetime64 | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What happened between a source's rows and the bars.

    Parameters
    ----------
    n_read : int
        Rows the source holds for this symbol.
    refusals : tuple of RowRefusal
        Rows that did not become bars, by line.
    findings : tuple of Finding
        What was put right on the way (disorder, repeats).
    """

    n_read: int
    refusals: tuple[RowRefusal, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class QualityReport:
    """What is known about the quality of one symbol's bars.

    Parameters
    ----------
    symbol, interval : str
    calendar : str
        Name of the sessions the bars were held against.
    n_read, n_kept : int
        Rows read, and bars made of them; the difference is in `refusals`.
    refusals : tuple of RowRefusal
        Rows that did not become bars, by line.
    missing : datetime64[us] array of shape (n_missing,)
        Closes of the sessions between the first and the last bar without a bar.
    findings : tuple of Finding
        Spliced series, suspected splits, large moves, gaps, frozen closes, disorder and so on;
        the gravest first.
    grade : Grade
    freshness : Freshness or None
        Age of the last bar; None where nobody said what time it is.
    market_coverage : mapping of str to float
        Share of the bars in "bull", "bear" and "ranging" stretches.
    survivorship : str
        Notice of what a list of living markets cannot show.
    """

    symbol: str
    interval: str
    calendar: str
    n_read: int
    n_kept: int
    refusals: tuple[RowRefusal, ...]
    missing: TimeArray
    findings: tuple[Finding, ...]
    grade: Grade
    freshness: Freshness | None
    market_coverage: Mapping[str, float]
    survivorship: str = SURVIVORSHIP_NOTICE

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", frozen_times(self.missing))
        coverage = MappingProxyType(dict(self.market_coverage))
        object.__setattr__(self, "market_coverage", coverage)

    @property
    def missing_frac(self) -> float:
        """Share of the sessions from the first bar to the last that have no bar."""
        return self.missing.size / max(self.missing.size + self.n_kept, 1)

    def find_refused(self, after: np.datetime64, until: np.datetime64) -> tuple[RowRefusal, ...]:
        """List the rows that were refused between two instants, by line.

        Parameters
        ----------
        after, until : datetime64
            UTC; the first is left out, the last belongs to it.

        Returns
        -------
        refusals : tuple of RowRefusal
            With the close of the last bar and the time of the question: what was thrown away
            at the end, where an answer would rest on it.
        """
        return tuple(row for row in self.refusals if row.at is not None and after < row.at <= until)

    def to_json(self) -> dict[str, object]:
        """Return the report as values that have a JSON, instants as ISO 8601 with Z."""
        return {
            "symbol": self.symbol,
            "interval": self.interval,
            "calendar": self.calendar,
            "n_read": self.n_read,
            "n_kept": self.n_kept,
            "refusals": [
                {"line": row.line, "reason": row.reason, "text": row.text} for row in self.refusals
            ],
            "missing": [f"{np.datetime_as_string(at, unit='s')}Z" for at in self.missing],
            "findings": [found.to_json() for found in self.findings],
            "grade": self.grade.value,
            "freshness": None if self.freshness is None else self.freshness.value,
            "market_coverage": dict(self.market_coverage),
            "survivorship": self.survivorship,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class BarsImport:
    """Bars as they came in: with their quality, their sessions and the name of the source.

    Parameters
    ----------
    bars : Bars
    quality : QualityReport
    calendar : SessionCalendar
        The sessions the bars were held against, reaching past the last bar.
    source_digest : str
        SHA-256 of what was read, before anything was made of it.
    source : str
        What was read: a path, a place within an archive, a frame; empty where nobody said.
    layout : Layout or None
        How it was written, and what decided about it.
    """

    bars: Bars
    quality: QualityReport
    calendar: SessionCalendar = field(repr=False)
    source_digest: str
    source: str = ""
    layout: Layout | None = None

    @property
    def ends_at(self) -> np.datetime64:
        """Close of the last row that tells its time, whether it became a bar or was refused."""
        told = [row.at for row in self.quality.refusals if row.at is not None]
        return max([self.bars.closed_at[-1], *told])


def assess(
    bars: Bars,
    calendar: SessionCalendar,
    *,
    now: np.datetime64 | None = None,
    reading: Reading | None = None,
) -> QualityReport:
    """Assess the quality of bars against the sessions of their market.

    Parameters
    ----------
    bars : Bars
    calendar : SessionCalendar
    now : datetime64, optional
        UTC instant of the question; without it freshness is not graded.
    reading : Reading, optional
        What happened while the bars were read; by default every bar was read as it is.

    Returns
    -------
    report : QualityReport

    Notes
    -----
    Knows: everything in `bars`; nothing of it is meant as a feature.

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> bars = noise_world(1, 300).bars
    >>> sessions = SessionCalendar(name="weekdays", closes_at=bars.closed_at)
    >>> assess(bars, sessions, now=bars.closed_at[-1]).grade.value
    'excellent'
    """
    reading = reading or Reading(n_read=len(bars))
    missing = calendar.find_missing(bars)
    fresh = None if now is None or not len(bars) else calendar.freshness(bars.closed_at[-1], now)
    coverage = market_coverage(bars)
    found = (*reading.findings, *find_oddities(bars, calendar, missing, coverage))
    return QualityReport(
        symbol=bars.symbol,
        interval=bars.interval,
        calendar=calendar.name,
        n_read=reading.n_read,
        n_kept=len(bars),
        refusals=reading.refusals,
        missing=missing,
        findings=tuple(sorted(found, key=lambda one: -one.severity.rank)),
        grade=grade_bars(bars, calendar, missing),
        freshness=fresh,
        market_coverage=coverage,
    )


def grade_bars(bars: Bars, calendar: SessionCalendar, missing: TimeArray) -> Grade:
    """Return the grade of some bars, and nothing else of the report.

    Parameters
    ----------
    bars : Bars
    calendar : SessionCalendar
    missing : datetime64[us] array of shape (n_missing,)
        Sessions without a bar, as `SessionCalendar.find_missing` gives them.

    Returns
    -------
    grade : Grade
        By the contract; bars that mostly stand still are POOR whatever their number.
    """
    n_bars = len(bars)
    if n_bars < 50 or frozen_share(bars) > 0.5:
        return Grade.POOR
    share = missing.size / (missing.size + n_bars)
    if n_bars >= 252 and share < 0.05 and not _misses_latest(bars, calendar, missing):
        return Grade.EXCELLENT
    if n_bars >= 100 and share < 0.05:
        return Grade.GOOD
    return Grade.FAIR if share < 0.2 else Grade.POOR


def _misses_latest(bars: Bars, calendar: SessionCalendar, missing: TimeArray) -> bool:
    if not missing.size:
        return False
    last = int(calendar.find_sessions(bars.closed_at[-1:])[0])
    latest = calendar.closes_at[max(last - LATEST_SESSIONS + 1, 0)]
    return bool((missing >= latest).any())

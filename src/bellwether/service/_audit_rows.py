"""What happened to the rows of a table of forecasts on their way to the bars."""

from collections import defaultdict
from collections.abc import Iterable
from enum import Enum

import numpy as np

from bellwether.arrays import IntArray
from bellwether.service._audit_findings import AuditFinding, FindingKind
from bellwether.service._audit_options import AuditOptions
from bellwether.service._audit_table import ForecastTable


class Fate(Enum):
    """What became of a row."""

    PLACED = 0
    BEFORE = 1
    AHEAD = 2
    NO_BAR = 3
    MOVED = 4
    REPEATED = 5
    CONTRADICTED = 6
    OTHER_STEPS = 7


class RowCounts:
    """Which rows met which fate, each counted once for however many symbols.

    Attributes
    ----------
    shifts : list of int
        For each symbol, the days by which all dates seem to be off.
    unknown, silent : list of str
        Symbols that have forecasts and no bars, and the other way round.
    """

    def __init__(self) -> None:
        self.shifts: list[int] = []
        self.unknown: list[str] = []
        self.silent: list[str] = []
        self._rows: defaultdict[Fate, set[int]] = defaultdict(set)

    def mark(self, fate: Fate, rows: IntArray) -> None:
        """Note what became of some rows."""
        self._rows[fate].update(rows.tolist())

    def n(self, fate: Fate) -> int:
        """Return how many rows met a fate."""
        return len(self._rows[fate])

    def tell(self, table: ForecastTable, options: AuditOptions) -> tuple[AuditFinding, ...]:
        """Return what is worth telling a person, the gravest first."""
        found = [*self._tell_days(table), *self._tell_repeats()]
        told: tuple[tuple[Fate, FindingKind, str, str], ...] = (
            (
                Fate.MOVED,
                FindingKind.MOVED,
                "were written within a bar and count from its close on",
                "where one was known at an earlier close, give that close as its time",
            ),
            (
                Fate.BEFORE,
                FindingKind.NO_BAR,
                "are older than the first bar and were left out",
                "bring earlier bars to have them judged as well",
            ),
            (
                Fate.AHEAD,
                FindingKind.AHEAD_OF_BARS,
                "are about bars after the last one there is and were left out",
                "bring later bars to have them judged as well",
            ),
            (
                Fate.OTHER_STEPS,
                FindingKind.LEFT_OUT,
                f"look another number of bars ahead than {options.horizon_bars}",
                "judge other horizons by themselves with --horizon",
            ),
        )
        for fate, kind, what, remedy in told:
            if n := self.n(fate):
                found.append(AuditFinding(kind=kind, sentence=f"{n:,} rows {what}", remedy=remedy))
        found += _tell_symbols("bars", self.unknown)
        found += _tell_symbols("forecasts", self.silent)
        return tuple(found)

    def _tell_days(self, table: ForecastTable) -> list[AuditFinding]:
        n_wrong, shifts = self.n(Fate.NO_BAR), set(self.shifts)
        if len(shifts) == 1 and (days := next(iter(shifts))):
            early, later = ("early", "later") if days > 0 else ("late", "earlier")
            return [
                AuditFinding(
                    kind=FindingKind.DAY_SHIFTED,
                    sentence=f"every date is a day {early}: a day {later} all rows "
                    f"are bars, as written {n_wrong:,} of {len(table):,} are not",
                    remedy="write the date in the market's own time zone, not in UTC or your own",
                    blocks=True,
                )
            ]
        if not n_wrong:
            return []
        first = np.datetime_as_string(table.days[sorted(self._rows[Fate.NO_BAR])].min(), unit="D")
        return [
            AuditFinding(
                kind=FindingKind.NO_BAR,
                sentence=f"{n_wrong:,} of {len(table):,} rows are at times that are no bar, the "
                f"first {first}; they were left out",
                remedy="check the time zone and the calendar of the times",
            )
        ]

    def _tell_repeats(self) -> Iterable[AuditFinding]:
        if n := self.n(Fate.REPEATED):
            sentence = f"{n:,} rows repeat another and were dropped"
            yield AuditFinding(kind=FindingKind.DUPLICATES, sentence=sentence)
        if n := self.n(Fate.CONTRADICTED):
            yield AuditFinding(
                kind=FindingKind.DUPLICATES,
                sentence=f"{n:,} rows give one time different forecasts, and nobody knows which "
                "came first: all of them were left out",
                remedy="keep the one that was published first",
            )


def _tell_symbols(what: str, symbols: list[str]) -> list[AuditFinding]:
    if not symbols:
        return []
    shown = ", ".join(symbols[:3]) + (f" and {len(symbols) - 3} more" if len(symbols) > 3 else "")
    return [AuditFinding(kind=FindingKind.LEFT_OUT, sentence=f"there are no {what} of {shown}")]

"""A finding: something a reader of the bars should know, and how much it matters."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.bars._bars import Bars


class Severity(StrEnum):
    """How much a finding matters: worth knowing, worth a look, or not to be built on."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Place from the mildest, 0, to the gravest, 2."""
        return _RANKS[self]


_RANKS = {severity: place for place, severity in enumerate(Severity)}


def gravest(*severities: Severity) -> Severity:
    """Return the gravest of some severities; a note where there is none.

    Examples
    --------
    >>> gravest(Severity.NOTE, Severity.ERROR, Severity.WARNING).value
    'error'
    """
    return max(severities, key=lambda one: one.rank, default=Severity.NOTE)


# What a kind of finding means where nothing is said of its extent.
SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        "spliced-series": Severity.ERROR,
        "level-break": Severity.ERROR,
        "suspected-split": Severity.WARNING,
        "reverting-move": Severity.WARNING,
        "scale-error": Severity.WARNING,
        "stray-extreme": Severity.WARNING,
        "erratic-prices": Severity.WARNING,
        "gap": Severity.WARNING,
        "off-session": Severity.WARNING,
        "conflicting-rows": Severity.WARNING,
        "ticker-missing": Severity.WARNING,
        "large-move": Severity.NOTE,
        "frozen-closes": Severity.NOTE,
        "flat-bars": Severity.NOTE,
        "zero-volume": Severity.NOTE,
        "no-volume": Severity.NOTE,
        "scarce-market": Severity.NOTE,
        "unsorted": Severity.NOTE,
        "repeated-rows": Severity.NOTE,
        "calendar-assumed": Severity.NOTE,
        "adjusted": Severity.NOTE,
        "unadjusted": Severity.NOTE,
        "other-company": Severity.NOTE,
        "ticker-changed": Severity.NOTE,
        "delisted": Severity.NOTE,
        "resampled": Severity.NOTE,
        "missing-bars": Severity.NOTE,
    }
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something a reader of the bars should know.

    Parameters
    ----------
    code : str
        What kind of thing it is, such as "suspected-split", "reverting-move", "gap";
        docs/how_to/check-your-bars.md lists them.
    where : str
        The bar's date or time (UTC), or the line of the source.
    what : str
        The evidence, in plain words.
    severity : Severity, optional
        Raised to what its kind means, where that is graver.
    """

    code: str
    where: str
    what: str
    severity: Severity = Severity.NOTE

    def __post_init__(self) -> None:
        least = SEVERITIES.get(self.code, Severity.NOTE)
        object.__setattr__(self, "severity", gravest(least, self.severity))

    def to_json(self) -> dict[str, str]:
        """Return the finding as plain JSON values."""
        return {
            "code": self.code,
            "where": self.where,
            "what": self.what,
            "severity": self.severity.value,
        }


def name_bar(bars: Bars, row: int) -> str:
    """Return a bar's date, or its minute (UTC) where bars are shorter than a day."""
    unit = "D" if bars.interval.endswith(("d", "w")) else "m"
    return str(np.datetime_as_string(bars.closed_at[row], unit=unit))  # type: ignore[call-overload]


def runs(marked: BoolArray, least: int = 1) -> list[tuple[int, int]]:
    """List the first place and the length of each run of so many marked places or more."""
    if not marked.any():
        return []
    padded = np.zeros(len(marked) + 2, dtype=np.bool_)
    padded[1:-1] = marked
    edges = np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)
    long = edges[edges[:, 1] - edges[:, 0] >= least]
    return [(first, end - first) for first, end in long.tolist()]


def multiple_of_usual(values: FloatArray) -> float | None:
    """Return the last value over the median of those before; None where there is no median."""
    usual = float(np.median(values[:-1])) if len(values) > 1 else 0.0
    return float(values[-1]) / usual if usual > 0 else None


def power_of_ten(ratio: float, tolerance: float = 0.15) -> int | None:
    """Return k where a ratio is 10 to the k but for some log tolerance, k not 0; else None.

    Examples
    --------
    >>> power_of_ten(101.0), power_of_ten(0.0996), power_of_ten(5.0), power_of_ten(1.05)
    (2, -1, None, None)
    """
    if not 0.0 < ratio < np.inf:
        return None  # of prices whose ratio no float holds
    power = round(float(np.log10(ratio)))
    near = power != 0 and abs(np.log(ratio) - power * np.log(10.0)) <= tolerance
    return power if near else None


def write_power(power: int) -> str:
    """Return ten to the size of a power, as a person writes it.

    Examples
    --------
    >>> write_power(2), write_power(-3), write_power(400)
    ('100', '1000', '1e400')
    """
    return str(10 ** abs(power)) if abs(power) < 6 else f"1e{abs(power)}"

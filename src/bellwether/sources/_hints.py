"""What a user says about a source that its own bytes leave open."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypedDict

DateOrder: TypeAlias = Literal["day-first", "month-first", "year-first"]
EpochUnit: TypeAlias = Literal["s", "ms", "us", "ns"]
DecimalMark: TypeAlias = Literal["comma", "point"]


class TimeHints(TypedDict, total=False):
    """How times are written: keywords of `read_bars` and `read_all_bars`.

    Notes
    -----
    dates : "day-first", "month-first" or "year-first"
        What 3/4/2020, or 3/4/20, means, where nothing in the source decides it.
    zone : str
        IANA name of the zone that times of day without an offset are in: "America/New_York".
    unit : "s", "ms", "us" or "ns"
        What epoch numbers count, where their size does not decide it.
    decimals : "comma" or "point"
        Which is the decimal mark, where 1,234 may be either number.
    """

    dates: DateOrder | None
    zone: str | None
    unit: EpochUnit | None
    decimals: DecimalMark | None


@dataclass(frozen=True, kw_only=True)
class Hints:
    """How times are written, as far as the user says; None is left to evidence in the source.

    Parameters
    ----------
    dates : "day-first", "month-first", "year-first" or None
    zone : str or None
        IANA name of the zone of times without an offset.
    unit : "s", "ms", "us", "ns" or None
        What epoch numbers count.
    decimals : "comma", "point" or None
        The decimal mark.
    """

    dates: DateOrder | None = None
    zone: str | None = None
    unit: EpochUnit | None = None
    decimals: DecimalMark | None = None


NO_HINTS = Hints()

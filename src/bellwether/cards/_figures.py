"""Figure: a number with its interval, and how it is written wherever it is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from bellwether.cards._format import (
    DASH,
    printable,
    write_any,
    write_chance,
    write_count,
    write_number,
    write_percent,
    write_range,
)
from bellwether.validation import Estimate

Kind = Literal[
    "share",
    "gain",
    "rate",
    "chance",
    "number",
    "fine",
    "correlation",
    "count",
    "wealth",
]

_WRITERS: Mapping[Kind, Callable[[float | None], str]] = MappingProxyType(
    {
        "share": write_percent,
        "gain": lambda value: write_percent(value, signed=True),
        "rate": lambda value: write_percent(value, 2),
        "chance": write_chance,
        "number": write_number,
        "fine": lambda value: write_number(value, 4),
        "correlation": lambda value: write_number(value, 3, signed=True),
        "count": write_count,
        "wealth": write_any,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its 95 % interval, and what kind of number it is.

    Parameters
    ----------
    kind : str
        "share" and "gain" (a fraction, the second with its sign), "rate" (a small fraction),
        "chance" (a probability, never written as certain), "number", "fine" (with four digits),
        "correlation", "count", "wealth" (any size).
    value, low, high : float or None
        None where unknown; no interval where either end is.
    words : str
        Written instead of the number, where there is something to say about its absence.
    """

    kind: Kind
    value: float | None
    low: float | None = None
    high: float | None = None
    words: str = ""

    @property
    def text(self) -> str:
        """The number as a person reads it."""
        return printable(self.words) if self.words else _WRITERS[self.kind](self.value)

    @property
    def interval(self) -> str:
        """Both ends of the interval, or nothing where there is none."""
        ends = write_range(self.low, self.high, _WRITERS[self.kind])
        return "" if ends == DASH else ends

    @property
    def full(self) -> str:
        """The number with its interval in brackets."""
        return f"{self.text} [{self.interval}]" if self.interval else self.text

    def to_json(self) -> dict[str, Any]:
        """Return number, interval and text as JSON values."""
        return {"value": self.value, "low": self.low, "high": self.high, "text": self.text}


def figure_of(kind: Kind, estimate: Estimate | None) -> Figure:
    """Return an estimate as a figure; without a value where there is no estimate."""
    if estimate is None:
        return Figure(kind=kind, value=None)
    return Figure(kind=kind, value=estimate.value, low=estimate.low, high=estimate.high)

"""Lights: at how much evidence something is to be done."""

from dataclasses import dataclass
from typing import Literal

from bellwether.monitor._errors import UnusableMonitorOption

Colour = Literal["ok", "amber", "red"]
_MOST_BARS = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Evidence at which a light changes: bars between two false alarms, at the least.

    Parameters
    ----------
    amber, red : float
        Wanted average run lengths, in bars; amber below red.

    Examples
    --------
    >>> Thresholds().colour(300.0)
    'amber'
    """

    amber: float = 252.0
    red: float = 1260.0

    def __post_init__(self) -> None:
        if not 1.0 <= self.amber <= self.red < _MOST_BARS:
            expected = "at least 1 bar, and not above red"
            raise UnusableMonitorOption("amber", expected, f"{self.amber} with red {self.red}")

    def colour(self, e_value: float) -> Colour:
        """Return the light for an e-value."""
        if e_value >= self.red:
            return "red"
        return "amber" if e_value >= self.amber else "ok"

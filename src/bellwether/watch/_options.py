"""Options of watching."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from bellwether.monitor import ForeignState, Thresholds, UnusableMonitorOption

Reduction = Literal["posterior", "steps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """How a model is watched, and what follows.

    Parameters
    ----------
    thresholds : Thresholds
        Evidence for amber and for red, as bars between two false alarms.
    reduction : {"posterior", "steps"}
        What a model under suspicion may still say: its probability by what is believed of it, or
        its confidence times .85.
    recovery_evidence : float, default 20
        Evidence that a model in the shadow is better than the rules, at which it returns.
    recovering_bars : int, default 21
        Bars after its return on which it is called recovering.
    cost_bps : float, default 5
        Cost of changing a position, in the account.
    symbols_level : float, default .1
        Share of symbols that may be accused wrongly.
    input_level : float, default .01
        Chance of a false alarm of one weekly check of inputs.

    Raises
    ------
    UnusableMonitorOption
        If an option is out of its range.
    """

    thresholds: Thresholds = field(default_factory=Thresholds)
    reduction: Reduction = "posterior"
    recovery_evidence: float = 20.0
    recovering_bars: int = 21
    cost_bps: float = 5.0
    symbols_level: float = 0.1
    input_level: float = 0.01

    def __post_init__(self) -> None:
        if self.reduction not in {"posterior", "steps"}:
            raise UnusableMonitorOption("reduction", "posterior or steps", f"{self.reduction}")
        if not 1.0 < self.recovery_evidence < float("inf"):
            raise UnusableMonitorOption("recovery_evidence", "above 1", f"{self.recovery_evidence}")
        if self.recovering_bars < 0:
            raise UnusableMonitorOption("recovering_bars", "0 or more", f"{self.recovering_bars}")
        for name in ("symbols_level", "input_level"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise UnusableMonitorOption(name, "between 0 and 1", f"{getattr(self, name)}")

    def to_json(self) -> dict[str, Any]:
        """Return the options as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the options that `to_json` came from.

        Raises
        ------
        ForeignState
            If they are none.
        """
        try:
            return cls(**{**content, "thresholds": Thresholds(**content["thresholds"])})
        except (KeyError, TypeError) as error:
            raise ForeignState("stored options of watching", repr(error)) from error

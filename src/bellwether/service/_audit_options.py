"""What an audit is told, and what it may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

import numpy as np

from bellwether.clock import Clock
from bellwether.service._errors import OptionOutOfRange
from bellwether.trials import TrialLog
from bellwether.validation import Evidence, GateOptions

ForecastKind = Literal["return", "price", "direction", "probability", "score"]
KnownAt = Literal["close", "open", "previous-close"]
Gaps = Literal["refuse", "neutral"]
KINDS: tuple[ForecastKind, ...] = get_args(ForecastKind)
EVERY_COLUMN = ""
MOST_HORIZON_BARS = 60


class AuditedEvidence(Protocol):
    """Where evidence is kept, so that a verdict can be recomputed.

    Treaty: evidence is durable when `put` returns; the same evidence may be put again.
    """

    def put(self, evidence: Evidence) -> str:
        """Keep evidence and return its digest."""
        ...


@dataclass(frozen=True, kw_only=True)
class AuditPorts:
    """What an audit needs from outside.

    Parameters
    ----------
    trials : TrialLog
        Where the look is written down before its result is told.
    evidence : AuditedEvidence
    clock : Clock
    """

    trials: TrialLog
    evidence: AuditedEvidence
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class AuditOptions:
    """How forecasts are to be read and judged.

    Parameters
    ----------
    name : str
        What to call the forecaster.
    horizon_bars : int
        Bars each forecast is about, from 1 to 60.
    known_at : {"close", "open", "previous-close"}
        When a row was known: at the close of the bar of its time, so that it is about the bars
        after it; or at that bar's open, about that bar on, and marked from open to open; or at
        the close before it, about that bar on.
    kinds : mapping of str to str
        Kind of each column, of every column under the name ""; recognised where left out.
    gaps : {"refuse", "neutral"}
        What a bar without a forecast is: a reason to refuse, since nobody knows why it is
        missing; or no view, held flat.
    judged_from : datetime64, optional
        Judge bars from this instant on, such as the end of what the forecaster was trained on.
    cost_bps : float
    ic_worth_finding : float
    gate : GateOptions

    Raises
    ------
    OptionOutOfRange
        If an option is not within its range.
    """

    name: str = "forecasts"
    horizon_bars: int = 1
    known_at: KnownAt = "close"
    kinds: Mapping[str, ForecastKind] = field(default_factory=dict)
    gaps: Gaps = "refuse"
    judged_from: np.datetime64 | None = None
    cost_bps: float = 5.0
    ic_worth_finding: float = 0.10
    gate: GateOptions = field(default_factory=GateOptions)

    def __post_init__(self) -> None:
        if not 1 <= self.horizon_bars <= MOST_HORIZON_BARS:
            expected = f"from 1 to {MOST_HORIZON_BARS}"
            raise OptionOutOfRange("horizon_bars", expected, self.horizon_bars)
        if self.known_at not in get_args(KnownAt):
            raise OptionOutOfRange("known_at", ", ".join(get_args(KnownAt)), self.known_at)
        if self.gaps not in get_args(Gaps):
            raise OptionOutOfRange("gaps", ", ".join(get_args(Gaps)), self.gaps)
        for kind in self.kinds.values():
            if kind not in KINDS:
                raise OptionOutOfRange("kind", ", ".join(KINDS), kind)
        if not 0.0 <= self.cost_bps < np.inf:
            raise OptionOutOfRange("cost_bps", "at least 0, and finite", self.cost_bps)

    def kind_of(self, column: str) -> ForecastKind | None:
        """Return the kind a column was said to have; None where it is to be recognised."""
        return self.kinds.get(column, self.kinds.get(EVERY_COLUMN))

"""What is known of one watched model: a value, and nothing but a fold over the journal."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from bellwether.monitor import (
    CONDITIONS,
    AccountState,
    Agreement,
    Belief,
    Benchmark,
    Condition,
    DetectorState,
    ForeignState,
    RecoveryState,
    SettledBet,
    Standing,
)

WINDOW_BARS = 252


class RecentBar(NamedTuple):
    """What was settled with one bar: directions, those that were right, and the rules' own."""

    as_of: str
    n_hits: int
    n_settled: int
    n_rules_hits: int
    n_rules_settled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledVoice:
    """What a model said about one symbol, and what became of it.

    Parameters
    ----------
    bet : SettledBet
    confidence : float
    """

    bet: SettledBet
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChange:
    """A change of what follows for a model, with its evidence; a WATCH note of the journal.

    Parameters
    ----------
    model_id : str
    number : int
        Its place among the model's changes, from 1.
    as_of : str
        Bar that changed it, ISO 8601, UTC.
    before : {"ok", "amber", "red", "recovering"}
    standing : Standing
        From then on.
    facts : mapping
        E-values, implied false alarms a year, effective sizes, accuracy: JSON values.
    """

    model_id: str
    number: int
    as_of: str
    before: Condition
    standing: Standing
    facts: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the change that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            return cls(**{**content, "standing": Standing.from_json(content["standing"])})
        except (KeyError, TypeError) as error:
            raise ForeignState("a stored change of a standing", repr(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWatch:
    """All that is remembered of one model.

    Parameters
    ----------
    model_id : str
    horizon_bars : int
    benchmark : Benchmark
        What it is held to.
    condition : {"ok", "amber", "red", "recovering"}
    answers : bool
        Whether it may answer.
    hits, scores : DetectorState
        Of all symbols together.
    symbols : mapping of str to DetectorState
        Of scores of each symbol; empty where there is one only.
    belief : Belief
    recovery : RecoveryState or None
        Since the alarm, while it is red.
    hits_agreement, scores_agreement : Agreement
    account : AccountState
    recent : tuple of RecentBar
        The last 252 bars, the oldest first.
    as_of : str
        Last settled bar, ISO 8601, UTC; empty where none is.
    n_bars, n_settled, n_given_up : int
    n_effective : float
        Independent outcomes among the settled ones.
    n_changes : int
    changed_bars : int
        Bars since the last change of condition.
    """

    model_id: str
    horizon_bars: int
    benchmark: Benchmark
    condition: Condition = "ok"
    answers: bool = True
    hits: DetectorState
    scores: DetectorState
    symbols: Mapping[str, DetectorState] = field(default_factory=dict)
    belief: Belief
    recovery: RecoveryState | None = None
    hits_agreement: Agreement
    scores_agreement: Agreement
    account: AccountState = field(default_factory=AccountState)
    recent: tuple[RecentBar, ...] = ()
    as_of: str = ""
    n_bars: int = 0
    n_settled: int = 0
    n_given_up: int = 0
    n_effective: float = 0.0
    n_changes: int = 0
    changed_bars: int = 0

    @property
    def evidence(self) -> float:
        """That the model is below its floor: the mean of what hits and scores say."""
        return (self.hits.e_value + self.scores.e_value) / 2.0

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        kept = {
            name: getattr(self, name)
            for name in (
                "model_id",
                "horizon_bars",
                "condition",
                "answers",
                "as_of",
                "n_bars",
                "n_settled",
                "n_given_up",
                "n_effective",
                "n_changes",
                "changed_bars",
            )
        }
        parts = {name: getattr(self, name).to_json() for name in _PARTS}
        return {
            **kept,
            **parts,
            "symbols": {name: state.to_json() for name, state in sorted(self.symbols.items())},
            "recovery": None if self.recovery is None else self.recovery.to_json(),
            "recent": [list(bar) for bar in self.recent],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the state that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            recovery = content["recovery"]
            symbols = content["symbols"].items()
            parts = {
                **{name: read(content[name]) for name, read in _PARTS.items()},
                "symbols": {name: DetectorState.from_json(state) for name, state in symbols},
                "recovery": None if recovery is None else RecoveryState.from_json(recovery),
                "recent": tuple(RecentBar(*bar) for bar in content["recent"]),
            }
            found = cls(**{**content, **parts})
        except (AttributeError, KeyError, TypeError) as error:
            raise ForeignState("the state of a watched model", repr(error)) from error
        if found.condition not in CONDITIONS:
            raise ForeignState("the state of a watched model", f"condition {found.condition}")
        return found


_PARTS = {
    "benchmark": Benchmark.from_json,
    "hits": DetectorState.from_json,
    "scores": DetectorState.from_json,
    "belief": Belief.from_json,
    "hits_agreement": Agreement.from_json,
    "scores_agreement": Agreement.from_json,
    "account": AccountState.from_json,
}

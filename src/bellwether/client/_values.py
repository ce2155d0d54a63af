"""Values that tell what the service predicts, and what became of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInterval:
    """Where the return over the horizon is expected to lie, and how often it does."""

    low: float
    high: float
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHits:
    """What became of past forecasts about this strong."""

    n_hits: int
    n_settled: int
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """What kind of market it is."""

    current: str
    confirmed: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was thought of the model that answered, and what was left of its edge."""

    condition: str
    accuracy: float
    fallback_accuracy: float
    confidence_factor: float = 1.0
    edge_factor: float = 1.0
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """By how much one feature moved the model's own chance of a rise."""

    feature: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What contributions add up to: from the baseline to the value; or why there are none."""

    baseline: float | None = None
    value: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPart:
    """What one member of the ensemble had to do with the answer.

    Parameters
    ----------
    name : str
        Its family.
    weight : float
        Its share of the say on this bar.
    standardised : float
        Its forecast in units of its own past ones, cut off at +/-3.
    contribution : float
        Weight x standardised: they add up to the ensemble's score.
    expected_return : float
        What of the answer's expected return it accounts for; the market's drift is left over.
    """

    name: str
    weight: float
    standardised: float
    contribution: float
    expected_return: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who made the prediction: a model, the rules, or nobody."""

    kind: str
    model_id: str | None = None
    version: str | None = None
    age_days: float | None = None
    bundle_digest: str | None = None
    state_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of the ladder that did not answer, and why."""

    rung: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """An answer about one market, complete and valid whoever gave it.

    Parameters
    ----------
    prediction_id, symbol, interval : str
    as_of : datetime or None
        Close of the last bar used.
    horizon_bars : int
    direction : {"BUY", "SELL", "HOLD"}
    probability_up, expected_return : float or None
    prediction_interval : ReturnInterval or None
    confidence : float
        50 to 95: strength on the contract's scale, no probability.
    past_hits : PastHits or None
    standing : Standing or None
        What was thought of the model that answered; None where nobody watched it.
    price, target, stop : float or None
    regime : Regime or None
    reasons : tuple of str
    contributions : tuple of Contribution
        Largest first, where it was asked why.
    explanation : Explanation or None
        Where it was asked why.
    members : tuple of MemberPart
        Of the ensemble that answered, largest contribution first, where it was asked why.
    source : Source
    rung : str
        Step of the ladder that answered.
    fallback_reason : str or None
        Why it is not the champion's answer.
    steps : tuple of Step
    bars_digest : str
    """

    prediction_id: str
    symbol: str
    interval: str
    horizon_bars: int
    direction: str
    confidence: float
    source: Source
    rung: str
    as_of: dt.datetime | None = None
    probability_up: float | None = None
    expected_return: float | None = None
    prediction_interval: ReturnInterval | None = None
    past_hits: PastHits | None = None
    standing: Standing | None = None
    price: float | None = None
    target: float | None = None
    stop: float | None = None
    regime: Regime | None = None
    reasons: tuple[str, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    explanation: Explanation | None = None
    members: tuple[MemberPart, ...] = ()
    fallback_reason: str | None = None
    steps: tuple[Step, ...] = ()
    bars_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the market did over a prediction's horizon: "hit", "miss", "neither" or "void"."""

    prediction_id: str
    closes_at: dt.datetime
    realized_return: float | None
    outcome: str
    settled_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One answer as the journal remembers it, with its place in the chain."""

    prediction: Prediction
    n_served: int
    first_served_at: dt.datetime
    last_served_at: dt.datetime
    number: int
    digest: str
    settlement: Settlement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An answer of the past, and what it is when computed now; None where it cannot be."""

    outcome: str
    reason: str
    then: Prediction
    again: Prediction | None = None

    @property
    def is_same(self) -> bool:
        """Whether it is the same, or within 1e-6 and in the same direction."""
        return self.outcome == "identical" or self.outcome.startswith("within")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedSettlement:
    """A prediction whose return would be another by the bars of today; its settlement stands."""

    prediction_id: str
    settled_return: float
    return_now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What settling a market came to."""

    settled: tuple[Settlement, ...]
    n_waiting: int
    n_unmatched: int
    n_late: int = 0
    revised: tuple[RevisedSettlement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalHead:
    """The end of the journal's chain, to be kept elsewhere."""

    head: str
    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """Whether every record of the journal is what was appended; what is wrong where not."""

    sound: bool
    checked_at: dt.datetime
    head: str | None = None
    first_wrong: int | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is: a share from 0 to 1, and words."""

    share: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job failed."""

    kind: str
    expected: str
    was: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that takes minutes.

    Parameters
    ----------
    job_id, kind : str
    asked : mapping
    state : {"queued", "running", "done", "failed", "cancelled"}
    asked_at : datetime
    started_at, ended_at : datetime or None
    n_starts : int
    progress : Progress or None
    result : mapping or None
    failure : Failure or None
    log : tuple of str
        Its last lines, where one job was asked for.
    """

    job_id: str
    kind: str
    asked: Mapping[str, Any]
    state: str
    asked_at: dt.datetime
    n_starts: int
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    progress: Progress | None = None
    result: Mapping[str, Any] | None = None
    failure: Failure | None = None
    log: tuple[str, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in ("queued", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """Something that happened to a job.

    Parameters
    ----------
    number : int
        To go on behind it later.
    name : {"state", "progress"}
    data : mapping
    """

    number: int
    name: str
    data: Mapping[str, Any]

"""The forms of what forecasts came to: accounts, hit rates, and outcomes one by one."""

from typing import Literal

from msgspec import Struct

from bellwether.service import Direction

SpeakerKind = Literal["rules", "model"]
VoiceOutcome = Literal["pending", "hit", "miss", "neither", "void"]


class TimelessEstimate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mean with an interval that holds at all times at once; null where bars are too few."""

    mean: float
    low: float | None
    high: float | None


class AccountCurveAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an account came to be, as columns of one length: sums, and the interval at the time."""

    at: list[str]
    n_bars: list[int]
    sum_net_bps: list[float]
    sum_rules_net_bps: list[float]
    sum_added_bps: list[float]
    added_bps: list[float]
    low: list[float | None]
    high: list[float | None]


class AccountAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one source added over the rules, at the same bars and costs.

    Without a symbol all are together; without a member it is the model itself. Basis points are a
    bar's where they are no sums.
    """

    model_id: str
    stage: str | None
    horizon_bars: int
    symbol: str | None
    member: str | None
    n_bars: int
    n_said: int
    accuracy: float | None
    rules_accuracy: float | None
    net_bps: float
    costs_bps: float
    rules_net_bps: float
    added_bps: TimelessEstimate
    added_score: TimelessEstimate
    evidence: float
    words: str
    sum_net_bps: float
    sum_rules_net_bps: float
    sum_costs_bps: float
    sum_added_bps: float
    first_at: str
    last_at: str
    curve: AccountCurveAnswer | None


class AccountsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accounts of every watched model: all symbols together with the members, then each symbol."""

    coverage: float
    cost_bps: float
    accounts: list[AccountAnswer]


class HitBandAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a source was right where it was so sure."""

    name: Literal["high", "middle", "low"]
    at_least: float
    below: float | None
    n: int
    n_hits: int
    rate: float | None
    low: float | None
    high: float | None


class HitRateAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often one source was right about one market: of all it said, whoever asked."""

    symbol: str
    interval: str
    horizon_bars: int
    source: str
    kind: SpeakerKind
    n_forecasts: int
    n_pending: int
    n_void: int
    n_neither: int
    n: int
    n_hits: int
    rate: float | None
    low: float | None
    high: float | None
    first_at: str
    last_at: str
    bands: list[HitBandAnswer]


class HitRatesAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hit rates by market and source, with intervals for a single look."""

    coverage: float
    rates: list[HitRateAnswer]


class VoiceAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one source said, and what became of that."""

    source: str
    kind: SpeakerKind
    direction: Direction
    probability_up: float
    expected_return: float
    confidence: float
    outcome: VoiceOutcome


class OutcomeAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every watched source said about one bar, and what the market did; adjusted prices."""

    key: str
    number: int
    symbol: str
    interval: str
    horizon_bars: int
    made_at: str
    as_of: str
    closes_at: str
    price: float
    exit_price: float | None
    volatility: float
    realized_return: float | None
    settled_at: str | None
    state: Literal["pending", "settled", "void"]
    words: str
    voices: list[VoiceAnswer]


class OutcomesAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of paper forecasts, the latest first; the cursor is null where it is the last."""

    forecasts: list[OutcomeAnswer]
    next_cursor: int | None

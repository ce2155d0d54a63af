"""The forms of what is asked about the journal, and of its answers."""

from typing import Annotated

from msgspec import Meta, Struct

from bellwether.http._body_bars import BarsRequest
from bellwether.http._types import IntervalText, PredictionAnswer, Symbol
from bellwether.service import ReplayOutcome, SettlementOutcome

HeadText = Annotated[
    str,
    Meta(
        pattern=r"^\d{1,18}:[0-9a-f]{64}$(?!\n)",
        description="a head noted down earlier: a number, a colon and the digest of that record",
    ),
]


class ReplayRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bars of then, where the journal holds only their digest."""

    bars: BarsRequest | None = None


class VerifyRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the chain is to be held against, besides itself."""

    head: HeadText | None = None


class SettleRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The market's history up to now: as it is sent, or as it is stored."""

    bars: BarsRequest | None = None
    symbol: Symbol | None = None
    interval: IntervalText = "1d"


class SettlementAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the market did over a prediction's horizon; without a return it is void."""

    prediction_id: str
    closes_at: str
    realized_return: float | None
    outcome: SettlementOutcome
    settled_at: str


class EntryAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer as the journal remembers it, with its place in the chain."""

    prediction: PredictionAnswer
    settlement: SettlementAnswer | None
    n_served: int
    first_served_at: str
    last_served_at: str
    number: int
    digest: str


class EntriesAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of answers; the cursor is null where it is the last."""

    predictions: list[EntryAnswer]
    next_cursor: int | None


class ReplayAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer of the past, and what it is when computed now; null where it cannot be."""

    outcome: ReplayOutcome
    reason: str
    then: PredictionAnswer
    again: PredictionAnswer | None


class HeadAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of the chain, to be kept elsewhere."""

    head: str
    number: int
    digest: str


class VerifyAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether every record is what was appended, up to the head; what is wrong where not."""

    sound: bool
    head: str | None
    first_wrong: int | None
    fault: str | None
    checked_at: str


class RevisedAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prediction whose return would be another by these bars; its settlement stands."""

    prediction_id: str
    settled_return: float
    return_now: float


class SettleAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What settling a market came to."""

    settled: list[SettlementAnswer]
    n_waiting: int
    n_unmatched: int
    n_late: int
    revised: list[RevisedAnswer]

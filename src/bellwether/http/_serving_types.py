"""The forms of answers about who serves a market, and on which sessions."""

from typing import Literal

from msgspec import Struct

Condition = Literal["ok", "amber", "red", "recovering"]


class SeatStandingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is thought of a model that serves, and what that leaves of its answers."""

    condition: Condition
    answers: bool
    accuracy: float
    fallback_accuracy: float
    confidence_factor: float
    edge_factor: float
    as_of: str
    words: str


class SeatAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that may answer, and the path of its bundle."""

    model_id: str
    bundle_digest: str
    bundle: str
    trained_at: str
    standing: SeatStandingAnswer | None


class ServingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may answer for a market, best first, and when an answer is good enough."""

    symbol: str
    interval: str
    horizon_bars: int
    champion: SeatAnswer | None
    previous: SeatAnswer | None
    rules: str
    models_enabled: bool
    least_confidence: float
    when_unsure: Literal["step_down", "hold"]
    most_age_days: float


class SessionsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The closes of a market's sessions, in microseconds since 1970-01-01T00:00Z."""

    name: str
    interval: str
    closes_at: list[int]

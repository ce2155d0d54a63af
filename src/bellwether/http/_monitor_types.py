"""The forms of what is told about watching."""

from msgspec import Struct

from bellwether.registry import Stage


class LastCheckAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When models were last checked, and how long ago that was."""

    at: str
    age_seconds: float


class ModelStandingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is thought of a model, and what follows for its answers.

    The accuracies are those to be expected of its next forecast, and of the rules'. The factors
    are what is left of its confidence's distance from 50 and of its probability's from one half.
    """

    condition: str
    answers: bool
    accuracy: float
    fallback_accuracy: float
    confidence_factor: float
    edge_factor: float
    as_of: str
    words: str


class WatchedModelAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that serves or is watched; its standing is null where it was not watched yet."""

    model_id: str
    stage: Stage | None
    standing: ModelStandingAnswer | None
    evidence: float | None


class MonitorAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What watching has come to; without a last check nobody watches."""

    last_check: LastCheckAnswer | None
    models: list[WatchedModelAnswer]

"""Values that tell what watching has come to."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheck:
    """When models were last checked, and how long ago that was."""

    at: dt.datetime
    age_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStanding:
    """What is thought of a model, and what follows for its answers.

    Parameters
    ----------
    condition : {"ok", "amber", "red", "recovering"}
    answers : bool
        Whether it may answer.
    accuracy, fallback_accuracy : float
        To be expected of its next forecast, and of the rules'.
    confidence_factor, edge_factor : float
        What is left of its confidence's distance from 50, and of its probability's from one half.
    as_of : str
        Last settled bar, ISO 8601, UTC; empty where none is.
    words : str
        Why.
    """

    condition: str
    answers: bool
    accuracy: float
    fallback_accuracy: float
    confidence_factor: float = 1.0
    edge_factor: float = 1.0
    as_of: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedModel:
    """A model that serves or is watched.

    Parameters
    ----------
    model_id : str
    stage : str or None
    standing : ModelStanding or None
        None where it has not been watched yet.
    evidence : float or None
        That it is below its floor: the e-value its alarms rest on.
    """

    model_id: str
    stage: str | None = None
    standing: ModelStanding | None = None
    evidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """What watching has come to; without a last check nobody watches."""

    models: tuple[WatchedModel, ...]
    last_check: LastCheck | None = None

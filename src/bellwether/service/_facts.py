"""Prediction: what a caller is told, whoever made it, and why it was not the champion."""

import json
import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from bellwether.hashing import digest_bytes
from bellwether.service._errors import UnfitPrediction
from bellwether.service._reasons import FallbackReason
from bellwether.service._why import Contribution, Explanation, MemberPart, PastHits


class Direction(StrEnum):
    """What the prediction says to do."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"

    @property
    def sign(self) -> int:
        """1 for BUY, -1 for SELL, 0 for HOLD."""
        return {"BUY": 1, "SELL": -1, "HOLD": 0}[self.value]


class Rung(StrEnum):
    """Steps of the ladder, best first."""

    CHAMPION = "champion"
    PREVIOUS = "previous champion"
    RULES = "rules"
    HOLD = "hold"


class SourceKind(StrEnum):
    """Who made the prediction; NONE where nobody may, and HOLD is the answer."""

    MODEL = "model"
    RULES = "rules"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where the return over the horizon is expected to lie.

    Parameters
    ----------
    low, high : float
        Returns, as fractions of the price; `low` not above `high`.
    coverage : float
        Share of outcomes that should lie between them.
    """

    low: float
    high: float
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeReading:
    """What kind of market it is.

    Parameters
    ----------
    current : str
        Regime of the last bar: "ranging", "trending up", "trending down", "volatile", "quiet".
    confirmed : str
        Regime that last lasted three bars.
    """

    current: str
    confirmed: str

    @property
    def is_confirmed(self) -> bool:
        """Whether the last bar's regime is the confirmed one."""
        return self.current == self.confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who made the prediction.

    Parameters
    ----------
    kind : SourceKind
    model_id : str or None
        For a model.
    version : str or None
        Version of bellwether that made the bundle.
    age_days : float or None
        Days since the last bar the model was trained on.
    bundle_digest, state_digest : str or None
        What exactly computed the answer: enough, with the bars, to compute it again.
    """

    kind: SourceKind
    model_id: str | None = None
    version: str | None = None
    age_days: float | None = None
    bundle_digest: str | None = None
    state_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung that did not answer.

    Parameters
    ----------
    rung : Rung
    reason : FallbackReason
    detail : str
        What exactly was found, for whoever mends it.
    """

    rung: Rung
    reason: FallbackReason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingReading:
    """What was thought of the model that answered, on its outcomes settled until then.

    Parameters
    ----------
    condition : str
        "ok", "amber", "red" or "recovering".
    accuracy, fallback_accuracy : float
        To be expected of its next prediction, and of the rules'.
    confidence_factor, edge_factor : float
        What was left of the confidence's distance from 50, and of the probability's from one
        half.
    as_of : str
        Last settled bar, ISO 8601, UTC; empty where none was.
    """

    condition: str
    accuracy: float
    fallback_accuracy: float
    confidence_factor: float
    edge_factor: float
    as_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """An answer about one market, complete and valid whoever gave it.

    Parameters
    ----------
    symbol, interval : str
    as_of : numpy.datetime64 or None
        Close of the last bar used, UTC; None where there was no bar.
    horizon_bars : int
        How many bars ahead it looks.
    direction : Direction
    probability_up : float or None
        Calibrated probability of a rise, 0 to 1. None where nobody may answer.
    expected_return : float or None
        Over the horizon, as a fraction of the price.
    interval_return : Interval or None
    confidence : float
        Strength on the contract's scale, 50 to 95; 0 where nobody may answer.
    past_hits : PastHits or None
        What became of the model's past forecasts about this strong, where that was measured.
    standing : StandingReading or None
        What is thought of the model that answered; None for the rules, and where nobody watches.
    price : float or None
        Close of the last bar, as traded.
    target, stop : float or None
        Prices at which to take the profit and the loss; None for HOLD.
    regime : RegimeReading or None
    reasons : tuple of str
        Why, in words, the most important first; at least one.
    source : Source
    rung : Rung
        Step of the ladder that answered.
    fallback_reason : FallbackReason or None
        Why it is not the answer of whoever was to give it: the champion, or the previous one
        where that was chosen for the kind of market. None where it is.
    steps : tuple of Step
        The rungs that did not answer, in the order they were asked.
    bars_digest : str
        Digest of the bars the answer depends on.
    contributions : tuple of Contribution
        Where they were asked for; largest first.
    explanation : Explanation or None
        Where it was asked why. It is not kept in the journal: it follows from bars and bundle.
    members : tuple of MemberPart
        What each member of the ensemble had to do with a model's answer, largest first, where it
        was asked why; not kept in the journal either.
    prediction_id : str
        Digest of everything the answer follows from; filled in.

    Raises
    ------
    UnfitPrediction
        If a number is not finite or out of its range, or there is no reason.
    """

    symbol: str
    interval: str
    as_of: np.datetime64 | None
    horizon_bars: int
    direction: Direction
    probability_up: float | None
    expected_return: float | None
    interval_return: Interval | None
    confidence: float
    past_hits: PastHits | None = None
    standing: StandingReading | None = None
    price: float | None
    target: float | None
    stop: float | None
    regime: RegimeReading | None
    reasons: tuple[str, ...]
    source: Source
    rung: Rung
    fallback_reason: FallbackReason | None
    steps: tuple[Step, ...] = ()
    bars_digest: str
    contributions: tuple[Contribution, ...] = ()
    explanation: Explanation | None = None
    members: tuple[MemberPart, ...] = ()
    prediction_id: str = ""

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "prediction_id", _identify(self))

    @property
    def without_why(self) -> "Prediction":
        """The same answer without its explanation: what the journal keeps."""
        if self.explanation is None:
            return self
        return replace(self, contributions=(), explanation=None, members=())

    def encode(self) -> bytes:
        """Return the JSON of `to_json` as UTF-8: the very text that the journal keeps."""
        # The writer knows a prediction and all its parts, so it cannot be known up here.
        from bellwether.service._prediction_text import write_prediction  # noqa: PLC0415

        return write_prediction(self).encode("ascii")

    def to_json(self) -> dict[str, object]:
        """Return the prediction as JSON values, instants as ISO 8601 with Z."""
        interval = self.interval_return
        return {
            "prediction_id": self.prediction_id,
            "symbol": self.symbol,
            "interval": self.interval,
            "as_of": None if self.as_of is None else f"{np.datetime_as_string(self.as_of, 's')}Z",
            "horizon_bars": self.horizon_bars,
            "direction": self.direction.value,
            "probability_up": self.probability_up,
            "expected_return": self.expected_return,
            "prediction_interval": None if interval is None else _plain(interval),
            "confidence": self.confidence,
            "past_hits": None
            if self.past_hits is None
            else {**_plain(self.past_hits), "rate": self.past_hits.rate},
            **({} if self.standing is None else {"standing": _plain(self.standing)}),
            "price": self.price,
            "target": self.target,
            "stop": self.stop,
            "regime": None
            if self.regime is None
            else {**_plain(self.regime), "is_confirmed": self.regime.is_confirmed},
            "reasons": list(self.reasons),
            "contributions": [_plain(one) for one in self.contributions],
            **({} if self.explanation is None else {"explanation": _plain(self.explanation)}),
            **({"members": [_plain(one) for one in self.members]} if self.members else {}),
            "source": _plain(self.source),
            "rung": self.rung.value,
            "fallback_reason": self.fallback_reason and self.fallback_reason.value,
            "steps": [_plain(step) for step in self.steps],
            "bars_digest": self.bars_digest,
        }


def _plain(
    value: Interval
    | PastHits
    | RegimeReading
    | StandingReading
    | Source
    | Step
    | Contribution
    | Explanation
    | MemberPart,
) -> dict[str, object]:
    return {
        name: str(found) if isinstance(found, StrEnum) else found
        for name in value.__slots__
        for found in (getattr(value, name),)
    }


def _identify(prediction: Prediction) -> str:
    source = prediction.source
    # The canonical JSON of lists is their plain one: there is no key to sort or to check.
    told = [
        prediction.symbol,
        prediction.interval,
        str(prediction.as_of),
        prediction.horizon_bars,
        prediction.bars_digest,
        [source.kind.value, source.bundle_digest, source.state_digest],
        [prediction.direction.value, prediction.rung.value],
        prediction.fallback_reason and prediction.fallback_reason.value,
    ]
    if prediction.standing is not None:
        told.append(list(_plain(prediction.standing).values()))
    return digest_bytes(_encode(told).encode("ascii"))


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _check(prediction: Prediction) -> None:
    numbers = {
        "probability_up": (prediction.probability_up, 0.0, 1.0),
        "expected_return": (prediction.expected_return, -1.0, math.inf),
        "confidence": (prediction.confidence, 0.0, 95.0),
        "price": (prediction.price, 0.0, math.inf),
        "target": (prediction.target, 0.0, math.inf),
        "stop": (prediction.stop, 0.0, math.inf),
    }
    for field, (value, low, high) in numbers.items():
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise UnfitPrediction(field, f"a finite number from {low:g} to {high:g}", value)
    interval = prediction.interval_return
    if interval is not None and not -1.0 <= interval.low <= interval.high < math.inf:
        raise UnfitPrediction("interval_return", "finite and in order", interval)
    if not prediction.reasons:
        raise UnfitPrediction("reasons", "at least one", prediction.reasons)

"""Judging answers: complete, in range, labelled, of one bundle; written anew from what is promised.

Nothing here asks the service's own code what an answer should look like.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from _clients import Exchange
from _crafted import SYMBOL, Crafted
from _questions import BY_SYMBOL, Question

CHAMPION, PREVIOUS, RULES, HOLD = RUNGS = ("champion", "previous champion", "rules", "hold")
_SOURCES = {CHAMPION: "model", PREVIOUS: "model", RULES: "rules", HOLD: "none"}
_FIELDS = {
    "prediction_id", "symbol", "interval", "as_of", "horizon_bars", "direction", "probability_up",
    "expected_return", "prediction_interval", "confidence", "past_hits", "price", "target", "stop",
    "regime", "reasons", "contributions", "source", "rung", "fallback_reason", "steps",
    "bars_digest",
}  # fmt: skip
_SOURCE_FIELDS = {"kind", "model_id", "version", "age_days", "bundle_digest", "state_digest"}
_DIGEST = re.compile(r"[0-9a-f]{64}")
# Says that the bars are not the newest; who answers is another matter.
_OLDER_BARS = "bars_unavailable"


@dataclass(kw_only=True)
class Judge:
    """Judges the answers of one service, and remembers what they must agree on.

    Parameters
    ----------
    models : mapping of str to Crafted
        What each model says.
    """

    models: Mapping[str, Crafted]
    _of_rules: dict[tuple[Question, str], tuple[object, ...]] = field(default_factory=dict)
    _rules_digests: set[str] = field(default_factory=set)

    def find_faults(self, exchange: Exchange) -> list[str]:
        """Return everything that is wrong with what came back."""
        if exchange.status != 200:
            return [f"status {exchange.status}: {exchange.body[:200]!r}"]
        answers = read_answers(exchange)
        if len(answers) != exchange.question.n_answers:
            return [f"{len(answers)} answers to {exchange.question.n_answers} questions"]
        return [fault for one in answers for fault in self._judge(one, exchange.question)]

    def _judge(self, answer: Any, question: Question) -> Iterator[str]:
        if not isinstance(answer, dict) or answer.keys() - {"standing"} != _FIELDS:
            yield f"not an answer: {answer!r}"[:200]
            return
        try:
            yield from _find_identity_faults(answer, question)
            yield from _find_label_faults(answer)
            yield from _find_number_faults(answer)
            yield from self._find_mixture(answer, question)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            yield f"not of the form: {type(error).__name__}: {error}"

    def _find_mixture(self, answer: dict[str, Any], question: Question) -> Iterator[str]:
        """Find an answer whose parts are not from one source."""
        source = answer["source"]
        said = answer["probability_up"], answer["expected_return"], answer["confidence"]
        if source["kind"] == "model":
            crafted = self.models[source["model_id"]]
            if source["bundle_digest"] != crafted.bundle.digest:
                yield f"mixed: {source['model_id']} by another bundle"
            own = crafted.probability_up, crafted.expected_return, crafted.confidence
            if any(abs(one - other) > 1e-9 for one, other in zip(said, own, strict=True)):
                yield f"mixed: {source['model_id']} said {said} in place of {own}"
        elif source["kind"] == "rules":
            self._rules_digests.add(source["bundle_digest"])
            whole = (*said, answer["direction"], answer["target"], answer["stop"])
            before = self._of_rules.setdefault((question, answer["as_of"]), whole)
            if before != whole:
                yield f"mixed: the rules said {before} and then {whole}"
            if len(self._rules_digests) > 1:
                yield "mixed: two bundles of rules"


def read_answers(exchange: Exchange) -> list[Any]:
    """Return the answers in what came back, one or many."""
    try:
        found = json.loads(exchange.body, parse_constant=_refuse)
    except ValueError:
        return []
    if isinstance(found, dict) and "answers" in found:
        return list(found["answers"])
    return [found]


def reasons_of(exchange: Exchange) -> set[str | None]:
    """Return the fallback reasons of all answers that came back; None for the champion's own."""
    return {one.get("fallback_reason", "") for one in read_answers(exchange)}


def models_of(exchange: Exchange) -> set[str]:
    """Return the models whose answers came back."""
    if exchange.status != 200:
        return set()
    return {one["source"]["model_id"] for one in read_answers(exchange)} - {None}


def is_champions(exchange: Exchange) -> bool:
    """Whether all that came back is the champion's own, on the newest bars."""
    return exchange.status == 200 and all(
        one["rung"] == CHAMPION and one["fallback_reason"] is None for one in read_answers(exchange)
    )


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _find_identity_faults(answer: dict[str, Any], question: Question) -> Iterator[str]:
    for name in ("prediction_id", "bars_digest"):
        if not _DIGEST.fullmatch(answer[name]):
            yield f"{name} is no digest"
    if (answer["symbol"], answer["interval"], answer["horizon_bars"]) != (SYMBOL, "1d", 1):
        yield "about something else than was asked"
    # Stored bars may be gone; those of the request are there.
    is_asked = question.price is not None and not question.kind.startswith(BY_SYMBOL)
    is_unread = answer["rung"] == HOLD and answer["price"] is None
    if is_asked and answer["price"] != question.price and not is_unread:
        yield f"at a price of {answer['price']} in place of {question.price}"


def _find_label_faults(answer: dict[str, Any]) -> Iterator[str]:
    rung, source, reason = answer["rung"], answer["source"], answer["fallback_reason"]
    if source.keys() != _SOURCE_FIELDS or _SOURCES[rung] != source["kind"]:
        yield f"source {source} on the rung {rung}"
    if (source["kind"] == "none") != (source["bundle_digest"] is None):
        yield "a source without its bundle"
    passed = [one for one in answer["steps"] if one["reason"] != _OLDER_BARS]
    places = [RUNGS.index(one["rung"]) for one in passed]
    if rung != HOLD and any(place >= RUNGS.index(rung) for place in places):
        yield f"steps {places} in front of the rung {rung}"
    reasons = [one["reason"] for one in answer["steps"]]
    if (reason is None) != (rung == CHAMPION and not reasons):
        yield f"reason {reason} on the rung {rung} after {reasons}"
    if reason is not None and reason != reasons[-1 if rung == HOLD else 0]:
        yield f"reason {reason} after {reasons}"
    words = answer["reasons"]
    if not words or not all(isinstance(one, str) and one for one in words):
        yield "no reasons in words"


def _find_number_faults(answer: dict[str, Any]) -> Iterator[str]:
    direction, rung = answer["direction"], answer["rung"]
    if rung == HOLD:
        told = [answer[name] for name in ("probability_up", "expected_return", "target", "stop")]
        if direction != "HOLD" or answer["confidence"] != 0 or any(one is not None for one in told):
            yield f"a HOLD that says {direction}, {told}"
        return
    spread, price = answer["prediction_interval"], answer["price"]
    ranges = {
        "probability_up": (answer["probability_up"], 0.0, 1.0),
        "confidence": (answer["confidence"], 50.0, 95.0),
        "expected_return": (answer["expected_return"], -1.0, 1.0),
        "low": (spread["low"], -1.0, spread["high"]),
        "high": (spread["high"], spread["low"], 10.0),
        "coverage": (spread["coverage"], 0.0, 1.0),
        "price": (price, 0.0, math.inf),
    }
    for name, (value, low, high) in ranges.items():
        if not (math.isfinite(value) and low <= value <= high):
            yield f"{name} is {value}"
    yield from _find_level_faults(direction, answer["stop"], price, answer["target"])


def _find_level_faults(direction: str, stop: Any, price: float, target: Any) -> Iterator[str]:
    levels = (stop, price, target)
    if direction == "HOLD":
        is_sound = target is None and stop is None
    elif None in levels:
        # The model's own answer without the rules', whose ranges place the levels.
        is_sound = target is None and stop is None
    else:
        rising = sorted(levels)
        is_sound = list(levels) == (rising if direction == "BUY" else rising[::-1])
    if direction not in ("BUY", "SELL", "HOLD") or not is_sound:
        yield f"{direction} at {price} with target {target} and stop {stop}"

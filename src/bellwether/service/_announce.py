"""From where the climb ended to what the caller is told."""

from collections.abc import Mapping
from typing import Any

from bellwether.bars import Bars
from bellwether.service._facts import Direction, Prediction, RegimeReading, Rung, Source, SourceKind
from bellwether.service._ladder import Answer, Landing
from bellwether.service._outputs import RulesReading
from bellwether.service._reasons import FallbackReason
from bellwether.service._window import digest_window

OLDER_BARS = "The newest stored bars cannot be read; this rests on the ones before."
_WHO = {Rung.PREVIOUS: "The previous model answers", Rung.RULES: "The rules answer"}


def announce(
    bars: Bars, horizon_bars: int, landing: Landing, rules: RulesReading | None
) -> Prediction:
    """Return where the climb ended as the prediction that a caller is told.

    Parameters
    ----------
    bars : Bars
        What was asked about.
    horizon_bars : int
    landing : Landing
    rules : RulesReading or None
        Source of the regime, whoever answers.

    Returns
    -------
    prediction : Prediction
    """
    regime = None if rules is None else rules.regime
    price = float(bars.close[-1]) if len(bars) else None
    return Prediction(
        symbol=bars.symbol,
        interval=bars.interval,
        as_of=bars.closed_at[-1] if len(bars) else None,
        horizon_bars=horizon_bars,
        price=price,
        regime=regime,
        reasons=_reasons(landing, regime),
        rung=landing.rung,
        fallback_reason=landing.fallback_reason,
        steps=landing.steps,
        bars_digest=digest_window(bars),
        **(_NOTHING_SAID if landing.answer is None else _said(landing.answer, price)),
    )


_NOTHING_SAID: Mapping[str, Any] = {
    "direction": Direction.HOLD,
    "probability_up": None,
    "expected_return": None,
    "interval_return": None,
    "confidence": 0.0,
    "target": None,
    "stop": None,
    "source": Source(kind=SourceKind.NONE),
}


def _said(answer: Answer, price: float | None) -> Mapping[str, Any]:
    return {
        "direction": answer.direction,
        "probability_up": answer.probability_up,
        "expected_return": answer.expected_return,
        "interval_return": answer.interval_return,
        "confidence": answer.confidence,
        "past_hits": answer.past_hits,
        "standing": answer.standing,
        "target": _level(price, answer.target_frac),
        "stop": _level(price, answer.stop_frac),
        "source": answer.source,
    }


def _level(price: float | None, frac: float) -> float | None:
    return price * (1.0 + frac) if price is not None and frac else None


def _reasons(landing: Landing, regime: RegimeReading | None) -> tuple[str, ...]:
    told: list[str] = []
    if landing.answer is None:
        told.append(f"Nothing can be said: {landing.steps[-1].reason.words}.")
    elif regime is not None and (choice := _tell_choice(landing, regime.confirmed)):
        told.append(choice)
    elif landing.steps and landing.rung in _WHO:
        told.append(f"{_WHO[landing.rung]}, because {landing.steps[0].reason.words}.")
    told += landing.answer.reasons if landing.answer is not None else ()
    if regime is not None and regime.is_confirmed:
        told.append(f"The market is {regime.current}.")
    elif regime is not None:
        told.append(f"The market is {regime.current}, not confirmed yet ({regime.confirmed} was).")
    if any(step.reason is FallbackReason.BARS_UNAVAILABLE for step in landing.steps):
        told += [OLDER_BARS] if landing.answer is not None else []
    return tuple(told)


def _tell_choice(landing: Landing, regime: str) -> str:
    """Return what a choice by regime had to do with an answer: nothing, where it is empty.

    Only a choice lets the previous champion be asked before the champion, so the steps tell.
    """
    asked = {step.rung: step.reason for step in reversed(landing.steps)}
    if landing.rung is Rung.PREVIOUS and Rung.CHAMPION not in asked:
        return f"Chosen for {regime} markets: in those it has forecast better than the champion."
    if landing.rung is Rung.CHAMPION and Rung.PREVIOUS in asked:
        return (
            f"The champion answers, for the model chosen for {regime} markets does not: "
            f"{asked[Rung.PREVIOUS].words}."
        )
    return ""

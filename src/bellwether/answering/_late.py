"""What is said when the models are late: the rules' answer, or HOLD, each with the reason."""

from dataclasses import replace

import numpy as np

from bellwether.hashing import digest_arrays
from bellwether.service import (
    Direction,
    FallbackReason,
    Prediction,
    Question,
    Rung,
    Source,
    SourceKind,
    Step,
)

LATE = FallbackReason.TIME_BUDGET_EXCEEDED


def label_late(rules: Prediction, detail: str) -> Prediction:
    """Return what the ladder said without models, with the true reason why it was asked so.

    Parameters
    ----------
    rules : Prediction
        Made with models switched off.
    detail : str
        How late the models were.

    Returns
    -------
    prediction : Prediction
        Bars at fault stay HOLD for their own reason.
    """
    off = FallbackReason.MODELS_DISABLED
    steps = tuple(
        replace(step, reason=LATE, detail=detail) if step.reason is off else step
        for step in rules.steps
    )
    if rules.fallback_reason is not off:
        return replace(rules, steps=steps)
    told = f"The rules answer, because {LATE.words}."
    return replace(rules, steps=steps, fallback_reason=LATE, reasons=(told, *rules.reasons[1:]))


def hold_late(question: Question, detail: str) -> Prediction:
    """Return HOLD, where not even the rules were ready.

    Parameters
    ----------
    question : Question
    detail : str
        How late everybody was.
    """
    times = np.ascontiguousarray(question.columns["closed_at"]).astype(np.int64)
    arrays = {**question.columns, "closed_at": times}
    return Prediction(
        symbol=question.symbol,
        interval=question.interval,
        as_of=question.as_of,
        horizon_bars=question.horizon_bars,
        direction=Direction.HOLD,
        probability_up=None,
        expected_return=None,
        interval_return=None,
        confidence=0.0,
        price=None,
        target=None,
        stop=None,
        regime=None,
        reasons=(f"Nothing can be said: {LATE.words}, and neither was the rules'.",),
        source=Source(kind=SourceKind.NONE),
        rung=Rung.HOLD,
        fallback_reason=LATE,
        steps=tuple(
            Step(rung=rung, reason=LATE, detail=detail) for rung in (Rung.CHAMPION, Rung.RULES)
        ),
        bars_digest=digest_arrays(arrays),
    )

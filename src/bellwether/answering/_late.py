"""What is said where models do not answer: the rules' answer, or HOLD, each with the reason."""

from dataclasses import replace

import numpy as np

from bellwether.hashing import digest_arrays
from bellwether.service import (
    Direction,
    FallbackReason,
    Fault,
    Prediction,
    Question,
    Rung,
    Source,
    SourceKind,
    Step,
)


def label_rules(rules: Prediction, fault: Fault) -> Prediction:
    """Return what the ladder said without models, with the true reason why it was asked so.

    Parameters
    ----------
    rules : Prediction
        Made with models switched off.
    fault : Fault
        Why models did not answer.

    Returns
    -------
    prediction : Prediction
        Bars at fault stay HOLD for their own reason.
    """
    off = FallbackReason.MODELS_DISABLED
    steps = tuple(
        replace(step, reason=fault.reason, detail=fault.detail) if step.reason is off else step
        for step in rules.steps
    )
    if rules.fallback_reason is not off:
        return replace(rules, steps=steps)
    told = f"The rules answer, because {fault.reason.words}."
    return replace(
        rules, steps=steps, fallback_reason=fault.reason, reasons=(told, *rules.reasons[1:])
    )


def hold(question: Question, fault: Fault) -> Prediction:
    """Return HOLD, where not even the rules were ready.

    Parameters
    ----------
    question : Question
    fault : Fault
        Why models did not answer.

    Returns
    -------
    prediction : Prediction
        As on the ladder, the reason is what led to HOLD in the end: the rules were late. There is
        no price, for nobody has read the bars.
    """
    times = np.ascontiguousarray(question.columns["closed_at"]).astype(np.int64)
    arrays = {**question.columns, "closed_at": times}
    late = Fault(reason=FallbackReason.TIME_BUDGET_EXCEEDED, detail="the rules were not ready")
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
        reasons=(f"Nothing can be said: {fault.reason.words}, and the rules were late as well.",),
        source=Source(kind=SourceKind.NONE),
        rung=Rung.HOLD,
        fallback_reason=late.reason,
        steps=tuple(
            Step(rung=rung, reason=why.reason, detail=why.detail)
            for rung, why in ((Rung.CHAMPION, fault), (Rung.RULES, late))
        ),
        bars_digest=digest_arrays(arrays),
    )

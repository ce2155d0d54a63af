"""What the parts of a verdict and a prediction are called, for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bellwether.bars import QualityReport
from bellwether.cards._format import (
    printable,
    write_any,
    write_name,
    write_number,
    write_percent,
)
from bellwether.service import FallbackReason, Prediction, SourceKind
from bellwether.validation import Binding, Check, Decision, Leg, Verdict

STRONG_CONFIDENCE, FAIR_CONFIDENCE = 80.0, 60.0
NO_ADVICE = (
    "This is a measurement and a forecast, not investment advice. Past results, simulated or "
    "real, do not promise future ones."
)

LEGS: Mapping[Leg, str] = MappingProxyType(
    {
        Leg.CONSTRUCTION: "Was the evidence made honestly?",
        Leg.DATA: "Are there enough bars to tell skill from luck?",
        Leg.SKILL: "Is it skill?",
        Leg.VALUE: "Is it worth more than what it would replace?",
        Leg.CONTRACT: "Do the contract's three numbers hold?",
    }
)
GATES: Mapping[Binding, str] = MappingProxyType(
    {"evidence": "Evidence gate", "contract": "Contract gate", "both": "Both gates together"}
)
DECISION_CLASS: Mapping[Decision, str] = MappingProxyType(
    {
        Decision.PROMOTE: "promote",
        Decision.REFUSE: "refuse",
        Decision.NOT_ENOUGH_DATA: "not-enough",
    }
)
_CHECKS = MappingProxyType(
    {
        "leak_probes_ran": "Leak probes ran",
        "no_leak_found": "Nothing knows the future",
        "folds_are_purged": "Training ended before testing",
        "times_increase": "Bars are in order",
        "no_stretch_is_copied": "No stretch is copied",
        "returns_match_prices": "Returns match prices",
        "label_is_no_price_level": "It forecasts returns, not prices",
        "forecast_is_complete": "No forecast is missing",
        "forecast_varies": "The forecast varies",
        "enough_bars": "Enough bars",
        "skill": "Skill beyond luck",
        "beats_cash": "Beats cash",
        "beats_holding": "Beats buy and hold",
        "beats_rules": "Beats the rules",
        "contract_accuracy": "Directional accuracy",
        "contract_profit_factor": "Profit factor",
        "contract_drawdown": "Maximum drawdown",
    }
)
_FIGURES = MappingProxyType(
    {
        "t": "t-statistic",
        "alpha": "chance left to luck",
        "excess_a_year": "difference a year",
        "persistence": "correlation with its last value",
        "correlation_with_price": "correlation with the price",
        "value": "measured",
        "threshold": "threshold",
        "n_folds": "folds",
    }
)
_SHARES = frozenset({"contract_accuracy", "contract_drawdown"})


def name_check(check: Check) -> str:
    """Return the name of a check as people say it."""
    return _CHECKS.get(check.name, write_name(check.name))


def write_figures(check: Check) -> str:
    """Return a check's figures with what they are, less those that its reason tells already."""
    return ", ".join(
        f"{_FIGURES.get(name, printable(name.removeprefix('n_').replace('_', ' ')))} "
        f"{_write_figure(check.name, name, value)}"
        for name, value in check.figures.items()
        if value is not None and not _is_told(check, value)
    )


def _is_told(check: Check, value: float) -> bool:
    size = abs(value)
    forms = (f"{size:.2f}", f"{size:.1%}", f"{size:.0f} " if size >= 1.0 else f"{size:.2f}")
    return any(form in check.reason for form in forms)


def _write_figure(check: str, name: str, value: float) -> str:
    if name == "alpha":
        return write_percent(value, 3)
    if name == "excess_a_year":
        return write_percent(value, signed=True)
    if name in ("value", "threshold"):
        return write_percent(value) if check in _SHARES else write_number(value)
    return write_any(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A verdict for a person.

    Parameters
    ----------
    lead : str
        What happens now, in one sentence.
    comfort : str
        How to read it.
    """

    lead: str
    comfort: str


def tell_verdict(verdict: Verdict, *, subject: str, serving: str, level: float) -> Telling:
    """Return what a verdict means for whoever waits for an answer.

    Parameters
    ----------
    verdict : Verdict
    subject : str
        Who was judged: "the ensemble of 4 models".
    serving : str
        Who serves now: "the rules keep serving", or after a promotion "serves now".
    level : float
        Wanted rate of false promotion.

    Returns
    -------
    telling : Telling
    """
    if verdict.promotes:
        lead = f"{subject[:1].upper()}{subject[1:]} has earned its place and {serving}."
        return Telling(lead=lead, comfort=_promise(verdict, level))
    if verdict.decision is Decision.NOT_ENOUGH_DATA:
        lead = f"There are too few bars to tell skill from luck, so {serving}."
        comfort = "Nothing is wrong with the forecast; it is only too early to judge it."
        return Telling(lead=lead, comfort=comfort)
    lead = f"No model has earned its place, so {serving}."
    comfort = f"This is a normal and good outcome. {_promise(verdict, level)}"
    if any(check.leg is Leg.CONSTRUCTION for check in verdict.failed):
        comfort = "How the forecast was made has to be put right before it can be judged."
    return Telling(lead=lead, comfort=comfort)


def _promise(verdict: Verdict, level: float) -> str:
    if verdict.binding == "contract":
        return "The contract gate decided; it lets more luck through than the evidence gate."
    return (
        f"The gate is built to let a model without skill through at most "
        f"{write_any(100.0 * level)}% of the time, however many were tried."
    )


def tell_serving(prediction: Prediction | None) -> str:
    """Return who serves now, as a clause."""
    if prediction is None:
        return "what served before keeps serving: the rules, unless a model was promoted earlier"
    if prediction.source.kind is SourceKind.MODEL:
        return "the model that was promoted earlier keeps serving"
    if prediction.source.kind is SourceKind.RULES:
        return "the rules keep serving"
    return "what served before keeps serving"


def tell_source(prediction: Prediction) -> str:
    """Return who made a prediction, and why not the champion."""
    source, reason = prediction.source, prediction.fallback_reason
    because = "" if reason is None else f", because {tell_reason(reason)}"
    if source.kind is SourceKind.MODEL:
        age = "" if source.age_days is None else f", {_write_age(source.age_days)}"
        rung = "" if reason is None else f" ({prediction.rung})"
        return f"model {printable(source.model_id or 'without a name')}{rung}{age}{because}"
    if source.kind is SourceKind.RULES:
        return f"the rules{because}"
    return f"nobody{because}"


def _write_age(age_days: float) -> str:
    return "trained up to the last bar" if age_days < 1.0 else f"{age_days:,.0f} days old"


def tell_reason(reason: FallbackReason) -> str:
    """Return why a step of the ladder did not answer, as a clause."""
    return reason.words


def grade_confidence(confidence: float) -> str:
    """Return "strong" from 80 on, "fair" from 60 on, else "weak".

    Examples
    --------
    >>> grade_confidence(80.0), grade_confidence(79.9), grade_confidence(0.0)
    ('strong', 'fair', 'weak')
    """
    if confidence >= STRONG_CONFIDENCE:
        return "strong"
    return "fair" if confidence >= FAIR_CONFIDENCE else "weak"


def write_coverage(report: QualityReport) -> str:
    """Return the shares of rising, falling and ranging stretches."""
    return ", ".join(
        f"{name} {write_percent(share, 0)}" for name, share in report.market_coverage.items()
    )

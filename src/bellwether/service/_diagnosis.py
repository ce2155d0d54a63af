"""A diagnosis: what a reader of some bars is told before anything rests on them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bellwether.bars import (
    BarsImport,
    Freshness,
    Grade,
    Layout,
    Panel,
    QualityReport,
    Severity,
    gravest,
)
from bellwether.errors import BellwetherError
from bellwether.service._errors import HistoryTooShort
from bellwether.service._request import check_history_length
from bellwether.validation import EvidencePlan, PlannerOptions, measure_market, plan_market

# Rows that are refused without anything being wrong with them.
HARMLESS_REFUSALS = ("repeats a bar", "not closed yet")


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """One reason for a diagnosis: in words, with its severity."""

    severity: Severity
    words: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is known of one source's bars, how grave it is, and what a verdict on them needs.

    Parameters
    ----------
    source : str
        What was looked at: a path, or a stored symbol.
    symptoms : tuple of Symptom
        The gravest first; empty where there is nothing to say.
    quality : QualityReport or None
        None where the source was refused as a whole.
    layout : Layout or None
        How the source is written; None where nobody said.
    plan : EvidencePlan or None
        What the gate could see in so many bars; None where there is one or none.
    short_history : str or None
        Why a model is not trained on so few bars; None where they are enough.
    refusal : BellwetherError or None
        Why the source was refused as a whole.
    """

    source: str
    symptoms: tuple[Symptom, ...]
    quality: QualityReport | None = None
    layout: Layout | None = None
    plan: EvidencePlan | None = None
    short_history: str | None = None
    refusal: BellwetherError | None = None

    @property
    def severity(self) -> Severity:
        """The gravest of the symptoms; a note where there is none."""
        return gravest(*(one.severity for one in self.symptoms))

    def to_json(self) -> dict[str, object]:
        """Return the diagnosis as plain JSON values."""
        return {
            "source": self.source,
            "severity": self.severity.value,
            "symptoms": [
                {"severity": one.severity.value, "words": one.words} for one in self.symptoms
            ],
            "quality": None if self.quality is None else self.quality.to_json(),
            "layout": None if self.layout is None else self.layout.to_json(),
            "plan": None if self.plan is None else _plan_json(self.plan),
            "short_history": self.short_history,
            "refusal": None if self.refusal is None else _refusal_json(self.refusal),
        }


def diagnose(
    imported: BarsImport, *, source: str, options: PlannerOptions | None = None
) -> Diagnosis:
    """Say what is wrong with some bars, and how many of them a verdict needs.

    Parameters
    ----------
    imported : BarsImport
    source : str
        What to call them.
    options : PlannerOptions, optional
        What the verdict is to find.

    Returns
    -------
    diagnosis : Diagnosis
        An error where the bars are POOR or hold something else than their market; a warning
        where rows were refused, a finding is one, or the last bar is too old to predict from.
    """
    panel = Panel(bars=[imported.bars])
    symptoms = sorted(_find_symptoms(imported.quality), key=lambda one: -one.severity.rank)
    return Diagnosis(
        source=source,
        symptoms=tuple(symptoms),
        quality=imported.quality,
        layout=imported.layout,
        # One bar alone does not even tell how many there are in a year.
        plan=plan_market(measure_market(panel), options=options).decisive
        if len(imported.bars) > 1
        else None,
        short_history=_tell_length(panel),
    )


def diagnose_refusal(error: BellwetherError, *, source: str) -> Diagnosis:
    """Return the diagnosis of a source that gave no bars.

    Parameters
    ----------
    error : BellwetherError
        Why it was refused.
    source : str
    """
    words = f"refused: expected {error.expected}, was {error.was}"
    symptom = Symptom(severity=Severity.ERROR, words=words)
    return Diagnosis(source=source, symptoms=(symptom,), refusal=error)


def _find_symptoms(quality: QualityReport) -> Iterator[Symptom]:
    if quality.grade is Grade.POOR:
        yield Symptom(severity=Severity.ERROR, words=_tell_poor(quality))
    if quality.freshness is Freshness.EXPIRED:
        words = "the last bar is more than 7 sessions old: the answer about the next one is HOLD"
        yield Symptom(severity=Severity.WARNING, words=words)
    refused = [row for row in quality.refusals if not row.reason.startswith(HARMLESS_REFUSALS)]
    if refused:
        words = f"rows that are no bars ({len(refused)} of {quality.n_read})"
        yield Symptom(severity=Severity.WARNING, words=words)
    counts = Counter((found.severity, found.code) for found in quality.findings)
    for (severity, code), count in counts.items():
        words = code.replace("-", " ")
        yield Symptom(severity=severity, words=words if count == 1 else f"{words} ({count})")


def _tell_poor(quality: QualityReport) -> str:
    if quality.n_kept < 50:
        return f"poor: {quality.n_kept} bars are too few for any answer but HOLD"
    if quality.missing_frac >= 0.2:
        return f"poor: {quality.missing_frac:.0%} of the sessions have no bar"
    return "poor: most closes repeat the one before"


def _tell_length(panel: Panel) -> str | None:
    try:
        check_history_length(panel)
    except HistoryTooShort as error:
        return f"training expects {error.expected}, was {error.was}"
    return None


def _plan_json(plan: EvidencePlan) -> dict[str, object]:
    return {
        "sentence": plan.sentence,
        "n_out_of_sample_bars": plan.n_out_of_sample_bars,
        "n_needed_bars": plan.n_needed_bars,
        "n_missing_bars": plan.n_missing_bars,
        "is_enough": plan.is_enough,
    }


def _refusal_json(error: BellwetherError) -> dict[str, str]:
    return {
        "type": type(error).__name__,
        "expected": error.expected,
        "was": error.was,
        "hint": error.hint,
    }

"""The gate: Evidence in, Verdict out. What it cannot compute, it refuses."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from bellwether.validation import _construction as construction
from bellwether.validation import _measures as measures
from bellwether.validation._case import Case, Finding
from bellwether.validation._evidence import Evidence
from bellwether.validation._measures import EARNED
from bellwether.validation._opinions import opine
from bellwether.validation._options import GateOptions
from bellwether.validation._report_beside import report_beside
from bellwether.validation._reports import (
    report_contract,
    report_skill,
    report_value,
    report_years,
)
from bellwether.validation._verdict import Binding, Check, Decision, Leg, Verdict

Report = TypeVar("Report")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the gate's table.

    Parameters
    ----------
    name : str
    leg : Leg
    ask : callable
        From the case to a finding.
    """

    name: str
    leg: Leg
    ask: Callable[[Case], Finding]


CHECKS = (
    Rule("leak_probes_ran", Leg.CONSTRUCTION, construction.check_leak_probes_ran),
    Rule("no_leak_found", Leg.CONSTRUCTION, construction.check_no_leak_found),
    Rule("folds_are_purged", Leg.CONSTRUCTION, construction.check_folds_are_purged),
    Rule("times_increase", Leg.CONSTRUCTION, construction.check_times_increase),
    Rule("no_stretch_is_copied", Leg.CONSTRUCTION, construction.check_no_stretch_is_copied),
    Rule("returns_match_prices", Leg.CONSTRUCTION, construction.check_returns_match_prices),
    Rule("label_is_no_price_level", Leg.CONSTRUCTION, construction.check_label_is_no_price_level),
    Rule("forecast_is_complete", Leg.CONSTRUCTION, construction.check_forecast_is_complete),
    Rule("forecast_varies", Leg.CONSTRUCTION, construction.check_forecast_varies),
    Rule("enough_bars", Leg.DATA, measures.check_enough_bars),
    Rule("skill", Leg.SKILL, measures.check_skill),
    Rule("beats_cash", Leg.VALUE, measures.check_beats_cash),
    Rule("beats_holding", Leg.VALUE, measures.check_beats_holding),
    Rule("beats_rules", Leg.VALUE, measures.check_beats_rules),
    Rule("contract_accuracy", Leg.CONTRACT, measures.check_contract_accuracy),
    Rule("contract_profit_factor", Leg.CONTRACT, measures.check_contract_profit_factor),
    Rule("contract_drawdown", Leg.CONTRACT, measures.check_contract_drawdown),
)
BOUND_LEGS: dict[Binding, tuple[Leg, ...]] = {
    "evidence": (Leg.CONSTRUCTION, Leg.DATA, Leg.SKILL, Leg.VALUE),
    "contract": (Leg.CONSTRUCTION, Leg.CONTRACT),
    "both": tuple(Leg),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the gate decides, without the figures that are reported beside it.

    Parameters
    ----------
    decision : Decision
    reason, next_step : str
        The decisive check's, in words.
    checks : tuple of Check
        Every check that was made, binding or not.
    """

    decision: Decision
    reason: str
    next_step: str
    checks: tuple[Check, ...]

    @property
    def promotes(self) -> bool:
        """Whether the pipeline may become champion."""
        return self.decision is Decision.PROMOTE


def examine(evidence: Evidence, options: GateOptions | None = None) -> Examination:
    """Decide whether a pipeline may become champion, and report nothing beside it.

    Parameters
    ----------
    evidence : Evidence
    options : GateOptions, optional

    Returns
    -------
    examination : Examination
        What `judge` decides about the same evidence, with the same checks, an order of
        magnitude sooner: for studies of the gate itself.

    Notes
    -----
    Knows: nothing beyond the evidence.
    Never raises for what the evidence holds.
    """
    return _examine(Case(evidence, options or GateOptions()))


def _examine(case: Case) -> Examination:
    # Non-finite intermediate values are answered where they matter: in the figures.
    with np.errstate(all="ignore"):
        checks = tuple(_make_check(rule, case) for rule in CHECKS)
    decision, reason, next_step = _decide(checks, case.options)
    return Examination(decision=decision, reason=reason, next_step=next_step, checks=checks)


def judge(evidence: Evidence, options: GateOptions | None = None) -> Verdict:
    """Decide whether a pipeline may become champion.

    Parameters
    ----------
    evidence : Evidence
    options : GateOptions, optional

    Returns
    -------
    verdict : Verdict
        PROMOTE only where every binding check was computed and passed; NOT ENOUGH DATA where
        nothing is wrong with the evidence but its length; else REFUSE.

    Notes
    -----
    Knows: nothing beyond the evidence; the same evidence always gets the same verdict.
    Never raises for what the evidence holds: an error or a NaN in a check is a refusal that
    says so.

    References
    ----------
    Skill leg: smallest of four self-normalised t-statistics with the t5 location score at
    z(1 - level / trials); value leg: mean excess after costs over cash, holding and rules.
    """
    options = options or GateOptions()
    case = Case(evidence, options)
    workings = case.workings
    found = _examine(case)
    with np.errstate(all="ignore"):
        skill = _attempt(lambda: report_skill(workings))
        value = _attempt(lambda: report_value(workings))
        contract = _attempt(lambda: report_contract(workings, options))
        by_year = _attempt(lambda: report_years(workings))
        opinions = _attempt(lambda: opine(workings))
        n_effective = _attempt(lambda: workings.n_effective)
        n_bars = _attempt(lambda: workings.n_scored_bars)
        beside = report_beside(workings, _attempt)
    judged_at = np.datetime_as_string(evidence.closed_at[evidence.out_of_sample_from :], unit="s")
    return Verdict(
        name=evidence.name,
        pipeline=evidence.pipeline,
        snapshot=evidence.snapshot,
        evidence_digest=evidence.digest,
        options_digest=options.digest,
        decision=found.decision,
        binding=options.binding,
        reason=found.reason,
        next_step=found.next_step,
        checks=found.checks,
        n_bars=n_bars or 0,
        n_symbols=evidence.n_symbols,
        n_effective=n_effective,
        n_needed=float(workings.n_needed),
        n_pipelines=evidence.trials.n_pipelines,
        n_looks=evidence.trials.n_looks,
        first_closed_at=str(judged_at[0]),
        last_closed_at=str(judged_at[-1]),
        skill=skill,
        value=value,
        contract=contract,
        by_year=by_year or (),
        opinions=opinions,
        beside=beside,
    )


def _make_check(rule: Rule, case: Case) -> Check:
    """Ask one question; an error or a NaN is an answer, and the answer is no."""
    try:
        finding = rule.ask(case)
    except Exception as error:  # noqa: BLE001 - the gate fails closed, whatever went wrong
        return _not_computed(rule, f"{type(error).__name__}: {error}")
    figures = {name: value for name, value in finding.figures.items() if value is not None}
    unknown = [name for name, value in figures.items() if math.isnan(value)]
    if unknown:
        return _not_computed(rule, f"{', '.join(unknown)} came out as no number")
    return Check(
        name=rule.name,
        leg=rule.leg,
        passed=bool(finding.passed),
        reason=finding.reason,
        next_step=finding.next_step,
        figures=dict(finding.figures),
    )


def _not_computed(rule: Rule, cause: str) -> Check:
    return Check(
        name=rule.name,
        leg=rule.leg,
        passed=False,
        computed=False,
        reason=f"the check {rule.name.replace('_', ' ')!r} could not be computed ({cause})",
        next_step="look for constant or missing values in the forecasts and the bars",
    )


def _decide(checks: tuple[Check, ...], options: GateOptions) -> tuple[Decision, str, str]:
    legs = BOUND_LEGS[options.binding]
    binding = [check for check in checks if check.leg in legs]
    failed = sorted((check for check in binding if not check.passed), key=_order)
    if failed:
        first = failed[0]
        short = first.leg is Leg.DATA and first.computed
        decision = Decision.NOT_ENOUGH_DATA if short else Decision.REFUSE
        return decision, first.reason, first.next_step
    told = [check for check in binding if check.leg not in (Leg.CONSTRUCTION, Leg.DATA)]
    return Decision.PROMOTE, _tell(told), "let it serve, with the rules in shadow beside it"


def _tell(checks: list[Check]) -> str:
    """Join reasons, saying once what several of them begin with."""
    reasons = [check.reason for check in checks]
    values = [check.reason for check in checks if check.leg is Leg.VALUE]
    kept = [reason.removeprefix(EARNED) if reason in values[1:] else reason for reason in reasons]
    return "; ".join(kept)


def _order(check: Check) -> int:
    return list(Leg).index(check.leg)


def _attempt(make: Callable[[], Report]) -> Report | None:
    """Return a report, or None where it cannot be made: reports decide nothing."""
    try:
        return make()
    except Exception:  # noqa: BLE001 - the checks have said what is wrong
        return None

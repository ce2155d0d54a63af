"""What an audit says about somebody's forecasts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bellwether.service._audit_findings import AuditFinding
from bellwether.service._audit_lags import LagScore
from bellwether.validation import Check, Leg, Verdict

# What the gate asks of those who train, and nobody can answer from forecasts alone.
NOT_ASKED = {
    "leak_probes_ran": "not built here: its training could not be probed for leaks",
    "no_leak_found": "not built here: no feature could be computed anew with another future",
    "folds_are_purged": "not built here: nobody knows on which bars it was trained",
    "label_is_no_price_level": "not built here: the labels it was trained on are not known",
}
KNOWS_LATER = "no_leak_found"
JUDGED_ALONE = "not built here, its training could not be probed: judged from the forecasts alone"


_ADVICE = {
    "forecast_is_complete": "bring a forecast for each bar: whoever leaves bars out may leave out "
    "those it got wrong; or say --gaps neutral if it had no view there at the time",
    "forecast_varies": "bring a forecast that changes from bar to bar",
    "no_stretch_is_copied": "drop the copied stretch of bars, then audit again",
    "beats_rules": "follow the rules instead: they did better on the same bars",
}


class AuditOutcome(StrEnum):
    """What forecasts have shown."""

    SKILL_SHOWN = "SKILL SHOWN"
    NOT_SHOWN = "SKILL NOT SHOWN"
    NOT_ENOUGH_DATA = "NOT ENOUGH DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedColumn:
    """One configuration, as it was read.

    Parameters
    ----------
    name : str
    kind : str
        return, price, direction, probability or score.
    recognised : bool
        Whether its values told the kind; else it was said.
    """

    name: str
    kind: str
    recognised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A floor, or the rules, on the same bars at the same costs.

    Parameters
    ----------
    name : str
    verdict : Verdict
        Its numbers; what it decides has no consequence.
    """

    name: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """What somebody's forecasts have shown, and what is wrong with them.

    Parameters
    ----------
    name : str
        The forecaster.
    source : str
        Where the forecasts were read.
    symbols : tuple of str
    horizon_bars : int
    known_at : str
    columns : tuple of AuditedColumn
        The configurations; several were combined, each weighted by its past alone.
    n_rows : int
        Rows that were read.
    findings : tuple of AuditFinding
        Those that block come first.
    lags : tuple of LagScore
        How the judged stream fits the bars from two before its own to two after it.
    verdict : Verdict
        The gate's, on the same evidence: it never promotes what was not built here.
    rivals : tuple of Rival
        The rules and the floors.
    level : float
        Rate of false claims of skill that was asked for.
    """

    name: str
    source: str
    symbols: tuple[str, ...]
    horizon_bars: int
    known_at: str
    columns: tuple[AuditedColumn, ...]
    n_rows: int
    findings: tuple[AuditFinding, ...]
    lags: tuple[LagScore, ...]
    verdict: Verdict
    rivals: tuple[Rival, ...]
    level: float = 0.01

    @property
    def blocking(self) -> tuple[AuditFinding, ...]:
        """The findings under which nothing may be concluded."""
        return tuple(finding for finding in self.findings if finding.blocks)

    @property
    def asked(self) -> tuple[Check, ...]:
        """The gate's binding checks that forecasts alone can answer, in the order they are told."""
        legs = (Leg.CONSTRUCTION, Leg.DATA, Leg.SKILL, Leg.VALUE)
        checks = [one for one in self.verdict.checks if one.leg in legs]
        return tuple(one for one in checks if one.name not in self.not_asked)

    @property
    def not_asked(self) -> dict[str, str]:
        """The checks that forecasts alone cannot answer, each with the reason."""
        names = {check.name for check in self.verdict.checks}
        # What was found to know the future has answered that question.
        answered = {KNOWS_LATER} if self.blocking else set()
        return {name: why for name, why in NOT_ASKED.items() if name in names - answered}

    @property
    def decisive(self) -> Check | None:
        """The first check that did not pass; None where all did."""
        failed = [check for check in self.asked if not check.passed]
        return min(failed, key=lambda check: list(Leg).index(check.leg), default=None)

    @property
    def outcome(self) -> AuditOutcome:
        """What the forecasts have shown."""
        decisive = self.decisive
        if self.blocking:
            return AuditOutcome.NOT_SHOWN
        if decisive is None:
            return AuditOutcome.SKILL_SHOWN
        short = decisive.leg is Leg.DATA and decisive.computed
        return AuditOutcome.NOT_ENOUGH_DATA if short else AuditOutcome.NOT_SHOWN

    @property
    def reason(self) -> str:
        """Why, as a clause for a person."""
        if self.blocking:
            return str(self.blocking[0])
        if self.decisive is not None:
            known = {check.name: check.passed for check in self.asked}
            skilled = self.decisive.leg is Leg.VALUE and known.get("skill", False)
            return f"{'it has skill, but ' if skilled else ''}{self.decisive.reason}"
        told = [check.reason for check in self.asked if check.leg in (Leg.SKILL, Leg.VALUE)]
        return "; ".join(told)

    @property
    def next_step(self) -> str:
        """The cheapest thing to do now."""
        if self.blocking:
            return self.blocking[0].remedy
        if self.decisive is None:
            return "follow it on bars to come: these it might have been fitted to"
        return _advise(self.decisive)

    @property
    def headline(self) -> str:
        """The outcome in one or two sentences for a person."""
        return f"{self.outcome}: {self.reason}. Next step: {self.next_step}."

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values; an infinite number becomes "inf"."""
        return {
            "name": self.name,
            "source": self.source,
            "outcome": str(self.outcome),
            "reason": self.reason,
            "next_step": self.next_step,
            "symbols": list(self.symbols),
            "horizon_bars": self.horizon_bars,
            "known_at": self.known_at,
            "columns": [
                {"name": one.name, "kind": one.kind, "recognised": one.recognised}
                for one in self.columns
            ],
            "n_rows": self.n_rows,
            "findings": [one.to_json() for one in self.findings],
            "lags": [{"lag_bars": one.lag_bars, "t": one.t, "luck": one.luck} for one in self.lags],
            "not_asked": self.not_asked,
            "verdict": self.verdict.to_json(),
            "rivals": [{"name": one.name, **_numbers(one.verdict)} for one in self.rivals],
        }


def _advise(check: Check) -> str:
    """Return the gate's advice, which is for those who train, in words for those who follow."""
    t = check.figures.get("t")
    if check.name == "skill" and t is not None and not t > 0.0:
        return "do not follow it: on these bars it was no better than chance"
    return _ADVICE.get(check.name, check.next_step)


def _numbers(verdict: Verdict) -> dict[str, Any]:
    """Return the few numbers by which forecasters are compared."""
    contract, skill, value = verdict.contract, verdict.skill, verdict.value
    return {
        "skill_t": None if skill is None else skill.statistic.minimum,
        "accuracy": None if contract is None else contract.accuracy.value,
        "net_return": None if contract is None else contract.net_return,
        "over_cash": None if value is None else value.over_cash,
    }

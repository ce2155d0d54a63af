"""The leaderboard: every candidate, every floor and the rules, by the same numbers."""

import math
from dataclasses import asdict, dataclass
from typing import Literal

from bellwether.service._results import Baseline, Candidate, TrainingResult
from bellwether.validation import Verdict

RowKind = Literal["ensemble", "model", "rules", "floor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardRow:
    """One line of the leaderboard, all numbers out of sample and after costs.

    Parameters
    ----------
    name : str
    kind : {"ensemble", "model", "rules", "floor"}
        Rules and floors are measured for comparison and are never promoted.
    decision : str or None
        The binding gate's verdict; None for rules and floors.
    contract_passed : bool
        Whether the contract's three numbers hold.
    skill_t, needed_t : float or None
        Smallest of the four t-statistics of the skill leg, and what it must exceed.
    information_coefficient, accuracy, profit_factor, maximum_drawdown : float or None
        None where undefined.
    net_return : float or None
        Compounded over the out-of-sample bars.
    model_id : str or None
    reason : str
        Why the verdict is what it is.
    """

    name: str
    kind: RowKind
    decision: str | None
    contract_passed: bool
    skill_t: float | None
    needed_t: float | None
    information_coefficient: float | None
    accuracy: float | None
    profit_factor: float | None
    maximum_drawdown: float | None
    net_return: float | None
    model_id: str | None
    reason: str

    def to_json(self) -> dict[str, object]:
        """Return the row as JSON values; an infinite number becomes "inf"."""
        return {
            name: "inf" if value == float("inf") else value for name, value in asdict(self).items()
        }


def make_leaderboard(result: TrainingResult) -> tuple[LeaderboardRow, ...]:
    """Return the leaderboard of a training run: candidates by skill, then rules, then floors.

    Parameters
    ----------
    result : TrainingResult

    Returns
    -------
    rows : tuple of LeaderboardRow
        The ensemble first, models by falling skill, the rules, floors by falling return.
    """
    ensemble = [_candidate_row(one) for one in result.candidates[:1]]
    models = [_candidate_row(one) for one in result.candidates[1:]]
    baselines = [_baseline_row(one) for one in result.baselines]
    rules = [row for row in baselines if row.kind == "rules"]
    floors = [row for row in baselines if row.kind == "floor"]
    by_skill = sorted(models, key=lambda row: -_or_least(row.skill_t))
    by_return = sorted(floors, key=lambda row: -_or_least(row.net_return))
    return (*ensemble, *by_skill, *rules, *by_return)


def _candidate_row(candidate: Candidate) -> LeaderboardRow:
    kind: RowKind = "ensemble" if len(candidate.members) > 1 else "model"
    return _row(candidate.name, kind, candidate.verdict, candidate.record.model_id)


def _baseline_row(baseline: Baseline) -> LeaderboardRow:
    kind: RowKind = "rules" if baseline.name == "rules" else "floor"
    return _row(baseline.name, kind, baseline.verdict, None)


def _row(name: str, kind: RowKind, verdict: Verdict, model_id: str | None) -> LeaderboardRow:
    skill, contract = verdict.skill, verdict.contract
    estimate = skill.information_coefficient if skill else None
    promotable = kind in ("ensemble", "model")
    return LeaderboardRow(
        name=name,
        kind=kind,
        decision=str(verdict.decision) if promotable else None,
        contract_passed=verdict.contract_passed,
        skill_t=_known(skill.statistic.minimum) if skill else None,
        needed_t=skill.needed if skill and promotable else None,
        information_coefficient=estimate.value if estimate else None,
        accuracy=contract.accuracy.value if contract else None,
        profit_factor=contract.profit_factor.value if contract else None,
        maximum_drawdown=contract.maximum_drawdown.value if contract else None,
        net_return=contract.net_return if contract else None,
        model_id=model_id,
        reason=verdict.reason if promotable else "measured for comparison; never promoted",
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _or_least(value: float | None) -> float:
    return float("-inf") if value is None else value

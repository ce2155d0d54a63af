"""What a training run found out."""

from dataclasses import dataclass

from bellwether.registry import ModelRecord
from bellwether.service._request import TrainingRequest
from bellwether.validation import Evidence, FeatureImportance, ScoredForecasts, Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """One pipeline that was judged.

    Parameters
    ----------
    name : str
        "ensemble", or the name of a family.
    members : tuple of str
    scored : ScoredForecasts
    evidence : Evidence
    verdict : Verdict
    record : ModelRecord
        As registered, after any promotion.
    importance : tuple of FeatureImportance
        What each feature is worth to it; empty where the plan does not ask.
    """

    name: str
    members: tuple[str, ...]
    scored: ScoredForecasts
    evidence: Evidence
    verdict: Verdict
    record: ModelRecord
    importance: tuple[FeatureImportance, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Baseline:
    """One floor, or the rules, measured as the candidates were; never promoted.

    Parameters
    ----------
    name : str
    evidence : Evidence
    verdict : Verdict
        Its numbers; the decision has no consequence.
    """

    name: str
    evidence: Evidence
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingResult:
    """Everything a training run found out.

    Parameters
    ----------
    request : TrainingRequest
    candidates : tuple of Candidate
        The ensemble first, then its members.
    baselines : tuple of Baseline
    champion : ModelRecord or None
        The model this run promoted, or found promoted already.
    """

    request: TrainingRequest
    candidates: tuple[Candidate, ...]
    baselines: tuple[Baseline, ...]
    champion: ModelRecord | None

    @property
    def proposal(self) -> Candidate:
        """The candidate that serves, else the ensemble."""
        for candidate in self.candidates:
            if self.champion and candidate.record.model_id == self.champion.model_id:
                return candidate
        return self.candidates[0]

    @property
    def verdict(self) -> Verdict:
        """The verdict on the proposal."""
        return self.proposal.verdict

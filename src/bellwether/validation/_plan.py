"""TrainingPlan: everything a walk-forward does, decided and written down before it starts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bellwether.hashing import digest_json
from bellwether.validation._errors import MalformedPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPlan:
    """How one family takes part.

    Parameters
    ----------
    family : str
        Name of the family, as in `bellwether.models`.
    preset : str
        Named options of the family.
    n_refits : int
        Fits along the out-of-sample stretch, at least 1; the final fit comes on top.
    """

    family: str
    preset: str
    n_refits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """One recorded plan; the same plan on the same bars gives the same model, bit for bit.

    Parameters
    ----------
    name : str
        What people call it.
    families : tuple of FamilyPlan
        At least one, each family once.
    seed : int
        Seed of everything random, at least 0.
    out_of_sample_from_frac : float
        Share of the history before the first out-of-sample forecast.
    validation_frac : float
        Share of each training stretch kept for early stopping, its most recent part.
    embargo_bars : int
        Bars kept free between training labels and the forecasts they must not touch.
    state_refit_bars : int
        Bars between two fits of the ensemble's weights and calibration.
    window : {"expanding", "rolling"}
        Whether later fits keep the oldest rows.

    Raises
    ------
    MalformedPlan
        If there is no family, one comes twice, or a number is out of its range.
    """

    name: str
    families: tuple[FamilyPlan, ...]
    seed: int = 20181231
    out_of_sample_from_frac: float = 0.30
    validation_frac: float = 0.15
    embargo_bars: int = 1
    state_refit_bars: int = 63
    window: Literal["expanding", "rolling"] = "expanding"

    def __post_init__(self) -> None:
        names = [plan.family for plan in self.families]
        if not names or len(set(names)) != len(names):
            raise MalformedPlan("each family once, at least one", ", ".join(names) or "none")
        if min(plan.n_refits for plan in self.families) < 1:
            raise MalformedPlan("at least one refit a family", "fewer")
        if not (0 < self.out_of_sample_from_frac < 1 and 0 < self.validation_frac < 1):
            raise MalformedPlan(
                "shares between 0 and 1",
                f"{self.out_of_sample_from_frac} and {self.validation_frac}",
            )
        if min(self.seed, self.embargo_bars) < 0 or self.state_refit_bars < 1:
            raise MalformedPlan(
                "a seed and an embargo of 0 or more, and state refits of 1 bar or more",
                f"{self.seed}, {self.embargo_bars} and {self.state_refit_bars}",
            )

    def only(self, families: Sequence[str]) -> "TrainingPlan":
        """Return the plan of some of its families, in its own order."""
        return replace(
            self, families=tuple(item for item in self.families if item.family in families)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        return {**asdict(self), "families": [asdict(plan) for plan in self.families]}

    @property
    def digest(self) -> str:
        """SHA-256 of everything but the name."""
        content = self.to_json()
        del content["name"]
        return digest_json(content)

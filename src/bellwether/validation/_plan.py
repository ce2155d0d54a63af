"""TrainingPlan: everything a walk-forward does, decided and written down before it starts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias

from bellwether.hashing import digest_json
from bellwether.models import Family, OptionValue, make_family
from bellwether.validation._errors import MalformedPlan
from bellwether.validation._learning import LearningPlan

Changes: TypeAlias = tuple[tuple[str, OptionValue], ...]


def freeze_changes(changes: Mapping[str, Any] | Iterable[Any]) -> Changes:
    """Return changed options in the order of their names, lists as tuples.

    Parameters
    ----------
    changes : mapping of str to number, or iterable of pairs

    Examples
    --------
    >>> freeze_changes({"units": [8, 4], "max_epochs": 5})
    (('max_epochs', 5), ('units', (8, 4)))
    """
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(dict(changes).items())
    )


_CAME_LATER = ("changes", "n_trials")


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
    changes : tuple of (str, value)
        Single options that differ from the preset.
    n_trials : int, default 0
        Configurations tried before each fit, on that fit's own training and validation rows:
        none takes the options as they are.
    """

    family: str
    preset: str
    n_refits: int
    changes: Changes = ()
    n_trials: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", freeze_changes(self.changes))

    def make(self, changes: Changes = ()) -> Family:
        """Return the family ready to fit.

        Parameters
        ----------
        changes : tuple of (str, value), optional
            Options that a tuner has chosen, on top of the plan's own.

        Raises
        ------
        ModelError
            As `make_family`.
        """
        return make_family(
            self.family, preset=self.preset, changes={**dict(self.changes), **dict(changes)}
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values; what came later is left out where it is not used."""
        told: dict[str, Any] = asdict(self)
        told["changes"] = dict(self.changes)
        return {key: told[key] for key in told if told[key] or key not in _CAME_LATER}


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
    holds_out : {"every fold", "first fold"}
        Whether later folds and the final fit learn from that part, too: only where no family
        stops by it, and nothing is chosen on it. The first fold's warms the first scores.
    embargo_bars : int
        Bars kept free between training labels and the forecasts they must not touch.
    state_refit_bars : int
        Bars between two fits of the ensemble's weights and calibration.
    window : {"expanding", "rolling"}
        Whether later fits keep the oldest rows.
    learning : LearningPlan
        What each fit is taught, and how much each row counts.
    member_weights : {"soft", "contract"}
        Members count by all their past evidence, or by the contract's rule: step by step from its
        starting weights, by the last ten settled predictions.
    regime_weights : bool, default False
        Whether members count more or less by the regime of the bar, as far as past evidence in
        each regime tells them apart; the contract's multipliers are where its rule starts.
    importance : bool, default False
        Whether each fit also forecasts without each feature, so that `measure_importance` can say
        what it is worth: at most a tenth of the time on top for a net. No forecast hangs on it, so
        it is no part of the digest.

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
    holds_out: Literal["every fold", "first fold"] = "every fold"
    embargo_bars: int = 1
    state_refit_bars: int = 63
    window: Literal["expanding", "rolling"] = "expanding"
    learning: LearningPlan = field(default_factory=LearningPlan)
    member_weights: Literal["soft", "contract"] = "soft"
    regime_weights: bool = False
    importance: bool = False

    def __post_init__(self) -> None:
        names = [plan.family for plan in self.families]
        if not names or len(set(names)) != len(names):
            raise MalformedPlan("each family once, at least one", ", ".join(names) or "none")
        if min(plan.n_refits for plan in self.families) < 1:
            raise MalformedPlan("at least one refit a family", "fewer")
        self._check_holding_out()
        if self.member_weights not in {"soft", "contract"}:
            raise MalformedPlan("member weights 'soft' or 'contract'", repr(self.member_weights))
        if min(plan.n_trials for plan in self.families) < 0:
            raise MalformedPlan("0 or more tuning trials a family", "fewer")
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

    def _check_holding_out(self) -> None:
        if self.holds_out not in {"every fold", "first fold"}:
            raise MalformedPlan("rows held out of 'every fold' or 'first fold'", self.holds_out)
        if self.holds_out == "first fold" and any(item.n_trials for item in self.families):
            expected = "rows held out of every fold, where configurations are tried on them"
            raise MalformedPlan(expected, self.holds_out)

    def only(self, families: Sequence[str]) -> "TrainingPlan":
        """Return the plan of some of its families, in its own order."""
        return replace(
            self, families=tuple(item for item in self.families if item.family in families)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        told = {**asdict(self), "families": [plan.to_json() for plan in self.families]}
        del told["learning"]
        # What came later is left out where nothing is special about it, as in older plans.
        for name in ("importance", "regime_weights"):
            if not told[name]:
                del told[name]
        if self.member_weights == "soft":
            del told["member_weights"]
        if self.holds_out == "every fold":
            del told["holds_out"]
        return told if self.learning.is_plain else {**told, "learning": self.learning.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave.

        Raises
        ------
        MalformedPlan
            If a field is missing or unknown, or a number is out of its range.
        """
        told = dict(content)
        try:
            families = tuple(FamilyPlan(**item) for item in told.pop("families", ()))
            learning = LearningPlan(**told.pop("learning", {}))
            return cls(families=families, learning=learning, **told)
        except TypeError as error:
            raise MalformedPlan("the fields of a plan", str(error)) from error

    @property
    def digest(self) -> str:
        """SHA-256 of everything that decides a forecast: the name and `importance` do not."""
        content = self.to_json()
        del content["name"]
        content.pop("importance", None)
        return digest_json(content)

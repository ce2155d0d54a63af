"""GateCalibration: the gate's own measured rates of error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from bellwether.validation._metrics import Estimate, exact_proportion
from bellwether.validation._stored import decode, encode

FigureKind = Literal["null", "power"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFigure:
    """How often the gate promoted in one kind of world.

    Parameters
    ----------
    world : str
        Where the bars and the forecasts came from, in words.
    kind : {"null", "power"}
        Without skill, or with a planted one.
    information_coefficient : float
        Planted; 0 in a world without skill.
    n_runs, n_promoted : int
        Runs made, and those of them that the gate promoted.
    rate : Estimate
        Promoted of all, with its exact (Clopper-Pearson) 95 % interval.
    limit : float or None
        What the best possible test of skill would promote; None without a planted skill, and
        on bars whose law nobody knows.
    seed : int
        With the world's name and the number of a run it gives that run again.
    """

    world: str
    kind: FigureKind
    information_coefficient: float
    n_runs: int
    n_promoted: int
    rate: Estimate
    limit: float | None
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCalibration:
    """The gate's measured rates of false promotion and of power, each leg of it included.

    Parameters
    ----------
    snapshot : str
        Digest of the bars it was measured on; empty for simulated worlds alone.
    options_digest : str
        Of the gate's options.
    n_configurations, n_bars : int
        Configurations combined in each run, and bars of each.
    measured_at : str
        ISO 8601, UTC.
    seconds : float
        What it took.
    figures : tuple of CalibrationFigure
        One a world in which at least one run was made.
    n_runs_left_out : int
        Runs that were planned and that the time budget did not allow.
    """

    snapshot: str
    options_digest: str
    n_configurations: int
    n_bars: int
    measured_at: str
    seconds: float
    figures: tuple[CalibrationFigure, ...]
    n_runs_left_out: int = 0

    @property
    def false_promotion(self) -> Estimate:
        """Share of all runs without skill that were promoted, pooled; NaN where none ran."""
        null = [figure for figure in self.figures if figure.kind == "null"]
        pooled = exact_proportion(
            sum(figure.n_promoted for figure in null), sum(figure.n_runs for figure in null)
        )
        return pooled or Estimate(value=float("nan"), low=0.0, high=1.0, n=0.0)

    @property
    def sentence(self) -> str:
        """The measured rate for a person."""
        rate = self.false_promotion
        where = "simulated and on copies of the bars" if self.snapshot else "all simulated"
        return (
            f"in {rate.n:,.0f} runs without skill, {where}, it promoted {rate.value:.2%} "
            f"(95 % interval {rate.low:.2%} to {rate.high:.2%})"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the calibration as JSON values."""
        encoded: dict[str, Any] = encode(self)
        return encoded

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the calibration that `to_json` came from.

        Raises
        ------
        UnreadableVerdict
            If a part is missing, unknown or of another type.
        """
        calibration: Self = decode(cls, content)
        return calibration

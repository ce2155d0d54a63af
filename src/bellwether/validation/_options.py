"""Options of the gate."""

from dataclasses import asdict, dataclass
from typing import get_args

from bellwether.hashing import digest_json
from bellwether.validation._errors import UnusableOptions
from bellwether.validation._panels import PanelSkill
from bellwether.validation._verdict import Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """What the gate asks for.

    Parameters
    ----------
    level : float
        Highest rate of false promotion, over all pipelines tried; between 0 and .5.
    binding : {"evidence", "contract", "both"}
        Which gate decides; both are always computed and shown.
    least_accuracy, least_profit_factor, most_drawdown : float
        The contract's thresholds.
    panel : {"clustered", "market_neutral"}
        How several symbols are judged: by the returns they earn, those that move alike
        counting together; or by what each earns beyond the mean of all.

    Raises
    ------
    UnusableOptions
        If an option is out of its range.
    """

    level: float = 0.01
    binding: Binding = "evidence"
    least_accuracy: float = 0.55
    least_profit_factor: float = 1.5
    most_drawdown: float = 0.20
    panel: PanelSkill = "clustered"

    def __post_init__(self) -> None:
        ranges = (
            ("level", 0.0 < self.level < 0.5, "between 0 and .5"),
            ("binding", self.binding in get_args(Binding), ", ".join(get_args(Binding))),
            ("least_accuracy", 0.0 <= self.least_accuracy <= 1.0, "from 0 to 1"),
            ("least_profit_factor", self.least_profit_factor >= 0.0, "at least 0"),
            ("panel", self.panel in get_args(PanelSkill), ", ".join(get_args(PanelSkill))),
            ("most_drawdown", 0.0 <= self.most_drawdown <= 1.0, "from 0 to 1"),
        )
        for name, holds, expected in ranges:
            if not holds:
                raise UnusableOptions(name, expected, f"{getattr(self, name)}")

    @property
    def digest(self) -> str:
        """SHA-256 over every option; one that came later counts where it is not the default."""
        content = asdict(self)
        if self.panel == "clustered":
            del content["panel"]
        return digest_json(content)

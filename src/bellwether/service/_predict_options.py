"""What a prediction is asked for, and what answering needs from outside."""

from dataclasses import asdict, dataclass, field

from bellwether.clock import Clock
from bellwether.hashing import digest_json
from bellwether.registry import Registry
from bellwether.service._errors import OptionOutOfRange
from bellwether.service._ladder import LadderOptions
from bellwether.service._ports import BundleStore, Choices, RulesSource, Standings


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictOptions:
    """What is asked for, and of whom.

    Parameters
    ----------
    horizon_bars : int, default 1
        How many bars ahead.
    models_enabled : bool, default True
        Without models the rules answer.
    ladder : LadderOptions

    Raises
    ------
    OptionOutOfRange
        If the horizon is below 1.
    """

    horizon_bars: int = 1
    models_enabled: bool = True
    ladder: LadderOptions = field(default_factory=LadderOptions)

    def __post_init__(self) -> None:
        if self.horizon_bars < 1:
            raise OptionOutOfRange("horizon_bars", "at least 1", self.horizon_bars)

    @property
    def digest(self) -> str:
        """SHA-256 of every option."""
        return digest_json(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictPorts:
    """Where models, files, rules and the time come from.

    Parameters
    ----------
    registry : Registry
    bundles : BundleStore
    rules : RulesSource
    clock : Clock
    standings : Standings, optional
        What is thought of models; by default nobody watches them.
    choices : Choices, optional
        Where a previous champion answers before the champion; by default nowhere.
    """

    registry: Registry
    bundles: BundleStore
    rules: RulesSource
    clock: Clock
    standings: Standings | None = None
    choices: Choices | None = None

"""How a challenger becomes a champion: what it must show, and for how long."""

from dataclasses import dataclass, field

from bellwether.monitor import RetrainPolicy
from bellwether.retraining._errors import UnusableRetrainingOption
from bellwether.watch import WatchOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingOptions:
    """What a challenger must show, and for how long.

    Parameters
    ----------
    policy : RetrainPolicy
        When a challenger is made.
    enough_evidence : float, default 20
        Evidence in the shadow at which a challenger is promoted: one that is not better gets so
        far once in as many times, or less often.
    margin_points : float, default 1
        Points of accuracy that count as "no worse".
    level : float, default 0.05
        Chance of taking a challenger for no worse that is worse by the margin.
    decide_bars : int, default 63
        Bars in the shadow after which a challenger that is no worse succeeds a champion that
        answers no longer.
    most_bars : int, default 756
        Bars in the shadow after which a challenger is given up.
    probation_bars : int, default 63
        Settled bars after a promotion within which it is taken back by itself.
    most_age_days : float, default 180
        A model of that age answers no longer.
    most_tries : int, default 3
        Trainings of one challenger that may be interrupted.
    chooses_by_regime : bool, default True
        Whether the previous champion answers first where it was shown to be better.
    watch : WatchOptions
        When what became of a pipeline's forecasts speaks against renewing it.

    Raises
    ------
    UnusableRetrainingOption
        If an option is out of its range.
    """

    policy: RetrainPolicy = field(default_factory=RetrainPolicy)
    enough_evidence: float = 20.0
    margin_points: float = 1.0
    level: float = 0.05
    decide_bars: int = 63
    most_bars: int = 756
    probation_bars: int = 63
    most_age_days: float = 180.0
    most_tries: int = 3
    chooses_by_regime: bool = True
    watch: WatchOptions = field(default_factory=WatchOptions)

    def __post_init__(self) -> None:
        ranges = {
            "enough_evidence": (1.0, 1e9),
            "margin_points": (0.0, 10.0),
            "level": (1e-4, 0.5),
            "decide_bars": (1, self.most_bars),
            "most_bars": (1, 100_000),
            "probation_bars": (1, 100_000),
            "most_age_days": (1.0, 36_525.0),
            "most_tries": (1, 100),
        }
        for name, (least, most) in ranges.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise UnusableRetrainingOption(name, f"from {least} to {most}", value)

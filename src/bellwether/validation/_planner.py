"""What evidence is possible with so many bars, said before anything is trained."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from bellwether.hashing import digest_json
from bellwether.trials import TrialCount
from bellwether.validation._errors import UnusableOptions
from bellwether.validation._horizon import break_even_ic, ic_of_horizon

# Information that one bar holds about the location of a unit-variance t5.
LOCATION_INFORMATION = 1.25
PLANNED_ICS = (0.02, 0.05, 0.10, 0.20)
WANTED_POWER = 0.80
YEAR = np.timedelta64(round(365.25 * 86_400), "s")


def critical_t(alpha: float) -> float:
    """Return the t-statistic that luck alone exceeds with probability alpha.

    Examples
    --------
    >>> round(critical_t(0.01), 3)
    2.326
    """
    return -float(ndtri(alpha))


def best_power(ic: float, n_bars: float, alpha: float) -> float:
    """Return the power of the best possible test.

    Parameters
    ----------
    ic : float
        True information coefficient.
    n_bars : float
        Out-of-sample bars; for a panel, independent observations.
    alpha : float
        Level of the test.

    Returns
    -------
    power : float

    Examples
    --------
    >>> round(best_power(0.10, 882, 0.01), 2)
    0.84
    """
    return float(ndtr(ic * math.sqrt(LOCATION_INFORMATION * n_bars) - critical_t(alpha)))


def bars_for_power(ic: float, power: float, alpha: float) -> int:
    """Return the out-of-sample bars with which the best possible test has a power.

    Examples
    --------
    >>> bars_for_power(0.10, 0.50, 0.01), bars_for_power(0.05, 0.80, 0.01)
    (433, 3212)
    """
    distance = critical_t(alpha) + float(ndtri(power))
    return math.ceil((distance / ic) ** 2 / LOCATION_INFORMATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerOptions:
    """What the planner assumes.

    Parameters
    ----------
    level : float
        Wanted rate of false promotion.
    ic_worth_finding : float
        Skill worth finding.
    out_of_sample_frac : float
        Share of the history that is judged.
    breadth : float
        Independent symbols that the panel is worth; one symbol is 1.
    n_bars_per_year, annual_volatility, cost_bps, persistence : float
        The market, the costs and the forecast for the break-even skill.
    horizon_bars : int
        Bars a forecast is made for.
    """

    level: float = 0.01
    ic_worth_finding: float = 0.10
    out_of_sample_frac: float = 0.70
    breadth: float = 1.0
    n_bars_per_year: float = 252.0
    annual_volatility: float = 0.18
    cost_bps: float = 5.0
    persistence: float = 0.90
    horizon_bars: int = 1

    def __post_init__(self) -> None:
        ranges = (
            ("level", 0.0 < self.level < 0.5, "between 0 and .5"),
            ("ic_worth_finding", 0.0 < self.ic_worth_finding < 1.0, "between 0 and 1"),
            ("out_of_sample_frac", 0.0 < self.out_of_sample_frac < 1.0, "between 0 and 1"),
            ("breadth", self.breadth >= 1.0, "at least 1"),
            ("n_bars_per_year", self.n_bars_per_year > 0.0, "above zero"),
            ("annual_volatility", self.annual_volatility > 0.0, "above zero"),
            ("cost_bps", self.cost_bps >= 0.0, "at least 0"),
            ("persistence", 0.0 <= self.persistence < 1.0, "from 0 to below 1"),
            ("horizon_bars", self.horizon_bars >= 1, "at least 1"),
        )
        for name, holds, expected in ranges:
            if not holds:
                raise UnusableOptions(name, expected, f"{getattr(self, name)}")

    @property
    def digest(self) -> str:
        """SHA-256 over every option."""
        return digest_json({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPower:
    """What the best possible test can see of one size of skill.

    Parameters
    ----------
    ic : float
        Size of the skill, bar by bar.
    power : float
        Chance to see it with the bars at hand.
    n_bars_for_80_percent : int
        Out-of-sample bars for a chance of 80 %.
    ic_of_horizon : float
        The same skill as the IC of a forecast over its horizon.
    """

    ic: float
    power: float
    n_bars_for_80_percent: int
    ic_of_horizon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePlan:
    """What the gate will be able to say, and when.

    Parameters
    ----------
    n_bars, n_out_of_sample_bars : int
        History at hand, and the part that will be judged.
    n_needed_bars : int
        Out-of-sample bars below which the verdict is NOT ENOUGH DATA.
    n_missing_bars : int
        Bars of history still to come before a verdict is possible; zero where it is now.
    alpha, critical_t : float
        Level left for this look, and the t-statistic it asks for.
    ic_worth_finding, break_even_ic : float
        Declared skill, and the skill that costs eat up, both bar by bar.
    powers : tuple of PlannedPower
        By size of the skill, increasing; the declared one is among them.
    earliest_verdict_at : datetime64[us] or None
        When a verdict will be possible; None where the last bar's time was not given.
    breadth : float
        Independent symbols that the panel is worth.
    horizon_bars : int
        Bars a forecast is made for.
    """

    n_bars: int
    n_out_of_sample_bars: int
    n_needed_bars: int
    n_missing_bars: int
    alpha: float
    critical_t: float
    ic_worth_finding: float
    break_even_ic: float
    powers: tuple[PlannedPower, ...]
    earliest_verdict_at: np.datetime64 | None
    breadth: float
    horizon_bars: int

    @property
    def is_enough(self) -> bool:
        """Whether a verdict other than NOT ENOUGH DATA is possible now."""
        return self.n_missing_bars == 0

    @property
    def sentence(self) -> str:
        """The plan in words, for a person."""
        if not self.is_enough:
            when = "" if self.earliest_verdict_at is None else _on_day(self.earliest_verdict_at)
            return (
                f"{self.n_out_of_sample_bars} out-of-sample bars cannot decide: "
                f"{self.n_needed_bars} are needed to find an information coefficient of "
                f"{write_ic(self.ic_worth_finding)} half of the time. "
                f"A verdict is possible {self.n_missing_bars} bars from now{when}."
            )
        chances = ", ".join(f"{one.power:.0%} at {write_ic(one.ic)}" for one in self.powers)
        return (
            f"With {self.n_out_of_sample_bars} out-of-sample bars even a perfect judge would "
            f"recognise a genuine edge with a chance of {chances} (information coefficient). "
            f"Below {self.break_even_ic:.3f} costs eat what it earns."
        )


def plan_evidence(
    n_bars: int,
    *,
    trials: TrialCount | None = None,
    options: PlannerOptions | None = None,
    last_closed_at: np.datetime64 | None = None,
) -> EvidencePlan:
    """Say before training what the gate will be able to see.

    Parameters
    ----------
    n_bars : int
        Bars of history at hand.
    trials : TrialCount, optional
        What the trial log will count, the look planned for included; a first look by default.
    options : PlannerOptions, optional
    last_closed_at : datetime64, optional
        Close of the last bar, UTC.

    Returns
    -------
    plan : EvidencePlan

    Examples
    --------
    >>> plan = plan_evidence(400)
    >>> plan.is_enough, plan.n_missing_bars
    (False, 219)
    """
    options = options or PlannerOptions()
    alpha = (trials or TrialCount(n_pipelines=1, n_looks=1)).alpha(options.level)
    needed = bars_for_power(options.ic_worth_finding, 0.5, alpha)
    needed = math.ceil(needed / options.breadth)
    judged = count_judged_bars(n_bars, options.out_of_sample_frac)
    missing = 0
    if judged < needed:
        missing = math.ceil(needed / options.out_of_sample_frac) - n_bars
    earliest = None
    if last_closed_at is not None:
        earliest = last_closed_at + YEAR * missing / options.n_bars_per_year
    volatility = options.annual_volatility / math.sqrt(options.n_bars_per_year)
    return EvidencePlan(
        n_bars=n_bars,
        n_out_of_sample_bars=judged,
        n_needed_bars=needed,
        n_missing_bars=missing,
        alpha=alpha,
        critical_t=critical_t(alpha),
        ic_worth_finding=options.ic_worth_finding,
        break_even_ic=break_even_ic(
            options.persistence, options.cost_bps, volatility, options.horizon_bars
        ),
        powers=tuple(
            _planned(ic, judged, alpha, options)
            for ic in sorted({*PLANNED_ICS, options.ic_worth_finding})
        ),
        earliest_verdict_at=earliest,
        breadth=options.breadth,
        horizon_bars=options.horizon_bars,
    )


def write_ic(ic: float) -> str:
    """Return an information coefficient with the digits it has, two at least.

    Examples
    --------
    >>> write_ic(0.1), write_ic(0.025)
    ('0.10', '0.025')
    """
    return f"{ic:.2f}" if round(ic, 2) == round(ic, 4) else f"{ic:.4g}"


def _planned(ic: float, n_judged: int, alpha: float, options: PlannerOptions) -> PlannedPower:
    needed = bars_for_power(ic, WANTED_POWER, alpha)
    return PlannedPower(
        ic=ic,
        power=best_power(ic, n_judged * options.breadth, alpha),
        n_bars_for_80_percent=math.ceil(needed / options.breadth),
        ic_of_horizon=ic_of_horizon(ic, options.horizon_bars, options.persistence),
    )


def count_judged_bars(n_bars: int, out_of_sample_frac: float) -> int:
    """Return how many bars of a history are judged."""
    # The start is rounded up as the walk-forward does; a last place must not cost a bar.
    return n_bars - math.ceil(n_bars * (1.0 - out_of_sample_frac) - 1e-9)


def _on_day(instant: np.datetime64) -> str:
    return f", about {np.datetime_as_string(instant, unit='D')}"

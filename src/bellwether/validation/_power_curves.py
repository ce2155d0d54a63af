"""Power against years of history: how long until a skill can be seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bellwether.validation._errors import UnusableOptions
from bellwether.validation._market_plan import MarketPlan
from bellwether.validation._planner import EvidencePlan, best_power, count_judged_bars

POINTS_A_CURVE = 60
MOST_LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLine:
    """How the chance to see one size of skill grows.

    Parameters
    ----------
    plan : {"single", "clustered", "market_neutral"}
        Of one symbol alone, or how several are put together.
    ic : float
        Size of the skill, bar by bar.
    accuracy : float
        Share of right directions that goes with it where returns are normal.
    power : tuple of float
        At each of the lengths.
    """

    plan: str
    ic: float
    accuracy: float
    power: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCurves:
    """Power against years of history.

    Parameters
    ----------
    years : tuple of float
    n_bars : tuple of int
        The same lengths in bars.
    lines : tuple of PowerLine
    """

    years: tuple[float, ...]
    n_bars: tuple[int, ...]
    lines: tuple[PowerLine, ...]


def draw_power(
    plan: MarketPlan, *, years: float = 20.0, ics: Sequence[float] | None = None
) -> PowerCurves:
    """Return how the best possible test's power grows with the years of history.

    Parameters
    ----------
    plan : MarketPlan
        Of the same market, costs and count of trials.
    years : float, default 20
        The longest history.
    ics : sequence of float, optional
        At most 8 sizes of skill; those of the plan by default.

    Returns
    -------
    curves : PowerCurves

    Raises
    ------
    UnusableOptions
        If the years are not above zero, or a skill is no information coefficient.

    Notes
    -----
    The level is that of the plan: whoever looks again on the way spends some of it.
    """
    sizes = [one.ic for one in plan.decisive.powers] if ics is None else sorted(set(ics))
    if not years > 0.0:
        raise UnusableOptions("years", "above zero", f"{years}")
    if not sizes or len(sizes) > MOST_LINES or not all(0.0 < one < 1.0 for one in sizes):
        expected = f"1 to {MOST_LINES} numbers between 0 and 1"
        raise UnusableOptions("ics", expected, f"{sizes}")
    lengths = [years * step / POINTS_A_CURVE for step in range(1, POINTS_A_CURVE + 1)]
    n_bars = [max(round(one * plan.market.n_bars_per_year), 1) for one in lengths]
    judged = [count_judged_bars(one, plan.options.out_of_sample_frac) for one in n_bars]
    return PowerCurves(
        years=tuple(lengths),
        n_bars=tuple(n_bars),
        lines=tuple(
            _draw(name, one, ic, judged) for name, one in plan.plans.items() for ic in sizes
        ),
    )


def hit_share(ic: float) -> float:
    """Return the share of right directions of a skill, where returns and forecasts are normal.

    Examples
    --------
    >>> round(hit_share(0.1), 3)
    0.532
    """
    return 0.5 + math.asin(min(ic, 1.0)) / math.pi


def _draw(name: str, plan: EvidencePlan, ic: float, judged: Sequence[int]) -> PowerLine:
    power = (best_power(ic, one * plan.breadth, plan.alpha) for one in judged)
    return PowerLine(plan=name, ic=ic, accuracy=hit_share(ic), power=tuple(power))

"""A plan for a market: what one symbol of it can show, and what all of them together."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from bellwether.trials import TrialCount
from bellwether.validation._market import PlannedMarket, panel_breadth
from bellwether.validation._panels import PanelSkill
from bellwether.validation._planner import EvidencePlan, PlannerOptions, plan_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPlan:
    """What the gate will be able to say of a market, by how its symbols are put together.

    Parameters
    ----------
    market : PlannedMarket
    options : PlannerOptions
    trials : TrialCount
        What the trial log will count, the look planned for included.
    skill : {"clustered", "market_neutral"}
        How the gate puts symbols together.
    single : EvidencePlan
        For one symbol alone.
    clustered, market_neutral : EvidencePlan or None
        For all of them, absolute and relative skill; None where there is one symbol only.
    """

    market: PlannedMarket
    options: PlannerOptions
    trials: TrialCount
    skill: PanelSkill
    single: EvidencePlan
    clustered: EvidencePlan | None
    market_neutral: EvidencePlan | None

    @property
    def plans(self) -> dict[str, EvidencePlan]:
        """The plans there are, by their names."""
        found = {"single": self.single}
        found |= {"clustered": self.clustered} if self.clustered else {}
        return found | ({"market_neutral": self.market_neutral} if self.market_neutral else {})

    @property
    def decisive(self) -> EvidencePlan:
        """The plan of the verdict that the gate will give."""
        panel = self.clustered if self.skill == "clustered" else self.market_neutral
        return panel or self.single

    def to_json(self) -> dict[str, object]:
        """Return the plan as plain JSON values."""
        last = self.market.last_closed_at
        return {
            "market": {
                **asdict(self.market),
                "last_closed_at": None if last is None else _write(last),
            },
            "options": asdict(self.options),
            "trials": asdict(self.trials),
            "panel": self.skill,
            "plans": {name: _plan_json(plan) for name, plan in self.plans.items()},
            "sentence": self.decisive.sentence,
        }


def plan_market(
    market: PlannedMarket,
    *,
    options: PlannerOptions | None = None,
    trials: TrialCount | None = None,
    skill: PanelSkill = "clustered",
) -> MarketPlan:
    """Say before training what the gate will be able to see in a market.

    Parameters
    ----------
    market : PlannedMarket
        It beats the options on volatility, bars a year and breadth.
    options : PlannerOptions, optional
    trials : TrialCount, optional
        A first look at one pipeline by default.
    skill : {"clustered", "market_neutral"}
        How the gate puts symbols together.

    Returns
    -------
    plan : MarketPlan

    Raises
    ------
    UnusableOptions
        If the market does not move, or a number is out of its range.

    Examples
    --------
    >>> plan = plan_market(PlannedMarket(n_bars=756, n_symbols=20, correlation=0.3))
    >>> [f"{one.ic:.2f} {one.power:.0%}" for one in plan.single.powers]
    ['0.02 3%', '0.05 15%', '0.10 60%', '0.20 100%']
    >>> f"{plan.decisive.powers[0].power:.0%}"
    '18%'
    """
    trials = trials or TrialCount(n_pipelines=1, n_looks=1)
    chosen = replace(
        options or PlannerOptions(),
        annual_volatility=market.annual_volatility,
        n_bars_per_year=market.n_bars_per_year,
        breadth=1.0,
    )

    def plan(breadth: float) -> EvidencePlan:
        return plan_evidence(
            market.n_bars,
            trials=trials,
            options=replace(chosen, breadth=breadth),
            last_closed_at=market.last_closed_at,
        )

    def panel(kind: PanelSkill) -> EvidencePlan | None:
        if market.n_symbols <= 1.0:
            return None
        return plan(panel_breadth(market.n_symbols, market.correlation, skill=kind))

    return MarketPlan(
        market=market,
        options=chosen,
        trials=trials,
        skill=skill,
        single=plan(1.0),
        clustered=panel("clustered"),
        market_neutral=panel("market_neutral"),
    )


def _plan_json(plan: EvidencePlan) -> dict[str, object]:
    at = plan.earliest_verdict_at
    return {
        **asdict(plan),
        "earliest_verdict_at": None if at is None else _write(at),
        "is_enough": plan.is_enough,
    }


def _write(instant: np.datetime64) -> str:
    return f"{np.datetime_as_string(instant, unit='s')}Z"

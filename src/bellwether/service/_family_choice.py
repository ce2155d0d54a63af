"""Which families a plan trains, as a person names them: ours, or their own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bellwether.models import FAMILIES, OWN_PRESET, make_options, name_family
from bellwether.service._plans import PLANS, estimate_seconds
from bellwether.validation import FamilyPlan, TrainingPlan, freeze_changes


def plan_families(
    families: Sequence[object],
    n_rows: int,
    budget_seconds: float,
    n_workers: int,
    plan: TrainingPlan | None = None,
) -> TrainingPlan:
    """Return a plan of the families that somebody names.

    Parameters
    ----------
    families : sequence
        Names of ours; "module:name" of what makes an estimator or a family, if need be with
        options as in "sklearn.linear_model:Ridge(alpha=2.0)"; a function, class or estimator
        that can be named so; "onnx:PATH@INSTANT".
    n_rows : int
        Bars of all symbols together.
    budget_seconds : float
    n_workers : int
    plan : TrainingPlan, optional
        Whose settings they are trained with; by default those of the most thorough plan that is
        expected to fit into the budget with them.

    Returns
    -------
    plan : TrainingPlan

    Raises
    ------
    ModelError
        If one cannot be named or made.
    MalformedPlan
        If one comes twice.

    Examples
    --------
    >>> chosen = plan_families(["ridge", "sklearn.linear_model:Ridge(alpha=2.0)"], 2500, 300.0, 2)
    >>> [item.family for item in chosen.families]
    ['ridge', 'sklearn.linear_model:Ridge']
    """
    named = [name_family(one) for one in families]
    plans = [_with_families(one, named) for one in ([plan] if plan else PLANS.values())]
    for item in plans[0].families:
        # Told now, and not when every other fit is over.
        make_options(item.family, preset=item.preset, changes=dict(item.changes))
    seconds = [estimate_seconds(one, n_rows, n_workers) for one in plans]
    fitting = [one for one, took in zip(plans, seconds, strict=True) if took <= budget_seconds]
    return fitting[0] if fitting else plans[seconds.index(min(seconds))]


def _with_families(plan: TrainingPlan, named: Sequence[tuple[str, dict[str, Any]]]) -> TrainingPlan:
    families = tuple(_family_plan(plan, name, changes) for name, changes in named)
    # Others may stop by rows held out.
    name = f"{plan.name}, own families"
    return replace(plan, name=name, families=families, holds_out="every fold")


def _family_plan(plan: TrainingPlan, name: str, changes: dict[str, Any]) -> FamilyPlan:
    """Return a family's own item in the plan, or one that is fitted as seldom as any."""
    for item in plan.families:
        if item.family == name:
            return replace(item, changes=freeze_changes({**dict(item.changes), **changes}))
    return FamilyPlan(
        family=name,
        preset="contract" if name in FAMILIES else OWN_PRESET,
        n_refits=min(item.n_refits for item in plan.families),
        changes=tuple(changes.items()),
    )

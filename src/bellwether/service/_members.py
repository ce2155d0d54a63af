"""Members: what each model of an ensemble had to do with the ensemble's answer."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bellwether.registry import REGIME_MEMBER_WEIGHT, Manifest
from bellwether.service._ladder import Answer
from bellwether.service._why import MemberPart

SCORE_BOUND = 3.0
"""Where an ensemble cuts a member's standardised forecast off."""


def standardise(forecasts: Sequence[float], manifest: Manifest) -> tuple[float, ...]:
    """Return members' forecasts in units of their own past ones, within +/-3.

    Parameters
    ----------
    forecasts : sequence of float
        As the model's graph gives them.
    manifest : Manifest

    Returns
    -------
    standardised : tuple of float
        In the order of the manifest's families; empty where forecasts, families and state do
        not go together.
    """
    means, scales = (manifest.state.get(name, ()) for name in ("member_mean", "member_scale"))
    n_members = len(manifest.families)
    if {len(forecasts), len(means), len(scales)} != {n_members} or not all(scales):
        return ()
    return tuple(
        min(max((forecast - mean) / scale, -SCORE_BOUND), SCORE_BOUND)
        for forecast, mean, scale in zip(forecasts, means, scales, strict=True)
    )


def tell_members(answer: Answer | None, manifest: Manifest) -> tuple[MemberPart, ...]:
    """Return each member's part in a model's answer, the largest first.

    Parameters
    ----------
    answer : Answer or None
    manifest : Manifest
        Of the model that gave it.

    Returns
    -------
    members : tuple of MemberPart
        Contributions add up to the ensemble's score; expected returns, with the drift that is
        owed to nobody, to the answer's. Empty for the rules, for HOLD, and for a bundle that is
        no ensemble of ours.
    """
    numbers: Mapping[str, Any] = {} if answer is None else answer.numbers or {}
    told = standardise(numbers.get("member_forecasts", ()), manifest)
    drift = manifest.state.get("drift", ())
    weights = numbers.get(REGIME_MEMBER_WEIGHT) or manifest.state.get("member_weight", ())
    if answer is None or not told or len(weights) != len(told) or len(drift) != 2:
        return ()
    edge = 1.0 if answer.standing is None else answer.standing.edge_factor
    # A return for each point of the score, as the graph and the standing make it.
    worth = edge * numbers["volatility"] * math.sqrt(manifest.horizon_bars) * drift[1]
    parts = [
        MemberPart(
            name=name,
            weight=weight,
            standardised=one,
            contribution=weight * one,
            expected_return=worth * (weight * one),
        )
        for name, weight, one in zip(manifest.families, weights, told, strict=True)
    ]
    if not all(math.isfinite(one.contribution + one.expected_return) for one in parts):
        return ()
    return tuple(sorted(parts, key=lambda one: -abs(one.contribution)))

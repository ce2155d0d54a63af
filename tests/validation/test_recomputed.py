"""A stored verdict and what its evidence gives today."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.adapters import EvidenceFolder
from bellwether.trials import TrialCount
from bellwether.validation import Evidence, GateOptions, Verdict, judge, recompute_verdict
from bellwether.validation._panels import PanelSkill

Maker = Callable[..., Evidence]


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], GateOptions, bool]:
    """Draw what evidence is made of, how it is judged, and whether its forecast is constant."""
    trials = TrialCount(n_pipelines=draw(st.integers(1, 200)), n_looks=draw(st.integers(1, 3)))
    parts = {
        "seed": draw(st.integers(0, 10_000)),
        "ic": draw(st.sampled_from([0.0, 0.1, 0.3])),
        "n_bars": draw(st.integers(500, 800)),
        "n_symbols": draw(st.integers(1, 3)),
        "trials": trials,
    }
    panel: Any = draw(st.sampled_from(get_args(PanelSkill)))
    return parts, GateOptions(panel=panel), draw(st.booleans())


@given(case=cases())
@settings(max_examples=8, deadline=None)
def test_a_verdict_recomputed_from_stored_evidence_is_the_stored_one(
    make_evidence: Maker,
    tmp_path_factory: pytest.TempPathFactory,
    case: tuple[dict[str, Any], GateOptions, bool],
) -> None:
    parts, options, is_constant = case
    evidence = make_evidence(**parts)
    if is_constant:
        evidence = replace(evidence, forecast=np.zeros(evidence.returns.shape))
    folder = EvidenceFolder(tmp_path_factory.mktemp("evidence"))
    stored = Verdict.from_json(judge(evidence, options).to_json())
    again = folder.get(folder.put(evidence))
    assert again.digest == stored.evidence_digest
    assert recompute_verdict(stored, again, options) == ()


def test_what_differs_is_named_with_both_values(make_evidence: Maker) -> None:
    evidence = make_evidence()
    stored = judge(evidence)
    forged = replace(stored, n_pipelines=1000, reason="trust me")
    lines = recompute_verdict(forged, evidence)
    assert lines == (
        "n_pipelines: stored 1000, now 1",
        f"reason: stored 'trust me', now {stored.reason!r}",
    )
    options = GateOptions(level=0.02)
    changed = recompute_verdict(stored, evidence, options)
    assert any(line.startswith("options_digest") for line in changed)
    assert any(line.startswith("skill.needed") for line in changed)


def test_a_forged_figure_within_a_report_is_found(make_evidence: Maker) -> None:
    evidence = make_evidence(ic=0.0)
    stored = judge(evidence)
    assert stored.skill is not None
    forged = replace(stored, skill=replace(stored.skill, p=1e-9))
    assert [line.split(":")[0] for line in recompute_verdict(forged, evidence)] == ["skill.p"]
    gone = replace(stored, value=None)
    assert recompute_verdict(gone, evidence)[0].startswith("value: stored None")


def test_the_last_digits_of_another_processor_are_no_difference(make_evidence: Maker) -> None:
    evidence = make_evidence()
    stored = judge(evidence)
    assert stored.skill is not None
    elsewhere = replace(stored, skill=replace(stored.skill, p=stored.skill.p * (1.0 + 1e-12)))
    assert recompute_verdict(elsewhere, evidence) == ()


def test_verdicts_older_than_a_part_are_the_same_without_it(make_evidence: Maker) -> None:
    evidence = make_evidence()
    older = replace(judge(evidence), opinions=None)
    assert recompute_verdict(older, evidence) == ()

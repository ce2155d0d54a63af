"""Evidence holds together, cannot be changed, and comes back from storage as it was."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.trials import TrialCount
from bellwether.validation import Evidence, MalformedEvidence, judge

Maker = Callable[..., Evidence]


def test_one_symbol_may_be_given_as_plain_arrays(make_evidence: Maker) -> None:
    evidence = make_evidence(n_bars=200)
    flat = replace(evidence, forecast=evidence.forecast[:, 0], returns=evidence.returns[:, 0])
    assert flat.forecast.shape == (200, 1)
    assert flat.digest == evidence.digest


def test_arrays_within_evidence_are_read_only(make_evidence: Maker) -> None:
    evidence = make_evidence(n_bars=200)
    for array in (evidence.forecast, evidence.returns, evidence.closed_at):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_evidence_comes_back_from_json_and_arrays(make_evidence: Maker) -> None:
    evidence = make_evidence(
        n_bars=700, n_symbols=2, leaks=("one",), trials=TrialCount(n_pipelines=3, n_looks=2)
    )
    head = json.loads(json.dumps(evidence.to_json()))
    again = Evidence.from_parts(head, evidence.to_arrays())
    assert again.digest == evidence.digest
    assert again.fold_spans == evidence.fold_spans
    assert judge(again).to_json() == judge(evidence).to_json()


def test_the_digest_covers_every_part(make_evidence: Maker) -> None:
    evidence = make_evidence(n_bars=200)
    forecast = np.array(evidence.forecast)
    forecast[150] += 1e-12
    variants = [
        evidence,
        replace(evidence, forecast=forecast),
        replace(evidence, probability_up=np.full(200, 0.5)),
        replace(evidence, leaks=("one",)),
        replace(evidence, cost_bps=4.0),
        replace(evidence, fold_spans=()),
        replace(evidence, trials=TrialCount(n_pipelines=2, n_looks=1)),
    ]
    assert len({variant.digest for variant in variants}) == len(variants)


def test_evidence_introduces_itself_in_one_line(make_evidence: Maker) -> None:
    shown = repr(make_evidence(n_bars=200))
    assert shown == "Evidence('planted', 200 bars, 1 symbols, out of sample from 60)"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("horizon_bars", 0),
        ("out_of_sample_from", 0),
        ("out_of_sample_from", 200),
        ("warm_from", -1),
        ("warm_from", 61),
        ("cost_bps", -1.0),
        ("cost_bps", float("inf")),
        ("cost_bps", float("nan")),
        ("ic_worth_finding", 0.0),
        ("ic_worth_finding", float("nan")),
        ("trials", TrialCount(n_pipelines=0, n_looks=1)),
        ("trials", TrialCount(n_pipelines=1, n_looks=0)),
        ("fold_spans", ((np.datetime64("NaT"), np.datetime64("2001-01-01")),)),
        ("closed_at", ["2001-01-01"]),
        ("closed_at", ["NaT"] * 200),
        ("forecast", np.ones(199)),
        ("target", np.ones((200, 2))),
        ("probability_up", np.ones(3)),
        ("direction", np.full(200, 0.5)),
        ("rule_direction", np.full(200, 2.0)),
        ("returns", np.full(200, np.inf)),
        ("returns", np.full(200, -1.0)),
        ("close", np.zeros(200)),
        ("close", np.full(200, np.inf)),
    ],
)
def test_what_does_not_hold_together_is_named(make_evidence: Maker, field: str, value: Any) -> None:
    evidence = make_evidence(n_bars=200)
    with pytest.raises(MalformedEvidence, match="in the evidence's"):
        replace(evidence, **{field: value})


def test_stored_evidence_without_a_part_is_refused(make_evidence: Maker) -> None:
    evidence = make_evidence(n_bars=200)
    head, arrays = evidence.to_json(), evidence.to_arrays()
    del arrays["returns"]
    with pytest.raises(MalformedEvidence, match="returns"):
        Evidence.from_parts(head, arrays)
    with pytest.raises(MalformedEvidence, match="trials"):
        Evidence.from_parts({}, evidence.to_arrays())

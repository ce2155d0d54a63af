"""The ledger summed up: families of related snapshots, their pipelines, and what is left."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.service import Ledger, read_ledger
from bellwether.trials import Trial, TrialCount, TrialHead, TrialKind, count_trials

MARKS = {"s1": ("q1",), "s2": ("q1", "q2"), "s3": ("q2",), "far": ("z",), "bare": ()}


def a_trial(pipeline: str, snapshot: str = "s1", kind: TrialKind = "look", **changes: str) -> Trial:
    return Trial(
        kind=kind,
        pipeline=pipeline,
        snapshot=snapshot,
        lineage=MARKS[snapshot],
        recorded_at=changes.pop("recorded_at", "2019-01-01T00:00:00"),
        note=f"{kind} of {pipeline}",
        **changes,
    )


def snapshots_of(ledger: Ledger) -> list[tuple[str, ...]]:
    return [family.snapshots for family in ledger.families]


def test_an_empty_log_has_no_family() -> None:
    ledger = read_ledger([])
    assert (ledger.families, ledger.head) == ((), TrialHead())


def test_everything_that_was_tried_is_counted_by_its_kind() -> None:
    trials = [
        a_trial("p", kind="feature_edit", features="f1"),
        a_trial("p", kind="fit", features="f1"),
        a_trial("p", kind="fit", features="f2"),
        a_trial("p", kind="tuning"),
        a_trial("p", kind="seed"),
        a_trial("p", recorded_at="2019-01-02T00:00:00"),
    ]
    [family] = read_ledger(trials).families
    assert family.n_by_kind == {"fit": 2, "tuning": 1, "seed": 1, "feature_edit": 1, "look": 1}
    assert family.n_feature_sets == 2
    assert (family.first_at, family.last_at) == ("2019-01-01T00:00:00", "2019-01-02T00:00:00")


def test_pipelines_are_charged_next_for_what_the_gate_will_count() -> None:
    trials = [a_trial("a", "s1"), a_trial("b", "s1"), a_trial("a", "s2"), a_trial("c", "far")]
    near, far = read_ledger(trials, level=0.01).families
    assert [(one.pipeline, one.n_looks) for one in near.pipelines] == [("a", 2), ("b", 1)]
    assert (near.n_pipelines, near.n_looks, far.n_pipelines) == (2, 3, 1)
    assert near.next_new == count_trials(trials, "new", "s9", ["q1"])
    assert near.pipelines[0].again == count_trials(trials, "a", "s9", ["q1"])
    assert near.pipelines[0].again == TrialCount(n_pipelines=2, n_looks=3)


def test_a_snapshot_nobody_looked_at_yet_stands_beside_its_relatives_and_joins_none() -> None:
    trials = [
        a_trial("a", "s1"),
        a_trial("c", "s3"),
        a_trial("b", "s2", kind="fit"),
        a_trial("d", "bare", kind="fit"),
    ]
    assert snapshots_of(read_ledger(trials)) == [("s1", "s2"), ("s3",), ("bare",)]


def test_snapshots_that_were_only_fitted_on_are_a_family_too() -> None:
    trials = [a_trial("a", "s1", kind="fit"), a_trial("b", "s2", kind="fit")]
    [family] = read_ledger(trials).families
    assert (family.snapshots, family.n_pipelines) == (("s1", "s2"), 0)


def test_a_family_is_called_after_the_markets_that_are_known() -> None:
    trials = [a_trial("a", "s1"), a_trial("a", "s2"), a_trial("a", "far")]
    ledger = read_ledger(trials, markets={"s1": "spy", "s2": "spy", "elsewhere": "x"})
    assert [family.markets for family in ledger.families] == [("spy",), ()]


def test_the_ledger_as_json_says_what_is_left() -> None:
    content = json.loads(json.dumps(read_ledger([a_trial("a")], level=0.02).to_json()))
    [family] = content["families"]
    assert (content["n_entries"], family["alpha_for_a_new_pipeline"]) == (1, 0.01)
    assert family["pipelines"][0]["alpha_for_its_next_look"] == pytest.approx(0.02 * 0.151982, 1e-4)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(sorted(MARKS)),
            st.sampled_from(["look", "fit", "seed"]),
        ),
        max_size=10,
    )
)
def test_every_entry_is_in_one_family_and_every_family_counts_as_the_gate_does(
    told: Sequence[tuple[str, str, TrialKind]],
) -> None:
    trials = [a_trial(*one) for one in told]
    families = read_ledger(trials).families
    assert sum(sum(family.n_by_kind.values()) for family in families) == len(trials)
    seen = [snapshot for family in families for snapshot in family.snapshots]
    assert sorted(seen) == sorted({trial.snapshot for trial in trials})
    looked = {trial.snapshot for trial in trials if trial.kind == "look"}
    for family in families:
        for snapshot in looked.intersection(family.snapshots):
            assert count_trials(trials, "new", snapshot, ()) == family.next_new

"""A ledger is compared with a head kept elsewhere and with everything it should have led to."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bellwether.adapters import MemoryRegistry
from bellwether.bars import Bars, noise_world
from bellwether.hashing import digest_bytes
from bellwether.registry import Origin, TrialLogTampered
from bellwether.service import (
    LedgerCheck,
    LedgerFault,
    LedgerPorts,
    TrialsForgotten,
    check_remembered,
    verify_ledger,
)
from bellwether.trials import MemoryTrialLog, Trial, TrialHead
from bellwether.validation import Evidence, TrainingPlan

Desk = Any  # the class lives in conftest, which is no module
MakePlan = Callable[..., TrainingPlan]


@dataclass(frozen=True)
class Kept:
    found: Sequence[tuple[str, Evidence | None]]
    keys: Sequence[str] = ()

    def evidence(self) -> Iterator[tuple[str, Evidence | None]]:
        yield from self.found

    def fits(self) -> frozenset[str]:
        return frozenset(digest_bytes(key.encode()) for key in self.keys)


class Changed(MemoryTrialLog):
    def entries(self) -> Sequence[Trial]:
        raise TrialLogTampered("trials.jsonl", 7, "an entry that does not follow")


@pytest.fixture(scope="module")
def market() -> Bars:
    return noise_world(1, 700).bars


@pytest.fixture
def trained(desk: Desk, make_plan: MakePlan, market: Bars) -> Desk:
    """Return a desk at which one family was trained with two seeds."""
    for seed in (1, 2):
        desk.train(market, make_plan("ridge", n_refits=1, seed=seed))
    return desk


def check(
    desk: Desk,
    trials: Sequence[Trial] | None = None,
    head: TrialHead | None = None,
    **changes: Any,
) -> LedgerCheck:
    log = MemoryTrialLog()
    for trial in desk.trials.entries() if trials is None else trials:
        log.append(trial)
    keys = [trial.fit for trial in desk.trials.entries() if trial.kind == "fit"]
    kept = Kept(list(desk.evidence._kept.items()), keys)
    ports = LedgerPorts(trials=log, registry=desk.registry, kept=kept)
    return verify_ledger(replace(ports, **changes), head)


def faults(found: LedgerCheck) -> list[str]:
    return sorted({finding.fault.value for finding in found.findings})


def test_a_ledger_with_all_its_results_is_sound(trained: Desk) -> None:
    head = TrialHead.of(trained.trials.entries())
    found = check(trained, head=head)
    assert found.is_sound
    assert (found.head, found.n_models, found.n_evidence, found.n_fits) == (head, 2, 2, 4)
    assert json.loads(json.dumps(found.to_json()))["is_sound"] is True


def test_each_entry_that_led_to_a_result_is_missed(trained: Desk) -> None:
    trials = list(trained.trials.entries())
    for place, trial in enumerate(trials):
        found = check(trained, trials[:place] + trials[place + 1 :])
        expected = {"look": "forgotten look", "fit": "forgotten fit"}.get(trial.kind)
        # The second look's fingerprints stand with the first; of it alone nothing else is lost.
        assert (expected in faults(found)) == (expected is not None)


def test_a_log_put_back_as_it_was_before_the_last_run_is_noticed_by_its_results(
    trained: Desk,
) -> None:
    trials = trained.trials.entries()
    n_first = [trial.kind for trial in trials].index("look") + 1
    assert faults(check(trained, trials[:n_first])) == ["forgotten fit", "forgotten look"]


def test_a_count_that_has_become_smaller_is_noticed(trained: Desk) -> None:
    """The first run's models and evidence were removed with its look; the second one tells."""
    trials = trained.trials.entries()
    first = next(trial for trial in trials if trial.kind == "look")
    left = [trial for trial in trials if trial is not first]
    found = check(
        trained,
        left,
        registry=MemoryRegistry(trained.clock),
        kept=Kept([(d, e) for d, e in trained.evidence._kept.items() if e.trials.n_pipelines == 2]),
    )
    assert faults(found) == ["undercounted"]
    assert "one of 2 pipelines at look 1, and the log counts 1 and 1" in found.findings[0].what


def test_a_head_kept_elsewhere_tells_a_cut_from_a_change(trained: Desk) -> None:
    trials = trained.trials.entries()
    head = TrialHead.of(trials)
    assert "cut" in faults(check(trained, trials[:-1], head))
    assert "changed" in faults(check(trained, [*trials[1:], trials[0], trials[0]], head))
    assert faults(check(trained, [*trials, trials[0]], head)) == []


def test_a_broken_chain_is_a_finding_and_ends_the_check(trained: Desk) -> None:
    found = verify_ledger(LedgerPorts(trials=Changed(), registry=trained.registry, kept=Kept([])))
    assert (found.head, faults(found)) == (None, ["changed"])
    assert "line 7" in found.findings[0].what


def test_evidence_that_cannot_be_read_is_named(trained: Desk) -> None:
    found = check(trained, kept=Kept([("abc.npz", None)]))
    [finding] = found.findings
    assert finding.fault is LedgerFault.DAMAGED_EVIDENCE
    assert "abc.npz" in finding.what


def test_fits_of_older_entries_without_a_key_are_given_the_benefit_of_the_doubt(
    trained: Desk,
) -> None:
    trials = [replace(trial, fit="") for trial in trained.trials.entries()]
    found = check(trained, trials)
    assert (found.is_sound, found.n_fits_unknown) == (True, 4)
    keys = [f"fit {number}" for number in range(5)]
    assert faults(check(trained, trials, kept=Kept([], keys))) == ["forgotten fit"]


def test_models_from_elsewhere_have_their_trials_elsewhere(trained: Desk) -> None:
    registry = MemoryRegistry(trained.clock)
    origin = Origin(added_by="somebody", signer=None)
    for record in trained.registry.records():
        registry.register(replace(record, metrics=origin.mark(record.metrics)))
    found = check(trained, [], registry=registry, kept=Kept([]))
    assert (found.is_sound, found.n_foreign, found.n_models) == (True, 2, 0)
    check_remembered(registry.records(), [])


def test_in_a_shared_registry_only_models_with_evidence_here_are_ours(trained: Desk) -> None:
    one = next(iter(trained.evidence._kept.items()))
    found = check(trained, [], kept=Kept([one]), is_registry_shared=True)
    assert (found.n_models, found.n_foreign, faults(found)) == (1, 1, ["forgotten look"])


def test_nothing_more_may_be_tried_where_a_look_was_forgotten(trained: Desk) -> None:
    records, trials = trained.registry.records(), trained.trials.entries()
    check_remembered(records, trials)
    with pytest.raises(TrialsForgotten, match=r"trials\.jsonl"):
        check_remembered(records, trials[:-1])

import json
from dataclasses import replace

import pytest

from bellwether.errors import BellwetherError
from bellwether.registry import (
    BadModelId,
    BundleCorrupt,
    BundleError,
    BundleMissing,
    BundleTooNew,
    BundleUnloadable,
    BundleUnreadable,
    GoldenMismatch,
    IllegalMove,
    MarketKey,
    ModelExists,
    ModelRecord,
    NotPromotable,
    RegistryUnavailable,
    TrialLogTampered,
    TrialLogUnavailable,
    UnknownModel,
    UnsafeGraph,
    verdict_data,
)
from bellwether.validation import Verdict

ERRORS: list[BellwetherError] = [
    BadModelId("A"),
    UnknownModel("m", ["n"]),
    UnknownModel("m", []),
    ModelExists("m"),
    IllegalMove("m", "refused", "champion", ["retired"]),
    IllegalMove("m", "retired", "champion", []),
    NotPromotable("m", "nothing"),
    RegistryUnavailable("here", "no disk"),
    BundleMissing("m.bundle"),
    BundleCorrupt("m.bundle", "model.onnx", "changed"),
    BundleTooNew("m.bundle", 9, 1, "99.1"),
    UnsafeGraph("m.bundle", "a loop"),
    BundleUnloadable("m.bundle", "no"),
    BundleUnreadable("m.bundle", "no"),
    GoldenMismatch("m.bundle", "score", 0.5, 1e-6),
    TrialLogTampered("trials.jsonl", 3, "a gap"),
    TrialLogUnavailable("trials.jsonl", "no disk"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_says_what_was_expected_what_was_found_and_what_to_do(
    error: BellwetherError,
) -> None:
    assert str(error) == f"expected {error.expected}, was {error.was}; {error.hint}"
    assert error.exit_code == 8
    assert 400 <= error.http_status < 600


def test_every_fault_of_a_bundle_is_one_kind_of_error() -> None:
    faults = (
        BundleMissing,
        BundleCorrupt,
        BundleTooNew,
        UnsafeGraph,
        BundleUnloadable,
        GoldenMismatch,
    )
    assert all(issubclass(fault, BundleError) for fault in faults)


def test_a_model_is_the_same_whatever_its_stage_and_another_with_another_bundle(
    record: ModelRecord,
) -> None:
    assert record.same_model(replace(record, metrics={"accuracy": 1.0}))
    assert not record.same_model(replace(record, bundle_digest="c"))
    elsewhere = MarketKey(universe="else", interval="1d", horizon_bars=1)
    assert not record.same_model(replace(record, market=elsewhere))


def test_an_id_that_is_no_file_name_makes_no_record(record: ModelRecord) -> None:
    with pytest.raises(BadModelId):
        replace(record, model_id="a/b")


def test_a_verdict_as_data_is_what_its_json_says(verdict: Verdict) -> None:
    assert verdict_data(None) is None
    assert verdict_data(verdict) == json.loads(json.dumps(verdict.to_json()))

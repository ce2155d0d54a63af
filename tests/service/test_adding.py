"""Models that were made elsewhere: taken in, and never believed on their own word."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from tests.steady import PROMOTING

from bellwether.adapters import BundleFolder, MemoryRegistry, TrustFile
from bellwether.clock import FixedClock
from bellwether.registry import (
    Bundle,
    BundleCorrupt,
    BundleError,
    BundleTooCostly,
    BundleUnsigned,
    ModelExists,
    Origin,
    Stage,
    TrustedKey,
    VerdictUnproven,
    find_origin,
    make_bundle,
    make_rules_bundle,
    make_signing_key,
    open_bundle,
    pack_bundle,
    read_public_key,
    sign_bundle,
)
from bellwether.service import (
    AddingPorts,
    FallbackReason,
    ModelNotJudged,
    add_bundle,
    prove_verdict,
    sign_model,
)
from bellwether.validation import Decision, Verdict

MakeModel = Callable[..., Bundle]
NOW = np.datetime64("2019-01-02T12:00", "us")
PRIVATE, PUBLIC = make_signing_key()
KEY = read_public_key(PUBLIC, "desk", NOW)


@dataclass
class OpenProbe:
    """A probe that opens bundles right here, and counts them."""

    names: list[str] = field(default_factory=list)
    refusal: BundleError | None = None

    def prove(self, content: bytes, name: str) -> None:
        self.names.append(name)
        if self.refusal is not None:
            raise self.refusal
        open_bundle(content, name)


@dataclass(kw_only=True)
class House:
    ports: AddingPorts
    probe: OpenProbe
    trusted: TrustFile
    folder: Path

    def add(self, content: bytes) -> str:
        record = add_bundle(content, ports=self.ports, added_by="0123456789ab")
        return record.model_id

    def trust(self, *keys: TrustedKey) -> None:
        for key in keys:
            self.trusted.add(key)


def open_house(folder: Path, *, required: bool = False) -> House:
    clock, probe = FixedClock(NOW), OpenProbe()
    trusted = TrustFile(folder / "trusted_keys.json", required=required)
    ports = AddingPorts(
        registry=MemoryRegistry(clock),
        bundles=BundleFolder(folder / "bundles", trusted),
        probe=probe,
        trusted=trusted,
        clock=clock,
    )
    return House(ports=ports, probe=probe, trusted=trusted, folder=folder)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return open_house(tmp_path)


@pytest.fixture
def make_file(make_model: MakeModel) -> Callable[..., bytes]:
    def make(verdict: Verdict | None = PROMOTING, **changes: object) -> bytes:
        plain = make_model("champion", trained_at=NOW - np.timedelta64(9, "D"))
        told = {"pipeline_digest": "p", "snapshot_digest": "s", **changes}
        judged = None if verdict is None else verdict.to_json()
        manifest = replace(plain.manifest, verdict=judged, **told)  # type: ignore[arg-type]
        return pack_bundle(make_bundle(manifest, plain.graph))

    return make


MakeFile = Callable[..., bytes]


def test_a_bundle_becomes_a_candidate_with_its_origin(house: House, make_file: MakeFile) -> None:
    content = make_file()
    record = house.ports.registry.get(house.add(content))
    assert record.stage is Stage.CANDIDATE
    assert find_origin(record) == Origin(added_by="0123456789ab", signer=None)
    assert house.ports.bundles.get_packed("champion") == content
    assert house.ports.bundles.load(record).digest == record.bundle_digest


def test_a_verdict_that_refuses_makes_it_refused(house: House, make_file: MakeFile) -> None:
    house.add(make_file(replace(PROMOTING, decision=Decision.REFUSE)))
    assert house.ports.registry.get("champion").stage is Stage.REFUSED


def test_a_verdict_that_anybody_could_have_written_promotes_nobody(
    house: House, make_file: MakeFile
) -> None:
    house.add(make_file())
    with pytest.raises(VerdictUnproven):
        prove_verdict("champion", registry=house.ports.registry, ports=house.ports)
    with pytest.raises(VerdictUnproven):
        prove_verdict("champion", registry=house.ports.registry)


def test_a_trusted_signature_makes_a_verdict_count(house: House, make_file: MakeFile) -> None:
    house.trust(KEY)
    house.add(sign_bundle(make_file(), PRIVATE, "m"))
    verdict = prove_verdict("champion", registry=house.ports.registry, ports=house.ports)
    assert house.ports.registry.promote("champion", verdict, reason="?").stage is Stage.CHAMPION


def test_the_signature_of_a_stranger_makes_no_verdict_count(
    house: House, make_file: MakeFile
) -> None:
    house.add(sign_bundle(make_file(), PRIVATE, "m"))
    with pytest.raises(VerdictUnproven):
        prove_verdict("champion", registry=house.ports.registry, ports=house.ports)


def test_a_key_that_is_trusted_no_more_takes_its_word_back(
    house: House, make_file: MakeFile
) -> None:
    house.trust(KEY)
    house.add(sign_bundle(make_file(), PRIVATE, "m"))
    house.trusted.remove(KEY.key_id)
    with pytest.raises(VerdictUnproven):
        prove_verdict("champion", registry=house.ports.registry, ports=house.ports)


def test_a_model_may_be_signed_after_it_came(house: House, make_file: MakeFile) -> None:
    house.trust(KEY)
    house.add(make_file())
    sealed = sign_model("champion", PRIVATE, ports=house.ports)
    assert sealed.signer == KEY.key_id
    assert prove_verdict("champion", registry=house.ports.registry, ports=house.ports) == PROMOTING


def test_what_was_swapped_since_is_not_signed(house: House, make_file: MakeFile) -> None:
    house.add(make_file())
    house.ports.bundles.put_packed("champion", make_file(metrics={"other": 1}))
    with pytest.raises(BundleCorrupt, match="another bundle"):
        sign_model("champion", PRIVATE, ports=house.ports)


def test_an_origin_that_a_bundle_claims_for_itself_is_replaced(
    house: House, make_file: MakeFile
) -> None:
    house.add(make_file(metrics={"origin": None, "accuracy": 0.5}))
    record = house.ports.registry.get("champion")
    assert find_origin(record) is not None
    assert record.metrics["accuracy"] == 0.5


def test_a_model_without_a_verdict_is_a_candidate_that_waits(
    house: House, make_file: MakeFile
) -> None:
    house.add(make_file(None))
    with pytest.raises(ModelNotJudged):
        prove_verdict("champion", registry=house.ports.registry, ports=house.ports)


def test_the_same_bundle_again_changes_nothing_and_is_not_tried_again(
    house: House, make_file: MakeFile
) -> None:
    content = make_file()
    assert house.add(content) == house.add(content)
    assert len(house.ports.registry.history()) == 1
    assert len(house.probe.names) == 1


def test_another_bundle_of_the_same_name_takes_nothing_over(
    house: House, make_file: MakeFile
) -> None:
    first = make_file()
    house.add(first)
    with pytest.raises(ModelExists):
        house.add(make_file(metrics={"other": 1}))
    assert house.ports.bundles.get_packed("champion") == first


def test_a_signature_that_comes_later_is_kept_and_none_is_taken_away(
    house: House, make_file: MakeFile
) -> None:
    house.trust(KEY)
    plain = make_file()
    signed = sign_bundle(plain, PRIVATE, "m")
    for content in (plain, signed, plain):
        house.add(content)
    assert house.ports.bundles.get_packed("champion") == signed


def test_a_file_that_was_lost_or_damaged_is_restored(house: House, make_file: MakeFile) -> None:
    content = make_file()
    house.add(content)
    place = house.folder / "bundles" / "champion.bundle"
    for damage in (place.unlink, lambda: place.write_bytes(content[:-9])):
        damage()
        house.add(content)
        assert place.read_bytes() == content


def test_what_does_not_survive_the_trial_is_not_registered(
    house: House, make_file: MakeFile
) -> None:
    house.probe.refusal = BundleTooCostly("m", "still at it after 30 s")
    with pytest.raises(BundleTooCostly):
        house.add(make_file())
    assert not house.ports.registry.records()
    assert not (house.folder / "bundles").exists()


def test_where_signatures_are_required_an_unsigned_bundle_is_not_even_tried(
    tmp_path: Path, make_file: MakeFile
) -> None:
    house = open_house(tmp_path, required=True)
    house.trust(KEY)
    with pytest.raises(BundleUnsigned):
        house.add(make_file())
    assert not house.probe.names
    house.add(sign_bundle(make_file(), PRIVATE, "m"))


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (PROMOTING, {"trained_at": None}),
        (PROMOTING, {"trained_at": NOW + 1}),
        (PROMOTING, {"symbols": ()}),
        (PROMOTING, {"pipeline_digest": "another"}),
        (replace(PROMOTING, snapshot="another"), {}),
        (PROMOTING, {"metrics": {"huge": "x" * 70_000}}),
    ],
)
def test_a_bundle_that_contradicts_itself_is_refused(
    house: House, make_file: MakeFile, verdict: Verdict, changes: dict[str, object]
) -> None:
    with pytest.raises(BundleCorrupt):
        house.add(make_file(verdict, **changes))
    assert not house.probe.names


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "PERHAPS"},
        {"checks": 5},
        {"checks": [{}]},
        {"n_effective": 10**400},
        {"skill": []},
        {"by_year": {"a": 1}},
        {"extra": 1},
    ],
)
def test_a_verdict_that_is_none_is_corrupt(
    house: House, make_model: MakeModel, changes: dict[str, object]
) -> None:
    plain = make_model("champion", trained_at=NOW)
    verdict = {**PROMOTING.to_json(), **changes}
    manifest = replace(plain.manifest, pipeline_digest="p", snapshot_digest="s", verdict=verdict)
    with pytest.raises(BundleCorrupt, match="the verdict"):
        house.add(pack_bundle(make_bundle(manifest, plain.graph)))


def test_the_rules_are_no_model(house: House) -> None:
    with pytest.raises(BundleCorrupt):
        house.add(pack_bundle(make_rules_bundle()))


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000])
def test_what_is_no_bundle_is_corrupt(house: House, content: bytes) -> None:
    with pytest.raises(BundleCorrupt):
        house.add(content)


def test_every_fault_of_a_signature_has_its_own_reason() -> None:
    codes = ("bundle_unsigned", "signature_invalid", "signer_unknown")
    assert all(FallbackReason(code).words for code in codes)

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.registry import (
    SIGNATURE_PART,
    Bundle,
    BundleCorrupt,
    BundleError,
    BundleUnsigned,
    Manifest,
    Signature,
    SignatureInvalid,
    SignerUnknown,
    SigningKeyUnusable,
    Trust,
    TrustedKey,
    inspect_bundle,
    make_bundle,
    make_signing_key,
    open_bundle,
    pack_bundle,
    read_public_key,
    sign_bundle,
)
from bellwether.registry._archive import pack_archive, unpack_archive

MakeGraph = Callable[[object], bytes]
NOW = np.datetime64("2019-01-02T12:00", "us")
PRIVATE, PUBLIC = make_signing_key()
KEY = read_public_key(PUBLIC, "desk", NOW)
STRANGER, _ = make_signing_key()
TRUST = Trust(keys={KEY.key_id: KEY}, required=True)


@pytest.fixture(scope="module")
def signed(bundle: Bundle) -> bytes:
    return sign_bundle(pack_bundle(bundle), PRIVATE, "m")


def with_signature(content: bytes, signature: bytes) -> bytes:
    return pack_archive({**unpack_archive(content, "m"), SIGNATURE_PART: signature})


def test_a_signed_bundle_opens_and_names_its_signer(bundle: Bundle, signed: bytes) -> None:
    loaded = open_bundle(signed, "m", bundle.digest, TRUST)
    assert loaded.signer == KEY.key_id


def test_a_signature_leaves_the_digest_and_every_part_as_they_are(
    bundle: Bundle, signed: bytes
) -> None:
    plain, found = inspect_bundle(pack_bundle(bundle), "m"), inspect_bundle(signed, "m")
    assert found.digest == plain.digest
    assert {name: part for name, part in found.parts.items() if name in plain.parts} == plain.parts
    assert found.parts.keys() - plain.parts.keys() == {SIGNATURE_PART}


def test_the_same_key_signs_in_the_same_bytes_however_often(signed: bytes) -> None:
    assert sign_bundle(signed, PRIVATE, "m") == signed


def test_who_signs_last_is_the_signer(signed: bytes) -> None:
    again = sign_bundle(signed, STRANGER, "m")
    assert inspect_bundle(again, "m", trust=replace(TRUST, required=False)).signer is None
    assert inspect_bundle(sign_bundle(again, PRIVATE, "m"), "m", trust=TRUST).signer == KEY.key_id


def test_an_unsigned_bundle_is_refused_only_where_a_signature_is_required(bundle: Bundle) -> None:
    content = pack_bundle(bundle)
    with pytest.raises(BundleUnsigned):
        open_bundle(content, "m", trust=TRUST)
    assert open_bundle(content, "m", trust=replace(TRUST, required=False)).signer is None


def test_a_stranger_is_refused_only_where_a_signature_is_required(bundle: Bundle) -> None:
    content = sign_bundle(pack_bundle(bundle), STRANGER, "m")
    with pytest.raises(SignerUnknown) as caught:
        open_bundle(content, "m", trust=TRUST)
    assert caught.value.signer in str(caught.value)
    assert open_bundle(content, "m", trust=replace(TRUST, required=False)).signer is None


@pytest.mark.parametrize("required", [True, False])
def test_a_signature_that_a_trusted_key_never_made_is_refused_in_any_case(
    signed: bytes, required: bool
) -> None:
    forged = Signature(signer=KEY.key_id, value=bytes(64)).to_bytes()
    with pytest.raises(SignatureInvalid, match="desk"):
        open_bundle(with_signature(signed, forged), "m", trust=replace(TRUST, required=required))


def test_the_signature_of_another_bundle_does_not_hold(
    signed: bytes, manifest: Manifest, make_graph: MakeGraph
) -> None:
    other = make_bundle(replace(manifest, metrics={}), make_graph(None))
    taken = unpack_archive(signed, "m")[SIGNATURE_PART]
    with pytest.raises(SignatureInvalid):
        open_bundle(with_signature(pack_bundle(other), taken), "m", trust=TRUST)


def test_what_was_changed_is_not_signed_anew(signed: bytes) -> None:
    parts = unpack_archive(signed, "m")
    parts["model.onnx"] = parts["model.onnx"][:-1] + b"x"
    with pytest.raises(BundleCorrupt):
        sign_bundle(pack_archive(parts), PRIVATE, "m")


def test_a_manifest_cannot_name_the_signature_as_a_part_of_its_own(
    bundle: Bundle, signed: bytes
) -> None:
    listed = replace(
        bundle,
        manifest=replace(bundle.manifest, parts={**bundle.manifest.parts, SIGNATURE_PART: "x"}),
    )
    with pytest.raises(BundleCorrupt, match=SIGNATURE_PART):
        inspect_bundle(with_signature(pack_bundle(listed), b"x"), "m")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_changed_byte_of_a_signature_is_believed(signed: bytes, place: int, flip: int) -> None:
    signature = bytearray(unpack_archive(signed, "m")[SIGNATURE_PART])
    signature[place % len(signature)] ^= flip
    with pytest.raises(BundleError):
        inspect_bundle(with_signature(signed, bytes(signature)), "m", trust=TRUST)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[" * 1000,
        b'{"algorithm":"none","signer":"","value":""}',
        json.dumps({"algorithm": "ed25519", "signer": "x", "value": "AAAA"}).encode(),
        b'{"algorithm":"ed25519","signer":"x","value":"'
        + base64.b64encode(bytes(64))
        + b'","more":1}',
        b" " * 10_000,
    ],
)
def test_what_is_no_signature_is_corrupt(signed: bytes, text: bytes) -> None:
    with pytest.raises(BundleCorrupt, match=SIGNATURE_PART):
        inspect_bundle(with_signature(signed, text), "m")


@pytest.mark.parametrize("text", [b"", b"no key", PUBLIC, PRIVATE.replace(b"A", b"B")])
def test_only_a_private_key_signs(bundle: Bundle, text: bytes) -> None:
    with pytest.raises(SigningKeyUnusable):
        sign_bundle(pack_bundle(bundle), text, "m")


def test_a_private_key_is_never_taken_for_one_to_trust() -> None:
    with pytest.raises(SigningKeyUnusable, match="keep this one to yourself"):
        read_public_key(PRIVATE, "desk", NOW)


def test_keys_of_another_kind_neither_sign_nor_are_trusted(bundle: Bundle) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    plain = form.NoEncryption()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, plain)
    spki = form.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(form.Encoding.PEM, spki)
    with pytest.raises(SigningKeyUnusable, match="another kind"):
        sign_bundle(pack_bundle(bundle), private, "m")
    with pytest.raises(SigningKeyUnusable, match="another kind"):
        read_public_key(public, "desk", NOW)


def test_whoever_could_judge_otherwise_has_another_digest() -> None:
    other = TrustedKey(name="x", public=bytes(32), added_at=NOW)
    trusts = [Trust(), Trust(required=True), TRUST, Trust(keys={other.key_id: other})]
    assert len({trust.digest for trust in trusts}) == len(trusts)

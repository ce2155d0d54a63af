"""Where signatures are required, only a signed model answers; its fault has its own reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import BundleFolder, TrustFile
from bellwether.registry import (
    SIGNATURE_PART,
    Bundle,
    Signature,
    make_signing_key,
    read_public_key,
    sign_bundle,
)
from bellwether.registry._archive import pack_archive, unpack_archive
from bellwether.service import FallbackReason, Rung

MakeModel = Callable[..., Bundle]
Home = Any  # the class lives in conftest, which is no module
NOW = np.datetime64("2019-01-02T12:00", "us")
PRIVATE, PUBLIC = make_signing_key()
STRANGER, _ = make_signing_key()
KEY = read_public_key(PUBLIC, "desk", NOW)
FORGED = Signature(signer=KEY.key_id, value=bytes(64)).to_bytes()


def forge(content: bytes) -> bytes:
    return pack_archive({**unpack_archive(content, "m"), SIGNATURE_PART: FORGED})


def strict(home: Home, make_model: MakeModel, *, required: bool = True) -> Home:
    """Return the home with a champion, where only one key is trusted."""
    trusted = TrustFile(home.folder / "trusted_keys.json", required=required)
    trusted.add(KEY)
    home.promote(make_model())
    return home.with_ports(bundles=BundleFolder(home.folder / "bundles", trusted))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda content: content, FallbackReason.BUNDLE_UNSIGNED),
        (lambda content: sign_bundle(content, STRANGER, "m"), FallbackReason.SIGNER_UNKNOWN),
        (forge, FallbackReason.SIGNATURE_INVALID),
    ],
)
def test_a_model_nobody_vouches_for_does_not_answer_and_the_reason_says_why(
    home: Home,
    make_model: MakeModel,
    change: Callable[[bytes], bytes],
    reason: FallbackReason,
) -> None:
    asked = strict(home, make_model)
    place: Path = asked.folder / "bundles" / "champion.bundle"
    place.write_bytes(change(place.read_bytes()))
    answer = asked.predict()
    assert (answer.rung, answer.fallback_reason) == (Rung.RULES, reason)


def test_it_answers_as_soon_as_it_is_signed_and_until_its_key_is_trusted_no_more(
    home: Home, make_model: MakeModel
) -> None:
    asked = strict(home, make_model)
    place: Path = asked.folder / "bundles" / "champion.bundle"
    rungs = [asked.predict().rung]
    place.write_bytes(sign_bundle(place.read_bytes(), PRIVATE, "m"))
    rungs.append(asked.predict().rung)
    TrustFile(home.folder / "trusted_keys.json").remove(KEY.key_id)
    rungs.append(asked.predict().rung)
    assert rungs == [Rung.RULES, Rung.CHAMPION, Rung.RULES]


def test_where_none_is_required_only_a_false_signature_keeps_a_model_away(
    home: Home, make_model: MakeModel
) -> None:
    asked = strict(home, make_model, required=False)
    place: Path = asked.folder / "bundles" / "champion.bundle"
    sound = place.read_bytes()
    rungs = [asked.predict().rung]
    for content in (sign_bundle(sound, STRANGER, "m"), forge(sound)):
        place.write_bytes(content)
        rungs.append(asked.predict().rung)
    assert rungs == [Rung.CHAMPION, Rung.CHAMPION, Rung.RULES]


def test_a_list_of_keys_that_cannot_be_read_leaves_the_rules(
    home: Home, make_model: MakeModel
) -> None:
    asked = strict(home, make_model)
    (home.folder / "trusted_keys.json").write_text("{")
    answer = asked.predict()
    assert (answer.rung, answer.fallback_reason) == (Rung.RULES, FallbackReason.LOAD_FAILED)

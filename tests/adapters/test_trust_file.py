import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import TrustFile
from bellwether.registry import (
    SigningKeyUnusable,
    TrustedKey,
    TrustUnavailable,
    make_signing_key,
    read_public_key,
)

NOW = np.datetime64("2019-01-02T12:00", "us")


def make_key(name: str = "desk") -> TrustedKey:
    return read_public_key(make_signing_key()[1], name, NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "trusted_keys.json"


def test_nobody_is_trusted_at_first(path: Path) -> None:
    assert not TrustFile(path).known()
    assert not TrustFile(path).trust().keys


def test_a_key_comes_back_as_it_was_and_in_its_order(path: Path) -> None:
    keys = [make_key(name) for name in ("c", "a", "b")]
    for key in keys:
        TrustFile(path).add(key)
    assert list(TrustFile(path).known()) == keys


def test_what_one_process_changes_every_other_sees_at_once(path: Path) -> None:
    here, there = TrustFile(path, required=True), TrustFile(path)
    key = make_key()
    there.add(key)
    assert (here.trust().required, dict(here.trust().keys)) == (True, {key.key_id: key})
    there.remove(key.key_id)
    assert not here.trust().keys


def test_the_same_trust_is_the_same_value(path: Path) -> None:
    file = TrustFile(path)
    file.add(make_key())
    assert file.trust() is file.trust()


def test_who_is_not_trusted_cannot_be_untrusted(path: Path) -> None:
    with pytest.raises(SigningKeyUnusable, match="trusted keys: none"):
        TrustFile(path).remove("0123456789abcdef")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("{"),
        lambda path: path.write_text('{"format": 2, "keys": []}'),
        lambda path: path.write_text('{"format": 1, "keys": [{"name": "x", "public": "?"}]}'),
        lambda path: path.chmod(0o622),
    ],
)
def test_a_list_that_cannot_be_believed_trusts_nobody(
    path: Path, spoil: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    TrustFile(path).add(make_key())
    spoil(path)
    with pytest.raises(TrustUnavailable):
        TrustFile(path, required=True).trust()
    with caplog.at_level(logging.WARNING):
        assert not TrustFile(path).trust().keys
    assert "nobody is trusted" in caplog.text

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryKeys
from bellwether.service import (
    KeyExists,
    KeyFault,
    KeyUnfit,
    Scope,
    UnknownKey,
    create_key,
    find_key,
    hide_keys,
    revoke_key,
    rotate_key,
)

NOW = np.datetime64("2019-01-02T12:00", "us")
HOUR = np.timedelta64(1, "h")
READING = (Scope.PREDICT, Scope.READ)


@pytest.fixture
def store() -> MemoryKeys:
    return MemoryKeys()


def test_a_key_opens_what_it_was_made_for(store: MemoryKeys) -> None:
    key, secret = create_key(store, "desk", READING, NOW)
    assert find_key(secret, store, NOW) == key
    assert [key.allows(scope) for scope in Scope] == [True, True, False, False]


def test_the_scope_admin_is_for_everything(store: MemoryKeys) -> None:
    key, _ = create_key(store, "root", [Scope.ADMIN], NOW)
    assert all(key.allows(scope) for scope in Scope)


def test_a_key_has_256_random_bits_a_check_sum_and_one_form(store: MemoryKeys) -> None:
    secrets = [create_key(store, f"k{i}", READING, NOW)[1] for i in range(50)]
    assert all(re.fullmatch(r"bw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}", s) for s in secrets)
    assert len({secret[16:59] for secret in secrets}) == 50


def test_nothing_that_is_kept_holds_the_secret(store: MemoryKeys) -> None:
    key, secret = create_key(store, "desk", READING, NOW)
    assert secret[16:] not in repr(key)
    assert secret[16:] not in repr(store.known())


@settings(max_examples=200)
@given(place=st.integers(0, 64), letter=st.sampled_from("0aA_-zZ9"))
def test_a_wrong_letter_is_told_from_a_wrong_key(place: int, letter: str) -> None:
    store = MemoryKeys()
    _, secret = create_key(store, "desk", READING, NOW)
    wrong = secret[:place] + letter + secret[place + 1 :]
    if wrong != secret:
        assert find_key(wrong, store, NOW) is KeyFault.MALFORMED


@given(text=st.text(max_size=80))
def test_what_is_no_key_opens_nothing(text: str) -> None:
    assert find_key(text, MemoryKeys(), NOW) is KeyFault.MALFORMED


def test_the_key_of_another_house_is_unknown(store: MemoryKeys) -> None:
    _, secret = create_key(MemoryKeys(), "desk", READING, NOW)
    create_key(store, "desk", READING, NOW)
    assert find_key(secret, store, NOW) is KeyFault.UNKNOWN


def test_the_right_id_with_another_secret_is_unknown(store: MemoryKeys) -> None:
    key, secret = create_key(store, "desk", READING, NOW)
    store.change(key.key_id, lambda one: replace(one, digest="0" * 64))
    assert find_key(secret, store, NOW) is KeyFault.UNKNOWN


def test_a_key_ends_when_it_was_to_end(store: MemoryKeys) -> None:
    key, secret = create_key(store, "desk", READING, NOW, NOW + HOUR)
    assert find_key(secret, store, NOW + HOUR - np.timedelta64(1, "us")) == key
    assert find_key(secret, store, NOW + HOUR) is KeyFault.EXPIRED


def test_a_revoked_key_opens_nothing_nor_does_its_old_secret(store: MemoryKeys) -> None:
    _, old = create_key(store, "desk", READING, NOW)
    _, new = rotate_key(store, "desk", NOW, HOUR)
    revoke_key(store, "desk", NOW)
    assert {find_key(secret, store, NOW) for secret in (old, new)} == {KeyFault.REVOKED}


def test_a_rotated_key_is_taken_by_both_secrets_for_a_while(store: MemoryKeys) -> None:
    first, old = create_key(store, "desk", READING, NOW)
    key, new = rotate_key(store, first.key_id, NOW, HOUR)
    assert key.key_id == first.key_id
    assert find_key(old, store, NOW) == find_key(new, store, NOW) == key
    assert find_key(old, store, NOW + HOUR) is KeyFault.UNKNOWN
    assert find_key(new, store, NOW + HOUR) == key


def test_without_grace_the_old_secret_ends_at_once(store: MemoryKeys) -> None:
    _, old = create_key(store, "desk", READING, NOW)
    rotate_key(store, "desk", NOW, 0 * HOUR)
    assert find_key(old, store, NOW) is KeyFault.UNKNOWN


@pytest.mark.parametrize("ended", ["revoked", "expired"])
def test_a_key_that_has_ended_does_not_live_again_by_rotation(
    store: MemoryKeys, ended: str
) -> None:
    key, _ = create_key(store, "desk", READING, NOW, NOW + HOUR)
    if ended == "revoked":
        revoke_key(store, "desk", NOW)
    with pytest.raises(KeyUnfit, match=ended):
        rotate_key(store, key.key_id, NOW + 2 * HOUR, HOUR)


def test_a_name_is_free_again_once_its_key_is_revoked(store: MemoryKeys) -> None:
    create_key(store, "desk", READING, NOW)
    with pytest.raises(KeyExists):
        create_key(store, "desk", READING, NOW)
    revoke_key(store, "desk", NOW)
    again, _ = create_key(store, "desk", READING, NOW)
    assert revoke_key(store, "desk", NOW).key_id == again.key_id


def test_an_id_goes_before_a_name_that_looks_like_it(store: MemoryKeys) -> None:
    first, _ = create_key(store, "desk", READING, NOW)
    create_key(store, first.key_id, READING, NOW)
    assert revoke_key(store, first.key_id, NOW).name == "desk"


@pytest.mark.parametrize(
    "make",
    [
        lambda store: create_key(store, "", READING, NOW),
        lambda store: create_key(store, "a\nb", READING, NOW),
        lambda store: create_key(store, "x" * 65, READING, NOW),
        lambda store: create_key(store, "desk", (), NOW),
        lambda store: create_key(store, "desk", READING, NOW, NOW),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(
    store: MemoryKeys, make: Callable[[MemoryKeys], object]
) -> None:
    with pytest.raises(KeyUnfit):
        make(store)
    assert not store.known()


def test_an_unknown_key_is_told_without_repeating_a_secret(store: MemoryKeys) -> None:
    _, secret = create_key(store, "desk", READING, NOW)
    with pytest.raises(UnknownKey, match="keys in use: desk") as caught:
        revoke_key(store, secret, NOW)
    assert secret[16:40] not in str(caught.value)


@given(before=st.text(max_size=20), behind=st.text(max_size=20), cut=st.integers(24, 65))
def test_a_key_in_a_text_cannot_be_read(before: str, behind: str, cut: int) -> None:
    _, secret = create_key(MemoryKeys(), "desk", READING, NOW)
    hidden = hide_keys(f"{before}{secret[:cut]}{behind}")
    assert secret[16:24] not in hidden

"""The treaty of KeyStore, kept by every store there is."""

import json
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import KeyFile, MemoryKeys
from bellwether.service import ApiKey, KeyExists, KeyStore, KeysUnavailable, Scope, UnknownKey

NOW = np.datetime64("2019-01-02T12:00", "us")


def make_key(key_id: str = "0123456789ab", name: str = "desk") -> ApiKey:
    return ApiKey(
        key_id=key_id,
        name=name,
        scopes=(Scope.PREDICT, Scope.OPERATE),
        created_at=NOW,
        expires_at=NOW + 5,
        digest="d" * 64,
        old_digest="e" * 64,
        old_until=NOW + 3,
    )


def revoke(key: ApiKey) -> ApiKey:
    return replace(key, revoked_at=NOW)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeyStore:
    return MemoryKeys() if request.param == "memory" else KeyFile(tmp_path / "deep" / "keys.json")


def test_a_new_store_is_empty(store: KeyStore) -> None:
    assert not store.known()
    assert store.find("0123456789ab") is None


def test_a_key_comes_back_as_it_was(store: KeyStore) -> None:
    store.add(make_key())
    assert store.find("0123456789ab") == make_key()
    assert list(store.known()) == [make_key()]


def test_keys_stand_in_the_order_in_which_they_were_made(store: KeyStore) -> None:
    for name in ("c", "a", "b"):
        store.add(make_key(f"id-of-{name}", name))
    store.change("id-of-a", revoke)
    assert [key.name for key in store.known()] == ["c", "a", "b"]


def test_a_change_is_seen_at_once(store: KeyStore) -> None:
    store.add(make_key())
    assert store.change("0123456789ab", revoke) == store.find("0123456789ab") == revoke(make_key())


def test_a_name_in_use_and_an_id_are_taken_once(store: KeyStore) -> None:
    store.add(make_key())
    for other in (make_key("another"), make_key(name="another")):
        with pytest.raises(KeyExists):
            store.add(other)
    store.change("0123456789ab", revoke)
    store.add(make_key("another"))


def test_an_unknown_key_is_not_changed(store: KeyStore) -> None:
    with pytest.raises(UnknownKey):
        store.change("nobody", revoke)


def test_a_change_that_fails_changes_nothing(store: KeyStore) -> None:
    def fail(_key: ApiKey) -> ApiKey:
        raise ZeroDivisionError

    store.add(make_key())
    with pytest.raises(ZeroDivisionError):
        store.change("0123456789ab", fail)
    assert store.find("0123456789ab") == make_key()


def test_no_key_is_lost_to_another_made_at_the_same_time(store: KeyStore) -> None:
    def add(number: int) -> None:
        store.add(make_key(f"id-{number}", f"name-{number}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key.name for key in store.known()} == {f"name-{number}" for number in range(12)}


# --- the file -----------------------------------------------------------------------------


def test_a_revocation_by_one_process_is_seen_by_every_other_at_once(tmp_path: Path) -> None:
    stores = [KeyFile(tmp_path / "keys.json") for _ in range(3)]
    stores[0].add(make_key())
    assert all(store.find("0123456789ab") == make_key() for store in stores)
    stores[1].change("0123456789ab", revoke)
    assert all(store.find("0123456789ab") == revoke(make_key()) for store in stores)


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    KeyFile(tmp_path / "keys.json").add(make_key())
    for name in ("keys.json", "keys.json.lock"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_file_that_others_may_write_lets_nobody_in(tmp_path: Path) -> None:
    store = KeyFile(tmp_path / "keys.json")
    store.add(make_key())
    (tmp_path / "keys.json").chmod(0o666)
    with pytest.raises(KeysUnavailable, match="others"):
        store.find("0123456789ab")


def spoil(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    def spoiled(content: bytes) -> bytes:
        found = json.loads(content)
        change(found)
        return json.dumps(found).encode()

    return spoiled


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-20],
        lambda _content: b"",
        lambda _content: b"[" * 100_000,
        lambda _content: b"null",
        lambda content: content.replace(b'"predict"', b'"everything"'),
        lambda content: content.replace(b"2019", b"MMXIX"),
        spoil(lambda found: found.update(format=2)),
        spoil(lambda found: found.update(keys=[{}])),
    ],
)
def test_a_damaged_file_lets_nobody_in_and_is_used_again_once_restored(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "keys.json"
    store = KeyFile(path)
    store.add(make_key())
    sound = path.read_bytes()
    path.write_bytes(spoil(sound))
    with pytest.raises(KeysUnavailable):
        store.find("0123456789ab")
    path.write_bytes(sound)
    assert store.find("0123456789ab") == make_key()


def test_without_its_file_nobody_has_a_key(tmp_path: Path) -> None:
    store = KeyFile(tmp_path / "keys.json")
    store.add(make_key())
    (tmp_path / "keys.json").unlink()
    assert store.find("0123456789ab") is None

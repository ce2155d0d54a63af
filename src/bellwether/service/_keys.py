"""API keys: who may ask the service for what.

A key is shown once, when it is made::

    bw_<id: 12 hex digits>_<secret: 43 letters><check sum: 6 letters>

The secret is 256 bits from the system's generator. That is why its plain SHA-256 is kept, and
not one of the slow digests that passwords need: those make guessing dear, and a secret of this
size cannot be guessed at any price. The check sum tells a typing error from a wrong key, and
lets scanners of repositories and logs know a key when they see one.
"""

import base64
import hmac
import re
import secrets
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np

from bellwether.hashing import digest_bytes
from bellwether.service._key_errors import KeyExists, KeyUnfit, UnknownKey

_ID_BYTES, _SECRET_BYTES = 6, 32
_KEY = re.compile(r"bw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})([0-9A-Za-z]{6})")
# What remains recognisable of a key: also where it was cut off, or grown together with others.
_TRACE = re.compile(r"bw_([0-9a-f]{12})_[A-Za-z0-9_-]{8,}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NOBODY = digest_bytes(b"a key that does not exist")


class Scope(StrEnum):
    """What a key may be used for."""

    PREDICT = "predict"
    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"

    @property
    def words(self) -> str:
        """What the scope allows."""
        return _WORDS[self]


_WORDS = {
    Scope.PREDICT: "ask for predictions",
    Scope.READ: "read models, the journal, data, status and metrics",
    Scope.OPERATE: "change things: promote, roll back, upload, import, start jobs",
    Scope.ADMIN: "everything",
}


class KeyFault(StrEnum):
    """Why what was presented opens nothing."""

    MALFORMED = "no key: a letter is wrong or missing"
    UNKNOWN = "a key that is not known here"
    EXPIRED = "a key that has expired"
    REVOKED = "a key that was revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is kept of a key; its secret is not.

    Parameters
    ----------
    key_id : str
        Public; it names the key in lists and logs.
    name : str
        Whose it is, or what for.
    scopes : tuple of Scope
    created_at : numpy.datetime64
        UTC instant, as all below.
    expires_at, revoked_at : numpy.datetime64 or None
    digest : str
        SHA-256 of the whole key.
    old_digest : str or None
        Of the key it had before it was rotated.
    old_until : numpy.datetime64 or None
        Until when that one is still taken.
    """

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: np.datetime64
    expires_at: np.datetime64 | None = None
    revoked_at: np.datetime64 | None = None
    digest: str
    old_digest: str | None = None
    old_until: np.datetime64 | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether the key may be used for something."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def find_fault(self, now: np.datetime64) -> KeyFault | None:
        """Return why the key opens nothing any more, if so."""
        if self.revoked_at is not None:
            return KeyFault.REVOKED
        if self.expires_at is not None and now >= self.expires_at:
            return KeyFault.EXPIRED
        return None


class KeyStore(Protocol):
    """Remembers API keys.

    Treaty. May be used from any thread and, where the store is shared, from any process; what
    one of them changes, all see with their next question. Every change is whole and durable
    when the method returns, and none is lost to another one made at the same time. Questions
    are answered from memory, at the cost of a look at whether anything has changed. What cannot
    be read or written is `KeysUnavailable`.
    """

    def find(self, key_id: str) -> ApiKey | None:
        """Return a key by its id."""
        ...

    def known(self) -> Sequence[ApiKey]:
        """Return every key, the revoked too, in the order in which they were made."""
        ...

    def add(self, key: ApiKey) -> None:
        """Remember a new key.

        Raises
        ------
        KeyExists
            If a key that is not revoked has the name, or any key the id.
        """
        ...

    def change(self, key_id: str, change: Callable[[ApiKey], ApiKey]) -> ApiKey:
        """Replace a key by what a function makes of it, and return that.

        Raises
        ------
        UnknownKey
            If there is none with that id.
        """
        ...


def find_key(presented: str, store: KeyStore, now: np.datetime64) -> ApiKey | KeyFault:
    """Return the key that was presented, or why it opens nothing.

    Parameters
    ----------
    presented : str
    store : KeyStore
    now : numpy.datetime64
        UTC instant.

    Notes
    -----
    A key is found by its public id and its digest compared in constant time, against one that
    nothing has where the id is unknown: how long it takes tells nothing of any secret. Only who
    has the right secret is told that a key has expired or was revoked.
    """
    parts = _KEY.fullmatch(presented)
    if parts is None:
        return KeyFault.MALFORMED
    key = store.find(parts[1])
    digest = digest_bytes(presented.encode("ascii"))
    is_current = hmac.compare_digest(digest, _NOBODY if key is None else key.digest)
    old = None if key is None or key.old_until is None or now >= key.old_until else key.old_digest
    is_old = hmac.compare_digest(digest, old or _NOBODY)
    if key is None or not (is_current or is_old):
        is_mistyped = _check_sum(presented[:-6]) != parts[3]
        return KeyFault.MALFORMED if is_mistyped else KeyFault.UNKNOWN
    return key.find_fault(now) or key


def create_key(
    store: KeyStore,
    name: str,
    scopes: Collection[Scope],
    now: np.datetime64,
    expires_at: np.datetime64 | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; return what is kept of it, and the key itself, which nobody can show again.

    Raises
    ------
    KeyUnfit
        If the name is no name, there is no scope, or it would have expired already.
    KeyExists
        If another key has the name.
    """
    if not _NAME.fullmatch(name):
        raise KeyUnfit("a name of up to 64 plain letters, digits, spaces and . _ @ -", repr(name))
    if not scopes:
        raise KeyUnfit("at least one scope", "none")
    if expires_at is not None and expires_at <= now:
        raise KeyUnfit("an end in the future", f"{expires_at}Z")
    key_id = secrets.token_hex(_ID_BYTES)
    secret = _draw_secret(key_id)
    key = ApiKey(
        key_id=key_id,
        name=name,
        scopes=tuple(scope for scope in Scope if scope in scopes),
        created_at=now,
        expires_at=expires_at,
        digest=digest_bytes(secret.encode("ascii")),
    )
    store.add(key)
    return key, secret


def rotate_key(
    store: KeyStore, name_or_id: str, now: np.datetime64, grace: np.timedelta64
) -> tuple[ApiKey, str]:
    """Give a key another secret, and take the old one for a while yet.

    Raises
    ------
    UnknownKey
        If there is no such key.
    KeyUnfit
        If it was revoked or has expired: it must not come to life again by this.
    """
    key_id = name_key(store, name_or_id).key_id
    secret = _draw_secret(key_id)
    digest = digest_bytes(secret.encode("ascii"))

    def change(key: ApiKey) -> ApiKey:
        fault = key.find_fault(now)
        if fault is not None:
            raise KeyUnfit("a key in use", str(fault))
        return replace(key, digest=digest, old_digest=key.digest, old_until=now + grace)

    return store.change(key_id, change), secret


def revoke_key(store: KeyStore, name_or_id: str, now: np.datetime64) -> ApiKey:
    """Let a key open nothing from now on, its old secret included.

    Raises
    ------
    UnknownKey
        If there is no such key.
    """
    key_id = name_key(store, name_or_id).key_id
    return store.change(key_id, lambda key: replace(key, revoked_at=key.revoked_at or now))


def name_key(store: KeyStore, name_or_id: str) -> ApiKey:
    """Return the key that is meant: by its id, or by the name of one that is not revoked.

    Raises
    ------
    UnknownKey
        If there is none.
    """
    key = store.find(name_or_id)
    if key is not None:
        return key
    in_use = {key.name: key for key in store.known() if key.revoked_at is None}
    if name_or_id not in in_use:
        raise UnknownKey(hide_keys(name_or_id), list(in_use))
    return in_use[name_or_id]


def check_new(key: ApiKey, known: Sequence[ApiKey]) -> None:
    """Refuse a key whose id, or whose name in use, another one has; for stores.

    Raises
    ------
    KeyExists
    """
    for other in known:
        if other.key_id == key.key_id or (other.name == key.name and other.revoked_at is None):
            raise KeyExists(key.name)


def hide_keys(text: str) -> str:
    """Return a text with the secret of every key in it made unreadable.

    Examples
    --------
    >>> hide_keys("GET /v1/bw_0123456789ab_c2VjcmV0c2VjcmV0")
    'GET /v1/bw_0123456789ab_(hidden)'
    """
    return _TRACE.sub(r"bw_\1_(hidden)", text)


def _draw_secret(key_id: str) -> str:
    drawn = base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).rstrip(b"=")
    body = f"bw_{key_id}_{drawn.decode('ascii')}"
    return body + _check_sum(body)


def _check_sum(body: str) -> str:
    left = zlib.crc32(body.encode("ascii"))
    letters = ""
    for _ in range(6):
        left, place = divmod(left, len(_LETTERS))
        letters = _LETTERS[place] + letters
    return letters

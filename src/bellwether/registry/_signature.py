"""Signatures: who vouches for a bundle (Ed25519).

What is signed is the bundle's digest, and through it the manifest and every part. The signature
lies in the file as a part that the manifest does not name: it travels with the bundle and leaves
its digest, and so its identity, as it is.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bellwether.hashing import canonical_json, digest_bytes, digest_json
from bellwether.registry._errors import BundleCorrupt
from bellwether.registry._signature_errors import (
    BundleUnsigned,
    SignatureInvalid,
    SignerUnknown,
    SigningKeyUnusable,
)

SIGNATURE_PART = "signature.json"
_ALGORITHM = "ed25519"
_MOST_BYTES = 1024
# Nothing else that this key may ever sign can be taken for the signature of a bundle.
_PREFIX = b"bellwether bundle\n"
_KEY_HINT = "make one with: bellwether signing new FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature as it lies in a bundle.

    Parameters
    ----------
    signer : str
        Id of the key: the first 16 digits of the SHA-256 of its public half.
    value : bytes
        64 bytes.
    """

    signer: str
    value: bytes

    def to_bytes(self) -> bytes:
        """Return the signature as it is written."""
        value = base64.b64encode(self.value).decode("ascii")
        content = {"algorithm": _ALGORITHM, "signer": self.signer, "value": value}
        return canonical_json(content).encode("ascii")

    @classmethod
    def from_bytes(cls, content: bytes, name: str) -> "Signature":
        """Return the signature that was written.

        Raises
        ------
        BundleCorrupt
            If it is none.
        """
        try:
            found = json.loads(content[:_MOST_BYTES])
            value = base64.b64decode(found["value"], validate=True)
            signature = cls(signer=found["signer"], value=value)
            is_sound = signature.to_bytes() == content and len(value) == 64
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BundleCorrupt(name, SIGNATURE_PART, f"no signature: {error}"[:200]) from error
        if not is_sound:
            raise BundleCorrupt(name, SIGNATURE_PART, "a signature in another form")
        return signature


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key whose signatures are believed here.

    Parameters
    ----------
    name : str
        Whose it is.
    public : bytes
        32 bytes.
    added_at : numpy.datetime64
        UTC instant.
    """

    name: str
    public: bytes
    added_at: np.datetime64

    @property
    def key_id(self) -> str:
        """The first 16 digits of the SHA-256 of the key."""
        return _key_id(self.public)


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whose signatures are believed, and whether every bundle must have one.

    Parameters
    ----------
    keys : mapping of str to TrustedKey
        By their ids.
    required : bool, default False
    """

    keys: Mapping[str, TrustedKey] = field(default_factory=dict)
    required: bool = False

    @cached_property
    def digest(self) -> str:
        """Another one whenever a bundle could be judged otherwise."""
        return digest_json([self.required, *sorted(key.public.hex() for key in self.keys.values())])


def check_signature(
    digest: str, signature: Signature | None, trust: Trust, name: str
) -> str | None:
    """Return the id of the trusted key that signed a bundle; None where no such key did.

    Parameters
    ----------
    digest : str
        The bundle's.
    signature : Signature or None
    trust : Trust
    name : str
        What to call the bundle in errors.

    Raises
    ------
    BundleUnsigned, SignerUnknown
        If a trusted signature is required.
    SignatureInvalid
        If a trusted key is named that did not sign this, required or not.
    """
    if signature is None:
        if trust.required:
            raise BundleUnsigned(name)
        return None
    key = trust.keys.get(signature.signer)
    if key is None:
        if trust.required:
            raise SignerUnknown(name, signature.signer[:64])
        return None
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - few bundles are signed
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        public = ed25519.Ed25519PublicKey.from_public_bytes(key.public)
        public.verify(signature.value, _PREFIX + digest.encode("ascii"))
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalid(name, f"one that {key.name!r} never made") from error
    return signature.signer


def sign_digest(digest: str, private_key: bytes) -> Signature:
    """Sign a bundle's digest; the same key and digest give the same signature.

    Parameters
    ----------
    digest : str
    private_key : bytes
        PEM, as `make_signing_key` gives it.

    Raises
    ------
    SigningKeyUnusable
        If it is no unencrypted Ed25519 key.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - few ever sign
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(private_key, password=None)
    except (ValueError, TypeError) as error:
        raise SigningKeyUnusable("a private key that signs", "something else", _KEY_HINT) from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise SigningKeyUnusable("an Ed25519 key", "a key of another kind", _KEY_HINT)
    public = key.public_key().public_bytes_raw()
    return Signature(signer=_key_id(public), value=key.sign(_PREFIX + digest.encode("ascii")))


def make_signing_key() -> tuple[bytes, bytes]:
    """Return a new private key and its public half, both PEM; nobody draws the same twice."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    spki = form.PublicFormat.SubjectPublicKeyInfo
    return private, key.public_key().public_bytes(form.Encoding.PEM, spki)


def read_public_key(content: bytes, name: str, added_at: np.datetime64) -> TrustedKey:
    """Return a public key (PEM) as one to be trusted under a name.

    Raises
    ------
    SigningKeyUnusable
        If it is none, or the private half, which nobody else should ever see.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - few ever sign
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    if b"PRIVATE" in content:
        hint = "trust the file beside it that ends in .pub, and keep this one to yourself"
        raise SigningKeyUnusable("a public key", "a private one", hint)
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, TypeError) as error:
        raise SigningKeyUnusable("a public key", "something else", _KEY_HINT) from error
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise SigningKeyUnusable("an Ed25519 key", "a key of another kind", _KEY_HINT)
    return TrustedKey(name=name, public=key.public_bytes_raw(), added_at=added_at)


def _key_id(public: bytes) -> str:
    return digest_bytes(public)[:16]

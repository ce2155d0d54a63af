"""Sealed bundles: form, digests and signature of a file, before anything in it is run."""

from collections.abc import Mapping
from dataclasses import dataclass

from bellwether.hashing import digest_bytes
from bellwether.registry._archive import pack_archive, unpack_archive
from bellwether.registry._errors import BundleCorrupt
from bellwether.registry._manifest import Manifest
from bellwether.registry._signature import (
    SIGNATURE_PART,
    Signature,
    Trust,
    check_signature,
    sign_digest,
)

MANIFEST_PART, DIGEST_PART, GRAPH_PART = "manifest.json", "manifest.sha256", "model.onnx"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBundle:
    """What a bundle's file says of itself, before anybody has looked at the graph.

    Parameters
    ----------
    manifest : Manifest
    digest : str
    signature : Signature or None
    signer : str or None
        The trusted key that made the signature.
    parts : mapping of str to bytes
        Every part of the file; the manifest's digests hold for them.
    """

    manifest: Manifest
    digest: str
    signature: Signature | None
    signer: str | None
    parts: Mapping[str, bytes]


def inspect_bundle(
    content: bytes, name: str, digest: str | None = None, trust: Trust | None = None
) -> SealedBundle:
    """Check form, digests and signature of a bundle's file; nothing in it is run.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        What to call the bundle in errors.
    digest : str, optional
        The digest the registry remembers.
    trust : Trust, optional
        Whose signatures count; by default a signature is not looked at.

    Raises
    ------
    BundleCorrupt
        If a part is missing, added, cut or changed, or the digest is another one.
    BundleTooNew
        If a later version wrote it in a format that is not known here.
    BundleUnsigned, SignatureInvalid, SignerUnknown
        If its signature is not as `trust` wants it.
    """
    parts = unpack_archive(content, name)
    manifest, found = _read_manifest(parts, name, digest)
    signature, signer = None, None
    if SIGNATURE_PART in parts:
        signature = Signature.from_bytes(parts[SIGNATURE_PART], name)
    if trust is not None:
        signer = check_signature(found, signature, trust, name)
    return SealedBundle(
        manifest=manifest, digest=found, signature=signature, signer=signer, parts=parts
    )


def sign_bundle(content: bytes, private_key: bytes, name: str) -> bytes:
    """Return a bundle's file with a signature, in place of the one it may have had.

    Parameters
    ----------
    content : bytes
        The whole file.
    private_key : bytes
        PEM.
    name : str
        What to call the bundle in errors.

    Raises
    ------
    BundleCorrupt, BundleTooNew
        If the file is not what was written: nobody should vouch for it.
    SigningKeyUnusable
        If the key does not sign.
    """
    sealed = inspect_bundle(content, name)
    signature = sign_digest(sealed.digest, private_key)
    return pack_archive({**sealed.parts, SIGNATURE_PART: signature.to_bytes()})


def _read_manifest(
    parts: Mapping[str, bytes], name: str, digest: str | None
) -> tuple[Manifest, str]:
    """Return a manifest and its digest once it holds for every part."""
    for part in (MANIFEST_PART, DIGEST_PART, GRAPH_PART):
        if part not in parts:
            raise BundleCorrupt(name, part, "missing")
    found = digest_bytes(parts[MANIFEST_PART])
    if parts[DIGEST_PART] != found.encode("ascii"):
        raise BundleCorrupt(name, MANIFEST_PART, "changed")
    manifest = Manifest.from_bytes(parts[MANIFEST_PART], name)
    if digest is not None and found != digest:
        raise BundleCorrupt(name, MANIFEST_PART, "another bundle than the registered one")
    _check_parts(parts, manifest, name)
    return manifest, found


def _check_parts(parts: Mapping[str, bytes], manifest: Manifest, name: str) -> None:
    found = {part: digest_bytes(content) for part, content in parts.items()}
    for part in (MANIFEST_PART, DIGEST_PART, SIGNATURE_PART):
        found.pop(part, None)
    for part in sorted(found.keys() | manifest.parts.keys()):
        if found.get(part) != manifest.parts.get(part):
            raise BundleCorrupt(name, part, "missing, added or changed")

"""Add: take in a model that was made elsewhere, and let it prove everything but its verdict."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bellwether.clock import Clock
from bellwether.errors import ValidationError
from bellwether.hashing import canonical_json
from bellwether.registry import (
    BundleCorrupt,
    BundleError,
    LoadedBundle,
    Manifest,
    MarketKey,
    ModelExists,
    ModelRecord,
    Origin,
    Registry,
    SealedBundle,
    Stage,
    Trust,
    UnknownModel,
    VerdictUnproven,
    find_origin,
    inspect_bundle,
    sign_bundle,
)
from bellwether.service._errors import ModelNotJudged

if TYPE_CHECKING:
    # A service that only predicts must not pay for the gate's libraries.
    from bellwether.validation import Verdict

_MOST_METRICS_LETTERS = 1 << 16
_VERDICT = "the verdict"


class PackedBundles(Protocol):
    """Keeps the files of bundles.

    Treaty. May be used from any thread and, where the store is shared, from any process. A file
    is written whole or not at all; what cannot be written is `OSError`, what is not there, or
    cannot be read, one of `BundleError`.
    """

    def put_packed(self, model_id: str, content: bytes) -> None:
        """Write a bundle's file as it is, in place of the one there."""
        ...

    def get_packed(self, model_id: str) -> bytes:
        """Return a bundle's file as it is; nothing in it is checked."""
        ...

    def load(self, record: ModelRecord) -> LoadedBundle:
        """Return the bundle of a registered model; see `BundleStore`."""
        ...


class BundleProbe(Protocol):
    """Tries a bundle out where it can do no harm.

    Treaty. May be used from any thread, and takes seconds. The caller survives whatever the
    bundle does: a crash, a hang, or a hunger for memory is `BundleTooCostly`.
    """

    def prove(self, content: bytes, name: str) -> None:
        """Load a bundle and hold it to its golden answers.

        Raises
        ------
        BundleError
            One of its leaves.
        """
        ...


class TrustPort(Protocol):
    """Says whose signatures are believed. Treaty: may be used from any thread."""

    def trust(self) -> Trust:
        """Return whose signatures are believed now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingPorts:
    """What adding a model needs from outside.

    Parameters
    ----------
    registry : Registry
    bundles : PackedBundles
    probe : BundleProbe
    trusted : TrustPort
    clock : Clock
    """

    registry: Registry
    bundles: PackedBundles
    probe: BundleProbe
    trusted: TrustPort
    clock: Clock


def add_bundle(
    content: bytes, *, ports: AddingPorts, name: str = "upload", added_by: str | None = None
) -> ModelRecord:
    """Register a model from its bundle's file, as a candidate or as refused.

    Parameters
    ----------
    content : bytes
        The whole file.
    ports : AddingPorts
    name : str
        What to call the file in errors.
    added_by : str, optional
        Id of the API key it came with.

    Returns
    -------
    record : ModelRecord
        As remembered. The same bundle again changes nothing, but a trusted signature that it
        brings is kept, and a file that was lost or damaged is restored.

    Raises
    ------
    BundleError
        One of its leaves, whatever is wrong with the file.
    ModelExists
        If another bundle is registered under the id.

    Notes
    -----
    In this order: form and digests, signature, manifest and verdict here, as data; then graph
    and golden answers in a process of their own; then the registry, which decides between two
    who come with one id; the file last, written only by the one that won.
    """
    sealed = inspect_bundle(content, name, trust=ports.trusted.trust())
    record = _make_record(sealed, name, ports, added_by)
    known = _find(ports.registry, record.model_id)
    if known is not None:
        if not known.same_model(record):
            raise ModelExists(record.model_id)
        if _is_kept(known, sealed, ports):
            return known
    ports.probe.prove(content, name)
    registered = ports.registry.register(record)
    ports.bundles.put_packed(record.model_id, content)
    return registered


def prove_verdict(
    model_id: str, *, registry: Registry, ports: AddingPorts | None = None
) -> "Verdict":
    """Return the verdict that a model may be promoted on.

    Parameters
    ----------
    model_id : str
    registry : Registry
    ports : AddingPorts, optional
        Without them nobody can vouch for a model that was made elsewhere.

    Raises
    ------
    UnknownModel
    ModelNotJudged
        If it has no verdict.
    VerdictUnproven
        If it was made elsewhere and no trusted key has signed it: anybody can write a verdict.
    BundleError
        If it was made elsewhere and its file is not what was registered.
    """
    from bellwether.validation import Verdict  # noqa: PLC0415 - brings scipy along

    record = registry.get(model_id)
    if record.verdict is None:
        raise ModelNotJudged(model_id)
    verdict = Verdict.from_json(record.verdict)
    if verdict.promotes and find_origin(record) is not None:
        signer = None if ports is None else _find_signer(record, ports)
        if signer is None:
            raise VerdictUnproven(model_id)
    return verdict


def _find_signer(record: ModelRecord, ports: AddingPorts) -> str | None:
    content = ports.bundles.get_packed(record.model_id)
    trust = ports.trusted.trust()
    return inspect_bundle(content, record.model_id, record.bundle_digest, trust).signer


def sign_model(model_id: str, private_key: bytes, *, ports: AddingPorts) -> SealedBundle:
    """Sign the bundle of a registered model where it lies, and return what was signed.

    Raises
    ------
    UnknownModel
    BundleError
        If the bundle is not there or not what was registered: nobody should vouch for it.
    SigningKeyUnusable
        If the key does not sign.
    OSError
        If the file cannot be written.
    """
    record = ports.registry.get(model_id)
    content = ports.bundles.get_packed(model_id)
    inspect_bundle(content, model_id, record.bundle_digest)
    signed = sign_bundle(content, private_key, model_id)
    trust = Trust(keys=ports.trusted.trust().keys)
    sealed = inspect_bundle(signed, model_id, record.bundle_digest, trust)
    ports.bundles.put_packed(model_id, signed)
    return sealed


def _find(registry: Registry, model_id: str) -> ModelRecord | None:
    try:
        return registry.get(model_id)
    except UnknownModel:
        return None


def _is_kept(known: ModelRecord, sealed: SealedBundle, ports: AddingPorts) -> bool:
    """Whether the file that is there is as good as the one that came."""
    try:
        loaded = ports.bundles.load(known)
    except BundleError:
        return False
    return loaded.signer is not None or sealed.signer is None


def _make_record(
    sealed: SealedBundle, name: str, ports: AddingPorts, added_by: str | None
) -> ModelRecord:
    manifest, now = sealed.manifest, ports.clock.now()
    if manifest.kind != "model" or manifest.trained_at is None or not manifest.symbols:
        raise BundleCorrupt(name, "a model that was trained on some markets", manifest.kind)
    if manifest.trained_at > now:
        was = f"one that was trained up to {manifest.trained_at}Z"
        raise BundleCorrupt(name, "a model trained on the past", was)
    if len(canonical_json(manifest.metrics)) > _MOST_METRICS_LETTERS:
        raise BundleCorrupt(name, "metrics", f"more than {_MOST_METRICS_LETTERS} letters")
    verdict = _read_verdict(manifest, name)
    refused = verdict is not None and not verdict.promotes
    return ModelRecord(
        model_id=manifest.model_id,
        market=MarketKey(
            universe=manifest.universe,
            interval=manifest.interval,
            horizon_bars=manifest.horizon_bars,
        ),
        symbols=manifest.symbols,
        bundle_digest=sealed.digest,
        pipeline_digest=manifest.pipeline_digest,
        snapshot_digest=manifest.snapshot_digest,
        bellwether_version=manifest.bellwether_version,
        trained_at=manifest.trained_at,
        registered_at=now,
        changed_at=now,
        stage=Stage.REFUSED if refused else Stage.CANDIDATE,
        verdict=manifest.verdict,
        metrics=Origin(added_by=added_by, signer=sealed.signer).mark(manifest.listed_metrics),
    )


def _read_verdict(manifest: Manifest, name: str) -> "Verdict | None":
    from bellwether.validation import Verdict  # noqa: PLC0415 - brings scipy along

    if manifest.verdict is None:
        return None
    try:
        verdict = Verdict.from_json(manifest.verdict)
    except (ValidationError, ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise BundleCorrupt(name, _VERDICT, f"{error}"[:200]) from error
    if (verdict.pipeline, verdict.snapshot) != (manifest.pipeline_digest, manifest.snapshot_digest):
        raise BundleCorrupt(name, _VERDICT, "one on another pipeline or other bars")
    return verdict

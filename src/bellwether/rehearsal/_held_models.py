"""Bundles of a rehearsal: real ones, in memory, that can be spoiled and mended."""

from dataclasses import dataclass, field

from bellwether.registry import (
    Bundle,
    BundleMissing,
    LoadedBundle,
    ModelRecord,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
)


@dataclass(slots=True)
class HeldBundles:
    """Keeps the bytes of bundles; treaty as `BundleStore`, for one thread."""

    _contents: dict[str, bytes] = field(default_factory=dict)
    _opened: dict[str, LoadedBundle] = field(default_factory=dict)
    _spoiled: set[str] = field(default_factory=set)

    def put(self, bundle: Bundle) -> str:
        """Keep a bundle under its model's id and return its digest."""
        self._contents[bundle.manifest.model_id] = pack_bundle(bundle)
        return bundle.digest

    def load(self, record: ModelRecord) -> LoadedBundle:
        """Return the bundle of a registered model."""
        model_id = record.model_id
        if model_id not in self._contents:
            raise BundleMissing(model_id)
        if model_id in self._spoiled:
            content = bytearray(self._contents[model_id])
            content[len(content) // 2] ^= 0xFF
            return open_bundle(bytes(content), model_id, record.bundle_digest)
        if model_id not in self._opened:
            content = bytearray(self._contents[model_id])
            self._opened[model_id] = open_bundle(bytes(content), model_id, record.bundle_digest)
        return self._opened[model_id]

    def spoil(self, model_id: str) -> None:
        """Have a byte of a bundle turned over until it is mended."""
        self._spoiled.add(model_id)

    def mend(self) -> None:
        """Have every bundle as it was put."""
        self._spoiled.clear()


class HeldRules:
    """Gives the rules' bundle that was put last; treaty as `RulesSource`."""

    __slots__ = ("_loaded",)

    def __init__(self) -> None:
        self._loaded = open_bundle(pack_bundle(make_rules_bundle()), "the rules")

    def load(self) -> LoadedBundle:
        """Return the bundle of the rules."""
        return self._loaded

    def put(self, bundle: Bundle) -> None:
        """Have the rules answer by another record of their past."""
        self._loaded = open_bundle(pack_bundle(bundle), "the rules")

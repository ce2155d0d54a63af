"""What the use cases need from outside, as treaties."""

from typing import Protocol

from bellwether.registry import Bundle, LoadedBundle, ModelRecord


class BundleStore(Protocol):
    """Keeps the bundles of registered models.

    Treaty. May be used from any thread and, where the store is shared, from any process. A
    bundle is written whole or not at all; what `load` returns has passed every check of
    `open_bundle` against the record's digest. The caller may keep what it gets.
    """

    def put(self, bundle: Bundle) -> str:
        """Write a bundle under its model's id and return its digest.

        Raises
        ------
        OSError
            If there is no room or no permission; nothing is left behind.
        """
        ...

    def load(self, record: ModelRecord) -> LoadedBundle:
        """Return the bundle of a registered model.

        Raises
        ------
        BundleError
            One of its leaves, saying what is wrong with the bundle.
        """
        ...


class RulesSource(Protocol):
    """Gives the bundle of the rules.

    Treaty. May be used from any thread. It depends on no disk: where the file is missing,
    damaged or of another version, the bundle is built from code in memory.
    """

    def load(self) -> LoadedBundle:
        """Return the bundle of the rules."""
        ...

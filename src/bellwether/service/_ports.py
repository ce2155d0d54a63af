"""What the use cases need from outside, as treaties."""

from typing import TYPE_CHECKING, Protocol

from bellwether.registry import Bundle, LoadedBundle, ModelRecord

if TYPE_CHECKING:
    # Whoever answers is handed standings, and need not know what makes them.
    from bellwether.monitor import RegimeChoice, Standing


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


class Standings(Protocol):
    """Says what is thought of models that serve.

    Treaty. May be used from any thread. It is asked once for each model and batch of questions,
    so it answers from memory as long as nothing was decided anew. It raises nothing: where
    nothing can be read, what was last known holds, or nothing is known.
    """

    def find(self, model_id: str) -> "Standing | None":
        """Return what is thought of a model; None where nobody watches it."""
        ...


class Choices(Protocol):
    """Says which of a market's two promoted models answers first in which kind of market.

    Treaty. As `Standings`: from any thread, from memory, and it raises nothing. It is asked only
    about markets with a champion and a previous one, once for both and batch of questions.
    """

    def find_choice(self, champion: str, previous: str) -> "RegimeChoice | None":
        """Return what was decided of two models in these places; None where nothing was."""
        ...

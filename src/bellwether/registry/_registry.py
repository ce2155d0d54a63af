"""Registry: the treaty that every memory of models keeps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from bellwether.registry._record import MarketKey, ModelRecord, Move, Serving

if TYPE_CHECKING:
    # A service that only reads the registry must not pay for the gate's libraries.
    from bellwether.validation import Verdict


class Registry(Protocol):
    """Remembers models, their stages and every move between them.

    Treaty. Every method may be called from any thread and, where the memory is shared, from
    any process at the same time. Every change is one transaction: it happens whole and is
    durable when the method returns, or not at all. At most one champion and one previous
    champion exist for a market at any instant, to every reader. Nothing is ever overwritten
    or removed: a model's history only grows. Values are frozen; the caller may keep them.
    What cannot be opened, read or written is `RegistryUnavailable`.
    """

    def register(self, record: ModelRecord) -> ModelRecord:
        """Remember a new model as CANDIDATE or REFUSED and return it as remembered.

        Registering the same bundle again changes nothing and returns what is remembered.

        Raises
        ------
        ModelExists
            If another bundle has the id.
        IllegalMove
            If the record is in another stage than CANDIDATE or REFUSED.
        """
        ...

    def get(self, model_id: str) -> ModelRecord:
        """Return one model.

        Raises
        ------
        UnknownModel
            If there is none with that id.
        """
        ...

    def records(self) -> Sequence[ModelRecord]:
        """Return every model, in the order of registration."""
        ...

    def serving(self, market: MarketKey) -> Serving:
        """Return the champion and the previous champion of a market, read at one instant."""
        ...

    def serving_symbol(self, symbol: str, interval: str, horizon_bars: int) -> Serving:
        """Return the models that may answer for a symbol (see `find_serving`)."""
        ...

    def promote(self, model_id: str, verdict: "Verdict", *, reason: str) -> ModelRecord:
        """Make a candidate the champion of its market; the champion becomes the previous one.

        Raises
        ------
        UnknownModel, IllegalMove
        NotPromotable
            If the verdict does not say PROMOTE, or is not this model's.
        """
        ...

    def renew(self, model_id: str, *, reason: str) -> ModelRecord:
        """Make a later fit of the champion's own pipeline the champion, on the same verdict.

        Raises
        ------
        UnknownModel, IllegalMove
        NotRenewable
            If the champion is of another pipeline, or is not older.
        """
        ...

    def refuse(self, model_id: str, verdict: "Verdict | None", *, reason: str) -> ModelRecord:
        """Mark a candidate as refused, with the verdict that did.

        Raises
        ------
        UnknownModel, IllegalMove
        """
        ...

    def roll_back(self, market: MarketKey, *, reason: str) -> Serving:
        """Retire a market's champion, bring the previous one back, return who serves now.

        Where there was no previous champion nobody serves, and the rules take over.
        """
        ...

    def retire(self, model_id: str, *, reason: str) -> ModelRecord:
        """Take a model out of service for good.

        Raises
        ------
        UnknownModel, IllegalMove
        """
        ...

    def history(self) -> Sequence[Move]:
        """Return every move ever made, oldest first."""
        ...

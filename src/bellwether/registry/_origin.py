"""Origin: where a model came from that was not trained here."""

from collections.abc import Mapping
from dataclasses import dataclass

from bellwether.registry._record import ModelRecord

_ENTRY = "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a model that was made elsewhere came into the registry.

    Parameters
    ----------
    added_by : str or None
        Id of the API key it was uploaded with; None at the terminal or where none is needed.
    signer : str or None
        The trusted key that had signed its bundle by then.

    Notes
    -----
    It stands among the record's metrics under a name that no bundle can fill: whatever an added
    bundle has there is replaced.
    """

    added_by: str | None = None
    signer: str | None = None

    def mark(self, metrics: Mapping[str, object]) -> dict[str, object]:
        """Return the metrics of a record with its origin."""
        return {**metrics, _ENTRY: {"added_by": self.added_by, "signer": self.signer}}


def find_origin(record: ModelRecord) -> Origin | None:
    """Return where a model came from; None for one that was trained here."""
    found = record.metrics.get(_ENTRY)
    if found is None:
        return None
    # Whatever else stands there, the model was not made here, which is what counts.
    facts = found if isinstance(found, Mapping) else {}
    texts = {name: facts.get(name) for name in ("added_by", "signer")}
    return Origin(**{name: one if isinstance(one, str) else None for name, one in texts.items()})

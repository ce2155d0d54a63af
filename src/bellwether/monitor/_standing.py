"""Standing: what is thought of a model that serves, and what follows for its answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np

from bellwether.monitor._errors import ForeignState

Condition = Literal["ok", "amber", "red", "recovering"]
CONDITIONS: tuple[Condition, ...] = ("ok", "amber", "red", "recovering")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is thought of a model on the outcomes settled so far: a value, stored as JSON.

    Parameters
    ----------
    model_id : str
    condition : {"ok", "amber", "red", "recovering"}
    answers : bool
        Whether it may answer; otherwise the next rung does, and it goes on in shadow.
    accuracy, fallback_accuracy : float
        To be expected of its next prediction, and of the rules'.
    confidence_factor : float
        What its confidence is multiplied by, above 0 and at most 1.
    edge_factor : float
        What its probability's distance from one half is multiplied by, from 0 to 1.
    as_of : str
        Last settled bar, ISO 8601, UTC; empty where none is.
    words : str
        Why, for a person.
    """

    model_id: str
    condition: Condition = "ok"
    answers: bool = True
    accuracy: float
    fallback_accuracy: float
    confidence_factor: float = 1.0
    edge_factor: float = 1.0
    as_of: str = ""
    words: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the standing as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the standing that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            found = cls(**content)
            numbers = (found.accuracy, found.fallback_accuracy, found.edge_factor)
            is_sound = all(0.0 <= one <= 1.0 for one in numbers)
            is_sound = is_sound and 0.0 < found.confidence_factor <= 1.0
        except TypeError as error:
            raise ForeignState("a stored standing", repr(error)) from error
        if not is_sound or found.condition not in CONDITIONS:
            raise ForeignState("a stored standing", f"{content}"[:200])
        return found


def instant_text(instant: np.datetime64) -> str:
    """Return an instant as standings hold it, to the microsecond, UTC."""
    return str(instant.astype("datetime64[us]"))

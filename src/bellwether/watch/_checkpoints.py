"""Checkpoints: what a fold over the journal has come to, and who works on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bellwether.service import OptionOutOfRange

MOST_NAME_LETTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a fold over the journal had come to at some record: rebuilt from it at any time.

    Parameters
    ----------
    name : str
        Which fold, in up to 200 characters, such as "standing/" and the id of a model.
    number : int
        Last record of the journal's chain that went into it.
    content : mapping
        JSON values.

    Raises
    ------
    OptionOutOfRange
        If the name is empty or too long.
    """

    name: str
    number: int
    content: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= MOST_NAME_LETTERS:
            raise OptionOutOfRange("name", f"1 to {MOST_NAME_LETTERS} characters", self.name)


class Checkpoints(Protocol):
    """Keeps checkpoints and leases, in the registry's database.

    Treaty. May be used from any thread and, where the memory is shared, from any process. `save`
    is one transaction: all or none, durable when it returns. A lease is held by one owner at a
    time; one that is not renewed ends by itself, and so may one whose owner is known to be gone.

    Every method raises RegistryUnavailable if the memory cannot be reached, read or written.
    """

    def load(self, name: str) -> Checkpoint | None:
        """Return one checkpoint, or None."""
        ...

    def find(self, prefix: str) -> Sequence[Checkpoint]:
        """Return the checkpoints whose names begin so, by name."""
        ...

    def save(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Keep some checkpoints, each in place of the one of its name."""
        ...

    def drop(self, prefix: str) -> None:
        """Forget the checkpoints whose names begin so; they can be rebuilt."""
        ...

    def lease(self, name: str, owner: str, *, now: np.datetime64, seconds: float) -> bool:
        """Take or renew a lease, and return whether it is held."""
        ...

    def release(self, name: str, owner: str) -> None:
        """Give a lease back; does nothing where somebody else holds it."""
        ...

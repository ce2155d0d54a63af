"""The twin in memory of the checkpoints: for studies, demonstrations and tests."""

import json
import threading
from collections.abc import Sequence

import numpy as np

from bellwether.hashing import canonical_json
from bellwether.watch import Checkpoint


class MemoryCheckpoints:
    """Checkpoints that are forgotten at the end of the process; treaty as `Checkpoints`."""

    __slots__ = ("_guard", "_kept", "_leases")

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, str]] = {}
        self._leases: dict[str, tuple[str, np.datetime64]] = {}
        self._guard = threading.RLock()

    def load(self, name: str) -> Checkpoint | None:
        """Return one checkpoint, or None."""
        with self._guard:
            found = self._kept.get(name)
        return None if found is None else _checkpoint(name, *found)

    def find(self, prefix: str) -> Sequence[Checkpoint]:
        """Return the checkpoints whose names begin so, by name."""
        with self._guard:
            found = sorted(item for item in self._kept.items() if item[0].startswith(prefix))
        return tuple(_checkpoint(name, *kept) for name, kept in found)

    def save(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Keep some checkpoints, each in place of the one of its name."""
        new = {one.name: (one.number, canonical_json(one.content)) for one in checkpoints}
        with self._guard:
            self._kept.update(new)

    def drop(self, prefix: str) -> None:
        """Forget the checkpoints whose names begin so; they can be rebuilt."""
        with self._guard:
            for name in [name for name in self._kept if name.startswith(prefix)]:
                del self._kept[name]

    def lease(self, name: str, owner: str, *, now: np.datetime64, seconds: float) -> bool:
        """Take or renew a lease, and return whether it is held."""
        with self._guard:
            holder, ends_at = self._leases.get(name, (owner, now))
            if holder != owner and now < ends_at:
                return False
            self._leases[name] = (owner, now + round(seconds * 1e6) * np.timedelta64(1, "us"))
            return True

    def release(self, name: str, owner: str) -> None:
        """Give a lease back; does nothing where somebody else holds it."""
        with self._guard:
            if self._leases.get(name, ("", None))[0] == owner:
                del self._leases[name]


def _checkpoint(name: str, number: int, content: str) -> Checkpoint:
    return Checkpoint(name=name, number=number, content=json.loads(content))

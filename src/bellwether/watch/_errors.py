"""Errors of watching."""

from bellwether.errors import MonitorError


class UnreadableNote(MonitorError):
    """A note of the journal is not what it is read as."""

    def __init__(self, wanted: str, kind: str, key: str) -> None:
        self.wanted = wanted
        self.kind = kind
        self.key = key
        super().__init__(
            f"a note of the journal that holds {wanted}",
            f"{kind} {key}",
            "verify the journal; a later version of bellwether may have written it",
        )

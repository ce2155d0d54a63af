"""A journal that can be gone for a while."""

from typing import Any

from bellwether.service import Journal, JournalUnavailable


class InterruptedJournal:
    """A journal that raises JournalUnavailable at every use while it is gone.

    Parameters
    ----------
    journal : Journal
        The one behind it, which keeps what it has.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.is_gone = False

    def __getattr__(self, name: str) -> Any:
        """Return what the journal behind it has of that name, unless it is gone."""
        if self.is_gone:
            raise JournalUnavailable("the rehearsal", "it was taken away for a day")
        return getattr(self._journal, name)

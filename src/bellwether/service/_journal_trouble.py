"""Why an answer went out without the journal's word for it, as codes and in words."""

from enum import StrEnum


class JournalTrouble(StrEnum):
    """What keeps answers out of the journal, or from being known to be in it."""

    LOCKED = "locked"
    READ_ONLY = "read_only"
    GONE = "gone"
    CUT = "cut"
    DISK_FULL = "disk_full"
    DAMAGED = "damaged"
    UNAVAILABLE = "unavailable"
    LATE = "late"
    CROWDED = "crowded"
    REFUSED = "refused"

    @property
    def words(self) -> str:
        """The trouble as a newcomer reads it."""
        return _WORDS[self]


_WORDS = {
    JournalTrouble.LOCKED: "somebody else holds the journal's lock",
    JournalTrouble.READ_ONLY: "the journal may be read but not written",
    JournalTrouble.GONE: "the journal is not where it was",
    JournalTrouble.CUT: "the journal lacks records that it had acknowledged",
    JournalTrouble.DISK_FULL: "there is no room left for the journal",
    JournalTrouble.DAMAGED: "the journal is damaged",
    JournalTrouble.UNAVAILABLE: "the journal cannot be written",
    JournalTrouble.LATE: "the journal had not confirmed the answer when it was due",
    JournalTrouble.CROWDED: "too many answers wait for the journal already",
    JournalTrouble.REFUSED: "the journal does not take this answer",
}

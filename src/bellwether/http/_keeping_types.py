"""The form in which the service's status tells about its journal."""

from msgspec import Struct

from bellwether.service import JournalTrouble


class JournalTroubleAnswer(Struct, kw_only=True, forbid_unknown_fields=True):
    """What last kept answers out of the journal; `until` is null while it lasts."""

    reason: JournalTrouble
    detail: str
    since: str
    until: str | None


class KeepingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How writing answers down goes, since the process started.

    `waiting` counts answers on their way into the journal; `not_journalled` those that went
    out before anybody knew them to be in it.
    """

    waiting: int
    not_journalled: int
    trouble: JournalTroubleAnswer | None

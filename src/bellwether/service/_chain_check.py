"""Going along the journal's chain from its first record, to say where it breaks."""

from collections.abc import Mapping

from bellwether.service._chain import PREDICTION, JournalRecord, chain_digest, record_columns
from bellwether.service._entries import JournalHead
from bellwether.service._errors import JournalTampered


class ChainCheck:
    """Goes along a chain from its first record and says where it breaks.

    Parameters
    ----------
    place : str
        What to call the journal in errors.
    head : JournalHead or None
        The end of the chain at an earlier time.

    Attributes
    ----------
    head : JournalHead
        How far it is sound.
    state_digests : set of str
        States that the records taken so far name.
    """

    __slots__ = ("_expected", "_place", "head", "state_digests")

    def __init__(self, place: str, head: JournalHead | None) -> None:
        self._place = place
        self._expected = head
        self.head = JournalHead()
        self.state_digests: set[str] = set()

    def take(self, record: JournalRecord, seal: str | None, columns: Mapping[str, object]) -> None:
        """Check the next record.

        Parameters
        ----------
        record : JournalRecord
        seal : str or None
            Stored beside its count; None where there is no count.
        columns : mapping of str to object
            Stored beside its content, as `record_columns` gives them.

        Raises
        ------
        JournalTampered
            If it does not follow, or something beside it is not what it was.
        """
        number = self.head.number + 1
        if record.number != number:
            raise JournalTampered(self._place, number, f"record {record.number} in its place")
        if record.digest != chain_digest(self.head.digest, record.content):
            raise JournalTampered(self._place, number, "a record that does not follow")
        if dict(columns) != self._read_columns(record):
            raise JournalTampered(self._place, number, "other columns than its content")
        counted = columns["kind"] == PREDICTION
        if seal != (record.seal if counted else None) or (record.n_served > 0) != counted:
            raise JournalTampered(self._place, number, "a damaged count")
        self.head = JournalHead(number=number, digest=record.digest)
        if self._expected is not None and self._expected.number == number:
            self._check(self._expected)

    def close(self) -> JournalHead:
        """Return the end of the chain, once every record was taken.

        Raises
        ------
        JournalTampered
            If it ends before the expected head.
        """
        if self._expected is not None and self.head.number <= self._expected.number:
            self._check(self._expected)
        return self.head

    def _read_columns(self, record: JournalRecord) -> dict[str, object]:
        try:
            data = record.data
            if data["kind"] == PREDICTION:
                self.state_digests.add(data["prediction"]["source"]["state_digest"])
            return record_columns(data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise JournalTampered(self._place, record.number, "no record") from error

    def _check(self, expected: JournalHead) -> None:
        if self.head.number < expected.number:
            was = f"the end of a chain that had {expected.number} records"
            raise JournalTampered(self._place, self.head.number + 1, was)
        if self.head.digest != expected.digest:
            raise JournalTampered(self._place, self.head.number, "another chain than before")

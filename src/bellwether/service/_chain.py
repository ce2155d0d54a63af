"""The journal's chain: what is hashed, what is counted beside it, and how both are checked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from bellwether.hashing import canonical_json, digest_bytes, digest_json
from bellwether.service._entries import (
    JournalEntry,
    JournalHead,
    ServedAnswer,
    Settlement,
    SettlementOutcome,
    State,
)
from bellwether.service._errors import JournalTampered, WindowMismatch
from bellwether.service._window import digest_window

PREDICTION, SETTLEMENT = "prediction", "settlement"
_NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True, kw_only=True)
class JournalRecord:
    """One link of the chain, and the count kept beside it.

    Parameters
    ----------
    number : int
        Place in the chain, from 1.
    content : str
        Canonical JSON of everything that is recorded; never changes.
    digest : str
        SHA-256 of the digest before and the content.
    n_served : int
        How often the answer was given; 0 for a settlement.
    last_served_at : numpy.datetime64
        NaT for a settlement.
    """

    number: int
    content: str
    digest: str
    n_served: int = 0
    last_served_at: np.datetime64 = _NEVER

    @property
    def seal(self) -> str:
        """Digest that shows damage to the count; whoever can compute it can forge it."""
        return digest_json([self.digest, self.n_served, str(self.last_served_at)])

    @cached_property
    def data(self) -> dict[str, Any]:
        """The content as JSON data."""
        found: dict[str, Any] = json.loads(self.content)
        return found

    def repeated(self, served_at: np.datetime64) -> Self:
        """Return the record with one more answer counted."""
        last = max(self.last_served_at, _micros(served_at))
        return replace(self, n_served=self.n_served + 1, last_served_at=last)


def chain_digest(previous: str, content: str) -> str:
    """Return the digest of a content on top of the digest of the record before."""
    return digest_bytes(f"{previous}\n{content}".encode())


def extend_with_answers(
    head: JournalHead, known: Mapping[str, JournalRecord], served: Sequence[ServedAnswer]
) -> dict[str, JournalRecord]:
    """Return the records that some answers make or count up.

    Parameters
    ----------
    head : JournalHead
        End of the chain.
    known : mapping of str to JournalRecord
        Those of the answers that have a record, by prediction id.
    served : sequence of ServedAnswer

    Returns
    -------
    records : dict of str to JournalRecord
        One for each prediction id; the new ones follow the head in their order.
    """
    changed: dict[str, JournalRecord] = {}
    for answer in served:
        key = answer.prediction.prediction_id
        record = changed.get(key) or known.get(key)
        if record is None:
            record = _answer_record(head, answer)
            head = JournalHead(number=record.number, digest=record.digest)
            changed[key] = record
        else:
            changed[key] = record.repeated(answer.served_at)
    return changed


def extend_with_settlements(
    head: JournalHead, settlements: Sequence[Settlement]
) -> list[JournalRecord]:
    """Return the records of some settlements, one after the other behind the head."""
    records = []
    for settlement in settlements:
        content = canonical_json(
            {
                "kind": SETTLEMENT,
                "number": head.number + 1,
                "prediction_id": settlement.prediction_id,
                "closes_at": _text(settlement.closes_at),
                "realized_return": float(settlement.realized_return),
                "outcome": settlement.outcome.value,
                "settled_at": _text(settlement.settled_at),
            }
        )
        records.append(_link(head, content))
        head = JournalHead(number=records[-1].number, digest=records[-1].digest)
    return records


def check_kept(answer: ServedAnswer) -> None:
    """Refuse a window or a state that is not the one a prediction was computed from.

    Raises
    ------
    WindowMismatch
        If it is another one.
    """
    prediction, window = answer.prediction, answer.stored_window
    if window is not None:
        same_market = (window.symbol, window.interval) == (prediction.symbol, prediction.interval)
        if not same_market or digest_window(window) != prediction.bars_digest:
            raise WindowMismatch(prediction.prediction_id, f"other bars: {window!r}")
    if answer.state is not None and digest_state(answer.state) != prediction.source.state_digest:
        raise WindowMismatch(prediction.prediction_id, "another state")


def digest_state(state: State) -> str:
    """Return the digest of a state, as a bundle's manifest gives it."""
    return digest_json({name: list(values) for name, values in state.items()})


def read_entry(
    record: JournalRecord, place: str, settled: JournalRecord | None = None
) -> JournalEntry:
    """Return the entry that a record holds.

    Raises
    ------
    JournalTampered
        If its content is no entry.
    """
    try:
        data = record.data
        return JournalEntry(
            number=record.number,
            digest=record.digest,
            prediction=data["prediction"],
            as_of=None if data["as_of"] is None else np.datetime64(data["as_of"], "us"),
            first_served_at=np.datetime64(data["served_at"], "us"),
            last_served_at=record.last_served_at,
            n_served=record.n_served,
            settlement=None if settled is None else read_settlement(settled, place),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise JournalTampered(place, record.number, "no entry") from error


def read_settlement(record: JournalRecord, place: str) -> Settlement:
    """Return the settlement that a record holds.

    Raises
    ------
    JournalTampered
        If its content is none.
    """
    try:
        data = record.data
        return Settlement(
            prediction_id=data["prediction_id"],
            closes_at=np.datetime64(data["closes_at"], "us"),
            realized_return=data["realized_return"],
            outcome=SettlementOutcome(data["outcome"]),
            settled_at=np.datetime64(data["settled_at"], "us"),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise JournalTampered(place, record.number, "no settlement") from error


def record_columns(data: Mapping[str, Any]) -> dict[str, object]:
    """Return what a database keeps beside a content to find it by."""
    told = data["prediction"] if data["kind"] == PREDICTION else {}
    return {
        "kind": data["kind"],
        "prediction_id": told.get("prediction_id") or data["prediction_id"],
        "symbol": told.get("symbol"),
        "rung": told.get("rung"),
        "as_of": data.get("as_of"),
    }


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


def _answer_record(head: JournalHead, answer: ServedAnswer) -> JournalRecord:
    prediction, served_at = answer.prediction, _micros(answer.served_at)
    content = canonical_json(
        {
            "kind": PREDICTION,
            "number": head.number + 1,
            "served_at": _text(served_at),
            # The prediction's own JSON tells whole seconds.
            "as_of": None if prediction.as_of is None else _text(prediction.as_of),
            "prediction": prediction.to_json(),
        }
    )
    return replace(_link(head, content), n_served=1, last_served_at=served_at)


def _link(head: JournalHead, content: str) -> JournalRecord:
    digest = chain_digest(head.digest, content)
    return JournalRecord(number=head.number + 1, content=content, digest=digest)


def _micros(instant: np.datetime64) -> np.datetime64:
    micros: np.datetime64 = instant.astype("datetime64[us]")
    return micros


def _text(instant: np.datetime64) -> str:
    return str(_micros(instant))

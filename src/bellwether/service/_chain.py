"""The journal's chain: what is hashed, what is counted beside it, and how both are checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from json.encoder import encode_basestring_ascii
from typing import Any, Self

import numpy as np

from bellwether.hashing import canonical_json, digest_bytes, digest_json, read_json
from bellwether.service._entries import (
    JournalEntry,
    JournalHead,
    ServedAnswer,
    Settlement,
    SettlementOutcome,
    State,
)
from bellwether.service._errors import JournalTampered, OptionOutOfRange, WindowMismatch
from bellwether.service._notes import JournalNote, NoteKind
from bellwether.service._prediction_text import write_prediction
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
        # The canonical JSON of these three, written out: a seal is worked out for every answer.
        digest = encode_basestring_ascii(self.digest)
        return digest_bytes(f'[{digest},{self.n_served},"{self.last_served_at}"]'.encode("ascii"))

    @cached_property
    def data(self) -> dict[str, Any]:
        """The content as JSON data."""
        found: dict[str, Any] = read_json(self.content)
        return found

    @cached_property
    def columns(self) -> dict[str, object]:
        """What a database keeps beside the content to find it by."""
        return record_columns(self.data)

    def repeated(self, served_at: np.datetime64, times: int = 1) -> Self:
        """Return the record with one more answer counted, or several, the last at an instant."""
        last = max(self.last_served_at, _micros(served_at))
        return replace(self, n_served=self.n_served + times, last_served_at=last)


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


def count_repeats(
    known: Mapping[str, JournalRecord], repeats: Mapping[str, tuple[int, np.datetime64]]
) -> dict[str, JournalRecord]:
    """Return the records that some repeats count up, by prediction id.

    Raises
    ------
    OptionOutOfRange
        If a number is below 1.
    """
    for times, _ in repeats.values():
        if times < 1:
            raise OptionOutOfRange("repeats", "at least 1 each", times)
    return {key: known[key].repeated(at, n) for key, (n, at) in repeats.items() if key in known}


def extend_with_settlements(
    head: JournalHead, settlements: Sequence[Settlement]
) -> list[JournalRecord]:
    """Return the records of some settlements, one after the other behind the head."""
    records = []
    for settlement in settlements:
        returned = settlement.realized_return
        content = canonical_json(
            {
                "kind": SETTLEMENT,
                "number": head.number + 1,
                "prediction_id": settlement.prediction_id,
                "closes_at": _text(settlement.closes_at),
                "realized_return": None if returned is None else float(returned),
                "outcome": settlement.outcome.value,
                "settled_at": _text(settlement.settled_at),
            }
        )
        records.append(_link(head, content))
        head = JournalHead(number=records[-1].number, digest=records[-1].digest)
    return records


def extend_with_notes(head: JournalHead, notes: Sequence[JournalNote]) -> list[JournalRecord]:
    """Return the records of some notes, one after the other behind the head."""
    records = []
    for note in notes:
        record = _note_record(head, note)
        head = JournalHead(number=record.number, digest=record.digest)
        records.append(record)
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
    except (ValueError, TypeError, KeyError, OptionOutOfRange) as error:
        raise JournalTampered(place, record.number, "no settlement") from error


def read_note(record: JournalRecord, place: str) -> JournalNote:
    """Return the note that a record holds.

    Raises
    ------
    JournalTampered
        If its content is none.
    """
    try:
        data = record.data
        return JournalNote(
            kind=NoteKind(data["kind"]),
            key=data["key"],
            at=np.datetime64(data["at"], "us"),
            symbol=data["symbol"],
            as_of=None if data["as_of"] is None else np.datetime64(data["as_of"], "us"),
            data=data["data"],
            number=record.number,
        )
    except (ValueError, TypeError, KeyError, OptionOutOfRange) as error:
        raise JournalTampered(place, record.number, "no note") from error


def record_columns(data: Mapping[str, Any]) -> dict[str, object]:
    """Return what a database keeps beside a content to find it by."""
    told = data["prediction"] if data["kind"] == PREDICTION else data
    return {
        "kind": data["kind"],
        # A note has its key in that place.
        "prediction_id": told["key"] if "key" in data else told["prediction_id"],
        "symbol": told.get("symbol"),
        "rung": told.get("rung"),
        "as_of": data.get("as_of"),
    }


def _answer_record(head: JournalHead, answer: ServedAnswer) -> JournalRecord:
    prediction, served_at = answer.prediction, _micros(answer.served_at)
    # The prediction's own JSON tells whole seconds.
    as_of = None if prediction.as_of is None else _text(prediction.as_of)
    quoted = "null" if as_of is None else f'"{as_of}"'
    # Canonical JSON, so in the order of its names.
    content = (
        f'{{"as_of":{quoted},"kind":"{PREDICTION}",'
        f'"number":{head.number + 1},"prediction":{write_prediction(prediction)},'
        f'"served_at":"{served_at}"}}'
    )
    record = _link(head, content, n_served=1, last_served_at=served_at)
    # As `record_columns` would read them out of the text again.
    vars(record)["columns"] = {
        "kind": PREDICTION,
        "prediction_id": prediction.prediction_id,
        "symbol": prediction.symbol,
        "rung": prediction.rung.value,
        "as_of": as_of,
    }
    return record


def _note_record(head: JournalHead, note: JournalNote) -> JournalRecord:
    kind, as_of = note.kind.value, None if note.as_of is None else _text(note.as_of)
    # Canonical JSON, so in the order of its names.
    content = (
        f'{{"as_of":{_quote(as_of)},"at":"{_text(note.at)}",'
        f'"data":{canonical_json(dict(note.data))},"key":{_quote(note.key)},"kind":"{kind}",'
        f'"number":{head.number + 1},"symbol":{_quote(note.symbol)}}}'
    )
    record = _link(head, content)
    # As `record_columns` would read them out of the text again.
    vars(record)["columns"] = {
        "kind": kind,
        "prediction_id": note.key,
        "symbol": note.symbol,
        "rung": None,
        "as_of": as_of,
    }
    return record


def _quote(text: str | None) -> str:
    return "null" if text is None else encode_basestring_ascii(text)


def _link(
    head: JournalHead, content: str, n_served: int = 0, last_served_at: np.datetime64 = _NEVER
) -> JournalRecord:
    return JournalRecord(
        number=head.number + 1,
        content=content,
        digest=chain_digest(head.digest, content),
        n_served=n_served,
        last_served_at=last_served_at,
    )


def _micros(instant: np.datetime64) -> np.datetime64:
    micros: np.datetime64 = instant.astype("datetime64[us]")
    return micros


def _text(instant: np.datetime64) -> str:
    return str(_micros(instant))

"""What crosses between the front and the inference process: frames of plain values.

A frame is four bytes of length and a message in msgpack; arrays are their raw bytes. Nothing is
unpickled on either side, and what does not fit a message's type is `Rubbish`.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np

from bellwether import registry
from bellwether.answering._errors import Rubbish
from bellwether.bars import SessionCalendar
from bellwether.errors import RegistryError, ServiceError
from bellwether.registry import BundleUnloadable
from bellwether.service import Prediction, PredictOptions, Question

MOST_FRAME_BYTES = 1 << 28
Columns: TypeAlias = dict[str, memoryview]
_LENGTH_BYTES = 4
_TIMES = "closed_at"


class Start(msgspec.Struct, array_like=True, tag="start", frozen=True):
    """The first message: what to answer with.

    Parameters
    ----------
    maker : str
        "module:function" that returns `PredictPorts`.
    arguments : dict
        Its keyword arguments, as JSON values.
    options : PredictOptions
    memory_bytes : int
        Most that the process may allocate.
    parent : int
        Process whose end is this one's.
    """

    maker: str
    arguments: dict[str, Any]
    options: PredictOptions
    memory_bytes: int
    parent: int


class WireCalendar(msgspec.Struct, array_like=True, frozen=True):
    """Sessions, sent once and then meant by their number."""

    number: int
    name: str
    closes_at: memoryview


class WireQuestion(msgspec.Struct, array_like=True, frozen=True):
    """A question, its columns as raw bytes."""

    symbol: str
    interval: str
    horizon_bars: int
    calendar: int | None
    columns: Columns
    why_seconds: float | None = None


class Batch(msgspec.Struct, array_like=True, tag="batch", frozen=True):
    """Questions to be answered together. An empty one asks for a sign of life."""

    number: int
    calendars: list[WireCalendar]
    questions: list[WireQuestion]


class Warm(msgspec.Struct, array_like=True, tag="warm", frozen=True):
    """A model to be loaded aside; of no id, every model that serves."""

    number: int
    model_id: str | None


class Avoid(msgspec.Struct, array_like=True, tag="avoid", frozen=True):
    """The models in quarantine from now on: why, by the digest of the bundle."""

    bundles: dict[str, str]


class Ready(msgspec.Struct, array_like=True, tag="ready", frozen=True):
    """The process can be asked."""


class Answers(msgspec.Struct, array_like=True, tag="answers", frozen=True):
    """The answers to a batch, in its order."""

    number: int
    predictions: list[Prediction]


class Failure(msgspec.Struct, array_like=True, frozen=True):
    """An error of the registry on its way to the front."""

    kind: str
    expected: str
    was: str
    hint: str

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """Return an error as what crosses."""
        if not isinstance(error, RegistryError):
            error = BundleUnloadable("the model", f"{error}"[:300] or type(error).__name__)
        return cls(type(error).__name__, error.expected, error.was, error.hint)

    def to_error(self) -> RegistryError:
        """Return the error that crossed."""
        known = {kind.__name__: kind for kind in vars(registry).values() if isinstance(kind, type)}
        kind = known.get(self.kind, RegistryError)
        if not issubclass(kind, RegistryError):
            kind = RegistryError
        error: RegistryError = kind.__new__(kind)
        RegistryError.__init__(error, self.expected, self.was, self.hint)
        return error


class Warmed(msgspec.Struct, array_like=True, tag="warmed", frozen=True):
    """What came of loading a model."""

    number: int
    failure: Failure | None


class Told(msgspec.Struct, array_like=True, tag="told", frozen=True):
    """A line for the log."""

    level: int
    logger: str
    text: str


ToChild: TypeAlias = Start | Batch | Warm | Avoid
ToParent: TypeAlias = Ready | Answers | Warmed | Told


def _encode_special(value: object) -> int:
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[us]").astype(np.int64))
    raise NotImplementedError(f"{type(value)} does not cross")


def _decode_special(kind: type, value: Any) -> object:
    if kind is np.datetime64 and isinstance(value, int):
        return np.datetime64(value, "us")
    raise NotImplementedError(f"{kind} does not cross")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_encode_special)
_TO_CHILD = msgspec.msgpack.Decoder(ToChild, dec_hook=_decode_special)
_TO_PARENT = msgspec.msgpack.Decoder(ToParent, dec_hook=_decode_special)


def encode_frame(message: ToChild | ToParent) -> bytes:
    """Return a message as a frame."""
    content = bytearray(_LENGTH_BYTES)
    _ENCODER.encode_into(message, content, _LENGTH_BYTES)
    content[:_LENGTH_BYTES] = (len(content) - _LENGTH_BYTES).to_bytes(_LENGTH_BYTES, "little")
    return bytes(content)


def decode_for_child(content: bytes) -> ToChild:
    """Return the message to the inference process in a frame's content."""
    message: ToChild = _TO_CHILD.decode(content)
    return message


def decode_for_parent(content: bytes) -> ToParent:
    """Return the message of the inference process in a frame's content.

    Raises
    ------
    Rubbish
        If it is none.
    """
    try:
        message: ToParent = _TO_PARENT.decode(content)
    except (ValueError, TypeError, NotImplementedError, ServiceError) as error:
        # msgspec's own errors are ValueErrors; a prediction out of its range is ours.
        raise Rubbish(f"{error}"[:200]) from error
    return message


def pack_columns(question: Question) -> Columns:
    """Return a question's columns as raw bytes.

    Raises
    ------
    TypeError, ValueError
        If a column is no array of numbers.
    """
    return {name: _raw(column, _dtype(name)) for name, column in question.columns.items()}


class FrameReader:
    """Puts frames together from the pieces they arrive in."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the contents of the frames that a piece completes.

        Raises
        ------
        Rubbish
            If a frame says to be longer than any frame is.
        """
        buffer = self._buffer
        buffer += piece
        start = 0
        while len(buffer) >= start + _LENGTH_BYTES:
            length = int.from_bytes(buffer[start : start + _LENGTH_BYTES], "little")
            if length > MOST_FRAME_BYTES:
                raise Rubbish(f"a frame of {length} bytes")
            end = start + _LENGTH_BYTES + length
            if len(buffer) < end:
                break
            yield bytes(memoryview(buffer)[start + _LENGTH_BYTES : end])
            start = end
        del buffer[:start]


class CalendarSender:
    """Numbers calendars, so that each crosses once in a process's life.

    Parameters
    ----------
    most : int, default 64
        How many are remembered; then all are forgotten and numbered anew.
    """

    __slots__ = ("_known", "_most")

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._known: dict[int, tuple[int, SessionCalendar]] = {}

    def pack(self, number: int, questions: Sequence[Question], columns: Sequence[Columns]) -> Batch:
        """Return questions as a batch, with the calendars that have not crossed yet.

        Parameters
        ----------
        number : int
            Of the batch.
        questions : sequence of Question
        columns : sequence of dict
            Of each question, as `pack_columns` returned them.
        """
        new: list[WireCalendar] = []
        asked = {id(one.calendar): one.calendar for one in questions if one.calendar is not None}
        if len(self._known) + len(asked) > self._most:
            self._known.clear()
        for calendar in asked.values():
            if id(calendar) not in self._known:
                place = len(self._known)
                # The calendar is kept as well, so that nothing else can have its identity.
                self._known[id(calendar)] = place, calendar
                closes_at = _raw(calendar.closes_at, np.dtype("datetime64[us]"))
                new.append(WireCalendar(place, calendar.name, closes_at))
        packed = [
            WireQuestion(
                one.symbol,
                one.interval,
                one.horizon_bars,
                None if one.calendar is None else self._known[id(one.calendar)][0],
                packed,
                one.why_seconds,
            )
            for one, packed in zip(questions, columns, strict=True)
        ]
        return Batch(number, new, packed)


class CalendarReceiver:
    """Finds the calendars of questions by the numbers they were sent under."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, SessionCalendar] = {}

    def unpack(self, batch: Batch) -> list[Question]:
        """Return the questions of a batch."""
        for sent in batch.calendars:
            closes_at = np.frombuffer(sent.closes_at, "datetime64[us]")
            self._known[sent.number] = SessionCalendar(name=sent.name, closes_at=closes_at)
        return [
            Question(
                symbol=one.symbol,
                interval=one.interval,
                horizon_bars=one.horizon_bars,
                columns={
                    name: np.frombuffer(raw, _dtype(name)) for name, raw in one.columns.items()
                },
                calendar=None if one.calendar is None else self._known[one.calendar],
                why_seconds=one.why_seconds,
            )
            for one in batch.questions
        ]


def _dtype(column: str) -> "np.dtype[Any]":
    return np.dtype("datetime64[us]" if column == _TIMES else np.float64)


def _raw(array: np.ndarray[Any, Any], dtype: "np.dtype[Any]") -> memoryview:
    return np.ascontiguousarray(array, dtype).view(np.uint8).data

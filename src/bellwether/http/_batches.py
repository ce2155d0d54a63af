"""Bodies of many questions, read and written without keeping the event loop from others."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec
from starlette.responses import Response

from bellwether.http._bodies import JSON, decode_json
from bellwether.http._errors import BodyMisshapen
from bellwether.http._types import PredictRequest
from bellwether.service import Prediction

Found = TypeVar("Found")
# What takes a few milliseconds at most is quicker done than handed to a thread.
_SMALL_BYTES = 1 << 17
_SMALL_ANSWERS = 32


class _Batch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    questions: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1)]


_BATCH = msgspec.json.Decoder(_Batch)
_QUESTION = msgspec.json.Decoder(PredictRequest)


async def aside(size: int, work: Callable[[], Found]) -> Found:
    """Return what some work returns: done at once where it is small, else on a thread.

    Parameters
    ----------
    size : int
        Bytes that it goes over.
    work : callable
    """
    return work() if size <= _SMALL_BYTES else await asyncio.to_thread(work)


def read_questions(
    body: bytes, most_levels: int, check_number: Callable[[int], None]
) -> list[PredictRequest]:
    """Return the questions in a body of JSON.

    Parameters
    ----------
    body : bytes
    most_levels : int
        Deepest nesting.
    check_number : callable
        Raises where there are too many; asked before they are read.

    Raises
    ------
    BodyTooDeep, BodyUnreadable, BodyMisshapen

    Notes
    -----
    One question is read at a time, so that a thread which does this lets others in between.
    """
    raw = decode_json(body, _BATCH, most_levels).questions
    check_number(len(raw))
    return [_read_question(one, place) for place, one in enumerate(raw)]


def _read_question(raw: msgspec.Raw, place: int) -> PredictRequest:
    try:
        return _QUESTION.decode(raw)
    except msgspec.ValidationError as error:
        where = f"{error}"[:300].replace("`$", f"`$.questions[{place}]")
        raise BodyMisshapen(f"a body with a fault: {where}") from error


async def answers_response(answers: Sequence[Prediction], headers: Mapping[str, str]) -> Response:
    """Return many answers as a response.

    Parameters
    ----------
    answers : sequence of Prediction
    headers : mapping of str to str
    """

    def write() -> bytes:
        return b'{"answers":[%b]}' % b",".join(answer.encode() for answer in answers)

    is_small = len(answers) <= _SMALL_ANSWERS
    content = write() if is_small else await asyncio.to_thread(write)
    return Response(content, headers=headers, media_type=JSON)

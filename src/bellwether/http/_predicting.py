"""Predictions over HTTP: bars in the request, an answer always."""

import asyncio
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from bellwether.answering import Answerer
from bellwether.arrays import TimeArray
from bellwether.bars import COLUMNS, SessionCalendar
from bellwether.clock import Clock
from bellwether.http import _examples as examples
from bellwether.http import _frames as frames
from bellwether.http._batches import answers_response, aside, read_questions
from bellwether.http._bodies import JSON, decode_json, json_response, media_type, read_body
from bellwether.http._errors import BodyMisshapen, MediaTypeUnknown, TooManyQuestions
from bellwether.http._keeping import JOURNALLED, Keeper
from bellwether.http._metrics import Metrics
from bellwether.http._operations import Operation
from bellwether.http._options import HttpOptions
from bellwether.http._ports import Calendars
from bellwether.http._types import BatchAnswer, BatchRequest, PredictionAnswer, PredictRequest
from bellwether.service import Prediction, Question, Scope, find_window

_PROBLEMS = (400, 408, 413, 415, 422)
_ONE = msgspec.json.Decoder(PredictRequest)


class PredictRoutes:
    """Predict one symbol, or a batch of them.

    Parameters
    ----------
    answerer : Answerer
    keeper : Keeper or None
        Writes answers down before they are sent.
    calendars : Calendars
    clock : Clock
    options : HttpOptions
    metrics : Metrics
    """

    def __init__(
        self,
        *,
        answerer: Answerer,
        keeper: Keeper | None,
        calendars: Calendars,
        clock: Clock,
        options: HttpOptions,
        metrics: Metrics,
    ) -> None:
        self._answerer = answerer
        self._keeper = keeper
        self._calendars = calendars
        self._clock = clock
        self._options = options
        self._metrics = metrics

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="POST",
                path="/v1/predict",
                scope=Scope.PREDICT,
                name="predict",
                summary="Predict what follows the last of some bars; always a valid answer",
                endpoint=self.predict,
                request=PredictRequest,
                request_example=examples.PREDICT,
                binary=frames.MEDIA_TYPE,
                answer=PredictionAnswer,
                answer_example=examples.PREDICTION,
                problems=_PROBLEMS,
            ),
            Operation(
                method="POST",
                path="/v1/predict/batch",
                scope=Scope.PREDICT,
                name="predict_batch",
                summary="Predict several symbols, in the order they are sent",
                endpoint=self.predict_batch,
                request=BatchRequest,
                request_example={"questions": [examples.PREDICT]},
                binary=frames.MEDIA_TYPE,
                answer=BatchAnswer,
                answer_example={"answers": [examples.PREDICTION]},
                problems=_PROBLEMS,
            ),
        )

    async def predict(self, request: Request) -> Response:
        """Answer about one symbol."""
        body = await read_body(request, self._options.body_bytes, self._options)
        if _is_binary(request):
            questions = self._read_frames(body)
            if len(questions) != 1:
                was = f"{len(questions)} frames, of which only a batch takes several"
                raise BodyMisshapen(was)
            [question] = questions
        else:
            question = self._ask(decode_json(body, _ONE, self._options.json_levels))
        started = asyncio.get_running_loop().time()
        prediction = await self._answerer.answer(question)
        headers = await self._keep([question], [prediction.without_why], started)
        self._note(prediction, started)
        return json_response(prediction.to_json(), headers=headers)

    async def predict_batch(self, request: Request) -> Response:
        """Answer about several symbols, in slices that take turns with single questions."""
        body = await read_body(request, self._options.batch_body_bytes, self._options)
        read = self._read_frames if _is_binary(request) else self._read_questions
        questions = await aside(len(body), lambda: read(body))
        started = asyncio.get_running_loop().time()
        predictions = await self._answerer.answer_many(questions)
        for prediction in predictions:
            self._note(prediction, started)
        headers = await self._keep(questions, [one.without_why for one in predictions])
        return await answers_response(predictions, headers)

    def _read_questions(self, body: bytes) -> list[Question]:
        asked = read_questions(body, self._options.json_levels, self._check_number)
        return [self._ask(one) for one in asked]

    async def _keep(
        self,
        questions: Sequence[Question],
        predictions: Sequence[Prediction],
        started: float | None = None,
    ) -> dict[str, str]:
        """Write answers down together; the header that says whether all of them are there."""
        if self._keeper is None:
            return {}
        left = None
        if started is not None:
            spent = asyncio.get_running_loop().time() - started
            left = self._options.time_budget_seconds - spent
        pairs = zip(questions, predictions, strict=True)
        windows = [find_window(question, prediction) for question, prediction in pairs]
        kept = await self._keeper.keep_many(predictions, left, windows)
        return {JOURNALLED: "true" if all(kept) else "false"}

    def _note(self, prediction: Prediction, started: float) -> None:
        seconds = asyncio.get_running_loop().time() - started
        self._metrics.note_answer(prediction, seconds, self._clock.now())

    def _read_frames(self, body: bytes) -> list[Question]:
        found = frames.read_frames(body)
        self._check_number(len(found))
        return [
            Question(
                symbol=head.symbol,
                interval=head.interval,
                horizon_bars=head.horizon_bars or self._options.predict.horizon_bars,
                columns=columns,
                calendar=self._find_calendar(head.calendar, head.interval),
                store_bars=head.store_bars,
                why_seconds=self._options.why_seconds if head.why else None,
            )
            for head, columns in found
        ]

    def _ask(self, asked: PredictRequest) -> Question:
        columns: dict[str, NDArray[np.float64] | TimeArray] = {
            name: np.array(getattr(asked, name), dtype=np.float64) for name in COLUMNS
        }
        if asked.adjustment is not None:
            columns["adjustment"] = np.array(asked.adjustment, dtype=np.float64)
        columns["closed_at"] = _read_instants(asked)
        return Question(
            symbol=asked.symbol,
            interval=asked.interval,
            horizon_bars=asked.horizon_bars or self._options.predict.horizon_bars,
            columns=columns,
            calendar=self._find_calendar(asked.calendar, asked.interval),
            store_bars=asked.store_bars,
            why_seconds=self._options.why_seconds if asked.why else None,
        )

    def _find_calendar(self, name: str | None, interval: str) -> SessionCalendar | None:
        chosen = name or self._options.default_calendar
        return None if chosen is None else self._calendars.find(chosen, interval)

    def _check_number(self, found: int) -> None:
        if found > self._options.batch_symbols:
            raise TooManyQuestions(found, self._options.batch_symbols)


def _is_binary(request: Request) -> bool:
    found = media_type(request)
    if found not in (JSON, frames.MEDIA_TYPE):
        raise MediaTypeUnknown(found, f"{JSON} or {frames.MEDIA_TYPE}")
    return found == frames.MEDIA_TYPE


def _read_instants(asked: PredictRequest) -> TimeArray:
    microseconds = [
        one if isinstance(one, int) else round(one.timestamp() * 1e6) for one in asked.closed_at
    ]
    return np.array(microseconds, dtype=np.int64).view("datetime64[us]")

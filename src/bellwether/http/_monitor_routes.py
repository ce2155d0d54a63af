"""What watching has come to: who may answer, why, and when that was last looked at."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bellwether.http import _monitor_examples as examples
from bellwether.http._bodies import json_response
from bellwether.http._monitor_board import MonitorBoard, WatchedModel
from bellwether.http._monitor_errors import ModelNotWatched
from bellwether.http._monitor_types import (
    LastCheckAnswer,
    ModelStandingAnswer,
    MonitorAnswer,
    WatchedModelAnswer,
)
from bellwether.http._operations import MODEL_ID, Operation
from bellwether.registry import check_model_id


class MonitorRoutes:
    """Tell what is thought of the models.

    Parameters
    ----------
    board : MonitorBoard
    """

    def __init__(self, board: MonitorBoard) -> None:
        self._board = board

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="GET",
                path="/v1/monitor",
                name="show_monitor",
                summary="What is thought of each model that serves, and when it was last checked",
                endpoint=self.show_monitor,
                answer=MonitorAnswer,
                answer_example=examples.MONITOR,
                problems=(503,),
            ),
            Operation(
                method="GET",
                path="/v1/monitor/{model_id}",
                name="show_watched",
                summary="All that watching tells of one model: evidence, accuracy, account",
                endpoint=self.show_watched,
                parameters=(MODEL_ID,),
                answer=dict[str, Any],
                answer_example=examples.DETAILS,
                problems=(404, 422, 503),
            ),
        )

    async def show_monitor(self, _request: Request) -> Response:
        """Tell what is thought of each model, and when that was last looked at."""
        reading = await asyncio.to_thread(self._board.read)
        now, last_check = self._board.now, None
        age_seconds = reading.find_age_seconds(now)
        if age_seconds is not None:
            last_check = LastCheckAnswer(at=f"{reading.last_check}Z", age_seconds=age_seconds)
        models = [_show(model) for model in reading.models]
        return json_response(MonitorAnswer(last_check=last_check, models=models))

    async def show_watched(self, request: Request) -> Response:
        """Tell everything about one model.

        Raises
        ------
        ModelNotWatched
            If watching knows nothing of it.
        """
        model_id = request.path_params["model_id"]
        check_model_id(model_id)
        found = await asyncio.to_thread(self._board.details, model_id)
        if found is None:
            raise ModelNotWatched(model_id)
        return json_response(found)


def _show(model: WatchedModel) -> WatchedModelAnswer:
    standing = None
    if model.standing is not None:
        told = model.standing.to_json()
        told.pop("model_id")
        standing = ModelStandingAnswer(**told)
    return WatchedModelAnswer(
        model_id=model.model_id, stage=model.stage, standing=standing, evidence=model.evidence
    )

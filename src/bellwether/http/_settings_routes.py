"""Settings over HTTP: what is set, from where, and what it means; to be read only."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from bellwether.http._bodies import json_response
from bellwether.http._operations import Operation
from bellwether.service import Scope

_EXAMPLE: dict[str, Any] = {
    "settings": [
        {
            "name": "database",
            "value": "********",
            "default": None,
            "origin": "environment",
            "place": "BELLWETHER_DATABASE",
            "meaning": "URL of registry and journal; without one, files in the home folder",
            "kind": "text",
            "is_secret": True,
            "choices": None,
            "at_least": None,
            "at_most": None,
            "above": None,
            "below": None,
        }
    ]
}


class SettingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting; of a secret it is told, in stars, that it is set."""

    name: str
    value: Any
    default: Any
    origin: Literal["default", "file", "environment", "argument"]
    place: str | None
    meaning: str
    kind: Literal["switch", "integer", "number", "text", "choice", "list", "table", "path"]
    is_secret: bool
    choices: list[str] | None
    at_least: float | None
    at_most: float | None
    above: float | None
    below: float | None


class SettingsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting of this service, as it was begun with them."""

    settings: list[SettingAnswer]


class SettingsRoutes:
    """Show the settings.

    Parameters
    ----------
    settings : sequence of mapping
        JSON values without any secret.
    """

    def __init__(self, settings: Sequence[Mapping[str, Any]]) -> None:
        self._settings = settings

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="GET",
                path="/v1/settings",
                # Where strangers may read, how a service is built is none of their business.
                scope=Scope.OPERATE,
                name="show_settings",
                summary="Every setting with its value and where it came from; never a secret",
                endpoint=self.show_settings,
                answer=SettingsAnswer,
                answer_example=_EXAMPLE,
            ),
        )

    async def show_settings(self, _request: Request) -> Response:
        """Show the settings."""
        return json_response({"settings": self._settings})

"""Talks about watching: who may answer, why, and when that was last looked at."""

from collections.abc import Mapping
from typing import Any

from bellwether.client._calls import Talk, get, get_json, segment
from bellwether.client._monitor_values import Monitor


def monitor() -> Talk[Monitor]:
    """Return what is thought of each model that serves, and when it was last checked."""
    return get("/v1/monitor", Monitor)


def watched(model_id: str) -> Talk[Mapping[str, Any]]:
    """Return all that watching tells of one model, as it tells it."""
    return get_json(f"/v1/monitor/{segment(model_id)}")

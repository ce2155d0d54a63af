"""Talks about who serves a market: what a page asks that climbs the ladder by itself."""

from collections.abc import Mapping
from typing import Any

from bellwether.client._calls import Call, Talk, check, get_json, segment


def serving(
    symbol: str, interval: str | None = None, *, horizon_bars: int | None = None
) -> Talk[Mapping[str, Any]]:
    """Return who may answer for a symbol, where their bundles are, and on what terms.

    Parameters
    ----------
    symbol : str
    interval : str, optional
    horizon_bars : int, optional
    """
    query = {"interval": interval, "horizon_bars": horizon_bars}
    return get_json(f"/v1/serving/{segment(symbol)}", **query)


def calendar(name: str, *, since: object = None) -> Talk[Mapping[str, Any]]:
    """Return the closes of a market's sessions, in microseconds since 1970.

    Parameters
    ----------
    name : str
        An exchange such as XNYS, "24/7" or "weekdays".
    since : datetime, date or str, optional
        Leaves out what closed before.
    """
    return get_json(f"/v1/calendars/{segment(name)}", since=since)


def rules_bundle() -> Talk[bytes]:
    """Return the rules' bundle, packed as one file."""
    response = yield Call(method="GET", path="/v1/rules/bundle")
    check(response)
    return response.content

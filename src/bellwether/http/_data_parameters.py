"""The parameters of routes about stored markets, and how they are read."""

import re

from starlette.datastructures import QueryParams

from bellwether.http._errors import QueryUnreadable
from bellwether.http._operations import Parameter

_INTERVAL = re.compile(r"[1-9][0-9]{0,3}[mhdw]")

SYMBOL = Parameter(
    name="symbol",
    place="path",
    description="a stored market, as GET /v1/data/symbols lists it; a slash may stand as it is",
    schema={"type": "string", "minLength": 1, "maxLength": 64},
    example="SP500",
)
INTERVAL = Parameter(
    name="interval",
    place="query",
    description="length of its bars",
    schema={"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhdw]$", "default": "1d"},
    example="1d",
)
HORIZON = Parameter(
    name="horizon_bars",
    place="query",
    description="bars ahead that are asked about; the service's own by default",
    schema={"type": "integer", "minimum": 1, "maximum": 60},
    example=1,
)
WHY = Parameter(
    name="why",
    place="query",
    description="also tell which features moved a model's answer",
    schema={"type": "boolean"},
    example=True,
)
IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    place="header",
    description="ETag of what is known already; 304 where it still stands",
    schema={"type": "string"},
    example='W/"none"',
)
DIGEST = Parameter(
    name="digest",
    place="path",
    description="digest of a snapshot, as GET /v1/data/snapshots lists it",
    schema={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)
WANTED_SYMBOL = Parameter(
    name="symbol",
    place="query",
    description="of one market only",
    schema={"type": "string", "minLength": 1, "maxLength": 64},
    example="SP500",
)
WANTED_INTERVAL = Parameter(
    name="interval",
    place="query",
    description="with bars of one length only",
    schema={"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhdw]$"},
    example="1d",
)
AFTER = Parameter(
    name="after",
    place="query",
    description="`next_after` of the page before",
    schema={"type": "string"},
    example="SP500-1d-6a7e0c50d5b5a9a1/1",
)
AFTER_PLACE = Parameter(
    name="after",
    place="query",
    description="`next_after` of the page before",
    schema={"type": "integer", "minimum": 0},
    example=0,
)
LAST = Parameter(
    name="last",
    place="query",
    description="how many bars from the end",
    schema={"type": "integer", "minimum": 1, "maximum": 5000, "default": 500},
    example=500,
)
IMPORT_SYMBOL = Parameter(
    name="symbol",
    place="query",
    description="what to call the market, or which of the table's symbols to take; needed for "
    "a table that names none",
    schema={"type": "string", "minLength": 1, "maxLength": 64},
    example="SP500",
)
IMPORT_INTERVAL = Parameter(
    name="interval",
    place="query",
    description="length of the bars; refused where they are found to have another",
    schema={"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhdw]$"},
    example="1d",
)
CALENDAR = Parameter(
    name="calendar",
    place="query",
    description="sessions: an exchange such as XNYS, 24/7, weekdays, or auto",
    schema={"type": "string", "minLength": 1, "maxLength": 64, "default": "auto"},
    example="weekdays",
)
EXTEND = Parameter(
    name="extend",
    place="query",
    description="whether stored bars before the first of these are kept in front of them; else "
    "these are the whole history",
    schema={"type": "boolean", "default": False},
    example=False,
)


def read_interval(query: QueryParams) -> str | None:
    """Return the length of a bar that a query names.

    Raises
    ------
    QueryUnreadable
        If it is none.
    """
    text = query.get("interval")
    if text is not None and not _INTERVAL.fullmatch(text):
        raise QueryUnreadable("interval", "a number and one of m, h, d, w", text)
    return text


def read_flag(query: QueryParams, name: str) -> bool:
    """Return whether a parameter says true; false where it is left out.

    Raises
    ------
    QueryUnreadable
        If it says neither.
    """
    text = query.get(name, "false")
    if text not in ("true", "false"):
        raise QueryUnreadable(name, "true or false", text)
    return text == "true"

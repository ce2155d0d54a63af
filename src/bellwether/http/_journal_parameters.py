"""The parameters of the journal's routes."""

from enum import StrEnum

from bellwether.http._operations import Parameter
from bellwether.service import Direction, FallbackReason, Rung, SourceKind

A_PAGE, MOST_A_PAGE = 100, 1000
MOST_HORIZON_BARS = 60
_INSTANT = {"type": "string", "format": "date-time"}


class SettledState(StrEnum):
    """What may have become of an answer, or not yet."""

    PENDING = "pending"
    HIT = "hit"
    MISS = "miss"
    NEITHER = "neither"
    VOID = "void"


class Order(StrEnum):
    """Which end of the journal comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"


def _choice(name: str, description: str, kind: type[StrEnum], example: str) -> Parameter:
    schema = {"type": "string", "enum": [one.value for one in kind]}
    return Parameter(
        name=name, place="query", description=description, schema=schema, example=example
    )


PREDICTION_ID = Parameter(
    name="prediction_id",
    place="path",
    description="id of an answer, as it came with it",
    schema={"type": "string", "minLength": 1, "maxLength": 64},
    example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)

LISTING = (
    Parameter(
        name="symbol",
        place="query",
        description="answers about one market",
        schema={"type": "string", "minLength": 1, "maxLength": 64},
        example="SP500",
    ),
    Parameter(
        name="interval",
        place="query",
        description="answers about bars of one length",
        schema={"type": "string", "minLength": 1, "maxLength": 64},
        example="1d",
    ),
    Parameter(
        name="horizon_bars",
        place="query",
        description="answers about so many bars ahead",
        schema={"type": "integer", "minimum": 1, "maximum": MOST_HORIZON_BARS},
        example=1,
    ),
    _choice("direction", "answers that said to do this", Direction, "BUY"),
    _choice("source", "answers of a model, of the rules, or of neither", SourceKind, "rules"),
    _choice("rung", "answers of one rung of the ladder", Rung, "rules"),
    _choice("reason", "answers with this reason for a step down", FallbackReason, "low_confidence"),
    _choice("settled", "what became of them; pending waits for its bars", SettledState, "hit"),
    Parameter(
        name="as_of_from",
        place="query",
        description="answers whose last bar closed then or later; a date is its beginning in UTC",
        schema=_INSTANT,
        example="2018-12-01T00:00:00Z",
    ),
    Parameter(
        name="as_of_to",
        place="query",
        description="answers whose last bar closed then or earlier; a date is its end in UTC",
        schema=_INSTANT,
        example="2018-12-31T23:59:59Z",
    ),
    _choice("order", "which come first; the newest, where it is left out", Order, "newest"),
    Parameter(
        name="limit",
        place="query",
        description="answers on a page",
        schema={"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE, "default": A_PAGE},
        example=A_PAGE,
    ),
    Parameter(
        name="cursor",
        place="query",
        description="next_cursor of the page before",
        schema={"type": "integer", "minimum": 0},
        example=1204,
    ),
)

"""The parameters of the routes about evidence, and how they are read."""

from enum import StrEnum
from typing import Any

from starlette.datastructures import QueryParams

from bellwether.http._errors import QueryUnreadable
from bellwether.http._operations import Parameter
from bellwether.http._queries import read_number, read_real

A_PAGE, MOST_A_PAGE = 100, 1000
MOST_BARS = 1_000_000
MOST_HORIZON_BARS = 60
MOST_LINES = 8
# Each with the name by which the desk knows it, and its range.
PLAN_NUMBERS: tuple[tuple[str, str, float, float, str, float], ...] = (
    ("symbols", "n_symbols", 1.0, 10_000.0, "symbols of a panel", 20.0),
    ("correlation", "correlation", 0.0, 0.99, "of the returns of two symbols", 0.3),
    ("ic", "ic", 0.001, 0.9, "skill worth finding, as an information coefficient", 0.1),
    ("cost_bps", "cost_bps", 0.0, 1000.0, "cost a side, in basis points", 5.0),
    ("persistence", "persistence", 0.0, 0.999, "of a forecast left one bar later", 0.9),
    ("volatility", "annual_volatility", 0.001, 10.0, "of one symbol, a year", 0.18),
    ("bars_per_year", "n_bars_per_year", 1.0, 600_000.0, "bars in a year", 252.0),
    ("years", "years", 0.1, 100.0, "of history, at the end of the curves", 20.0),
)


class TrialKindName(StrEnum):
    """What an entry of the trial ledger may be about."""

    FIT = "fit"
    TUNING = "tuning"
    SEED = "seed"
    FEATURE_EDIT = "feature_edit"
    LOOK = "look"


def text(name: str, description: str, example: str) -> Parameter:
    """Return a parameter of up to 64 letters."""
    return Parameter(
        name=name,
        place="query",
        description=description,
        schema={"type": "string", "minLength": 1, "maxLength": 64},
        example=example,
    )


def whole(name: str, description: str, limits: tuple[int, int], example: int) -> Parameter:
    """Return a parameter that is a whole number."""
    least, most = limits
    return Parameter(
        name=name,
        place="query",
        description=description,
        schema={"type": "integer", "minimum": least, "maximum": most},
        example=example,
    )


SYMBOL = text("symbol", "one market", "SP500")
UNIVERSE = text("universe", "one universe", "sp500")
INTERVAL = text("interval", "bars of one length", "1d")
SOURCE = text("source", 'id of a model, or "rules"', "sp500-1d-h1-2018")
CURSOR = whole("cursor", "next_cursor of the page before", (0, 10**18 - 1), 1204)
LIMIT = whole("limit", "how many on a page", (1, MOST_A_PAGE), A_PAGE)
HORIZON = whole("horizon_bars", "bars ahead that are forecast", (1, MOST_HORIZON_BARS), 1)
_LINES = Parameter(
    name="ics",
    place="query",
    description=f"skills that have a curve, up to {MOST_LINES} information coefficients",
    schema={"type": "string", "pattern": r"^0\.\d{1,6}(,0\.\d{1,6}){0,7}$"},
    example="0.02,0.05,0.1",
)
PLANNING = (
    whole("bars", "bars of history, assumed; 1260 by default", (20, MOST_BARS), 1260),
    text("symbol", "a stored market instead: its bars are measured, its trials counted", "SP500"),
    INTERVAL,
    HORIZON,
    *(
        Parameter(
            name=name,
            place="query",
            description=description,
            schema={"type": "number", "minimum": least, "maximum": most},
            example=example,
        )
        for name, _, least, most, description, example in PLAN_NUMBERS
    ),
    _LINES,
)
TRIALS = (
    text("symbol", "entries about bars that a model of this symbol was trained on", "SP500"),
    Parameter(
        name="kind",
        place="query",
        description="entries of one kind",
        schema={"type": "string", "enum": [one.value for one in TrialKindName]},
        example="look",
    ),
    LIMIT,
    CURSOR,
)
HEAD = Parameter(
    name="head",
    place="query",
    description="a head noted down earlier: a number, a colon and 64 hexadecimal digits",
    schema={"type": "string", "pattern": r"^\d{1,18}:[0-9a-f]{64}$"},
    example="12:" + "0f" * 32,
)


def read_plan(query: QueryParams) -> dict[str, Any]:
    """Return what a plan is asked for with, by the desk's names.

    Raises
    ------
    QueryUnreadable
        If a number is out of its range, or both bars and a symbol are given.
    """
    found: dict[str, Any] = {
        "n_bars": read_number(query, "bars", 20, MOST_BARS),
        "horizon_bars": read_number(query, "horizon_bars", 1, MOST_HORIZON_BARS),
        "ics": read_skills(query),
    }
    for name, known_as, least, most, _, _ in PLAN_NUMBERS:
        found[known_as] = read_real(query, name, least, most)
    return {name: value for name, value in found.items() if value is not None}


def read_skills(query: QueryParams) -> list[float] | None:
    """Return information coefficients that stand between commas.

    Raises
    ------
    QueryUnreadable
    """
    given = query.get("ics")
    if given is None:
        return None
    parts = given.split(",")[: MOST_LINES + 1]
    try:
        found = sorted({float(one) for one in parts if len(one) <= 8})
    except ValueError:
        found = []
    is_sound = len(parts) <= MOST_LINES and len(found) > 0 and all(0.0 < one < 1.0 for one in found)
    if not is_sound or any(len(one) > 8 for one in parts):
        expected = f"1 to {MOST_LINES} numbers between 0 and 1, such as 0.02,0.05"
        raise QueryUnreadable("ics", expected, given)
    return found

"""The flags that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

READING, TRAINING, ELSEWHERE = "How the file is read", "What is trained", "Where, and for whom"
# Without a name of its own a switch is shown as <bool>, which tells nobody anything.
FLAG = " "


class DateOrder(StrEnum):
    """What stands first in 3/4/2020."""

    DAY = "day-first"
    MONTH = "month-first"
    YEAR = "year-first"


class EpochUnit(StrEnum):
    """What the numbers count that stand for times."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    NANOSECONDS = "ns"


class DecimalMark(StrEnum):
    """What parts 1,234 where it may be either number."""

    COMMA = "comma"
    POINT = "point"


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="Files, folders and archives of bars (CSV, JSON, Parquet, zip); or stored symbols.",
    ),
]
File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="File with the bars up to now; or a stored symbol."),
]
Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH",
        help="Files, folders and archives of bars: CSV in any dialect, JSON, Parquet, Feather, "
        "Qlib's and LEAN's folders.",
    ),
]
Symbol = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=READING,
        help="What to call the market, or which of the file's symbols to take.",
        show_default="the file's own, or its name",
    ),
]
Calendar = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=READING,
        help="Sessions: an exchange such as XNYS, 24/7, FX, weekdays.",
        show_default="auto: the one that fits",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="ROLE=NAME",
        rich_help_panel=READING,
        help="Name a column of an unusual header: close=Schlusskurs. May be repeated.",
    ),
]
Dates = Annotated[
    DateOrder | None,
    typer.Option(
        "--dates",
        rich_help_panel=READING,
        help="What stands first in dates such as 3/4/2020, where the file does not tell.",
        show_default="as the file tells",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--zone",
        metavar="NAME",
        rich_help_panel=READING,
        help="Time zone of times without an offset: America/New_York, UTC.",
        show_default="as the file tells",
    ),
]
Unit = Annotated[
    EpochUnit | None,
    typer.Option(
        "--unit",
        rich_help_panel=READING,
        help="What numbers count that stand for times.",
        show_default="as the file tells",
    ),
]
Decimals = Annotated[
    DecimalMark | None,
    typer.Option(
        "--decimals",
        rich_help_panel=READING,
        help="The decimal mark, where 1,234 may be either number.",
        show_default="as the file tells",
    ),
]
Interval = Annotated[
    str | None,
    typer.Option(
        metavar="LENGTH",
        rich_help_panel=READING,
        help="Which stored bars, where a symbol has several: 1d, 1h.",
        show_default="1d, or the only ones",
    ),
]
Horizon = Annotated[
    int | None,
    typer.Option(
        "--horizon",
        metavar="N",
        help="Bars ahead to predict; a model is made for one.",
        rich_help_panel=TRAINING,
        show_default="1",
    ),
]
ModelId = Annotated[str, typer.Argument(metavar="MODEL", help="A model, as `models` lists it.")]
Home = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        rich_help_panel=ELSEWHERE,
        help="Folder of models, ledger and work.",
        show_default=".bellwether",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        metavar=FLAG,
        rich_help_panel=ELSEWHERE,
        help="Print one JSON object for programs; words for people go to standard error.",
    ),
]

"""The flags that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

READING, TRAINING, ELSEWHERE = "How the file is read", "What is trained", "Where, and for whom"
# Without a name of its own a switch is shown as <bool>, which tells nobody anything.
FLAG = " "

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE", help="CSV or Parquet files, one a symbol; or stored symbols."),
]
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="CSV or Parquet file with the bars up to now; or a stored symbol."
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
        help="Sessions: an exchange such as XNYS, 24/7, weekdays.",
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

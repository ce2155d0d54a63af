"""Bars: what a market did, one row an interval, and what is known about its quality."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.bars._bars import COLUMNS, Bars
from bellwether.bars._calendar import Freshness, SessionCalendar
from bellwether.bars._errors import (
    BarsContractBroken,
    ColumnsMissing,
    NotATable,
    RowsRefused,
    SourceMissing,
    SymbolUnclear,
    UnknownCalendar,
    UnknownSampleMarket,
    UnreadableBars,
    WorldImpossible,
)
from bellwether.bars._findings import Finding
from bellwether.bars._panel import Panel
from bellwether.bars._quality import (
    BarsImport,
    Grade,
    QualityReport,
    Reading,
    RowRefusal,
    assess,
    grade_bars,
)

if TYPE_CHECKING:
    from bellwether.bars._simulate import World, edge_world, noise_world, regime_change_world
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.bars._simulate": (
                "World",
                "edge_world",
                "noise_world",
                "regime_change_world",
            ),
        },
    )

__all__ = [
    "COLUMNS",
    "Bars",
    "BarsContractBroken",
    "BarsImport",
    "ColumnsMissing",
    "Finding",
    "Freshness",
    "Grade",
    "NotATable",
    "Panel",
    "QualityReport",
    "Reading",
    "RowRefusal",
    "RowsRefused",
    "SessionCalendar",
    "SourceMissing",
    "SymbolUnclear",
    "UnknownCalendar",
    "UnknownSampleMarket",
    "UnreadableBars",
    "World",
    "WorldImpossible",
    "assess",
    "edge_world",
    "grade_bars",
    "noise_world",
    "regime_change_world",
]

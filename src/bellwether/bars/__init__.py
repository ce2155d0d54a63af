"""Bars: what a market did, one row an interval, and what is known about its quality."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.bars._adjust import (
    Action,
    Dividend,
    Split,
    adjust_bars,
    trading_days,
    with_adjustment,
)
from bellwether.bars._bars import COLUMNS, Bars
from bellwether.bars._calendar import Freshness, SessionCalendar
from bellwether.bars._errors import (
    AdjustmentImpossible,
    ArchiveRefused,
    BarsContractBroken,
    ColumnsMissing,
    MeaningUnclear,
    MessageNotBars,
    NotATable,
    ResamplingImpossible,
    RowsRefused,
    SourceMissing,
    SymbolUnclear,
    UnknownCalendar,
    UnknownSampleMarket,
    UnreadableBars,
    WorldImpossible,
)
from bellwether.bars._finding import SEVERITIES, Finding, Severity, gravest
from bellwether.bars._layout import Layout
from bellwether.bars._panel import Panel
from bellwether.bars._quality import (
    SURVIVORSHIP_NOTICE,
    BarsImport,
    Grade,
    QualityReport,
    Reading,
    RowRefusal,
    assess,
    grade_bars,
)
from bellwether.bars._readjust import (
    adjust_import,
    apply_suspected_splits,
    read_dividend,
    read_split,
)
from bellwether.bars._resample import Resampled, resample
from bellwether.bars._sessions import Anchor, Sessions, Slots, length_of
from bellwether.bars._splits import SplitCase, find_suspected_splits, weigh_splits

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
    "SEVERITIES",
    "SURVIVORSHIP_NOTICE",
    "Action",
    "AdjustmentImpossible",
    "Anchor",
    "ArchiveRefused",
    "Bars",
    "BarsContractBroken",
    "BarsImport",
    "ColumnsMissing",
    "Dividend",
    "Finding",
    "Freshness",
    "Grade",
    "Layout",
    "MeaningUnclear",
    "MessageNotBars",
    "NotATable",
    "Panel",
    "QualityReport",
    "Reading",
    "Resampled",
    "ResamplingImpossible",
    "RowRefusal",
    "RowsRefused",
    "SessionCalendar",
    "Sessions",
    "Severity",
    "Slots",
    "SourceMissing",
    "Split",
    "SplitCase",
    "SymbolUnclear",
    "UnknownCalendar",
    "UnknownSampleMarket",
    "UnreadableBars",
    "World",
    "WorldImpossible",
    "adjust_bars",
    "adjust_import",
    "apply_suspected_splits",
    "assess",
    "edge_world",
    "find_suspected_splits",
    "grade_bars",
    "gravest",
    "length_of",
    "noise_world",
    "read_dividend",
    "read_split",
    "regime_change_world",
    "resample",
    "trading_days",
    "weigh_splits",
    "with_adjustment",
]

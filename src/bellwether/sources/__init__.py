"""Sources: whatever holds bars, read with a report on all that was met on the way."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.sources._calendars import (
    ALWAYS_OPEN,
    COMPUTED_CALENDARS,
    FX,
    FX_UTC,
    WEEKDAYS,
    find_sessions,
)

if TYPE_CHECKING:
    from bellwether.sources._asking import Asker, ComeBack, Patience, Wire
    from bellwether.sources._fetching import (
        FetchedMarket,
        FetchKind,
        FetchOutcome,
        Origin,
        fetch_bars,
        fetch_market,
        find_fetched,
    )
    from bellwether.sources._hints import TimeHints
    from bellwether.sources._lean_company import read_lean_company
    from bellwether.sources._lean_files import (
        LeanFactors,
        LeanFolder,
        TickerSpan,
        read_factor_file,
        read_map_file,
    )
    from bellwether.sources._numbers import BLANKS
    from bellwether.sources._provider_book import ProviderBook
    from bellwether.sources._provider_contract import find_breaches
    from bellwether.sources._provider_errors import (
        AnswerUnusable,
        HistoryDetached,
        IntervalNotOffered,
        ProviderBusy,
        ProviderError,
        ProviderKeyMissing,
        ProviderRefused,
        ProviderUnreachable,
        ProviderUnusable,
        SymbolNotOffered,
        UnknownProvider,
    )
    from bellwether.sources._providers import (
        BarProvider,
        BarRequest,
        ProviderFacts,
        ProviderSetup,
    )
    from bellwether.sources._raw_table import RawTable
    from bellwether.sources._reading import SourceRefused, read_all_bars, read_bars
    from bellwether.sources._resampling import resample_import
    from bellwether.sources._sample_markets import SAMPLE_MARKETS, sample_market
    from bellwether.sources._secrets import Secret
    from bellwether.sources._tables import BarSource, load_table
    from bellwether.sources._times import parse_times
    from bellwether.sources._web import Answer, Ask, WebOptions
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.sources._lean_company": ("read_lean_company",),
            "bellwether.sources._lean_files": (
                "LeanFactors",
                "LeanFolder",
                "TickerSpan",
                "read_factor_file",
                "read_map_file",
            ),
            "bellwether.sources._resampling": ("resample_import",),
            "bellwether.sources._hints": ("TimeHints",),
            "bellwether.sources._reading": ("SourceRefused", "read_all_bars", "read_bars"),
            "bellwether.sources._numbers": ("BLANKS",),
            "bellwether.sources._sample_markets": ("SAMPLE_MARKETS", "sample_market"),
            "bellwether.sources._raw_table": ("RawTable",),
            "bellwether.sources._tables": ("BarSource", "load_table"),
            "bellwether.sources._times": ("parse_times",),
            "bellwether.sources._asking": (
                "Asker",
                "ComeBack",
                "Patience",
                "Wire",
            ),
            "bellwether.sources._fetching": (
                "FetchKind",
                "FetchOutcome",
                "FetchedMarket",
                "Origin",
                "fetch_bars",
                "fetch_market",
                "find_fetched",
            ),
            "bellwether.sources._provider_book": ("ProviderBook",),
            "bellwether.sources._provider_contract": ("find_breaches",),
            "bellwether.sources._provider_errors": (
                "AnswerUnusable",
                "HistoryDetached",
                "IntervalNotOffered",
                "ProviderBusy",
                "ProviderError",
                "ProviderKeyMissing",
                "ProviderRefused",
                "ProviderUnreachable",
                "ProviderUnusable",
                "SymbolNotOffered",
                "UnknownProvider",
            ),
            "bellwether.sources._providers": (
                "BarProvider",
                "BarRequest",
                "ProviderFacts",
                "ProviderSetup",
            ),
            "bellwether.sources._secrets": ("Secret",),
            "bellwether.sources._web": (
                "Answer",
                "Ask",
                "WebOptions",
            ),
        },
    )

__all__ = [
    "ALWAYS_OPEN",
    "BLANKS",
    "COMPUTED_CALENDARS",
    "FX",
    "FX_UTC",
    "SAMPLE_MARKETS",
    "WEEKDAYS",
    "Answer",
    "AnswerUnusable",
    "Ask",
    "Asker",
    "BarProvider",
    "BarRequest",
    "BarSource",
    "ComeBack",
    "FetchKind",
    "FetchOutcome",
    "FetchedMarket",
    "HistoryDetached",
    "IntervalNotOffered",
    "LeanFactors",
    "LeanFolder",
    "Origin",
    "Patience",
    "ProviderBook",
    "ProviderBusy",
    "ProviderError",
    "ProviderFacts",
    "ProviderKeyMissing",
    "ProviderRefused",
    "ProviderSetup",
    "ProviderUnreachable",
    "ProviderUnusable",
    "RawTable",
    "Secret",
    "SourceRefused",
    "SymbolNotOffered",
    "TickerSpan",
    "TimeHints",
    "UnknownProvider",
    "WebOptions",
    "Wire",
    "fetch_bars",
    "fetch_market",
    "find_breaches",
    "find_fetched",
    "find_sessions",
    "load_table",
    "parse_times",
    "read_all_bars",
    "read_bars",
    "read_factor_file",
    "read_lean_company",
    "read_map_file",
    "resample_import",
    "sample_market",
]

"""Qlib's own task: fourteen factors of a market, told once in Qlib's words.

Its README times a data set of 14 factors of 800 stocks and names none of them: these are of each
kind that Alpha158 has. Ours are the same texts, read as expressions.
"""

import polars as pl

from bellwether import features as f
from bellwether.features import FeatureEngine

FIELDS = (
    "($close-$open)/$open",
    "($high-$low)/$open",
    "Ref($close,5)/$close",
    "Ref($close,20)/$close",
    "Mean($close,5)/$close",
    "Mean($close,20)/$close",
    "Mean($close,60)/$close",
    "Std($close,20)/$close",
    "Max($high,20)/$close",
    "Min($low,20)/$close",
    "Quantile($close,20,0.8)/$close",
    "Corr($close,Log($volume+1),20)",
    "Mean($volume,20)/($volume+1e-12)",
    "Std($volume,20)/($volume+1e-12)",
)


def fourteen_factors() -> FeatureEngine:
    """Return the engine of the factors."""
    return FeatureEngine([f.parse(text) for text in FIELDS])


def fourteen_with_polars(table: pl.DataFrame) -> pl.DataFrame:
    """Return the factors of a table by `_polars_factors.make_table`, symbol by symbol."""
    opened, high, low, close, volume = (
        pl.col(name) for name in ("open", "high", "low", "close", "volume")
    )
    columns = [
        (close - opened) / opened,
        (high - low) / opened,
        close.shift(5) / close,
        close.shift(20) / close,
        close.rolling_mean(5) / close,
        close.rolling_mean(20) / close,
        close.rolling_mean(60) / close,
        close.rolling_std(20) / close,
        high.rolling_max(20) / close,
        low.rolling_min(20) / close,
        close.rolling_quantile(0.8, "linear", 20) / close,
        pl.rolling_corr(close, (volume + 1).log(), window_size=20),
        volume.rolling_mean(20) / (volume + 1e-12),
        volume.rolling_std(20) / (volume + 1e-12),
    ]
    return table.select(
        one.over("symbol").alias(text) for text, one in zip(FIELDS, columns, strict=True)
    )

"""Alpha158 as Polars can say it: 138 of the columns, all but RANK, IMAX, IMIN and IMXD."""

import polars as pl

from bellwether.arrays import FloatArray

WINDOWS = (5, 10, 20, 30, 60)
_TINY = 1e-12


def make_table(panel: FloatArray) -> pl.DataFrame:
    """Return a panel as a long table, a row a symbol and bar."""
    n_bars = panel.shape[1]
    names = ("open", "high", "low", "close", "volume")
    columns = {name: panel[:, :, place].ravel() for place, name in enumerate(names)}
    table = pl.DataFrame(columns).with_row_index("row")
    symbol, place = pl.col("row") // n_bars, pl.col("row") % n_bars
    return table.with_columns(symbol=symbol, place=place.cast(pl.Float64))


def compute_with_polars(table: pl.DataFrame) -> pl.DataFrame:
    """Return the columns, symbol by symbol."""
    opened, high, low, close, volume = (
        pl.col(name) for name in ("open", "high", "low", "close", "volume")
    )
    columns = [*_of_one_bar(opened, high, low, close)]
    move, moved = close.diff(), volume.diff()
    for n in WINDOWS:
        spread = high.rolling_max(n) - low.rolling_min(n) + _TINY
        columns += _of_close(close, n)
        columns += [
            (high.rolling_max(n) / close).alias(f"MAX{n}"),
            (low.rolling_min(n) / close).alias(f"MIN{n}"),
            ((close - low.rolling_min(n)) / spread).alias(f"RSV{n}"),
            *_of_two(close, volume, n),
            *_of_moves("SUM", move, n),
            *_of_moves("VSUM", moved, n),
            *_of_counts(move, n),
            *_of_volumes(close, volume, n),
        ]
    return table.select(one.over("symbol") for one in columns)


def _of_one_bar(opened: pl.Expr, high: pl.Expr, low: pl.Expr, close: pl.Expr) -> list[pl.Expr]:
    top, bottom = pl.max_horizontal(opened, close), pl.min_horizontal(opened, close)
    spread = high - low + _TINY
    parts = {"KUP": high - top, "KLOW": bottom - low, "KSFT": 2 * close - high - low}
    columns = {"KMID": (close - opened) / opened, "KLEN": (high - low) / opened}
    columns["KMID2"] = (close - opened) / spread
    for name, part in parts.items():
        columns |= {name: part / opened, f"{name}2": part / spread}
    columns |= {"OPEN0": opened / close, "HIGH0": high / close, "LOW0": low / close}
    columns["VWAP0"] = (high + low + close) / 3 / close
    return [one.alias(name) for name, one in columns.items()]


def _of_close(close: pl.Expr, n: int) -> list[pl.Expr]:
    places = (n * n - 1) / 12 * n / (n - 1)
    along = pl.rolling_corr(pl.col("place"), close, window_size=n)
    deviation, mean = close.rolling_std(n), close.rolling_mean(n)
    slope = along * deviation / places**0.5
    return [
        (close.shift(n) / close).alias(f"ROC{n}"),
        (mean / close).alias(f"MA{n}"),
        (deviation / close).alias(f"STD{n}"),
        (slope / close).alias(f"BETA{n}"),
        (along**2).alias(f"RSQR{n}"),
        ((close - mean - slope * (n - 1) / 2) / close).alias(f"RESI{n}"),
        (close.rolling_quantile(0.8, "linear", n) / close).alias(f"QTLU{n}"),
        (close.rolling_quantile(0.2, "linear", n) / close).alias(f"QTLD{n}"),
    ]


def _of_two(close: pl.Expr, volume: pl.Expr, n: int) -> list[pl.Expr]:
    now, change = (volume + 1).log(), (volume / volume.shift(1) + 1).log()
    return [
        pl.rolling_corr(close, now, window_size=n).alias(f"CORR{n}"),
        pl.rolling_corr(close / close.shift(1), change, window_size=n).alias(f"CORD{n}"),
    ]


def _of_moves(name: str, move: pl.Expr, n: int) -> list[pl.Expr]:
    up, down = move.clip(lower_bound=0).rolling_sum(n), (-move).clip(lower_bound=0).rolling_sum(n)
    moved = move.abs().rolling_sum(n) + _TINY
    parts = {"P": up, "N": down, "D": up - down}
    return [(part / moved).alias(f"{name}{letter}{n}") for letter, part in parts.items()]


def _of_counts(move: pl.Expr, n: int) -> list[pl.Expr]:
    rises = (move > 0).cast(pl.Float64).rolling_mean(n)
    falls = (move < 0).cast(pl.Float64).rolling_mean(n)
    columns = {"CNTP": rises, "CNTN": falls, "CNTD": rises - falls}
    return [one.alias(f"{name}{n}") for name, one in columns.items()]


def _of_volumes(close: pl.Expr, volume: pl.Expr, n: int) -> list[pl.Expr]:
    flow = (close / close.shift(1) - 1).abs() * volume
    return [
        (volume.rolling_mean(n) / (volume + _TINY)).alias(f"VMA{n}"),
        (volume.rolling_std(n) / (volume + _TINY)).alias(f"VSTD{n}"),
        (flow.rolling_std(n) / (flow.rolling_mean(n) + _TINY)).alias(f"WVMA{n}"),
    ]

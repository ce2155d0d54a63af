"""What the name of a file calls its market, and of which of its pieces it is one."""

import re
from pathlib import PurePosixPath

TEXTS = frozenset({".csv", ".txt", ".tsv", ".prn", ".dat", ".json", ".jsonl", ".ndjson"})
TABLES = frozenset({".parquet", ".pq", ".feather", ".arrow", ".ipc"})
SUFFIXES = TEXTS | TABLES
PACKED = frozenset({".gz", ".bz2", ".xz", ".zip"})

PIECE = re.compile(
    r"(?P<name>[A-Z0-9]{2,30})-(?P<kind>\d{1,2}(?:s|m|h|d|w|mo))-\d{4}(?:-\d\d){1,2}"
    r"|\d{8}_(?P<ticker>[^/\\]{1,60})_(?P<what>(?:minute|second)_(?:trade|quote))"
)
"""How Binance calls a month or a day of a market, and LEAN a day of one.

BTCUSDT-1d-2020-01, BTCUSDT-1h-2020-01-31; 20131007_spy_minute_trade.
"""


def bare_name(name: str) -> str:
    """Return a file's name without its ending and that of its packing.

    Examples
    --------
    >>> bare_name("data/aapl.us.txt"), bare_name("AAPL.csv.gz"), bare_name("BRK.B")
    ('aapl.us', 'AAPL', 'BRK')
    """
    path = PurePosixPath(name)
    if path.suffix.lower() in PACKED and PurePosixPath(path.stem).suffix.lower() in SUFFIXES:
        path = PurePosixPath(path.stem)
    return path.stem


def market_name(name: str) -> str:
    """Return what a file's name calls its market: without endings, and without the month.

    Examples
    --------
    >>> market_name("BTCUSDT-1d-2020-01.zip"), market_name("BRK-B.csv")
    ('BTCUSDT', 'BRK-B')
    """
    bare = bare_name(name)
    piece = PIECE.fullmatch(bare)
    return (piece["name"] or piece["ticker"].upper()) if piece else bare


def piece_key(name: str) -> str | None:
    """Return what the names of one market's pieces have in common; None for any other file.

    Examples
    --------
    >>> piece_key("BTCUSDT-1d-2020-01.zip"), piece_key("20131007_spy_minute_trade.csv")
    ('BTCUSDT 1d', 'spy minute_trade')
    >>> piece_key("BRK-B.csv") is None
    True
    """
    piece = PIECE.fullmatch(bare_name(name))
    return None if piece is None else " ".join(part for part in piece.groups() if part)

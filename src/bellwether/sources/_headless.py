"""Files without a header: which column is which is shown by the rows themselves."""

import re
from collections.abc import Sequence

from bellwether.sources._dialects import Dialect, find_dialect

DATES = re.compile(r"(\d{4}[-/.]?\d{2}[-/.]?\d{2}|\d{2}[-/.]\d{2}[-/.]\d{4})([ T]\d{2}:?\d{2}.*)?")
EPOCHS = re.compile(r"\d{10}(\d{3}|\d{6}|\d{9})?(\.\d+)?")
CLOCKS = re.compile(r"\d{1,2}:\d{2}(:\d{2})?|\d{6}")
PRICES = ("open", "high", "low", "close")
BINANCE = ("close time", "quote volume", "trades", "taker volume", "taker quote volume", "ignore")
LAID_OUT = 12


def name_headless(
    rows: Sequence[Sequence[str]], delimiter: str
) -> tuple[Dialect, tuple[str, ...]] | None:
    """Return the dialect and the columns of rows without a header; None where they have one.

    Parameters
    ----------
    rows : sequence of sequences of str
        Fields of the first lines.
    delimiter : str

    Returns
    -------
    told : (Dialect, tuple of str) or None

    Examples
    --------
    >>> rows = [["20200102 093100", "10", "12", "9", "11", "1000"]]
    >>> dialect, header = name_headless(rows, ";")
    >>> dialect.name, header[:3]
    ('NinjaTrader', ('date', 'open', 'high'))
    """
    first = [field.strip() for field in rows[0]]
    if not (DATES.fullmatch(first[0]) or EPOCHS.fullmatch(first[0])):
        return None
    n_times = 2 if len(first) > 1 and CLOCKS.fullmatch(first[1]) else 1
    prices = [_read(row[n_times : n_times + 4]) for row in rows if len(row) == len(first)]
    known = [row for row in prices if row is not None]
    if not known or 2 * len(known) < len(rows) or not all(_is_bar(*row) for row in known):
        return None
    header = [*("date", "time")[:n_times], *PRICES]
    n_more = len(first) - len(header)
    if n_more:
        header.append("volume")
    is_binance = len(first) in (LAID_OUT - 1, LAID_OUT) and bool(EPOCHS.fullmatch(first[6]))
    rest = BINANCE if is_binance else [f"column {place}" for place in range(len(header) + 1, 99)]
    dialect = find_dialect("Binance klines" if is_binance else _tell(first, n_times, delimiter))
    return dialect, (*header, *rest)[: len(first)]


def _tell(first: Sequence[str], n_times: int, delimiter: str) -> str:
    n_fields = len(first)
    if n_times == 2 and "." in first[0] and n_fields == 7:
        return "MetaTrader 4"
    if delimiter == ";" and n_fields == 6 and re.fullmatch(r"\d{8}( \d{6})?", first[0]):
        return "NinjaTrader"
    if EPOCHS.fullmatch(first[0]) and len(first[0]) == 10 and n_fields in (7, 8):
        return "Kraken"
    return "without header"


def _read(fields: Sequence[str]) -> list[float] | None:
    try:
        numbers = [float(field) for field in fields]
    except ValueError:
        return None
    return numbers if len(numbers) == len(PRICES) else None


def _is_bar(opened: float, high: float, low: float, close: float) -> bool:
    return 0 < low <= min(opened, close) and high >= max(opened, close)

"""Which column is which: the names that the usual sources of bars give them."""

import difflib
from collections.abc import Mapping, Sequence

from bellwether.bars import ColumnsMissing, UnreadableBars

NEEDED = ("date", "open", "high", "low", "close")

# In order of preference. "time" is the clock beside a date, or the whole instant without one;
# an empty name is the index column that pandas writes.
NAMES: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "datetime", "date time", "timestamp", "day", "index", ""),
    "time": ("time", "hour"),
    "open": ("open", "o", "open price"),
    "high": ("high", "h", "high price"),
    "low": ("low", "l", "low price"),
    "close": ("close", "c", "close price", "closing price", "close/last", "last", "price"),
    "adj_close": ("adj close", "adjclose", "adjusted close", "adj. close", "adj close*"),
    "volume": ("volume", "vol", "v", "tickvol", "vol."),
    "symbol": ("symbol", "ticker", "instrument", "name"),
}


def recognise_columns(
    source: str, header: Sequence[str], chosen: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return which column of a table plays which role.

    Parameters
    ----------
    source : str
        What the errors call the table.
    header : sequence of str
        Names of its columns.
    chosen : mapping of str to str, optional
        Roles whose column the user names: date, time, open, high, low, close, adj_close,
        volume, symbol.

    Returns
    -------
    columns : dict of str to str
        Role to column. Date, open, high, low and close always; the others where there are.

    Raises
    ------
    ColumnsMissing
        If a needed column is not recognised, or a chosen one is not there.
    UnreadableBars
        If a chosen role does not exist.

    Notes
    -----
    Names are compared without case, blanks around them, underscores and angle brackets, so
    that the plain, the Yahoo (Adj Close) and both Stooq layouts are known.

    Examples
    --------
    >>> header = ["<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>"]
    >>> columns = recognise_columns("x", header)
    >>> columns["date"], columns["time"], columns["close"]
    ('<DATE>', '<TIME>', '<CLOSE>')
    """
    chosen = dict(chosen or {})
    _check_roles(source, chosen)
    absent = [role for role, name in chosen.items() if name not in header]
    if absent:
        raise ColumnsMissing(source, [f"{role}={chosen[role]}" for role in absent], header)
    plain = {_simplify(name): name for name in reversed(header)}
    found = {role: next((n for n in names if n in plain), None) for role, names in NAMES.items()}
    columns = {role: plain[name] for role, name in found.items() if name is not None}
    columns.update(chosen)
    if "date" not in columns and "time" in columns:
        columns["date"] = columns.pop("time")
    missing = [role for role in NEEDED if role not in columns]
    if missing:
        raise ColumnsMissing(source, missing, header)
    return columns


def _check_roles(source: str, chosen: Mapping[str, str]) -> None:
    for role in chosen:
        if role not in NAMES:
            near = difflib.get_close_matches(role, NAMES, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UnreadableBars(
                source,
                "columns named by what they hold",
                repr(role),
                f"{meant}choose from {', '.join(NAMES)}",
            )


def _simplify(name: str) -> str:
    return " ".join(name.strip().strip("<>").replace("_", " ").lower().split())

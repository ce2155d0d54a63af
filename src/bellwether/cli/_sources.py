"""Files named on the command line, read as bars."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bellwether.adapters import read_bars
from bellwether.bars import BarsImport
from bellwether.cli._errors import SymbolNotOne, UnreadableMapping


def read_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Return the columns of `--columns close=Schlusskurs`, role to name in the file.

    Raises
    ------
    UnreadableMapping
        If a pair has no equals sign, nothing on one side of it, or names a role twice.

    Examples
    --------
    >>> read_mapping(["close=Schlusskurs", "date=Tag"])
    {'close': 'Schlusskurs', 'date': 'Tag'}
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not (role and equals and name):
            raise UnreadableMapping(
                "--columns role=name, such as close=Schlusskurs", repr(pair), "write it like that"
            )
        if role in mapping:
            raise UnreadableMapping(
                f"one column for {role}", f"{mapping[role]!r} and {name!r}", "name one of them"
            )
        mapping[role] = name
    return mapping


def read_sources(
    paths: Sequence[Path],
    *,
    symbol: str | None,
    calendar: str,
    columns: Sequence[str],
) -> tuple[BarsImport, ...]:
    """Return the bars of each file, in the order given.

    Raises
    ------
    UnreadableMapping
        If a column mapping is malformed.
    SymbolNotOne
        If one symbol is named for several files, or two files hold bars of one symbol.
    BarsError
        If a file cannot be read; see `read_bars`.
    """
    if symbol is not None and len(paths) > 1:
        raise SymbolNotOne(
            "one file with --symbol", f"{len(paths)} files", "name one file, or leave it out"
        )
    mapping = read_mapping(columns)
    imports = tuple(
        read_bars(path, symbol=symbol, calendar=calendar, columns=mapping or None) for path in paths
    )
    [(name, count)] = Counter(one.bars.symbol for one in imports).most_common(1)
    if count > 1:
        raise SymbolNotOne(
            "files of different symbols",
            f"{count} of {name!r}",
            "name each file once; a file without a symbol column is called after its name",
        )
    return imports

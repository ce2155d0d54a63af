"""Files named on the command line, read as bars."""

from collections.abc import Sequence
from pathlib import Path

from bellwether.adapters import read_bars
from bellwether.bars import BarsImport
from bellwether.errors import SettingsError


class UnreadableMapping(SettingsError):
    """A column mapping is not written as role=name."""


def read_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Return the columns of `--columns close=Schlusskurs`, role to name in the file.

    Raises
    ------
    UnreadableMapping
        If a pair has no equals sign, or nothing on one side of it.
    """
    mapping = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not (role and equals and name):
            raise UnreadableMapping(
                "--columns role=name, such as close=Schlusskurs", repr(pair), "write it like that"
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
        If a column mapping is malformed, or one symbol is named for several files.
    BarsError
        If a file cannot be read; see `read_bars`.
    """
    if symbol is not None and len(paths) > 1:
        raise UnreadableMapping(
            "one file with --symbol", f"{len(paths)} files", "name one file, or leave it out"
        )
    mapping = read_mapping(columns)
    return tuple(
        read_bars(path, symbol=symbol, calendar=calendar, columns=mapping or None) for path in paths
    )

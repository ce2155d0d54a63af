"""What tests take out of a source: its imports, or its refusals."""

from typing import Unpack

from bellwether.bars import BarsImport
from bellwether.sources import BarSource, SourceRefused, TimeHints, read_all_bars


def read_both(
    source: BarSource, calendar: str = "auto", **hints: Unpack[TimeHints]
) -> tuple[list[BarsImport], list[SourceRefused]]:
    """Return the markets of a source, and what of it was refused."""
    found = list(read_all_bars(source, calendar=calendar, **hints))
    imports = [one for one in found if isinstance(one, BarsImport)]
    return imports, [one for one in found if isinstance(one, SourceRefused)]


def read_every(source: BarSource, calendar: str = "auto") -> list[BarsImport]:
    """Return the markets of a source of which nothing is refused."""
    imports, refused = read_both(source, calendar)
    assert refused == []
    return imports


def facts_of(imported: BarsImport) -> tuple[str, ...]:
    """Return what was found out about the way in which a source is written."""
    assert imported.layout is not None
    return imported.layout.facts

"""What can go wrong with stored bars."""

import difflib
from collections.abc import Sequence

from bellwether.errors import ServiceError

_SHOWN = 5


class UnknownSymbol(ServiceError):
    """No bars of that symbol and interval are stored.

    Parameters
    ----------
    symbol, interval : str
        What was asked for.
    known : sequence of str
        Symbols that are stored with that interval.
    intervals : sequence of str, optional
        Intervals that are stored of that very symbol.
    """

    http_status = 404

    def __init__(
        self, symbol: str, interval: str, known: Sequence[str], intervals: Sequence[str] = ()
    ) -> None:
        self.symbol = symbol
        self.interval = interval
        self.known = tuple(known)
        self.intervals = tuple(intervals)
        upper = {name.upper(): name for name in known}
        near = difflib.get_close_matches(symbol.upper()[:64], list(upper), n=3, cutoff=0.5)
        self.nearest = tuple(upper[name] for name in near)
        hints = []
        if intervals:
            hints.append(f"ask for one of its intervals: {', '.join(intervals)}")
        elif self.nearest:
            hints.append(f"did you mean {' or '.join(self.nearest)}?")
        elif known:
            more = ", ..." if len(known) > _SHOWN else ""
            hints.append(f"known are {', '.join(known[:_SHOWN])}{more}")
        hints.append("or import its bars: bellwether import FILE, or POST /v1/data/import")
        super().__init__(
            f"stored bars of {symbol[:64]!r} with interval {interval[:16]}",
            "none",
            "; ".join(hints),
        )


class UnknownSnapshot(ServiceError):
    """No snapshot has that digest.

    Parameters
    ----------
    digest : str
    """

    http_status = 404

    def __init__(self, digest: str) -> None:
        self.digest = digest
        super().__init__(
            "the digest of a snapshot",
            repr(digest[:80]),
            "see them all: bellwether data list, or GET /v1/data/snapshots",
        )


class SnapshotDamaged(ServiceError):
    """A stored snapshot is missing, or is not what was written.

    Parameters
    ----------
    place : str
        The file.
    was : str
        What is wrong with it.
    """

    http_status = 503

    def __init__(self, place: str, was: str) -> None:
        self.place = place
        super().__init__(
            f"a whole snapshot in {place}",
            was,
            "import the same bars again, which mends it, or restore the file from a copy",
        )


class BarStoreUnavailable(ServiceError):
    """The place of the stored bars cannot be read or written.

    Parameters
    ----------
    place : str
    why : str
    """

    http_status = 503

    def __init__(self, place: str, why: str) -> None:
        self.place = place
        super().__init__(
            f"a readable and writable place for bars at {place}",
            why,
            "check that it exists, has room and may be written; nothing was stored",
        )


class SnapshotOutdated(ServiceError):
    """Somebody else imported the same market meanwhile.

    Parameters
    ----------
    symbol : str
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        super().__init__(
            f"the stored bars of {symbol!r} to stay as they were compared with",
            "another import of the same market",
            "import once more",
        )


class BarsDoNotJoin(ServiceError):
    """New bars cannot be put behind the stored ones.

    Parameters
    ----------
    expected, was, hint : str
    """

    http_status = 422

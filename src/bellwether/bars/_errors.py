"""What can be wrong with bars, and with where they come from.

::

    BarsError
    ├── BarsContractBroken     a bar is not within the data contract
    ├── WorldImpossible        a simulated world that cannot be
    ├── AdjustmentImpossible   a split or dividend that cannot have been
    ├── ResamplingImpossible   longer bars that these cannot be put together to
    ├── UnknownCalendar        no exchange has that name
    ├── UnknownSampleMarket    no bars of that name come with bellwether's dependencies
    └── UnreadableBars         a source gives no bars
        ├── SourceMissing      no file is there, or it cannot be opened
        ├── ArchiveRefused     an archive that is damaged, locked, nested, or a trap
        ├── NotATable          empty, binary, or a header and nothing else
        │   └── MessageNotBars what a service says in place of bars
        ├── ColumnsMissing     a column cannot be recognised
        ├── MeaningUnclear     dates, a zone, a unit that may mean two things
        ├── RowsRefused        most rows, or all, are unusable
        └── SymbolUnclear      several symbols, and none chosen
"""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from bellwether.errors import BarsError


class BarsContractBroken(BarsError):
    """A bar is not within the data contract.

    Parameters
    ----------
    symbol : str
    row : int or None
        Index of the first offending bar; None where the arrays as a whole do not fit.
    expected, was : str
        What the contract asks for, and what the bar holds.
    """

    def __init__(self, symbol: str, row: int | None, expected: str, was: str) -> None:
        self.symbol = symbol
        self.row = row
        place = f"in {symbol}" if row is None else f"in {symbol}, bar {row}"
        super().__init__(f"{expected} {place}", was, "correct or drop the bar")


class WorldImpossible(BarsError):
    """A simulated world was asked for that cannot be.

    Parameters
    ----------
    expected, was : str
        What a world needs, and what was asked for.
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "change the world's parameters")


class AdjustmentImpossible(BarsError):
    """A split or a dividend cannot have been, or is asked for in a way that cannot be read.

    Parameters
    ----------
    expected, was, hint : str
    """


class ResamplingImpossible(BarsError):
    """Bars cannot be put together to the longer ones that were asked for.

    Parameters
    ----------
    expected, was, hint : str
    """


class UnknownCalendar(BarsError):
    """No exchange has that name, or its sessions do not reach as far as the bars.

    Parameters
    ----------
    name : str
        The calendar asked for.
    was : str
        What is wrong with it.
    nearest : sequence of str
        Names that look like it.
    """

    def __init__(self, name: str, was: str, nearest: Sequence[str] = ()) -> None:
        self.name = name
        self.nearest = tuple(nearest)
        meant = f"did you mean {' or '.join(self.nearest)}? " if self.nearest else ""
        hint = f"{meant}choose an exchange such as XNYS, or 24/7, FX, weekdays, auto"
        super().__init__("the name of a calendar of sessions", f"{name!r}: {was}", hint)


class UnknownSampleMarket(BarsError):
    """No bars of that name come with the libraries installed here.

    Parameters
    ----------
    name : str
    was, hint : str
    """

    def __init__(self, name: str, was: str, hint: str) -> None:
        self.name = name
        super().__init__("the name of a sample market", was, hint)


class UnreadableBars(BarsError):
    """A source gives no bars.

    Parameters
    ----------
    source : str
        Path or kind of the source.
    expected, was, hint : str
    """

    def __init__(self, source: str, expected: str, was: str, hint: str) -> None:
        self.source = source
        super().__init__(f"{expected} in {source}", was, hint)


class SourceMissing(UnreadableBars):
    """No file is there, or it cannot be opened.

    Parameters
    ----------
    source : str
    was : str
        "no such file", "a folder", or why it cannot be opened.
    """

    def __init__(self, source: str, was: str) -> None:
        super().__init__(source, "a file of bars", was, "check the path, and who may read it")


class ArchiveRefused(UnreadableBars):
    """An archive is damaged, locked, nested in another one, or made to do harm.

    Parameters
    ----------
    source : str
    was : str
    hint : str, optional
    """

    def __init__(
        self, source: str, was: str, hint: str = "unpack it yourself, and name the files of bars"
    ) -> None:
        super().__init__(source, "an archive of bars that can be opened", was, hint)


class NotATable(UnreadableBars):
    """A file is empty, binary, or has a header and nothing else.

    Parameters
    ----------
    source : str
    was : str
    hint : str, optional
    """

    def __init__(
        self, source: str, was: str, hint: str = "export the bars as CSV or Parquet"
    ) -> None:
        super().__init__(source, "a table of bars", was, hint)


class MessageNotBars(NotATable):
    """A service's message, or a web page, stands in place of bars.

    Parameters
    ----------
    source : str
    message : str
        What it says.
    """

    def __init__(self, source: str, message: str) -> None:
        self.message = message
        super().__init__(source, f"a message: {message}", "do what it says, and fetch them again")


class ColumnsMissing(UnreadableBars):
    """A needed column cannot be recognised by its name.

    Parameters
    ----------
    source : str
    missing : sequence of str
        Columns looked for in vain.
    header : sequence of str
        The names found.
    """

    def __init__(self, source: str, missing: Sequence[str], header: Sequence[str]) -> None:
        self.missing = tuple(missing)
        self.header = tuple(header)
        role = self.missing[0].partition("=")[0]
        shown = [repr(name[:40]) for name in self.header[:20]]
        shown += ["..."] if len(self.header) > 20 else []
        hint = f"say where it is: --columns {role}=NAME (in Python columns={{{role!r}: 'NAME'}})"
        if self.header and not any(letter.isalpha() for letter in "".join(self.header)):
            hint = "put a first line above the rows: date,open,high,low,close,volume"
        super().__init__(
            source,
            f"{'a column' if len(self.missing) == 1 else 'columns'} for {', '.join(self.missing)}",
            f"a header of {', '.join(shown) or 'no names'}",
            hint,
        )


class MeaningUnclear(UnreadableBars):
    """What is written may mean two things, and nothing in the source decides.

    Parameters
    ----------
    source : str
    expected, was : str
    option : str
        The option of `read_bars` that tells: "dates", "zone", "unit", "decimals".
    choices : sequence of str
        Values of it that would be of use.
    """

    def __init__(
        self, source: str, expected: str, was: str, option: str, choices: Sequence[str]
    ) -> None:
        self.option = option
        self.choices = tuple(choices)
        said = " or ".join(f"--{option} {choice}" for choice in self.choices)
        hint = f"say which: {said} (in Python {option}={self.choices[0]!r})"
        super().__init__(source, expected, was, hint)


class _Refused(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def reason(self) -> str: ...


class RowsRefused(UnreadableBars):
    """More than half of the rows are unusable, or all are.

    Parameters
    ----------
    source : str
    n_read : int
    refusals : sequence of RowRefusal
        Every row that did not become a bar.
    """

    def __init__(self, source: str, n_read: int, refusals: Sequence[_Refused]) -> None:
        self.n_read = n_read
        self.refusals = tuple(refusals)
        kinds = [(row.reason.partition(" (")[0], row.line) for row in self.refusals]
        counts = Counter(reason for reason, _ in kinds)
        first = dict(reversed(kinds))
        reasons = [
            f"{reason} ({count} times, first in line {first[reason]})"
            for reason, count in counts.most_common(3)
        ]
        super().__init__(
            source,
            "more than half of the rows to be bars",
            f"{len(self.refusals)} of {n_read} refused: {'; '.join(reasons)}",
            "correct these rows, or say which columns hold the prices with --columns close=NAME",
        )


class SymbolUnclear(UnreadableBars):
    """A table holds several symbols, and none of them was chosen.

    Parameters
    ----------
    source : str
    symbols : sequence of str
        The symbols it holds.
    chosen : str or None
        The symbol asked for, which is not among them.
    """

    def __init__(self, source: str, symbols: Sequence[str], chosen: str | None) -> None:
        self.symbols = tuple(symbols)
        self.chosen = chosen
        shown = ", ".join(self.symbols[:8]) + (", ..." if len(self.symbols) > 8 else "")
        asked = "" if chosen is None else f" and not {chosen}"
        super().__init__(
            source,
            "one symbol, or the choice of one,",
            f"{len(self.symbols)} symbols ({shown}){asked}",
            f"choose one: --symbol {self.symbols[0]}",
        )

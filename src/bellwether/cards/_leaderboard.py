"""The leaderboard as a person meets it in a terminal and in a notebook."""

from collections.abc import Sequence
from html import escape
from typing import overload

from bellwether.cards._format import DASH, write_name, write_number, write_percent
from bellwether.service import LeaderboardRow

HEAD = ("out of sample", "verdict", "skill", "accuracy", "profit factor", "drawdown", "return")
N_WORDS = 2


class Leaderboard(Sequence[LeaderboardRow]):
    """Every candidate, the rules and the floors, by the same numbers; a table when printed.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
        Best first within candidates, rules and floors.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[LeaderboardRow]) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, place: int) -> LeaderboardRow: ...
    @overload
    def __getitem__(self, place: slice) -> "Leaderboard": ...
    def __getitem__(self, place: int | slice) -> "LeaderboardRow | Leaderboard":
        """Return a row, or a leaderboard of some rows."""
        return Leaderboard(self._rows[place]) if isinstance(place, slice) else self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        lines = [HEAD, *map(_cells, self._rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        written = [_align(line, widths) for line in lines]
        return "\n".join([written[0], "-" * len(written[0]), *written[1:]])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in HEAD)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(row))}</tr>"
            for row in self._rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: LeaderboardRow) -> tuple[str, ...]:
    return (
        write_name(row.name),
        row.decision or DASH,
        write_number(row.skill_t),
        write_percent(row.accuracy),
        write_number(row.profit_factor),
        write_percent(row.maximum_drawdown),
        write_percent(row.net_return, signed=True),
    )


def _align(cells: Sequence[str], widths: Sequence[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)][:N_WORDS]
    numbers = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)][N_WORDS:]
    return "  ".join([*words, *numbers])

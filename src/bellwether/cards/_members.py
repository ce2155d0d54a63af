"""What each member of an ensemble had to do with its answer, told once for page and terminal."""

from collections.abc import Sequence

from bellwether.cards._format import write_name, write_number, write_percent
from bellwether.service import MemberPart

MEMBER_COLUMNS = ("Member", "Weight", "Forecast", "Contribution", "Expected return")
MEMBERS_NOTE = (
    "A forecast is in units of the member's own past ones, at most 3 either way. Weight times "
    "forecast is its contribution; together they are the ensemble's score. What the expected "
    "returns leave over is the market's drift, whatever the members say."
)


def member_rows(members: Sequence[MemberPart]) -> list[tuple[str, ...]]:
    """Return the lines of a table with `MEMBER_COLUMNS`.

    Examples
    --------
    >>> member_rows([MemberPart(name="my:forest", weight=0.5, standardised=-1.2, contribution=-0.6,
    ...              expected_return=-0.00043)])
    [('forest', '50.0%', '−1.20', '−0.600', '−0.043%')]
    """
    return [
        (
            write_name(one.name),
            write_percent(one.weight),
            write_number(one.standardised, 2, signed=True),
            write_number(one.contribution, 3, signed=True),
            write_percent(one.expected_return, 3, signed=True),
        )
        for one in members
    ]

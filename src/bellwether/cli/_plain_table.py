"""The look that lists have in the terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table


def plain_table(*words: str, numbers: Sequence[str]) -> Table:
    """Return an empty table: columns of words first, then of numbers, set to the right.

    Parameters
    ----------
    *words : str
        Heads of the columns of words.
    numbers : sequence of str
        Heads of the columns of numbers.
    """
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    for name in words:
        # A name that is cut cannot be copied.
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table

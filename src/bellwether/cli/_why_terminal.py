"""Which features moved an answer, in the terminal."""

from collections.abc import Sequence

from rich.console import Console

from bellwether.cards import as_sentence, write_count, write_number, write_percent
from bellwether.cli._plain_table import plain_table
from bellwether.service import Contribution, Explanation

MOST_SHOWN = 12


def show_contributions(
    console: Console, contributions: Sequence[Contribution], explanation: Explanation
) -> None:
    """Print what each feature did to the chance of a rise, and what it adds up to."""
    if not contributions:
        console.print(f"Why not told: {as_sentence(explanation.trouble)}", markup=False)
        return
    table = plain_table("What the model saw", numbers=("Points",))
    for one in contributions[:MOST_SHOWN]:
        table.add_row(one.feature, write_points(one.amount))
    left = contributions[MOST_SHOWN:]
    if left:
        named = f"{write_count(len(left))} more"
        table.add_row(named, write_points(sum(one.amount for one in left)))
    console.print(table)
    console.print(
        f"They add up from {write_percent(explanation.baseline)}, with every feature at its "
        f"training mean, to {write_percent(explanation.value)}, the model's own chance of a rise. "
        "They say what moved the model, and nothing about what moves the market.",
        style="dim",
    )


def write_points(amount: float) -> str:
    """Return a change of a chance in points of a hundred."""
    return write_number(100.0 * amount, 2, signed=True)

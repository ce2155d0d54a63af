"""Which features and members moved an answer, and which a model's skill, in the terminal."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from bellwether.cards import (
    BALANCE_NOTE,
    IMPORTANCE_NOTE,
    MEMBER_COLUMNS,
    MEMBERS_NOTE,
    as_sentence,
    balance_rows,
    importance_rows,
    member_rows,
    tell_balance,
    tell_importance,
    write_count,
    write_number,
    write_percent,
)
from bellwether.cli._plain_table import plain_table
from bellwether.service import Contribution, Explanation, MemberPart
from bellwether.validation import Balance, FeatureImportance

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


def show_members(console: Console, members: Sequence[MemberPart]) -> None:
    """Print what each member of an ensemble had to do with its answer; nothing without any."""
    if not members:
        return
    table = plain_table("Who in the model said so", numbers=MEMBER_COLUMNS[1:])
    for row in member_rows(members):
        table.add_row(*map(escape, row))
    console.print(table)
    console.print(MEMBERS_NOTE, style="dim", markup=False)


def write_points(amount: float) -> str:
    """Return a change of a chance in points of a hundred."""
    return write_number(100.0 * amount, 2, signed=True)


def show_importance(console: Console, importance: Sequence[FeatureImportance]) -> None:
    """Print what each feature was worth out of sample, and what of it luck could do."""
    if not importance:
        return
    table = plain_table("What the model used", "Taken for", numbers=("Skill lost", "90% interval"))
    for feature, loss, interval, said in importance_rows(importance):
        table.add_row(escape(feature), escape(said), loss, interval)
    console.print(table)
    console.print(f"{tell_importance(importance)} {IMPORTANCE_NOTE}", style="dim", markup=False)


def show_balance(console: Console, balance: Mapping[str, Balance]) -> None:
    """Print how the rows divide that a model learned from and was judged on."""
    rows = balance_rows(balance)
    if not rows:
        return
    numbers = ("Learned from", "Judged on")
    table = plain_table("Shares of the rows", numbers=numbers)
    for name, learned, judged in rows:
        table.add_row(escape(name), write_percent(learned), write_percent(judged))
    console.print(table)
    console.print(f"{tell_balance(balance)} {BALANCE_NOTE}", style="dim", markup=False)

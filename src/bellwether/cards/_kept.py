"""What a stored model keeps of its training, beside its verdict."""

from collections.abc import Mapping, Sequence

from bellwether.cards._balance import draw_balance
from bellwether.cards._blocks import draw_section
from bellwether.cards._importance import draw_importance
from bellwether.cards._markup import Markup, element
from bellwether.validation import Balance, FeatureImportance


def draw_kept(
    importance: Sequence[FeatureImportance], balance: Mapping[str, Balance]
) -> tuple[Markup, ...]:
    """Return the sections about features and rows; one that is empty says why.

    Parameters
    ----------
    importance : sequence of FeatureImportance
    balance : mapping of str to Balance
        As `find_importance` and `find_balance` give them.
    """
    told = "This bundle keeps nothing of it: its plan did not ask, or an earlier version made it."
    empty = draw_section("importance", "What the model used", element("p", told, class_="muted"))
    return (draw_importance(importance) or empty, draw_balance(balance))

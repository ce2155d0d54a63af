"""How the rows divide that a model learned from and was judged on: rises, falls, regimes."""

from collections.abc import Mapping

from bellwether.cards._blocks import draw_section, draw_table
from bellwether.cards._format import write_count, write_name, write_percent
from bellwether.cards._markup import Child, Markup, element
from bellwether.validation import Balance

LEARNED, JUDGED = "training", "out_of_sample"
BALANCE_NOTE = (
    "Shares of the rows with a label: the first fit's, and all that were forecast out of sample. "
    "A market that was judged in another mood than it was learned in is a harder trial, and no "
    "fault of the model. Nothing is weighted by it."
)
_TITLE = "What it learned from, and what it was judged on"
_COLUMNS = ("Rows", "Learned from", "Judged on")
_APART = 0.1


def tell_balance(balance: Mapping[str, Balance]) -> str:
    """Return in a sentence or two how the rows learned from and judged on divide.

    Examples
    --------
    >>> one = Balance(n_rows=200, share_up=0.55, share_still=0.0, share_by_regime={"quiet": 0.2})
    >>> other = Balance(n_rows=100, share_up=0.5, share_still=0.0, share_by_regime={"quiet": 0.4})
    >>> tell_balance({"training": one, "out_of_sample": other})
    'Of 200 rows that it first learned from 55.0% rose, of 100 that it was judged on 50.0%. Quiet
    markets were 20% of the ones and 40% of the others.'
    """
    if not balance.keys() >= {LEARNED, JUDGED}:
        return "How the rows divide is not kept in this bundle."
    learned, judged = balance[LEARNED], balance[JUDGED]
    told = (
        f"Of {write_count(learned.n_rows)} rows that it first learned from "
        f"{write_percent(learned.share_up)} rose, of {write_count(judged.n_rows)} that it was "
        f"judged on {write_percent(judged.share_up)}."
    )
    shares = learned.share_by_regime
    apart = {name: judged.share_by_regime.get(name, 0.0) - share for name, share in shares.items()}
    if not apart:
        return told
    most = max(apart, key=lambda name: abs(apart[name]))
    if abs(apart[most]) < _APART:
        return f"{told} Both saw much the same kinds of market."
    return (
        f"{told} {write_name(most)} markets were {write_percent(shares[most], 0)} of the ones and "
        f"{write_percent(judged.share_by_regime.get(most, 0.0), 0)} of the others."
    )


def balance_rows(balance: Mapping[str, Balance]) -> list[tuple[str, float, float]]:
    """Return the lines of a table: what is counted, its share learned from, and judged on.

    Parameters
    ----------
    balance : mapping of str to Balance
        No line where either part is missing.
    """
    if not balance.keys() >= {LEARNED, JUDGED}:
        return []
    learned, judged = balance[LEARNED], balance[JUDGED]
    regimes = dict.fromkeys([*learned.share_by_regime, *judged.share_by_regime])
    return [
        ("Rose", learned.share_up, judged.share_up),
        ("Fell", _share_down(learned), _share_down(judged)),
        ("Unchanged", learned.share_still, judged.share_still),
        *(
            (
                write_name(name),
                learned.share_by_regime.get(name, 0.0),
                judged.share_by_regime.get(name, 0.0),
            )
            for name in regimes
        ),
    ]


def draw_balance(balance: Mapping[str, Balance]) -> Markup:
    """Return the section about the rows; one that says so where a bundle keeps nothing of them."""
    rows: list[tuple[Child, ...]] = [
        (name, _bar(learned), _bar(judged)) for name, learned, judged in balance_rows(balance)
    ]
    told = element("p", tell_balance(balance), class_=None if rows else "muted")
    if not rows:
        return draw_section("balance", _TITLE, told)
    table = draw_table("Shares of the rows", _COLUMNS, rows, n_words=3)
    return draw_section("balance", _TITLE, told, table, element("p", BALANCE_NOTE, class_="muted"))


def _share_down(one: Balance) -> float:
    return 1.0 - one.share_up - one.share_still if one.n_rows else 0.0


def _bar(share: float) -> Markup:
    length = f"width:{100.0 * min(max(share, 0.0), 1.0):.2f}%"
    bar = element("span", element("i", style=length), class_="bar", aria_hidden="true")
    value = element("span", write_percent(share), class_="value")
    return element("span", value, bar, class_="drawn")

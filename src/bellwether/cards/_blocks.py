"""The blocks that sections are built of: sections, tables, badges, lists of terms."""

from collections.abc import Sequence

from bellwether.cards._markup import Child, Markup, element, join
from bellwether.cards._words import DECISION_CLASS
from bellwether.validation import Decision


def draw_section(name: str, title: str, *children: Child) -> Markup:
    """Return a section with its heading."""
    heading = f"{name}-heading"
    return element(
        "section",
        element("h2", title, id=heading),
        *children,
        id=name,
        class_="card",
        aria_labelledby=heading,
    )


def draw_table(
    caption: str, columns: Sequence[Child], rows: Sequence[Sequence[Child]], n_words: int = 1
) -> Markup:
    """Return a table that scrolls by itself where the page is narrow.

    Parameters
    ----------
    caption : str
    columns : sequence of str or Markup
    rows : sequence of sequences of str or Markup
        The first cell of each names the row.
    n_words : int
        Columns from the left that hold words; the others hold numbers.
    """
    head = [
        element("th", name, scope="col", class_=_align(place, n_words))
        for place, name in enumerate(columns)
    ]
    body = [
        element(
            "tr",
            element("th", first, scope="row"),
            *(
                element("td", cell, class_=_align(place, n_words))
                for place, cell in enumerate(rest, start=1)
            ),
        )
        for first, *rest in rows
    ]
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", *body),
    )
    return element("div", table, class_="scroll", role="region", tabindex="0", aria_label=caption)


def _align(place: int, n_words: int) -> str | None:
    return "number" if place >= n_words else None


def draw_badge(decision: Decision, label: str | None = None) -> Markup:
    """Return a decision as a badge, under another name where it has one."""
    shown = decision.value if label is None else label
    return element("span", shown, class_=f"badge {DECISION_CLASS[decision]}")


def draw_mark(passed: bool) -> Markup:
    """Return "passed" or "failed", with a sign that needs no colour."""
    return _mark(passed, "passed" if passed else "failed", "")


def draw_answer(yes: bool, decides: bool) -> Markup:
    """Return the answer to a question, quiet where it decides nothing."""
    return _mark(yes, "yes" if yes else "no", "" if decides else " beside")


def _mark(passed: bool, word: str, tone: str) -> Markup:
    sign, class_ = ("✓", "passed") if passed else ("✗", "failed")
    return element(
        "span", element("span", sign, aria_hidden="true"), f" {word}", class_=f"mark {class_}{tone}"
    )


def draw_terms(terms: Sequence[tuple[str, Child]], class_: str = "terms") -> Markup:
    """Return names with what they stand for."""
    pairs = [
        element("div", element("dt", name), element("dd", value))
        for name, value in terms
        if value is not None
    ]
    return element("dl", *pairs, class_=class_)


def draw_details(summary: str, *children: Child) -> Markup:
    """Return something that opens where it is asked for."""
    return element("details", element("summary", summary), *children)


def draw_list(items: Sequence[Child], class_: str | None = None) -> Markup:
    """Return a list of items."""
    return element("ul", join([element("li", item) for item in items]), class_=class_)

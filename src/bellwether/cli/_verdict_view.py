"""A verdict's card in the terminal: the same figures and words as on its page."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bellwether.cards import CardTable, Fact, Figure, LegLine, Opinion, VerdictCard, Yardstick
from bellwether.validation import Decision

DECISION_STYLE = {
    Decision.PROMOTE: "bold green",
    Decision.REFUSE: "bold blue",
    Decision.NOT_ENOUGH_DATA: "bold yellow",
}
MOST_COLUMNS = 7
_SIGNS = {True: ("●", "green"), False: ("○", "dim"), None: ("–", "dim")}


def card_panel(card: VerdictCard, contract: Text | None = None) -> RenderableType:
    """Return the decision, its reason, the effects and the cheapest next step.

    Parameters
    ----------
    card : VerdictCard
    contract : Text, optional
        A line about the contract's numbers, where no table of them follows.
    """
    style = DECISION_STYLE[card.decision]
    lines: list[RenderableType] = [
        Text(card.lead, style="bold"),
        _labelled("Why", card.why),
        _labelled(card.step_name, card.next_step),
        Text(),
        _effects((*card.effects, card.error_rate)),
        Text(),
    ]
    if contract is not None:
        lines.append(contract)
    lines.append(Text(card.comfort, style="dim"))
    return Panel(
        Group(*lines),
        title=Text(card.label, style),
        title_align="left",
        border_style=style.removeprefix("bold "),
        padding=(1, 2),
        box=box.ROUNDED,
    )


def _effects(facts: Sequence[Fact]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for fact in facts:
        told = Text(fact.figure.full, style="bold")
        grid.add_row(fact.name, told.append(f"  {fact.note}", style="not bold dim"))
    return grid


def verdict_card(card: VerdictCard) -> RenderableType:
    """Return all that is told about a verdict.

    Parameters
    ----------
    card : VerdictCard
    """
    parts: list[RenderableType] = [card_panel(card)]
    parts += _section("The gate, check by check", _legs(card.legs))
    if card.skill:
        parts += _section("Skill against luck", _yardsticks(card.skill, at_least="More than"))
    if card.values:
        parts += _section("Earnings against what it would replace", _effects(card.values))
    if card.contract:
        parts += _section("The contract's three numbers", _yardsticks(card.contract))
    tables = (
        ("Against every floor", card.floors),
        ("Year by year", card.by_year),
        ("In which markets", card.by_regime),
        ("Did the probabilities hold?", card.statements),
        ("Did the intervals hold?", card.coverage),
        ("How often this gate is wrong", card.error_rates),
        ("How often it is right", card.powers),
    )
    if card.opinions:
        n_for, n_made = card.n_speaking
        title = f"What other tests say: {n_for} of {n_made} speak for skill; none decides"
        parts += _section(title, _opinions(card.opinions))
    for title, table in tables:
        if table.rows:
            parts += _section(title, figures_table(table))
    if card.reliability is not None:
        parts += _section("Calibration of the probabilities", _reliability(card))
    parts += _section("What was judged", _terms([*card.judged, *_shortened(card.digests)]))
    return Group(*parts)


def _section(title: str, content: RenderableType) -> list[RenderableType]:
    return [Text(), Text(title, style="bold"), content]


def _legs(legs: Sequence[LegLine]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for leg in legs:
        role = "" if leg.decides else "  (shown beside it, not deciding)"
        grid.add_row("", Text(leg.question, style="underline").append(role, style="dim"))
        for check in leg.checks:
            sign, style = ("✓", "green") if check.passed else ("✗", "bold red")
            told = Text(f"{check.name}: ", style="" if check.passed else "bold")
            told.append(check.reason, style="not bold")
            if check.figures:
                told.append(f" ({check.figures})", style="not bold dim")
            grid.add_row(Text(sign, style=style), told)
    return grid


def _yardsticks(lines: Sequence[Yardstick], at_least: str = "") -> Table:
    table = _table("", "Measured", "95% interval", "Asked", "")
    for one in lines:
        asked = f"{at_least} {one.asked.text}" if at_least else one.bound
        sign, style = ("✓", "green") if one.passed else ("✗", "red")
        table.add_row(
            one.name, one.figure.text, one.figure.interval, asked, Text(sign, style=style)
        )
    return table


def figures_table(table: CardTable) -> RenderableType:
    """Return a table of figures; a wide one lies on its side.

    Parameters
    ----------
    table : CardTable
    """
    names = [row.name for row in table.rows]
    cells = [_cells(row.figures, table.drawn) for row in table.rows]
    if len(table.columns) > MOST_COLUMNS:
        shown = _table("", *names)
        for title, column in zip(table.columns[1:], zip(*cells, strict=True), strict=True):
            shown.add_row(title, *column)
    else:
        shown = _table(*table.columns)
        if table.drawn is not None:
            shown.columns[table.drawn + 1].no_wrap = True
        for name, row in zip(names, cells, strict=True):
            shown.add_row(Text(name), *row)
    if table.note:
        shown.caption = table.note
    return shown


def _cells(figures: Sequence[Figure], drawn: int | None) -> list[str]:
    """Return figures as text, with the interval of the one that a page would draw."""
    return [
        f"{figure.text}\n{figure.interval}" if place == drawn and figure.interval else figure.text
        for place, figure in enumerate(figures)
    ]


def _opinions(opinions: Sequence[Opinion]) -> Table:
    grid = Table.grid(padding=(0, 1))
    for _ in range(3):
        grid.add_column()
    grid.columns[2].justify = "right"
    for opinion in opinions:
        sign, style = _SIGNS[opinion.speaks]
        told = Text(opinion.name).append(f"  asked: {opinion.asked}", style="dim")
        told.append(f"\n{opinion.errs}", style="dim")
        grid.add_row(Text(sign, style=style), told, Text(opinion.figure.full, style="bold"))
    return grid


def _reliability(card: VerdictCard) -> Table:
    table = _table("Stated", "Rose", "95% interval", "Forecasts")
    for one in card.reliability.bins if card.reliability is not None else ():
        share = one.share_up
        table.add_row(
            f"{one.probability:.1%}",
            f"{share.value:.1%}",
            f"{share.low:.1%} to {share.high:.1%}",
            f"{one.n:,.0f}",
        )
    return table


def _terms(terms: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for name, value in terms:
        grid.add_row(name, Text(value))
    return grid


def _shortened(digests: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, digest[:12]) for name, digest in digests]


def _table(first: str, *others: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        caption_justify="left",
        header_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _labelled(name: str, value: str) -> Text:
    return Text(f"{name}: ", style="bold").append(value, style="not bold")

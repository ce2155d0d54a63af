"""The verdict's card as sections of a page: tables, other tests, the gate's own error."""

from bellwether.cards._blocks import draw_details, draw_section, draw_table, draw_terms
from bellwether.cards._figures import Figure
from bellwether.cards._markup import Child, Markup, element
from bellwether.cards._tracks import draw_track, plan_scale, tone_of, tone_of_held
from bellwether.cards._verdict_card import CardTable, Fact, Opinion, VerdictCard


def draw_years(card: VerdictCard) -> Markup:
    """Return the out-of-sample figures year by year."""
    if not card.by_year.rows:
        empty = element("p", "The figures could not be computed.", class_="muted")
        return draw_section("years", "Year by year", empty)
    return draw_section("years", "Year by year", *draw_figures(card.by_year))


def draw_regimes(card: VerdictCard) -> Markup | None:
    """Return the figures by regime; None where there are none."""
    if not card.by_regime.rows:
        return None
    return draw_section("regimes", "In which markets", *draw_figures(card.by_regime))


def draw_coverage(card: VerdictCard) -> Markup:
    """Return how often the intervals held what they claim, or that there were none."""
    title = "Intervals: do they hold what they claim?"
    if not card.coverage.rows:
        told = "This forecast states no intervals, or was judged before they were counted."
        return draw_section("coverage", title, element("p", told, class_="muted"))
    return draw_section("coverage", title, *draw_figures(card.coverage))


def draw_error_rate(card: VerdictCard) -> Markup:
    """Return how often the gate errs, as measured, or how to measure it."""
    fact = card.error_rate
    interval = f" (95% interval {fact.figure.interval})" if fact.figure.interval else ""
    told = f"{fact.figure.text}{interval}: {fact.note}."
    if fact.figure.words:
        told = f"The rate was {fact.figure.text}: {fact.note}."
    tables = [
        part
        for table in (card.error_rates, card.powers)
        if table.rows
        for part in draw_figures(table)
    ]
    lead = element("p", told[:1].upper() + told[1:])
    return draw_section("error", "How often this gate is wrong, and right", lead, *tables)


def draw_opinions(card: VerdictCard) -> Markup | None:
    """Return what other tests say; None where none could be made."""
    if not card.opinions:
        return None
    n_for, n_made = card.n_speaking
    lead = (
        f"{n_for} of {n_made} other tests speak for skill. They are shown because others use "
        "them; none of them decides, and each says how it would err if it did."
    )
    return draw_section(
        "opinions",
        "What other tests say",
        element("p", lead, class_="muted"),
        element("ul", *map(_opinion, card.opinions), class_="opinions"),
    )


def _opinion(opinion: Opinion) -> Markup:
    tone = {True: "for", False: "against", None: "silent"}[opinion.speaks]
    sign, word = {
        True: ("●", "speaks for skill"),
        False: ("○", "does not"),
        None: ("–", "no answer"),
    }[opinion.speaks]
    return element(
        "li",
        element("span", sign, class_="sign", aria_hidden="true"),
        element("span", opinion.name, class_="name"),
        element("b", opinion.figure.full, class_="value"),
        element("span", f"{word}; asked: {opinion.asked}", class_="asked"),
        element("span", opinion.errs, class_="note"),
        class_=tone,
    )


def draw_more(card: VerdictCard) -> Markup | None:
    """Return figures that stand beside all others, opened where they are asked for."""
    if not card.details:
        return None
    terms = [(_named(fact), fact.figure.full) for fact in card.details]
    return draw_details("More figures", draw_terms(terms))


def _named(fact: Fact) -> str:
    return f"{fact.name}, {fact.note}" if fact.note else fact.name


def draw_judged(card: VerdictCard) -> Markup:
    """Return what was judged, and the fingerprints to judge it again."""
    digests = [(name, element("code", digest)) for name, digest in card.digests]
    return draw_section(
        "judged",
        "What was judged",
        draw_terms(list(card.judged)),
        draw_details(
            "Digests: the fingerprints of everything used", draw_terms(digests, "digests")
        ),
    )


def draw_figures(table: CardTable) -> tuple[Markup, ...]:
    """Return a table of figures, the one worth it with a picture, and its note."""
    columns: list[Child] = list(table.columns)
    if table.drawn is not None:
        columns[table.drawn + 1] = element("span", table.columns[table.drawn + 1], class_="above")
    drawn = draw_table(table.title, columns, _rows(table))
    return (drawn, element("p", table.note, class_="muted")) if table.note else (drawn,)


def _rows(table: CardTable) -> list[tuple[Child, ...]]:
    place = table.drawn
    if place is None:
        return [(row.name, *(figure.text for figure in row.figures)) for row in table.rows]
    marks = [table.mark if row.mark is None else row.mark for row in table.rows]
    scale = plan_scale([row.figures[place] for row in table.rows], *marks)
    rows: list[tuple[Child, ...]] = []
    for row, mark in zip(table.rows, marks, strict=True):
        cells: list[Child] = [figure.text for figure in row.figures]
        tone = _tone(table, row.figures[place], mark)
        cells[place] = _cell(
            row.figures[place], draw_track(row.figures[place], scale, (mark,), tone)
        )
        rows.append((row.name, *cells))
    return rows


def _tone(table: CardTable, figure: Figure, mark: float) -> str:
    if table.is_held:
        return tone_of_held(figure, mark)
    return tone_of(figure, mark, at_most=table.at_most)


def _cell(figure: Figure, track: Markup) -> Markup:
    interval = element("span", figure.interval, class_="interval") if figure.interval else None
    value = element("span", figure.text, class_="value")
    return element("span", value, track, interval, class_="drawn")

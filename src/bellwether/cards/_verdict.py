"""The verdict's card as sections of a page: decision, effects, gate, contract."""

from collections.abc import Sequence

from bellwether.cards._blocks import draw_answer, draw_badge, draw_mark, draw_section
from bellwether.cards._figures import Figure
from bellwether.cards._markup import Markup, element
from bellwether.cards._tracks import draw_track, plan_scale, tone_of
from bellwether.cards._verdict_card import CheckLine, Fact, LegLine, VerdictCard, Yardstick
from bellwether.cards._words import DECISION_CLASS, GATES
from bellwether.validation import Binding, Decision


def draw_verdict(card: VerdictCard) -> Markup:
    """Return the opening: the verdict, what it means, how sure it is, and the next step."""
    return element(
        "section",
        element("h2", "Verdict", id="verdict-heading", class_="unseen"),
        draw_badge(card.decision, card.label),
        element("p", card.lead, class_="lead"),
        element("p", element("b", "Why: "), card.why),
        element("p", element("b", f"{card.step_name}: "), card.next_step, class_="step"),
        element("ul", *map(_effect, (*card.effects, card.error_rate)), class_="effects"),
        element("p", card.comfort, class_="muted"),
        id="verdict",
        class_=f"card verdict {DECISION_CLASS[card.decision]}",
        aria_labelledby="verdict-heading",
    )


def _effect(fact: Fact) -> Markup:
    interval = fact.figure.interval
    return element(
        "li",
        element("h3", fact.name),
        element("p", fact.figure.text, class_="big words" if fact.figure.words else "big"),
        element("p", "95% interval ", element("span", interval), class_="interval")
        if interval
        else None,
        element("p", fact.note, class_="muted"),
    )


def draw_evidence(card: VerdictCard) -> Markup | None:
    """Return the two legs as pictures: skill against luck, earnings against rivals."""
    parts = [part for part in (_skill(card.skill), _values(card.values)) if part is not None]
    if not parts:
        return None
    return draw_section(
        "evidence",
        "Is it skill, and is it worth it?",
        element("ul", *map(_leg_mark, card.legs), class_="legs"),
        element("div", *parts, class_="pair"),
    )


def _skill(four: Sequence[Yardstick]) -> Markup | None:
    if not four:
        return None
    needed = four[0].asked
    marks = (0.0, *([] if needed.value is None else [needed.value]))
    scale = plan_scale([one.figure for one in four], *marks)
    smallest = min(four, key=lambda one: _known(one.figure))
    rows = [
        _line(
            one.name,
            one.figure,
            draw_track(one.figure, scale, marks, "good" if one.passed else ""),
            "the smallest counts" if one is smallest else "",
        )
        for one in four
    ]
    told = (
        "Four t-statistics of forecast times score of the return. The smallest must pass the "
        f"right mark, {needed.text}; the left mark is 0, no skill."
    )
    return element(
        "div",
        element("h3", "Skill against luck"),
        element("ul", *rows, class_="lines"),
        element("p", told, class_="muted"),
    )


def _known(figure: Figure) -> float:
    return float("inf") if figure.value is None else figure.value


def _values(facts: Sequence[Fact]) -> Markup | None:
    if not facts:
        return None
    scale = plan_scale([fact.figure for fact in facts], 0.0)
    rows = [
        _line(
            fact.name,
            fact.figure,
            draw_track(fact.figure, scale, (0.0,), tone_of(fact.figure)),
            fact.note,
        )
        for fact in facts
    ]
    told = (
        "Net of costs a year, at a volatility of 10%, with 95% intervals; the mark is 0. The "
        "gate asks for the sign only: whether it is luck is the skill leg's question."
    )
    return element(
        "div",
        element("h3", "Earnings against what it would replace"),
        element("ul", *rows, class_="lines"),
        element("p", told, class_="muted"),
    )


def _line(name: str, figure: Figure, track: Markup, note: str) -> Markup:
    told = [element("b", figure.text)]
    if figure.interval:
        told.append(element("span", f" {figure.interval}", class_="interval"))
    return element(
        "li",
        element("span", name, class_="name"),
        element("span", *told, class_="value"),
        track,
        element("span", note, class_="note") if note else None,
    )


Choice = tuple[Binding, bool, Decision, str]


def draw_gate(card: VerdictCard, choices: Sequence[Choice] = ()) -> Markup:
    """Return the gate's table: every leg, every check, and what each gate would decide.

    Parameters
    ----------
    card : VerdictCard
    choices : sequence of (gate, decides, decision, reason), optional
        What the evidence and the contract gate say.
    """
    told = [_choice(*choice) for choice in choices]
    return draw_section(
        "gate",
        "The gate, check by check",
        element("ul", *told, class_="gates") if told else None,
        _checks_table(card.legs),
    )


def _choice(gate: Binding, decides: bool, decision: Decision, reason: str) -> Markup:
    role = "decides" if decides else "shown beside it"
    return element(
        "li", draw_badge(decision), element("b", f" {GATES[gate]}"), f", {role}: {reason}"
    )


def _leg_mark(leg: LegLine) -> Markup:
    n_passed = sum(check.passed for check in leg.checks)
    role = "" if leg.decides else ", not deciding"
    return element(
        "li",
        element("span", leg.question, class_="question"),
        draw_answer(leg.passed, leg.decides),
        element("span", f"{n_passed} of {len(leg.checks)}{role}", class_="muted"),
    )


def _checks_table(legs: Sequence[LegLine]) -> Markup:
    columns = ("Check", "Result", "What was found")
    head = element("tr", *(element("th", name, scope="col") for name in columns))
    bodies = []
    for leg in legs:
        group = element(
            "th",
            leg.question,
            element("span", " shown beside it, not deciding", class_="muted")
            if not leg.decides
            else None,
            colspan=3,
            scope="rowgroup",
        )
        rows = [_check_row(check) for check in leg.checks]
        bodies.append(element("tbody", element("tr", group, class_="group"), *rows))
    return element(
        "table",
        element("caption", "Every check, binding or not"),
        element("thead", head),
        *bodies,
        class_="checks",
    )


def _check_row(check: CheckLine) -> Markup:
    return element(
        "tr",
        element("th", check.name, scope="row"),
        element("td", draw_mark(check.passed)),
        element(
            "td",
            check.reason,
            element("span", check.figures, class_="figures") if check.figures else None,
        ),
    )


def draw_contract(card: VerdictCard) -> Markup:
    """Return the contract's three numbers with their intervals and thresholds."""
    title = "The contract's three numbers"
    if not card.contract:
        empty = element("p", "They could not be computed for this forecast.", class_="muted")
        return draw_section("contract", title, empty)
    told = (
        "Out of sample, after costs, marked bar by bar. These numbers are shown for every model; "
        "on a short history a coin can pass them, so by themselves they prove little."
    )
    return draw_section(
        "contract",
        title,
        element("ul", *map(_tile, card.contract), class_="tiles"),
        element("p", told, class_="muted"),
    )


def _tile(one: Yardstick) -> Markup:
    asked = one.asked.value
    marks = () if asked is None else (asked,)
    ends = one.figure.interval
    interval = element("span", ends, class_="ends") if ends else None
    scale = plan_scale([one.figure], *marks)
    return element(
        "li",
        element("h3", one.name),
        element("p", one.figure.text, class_="big"),
        draw_track(one.figure, scale, marks, "good" if one.passed else "bad"),
        element("p", interval, f" {one.note}" if ends else one.note, class_="muted"),
        element("p", f"asked: {one.bound}"),
        element(
            "p",
            element("span", "✓ " if one.passed else "✗ ", aria_hidden="true"),
            "within the contract" if one.passed else "falls short",
            class_=f"mark {'passed' if one.passed else 'failed'}",
        ),
    )

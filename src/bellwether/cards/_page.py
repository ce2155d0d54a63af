"""The pages: a model's card and a verdict's, each needing nothing but a browser."""

from collections.abc import Sequence
from dataclasses import replace

from bellwether.cards._balance import draw_balance
from bellwether.cards._charts import draw_calibration, draw_equity, draw_weights
from bellwether.cards._content import CardContent
from bellwether.cards._format import (
    as_sentence,
    printable,
    write_bars,
    write_digest,
    write_horizon,
    write_instant,
    write_list,
    write_name,
)
from bellwether.cards._importance import draw_importance
from bellwether.cards._markup import Child, Markup, element
from bellwether.cards._prediction import draw_prediction
from bellwether.cards._style import STYLE
from bellwether.cards._tables import (
    draw_evidence_plan,
    draw_leaderboard,
    draw_making,
    draw_quality,
)
from bellwether.cards._verdict import (
    Choice,
    draw_contract,
    draw_evidence,
    draw_gate,
    draw_verdict,
)
from bellwether.cards._verdict_card import VerdictCard
from bellwether.cards._verdict_facts import card_of
from bellwether.cards._verdict_sections import (
    draw_coverage,
    draw_error_rate,
    draw_judged,
    draw_opinions,
    draw_regimes,
    draw_years,
)
from bellwether.cards._words import NO_ADVICE, tell_serving, tell_verdict
from bellwether.registry import Stage
from bellwether.service import find_balance
from bellwether.validation import Binding, examine

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render_card(content: CardContent) -> str:
    """Return a model card as one self-contained HTML page.

    Parameters
    ----------
    content : CardContent

    Returns
    -------
    page : str
        Without a script, a font or an image from elsewhere; all text in it is escaped.

    Notes
    -----
    The same content gives the same page. Cost: judging twice, some tens of milliseconds.
    """
    result = content.result
    panel, label = result.request.panel, result.request.label
    about = f"{write_list(panel.symbols)} · {write_bars(panel.interval)}"
    card = _card_of_result(content)
    main = element(
        "main",
        draw_verdict(card),
        draw_prediction(content.prediction),
        *_evidence_of(card),
        draw_gate(card, _choices(content)),
        draw_error_rate(card),
        draw_leaderboard(result),
        draw_weights(result.proposal),
        draw_importance(result.proposal.importance),
        draw_balance(find_balance(result.proposal.record.metrics)),
        draw_quality(content.quality),
        draw_evidence_plan(content.evidence_plan),
        draw_making(content),
    )
    made = f"Made {write_instant(content.made_at)} from evidence "
    return draw_page(
        head=f"{content.title} – {result.verdict.decision}",
        brand="bellwether model card",
        title=content.title,
        about=f"{about} · forecasts {write_horizon(label.horizon_bars)}",
        main=main,
        made=f"{made}{write_digest(result.verdict.evidence_digest)}.",
    )


def render_verdict(
    card: VerdictCard, title: str | None = None, *extra: Markup, closing: Sequence[Markup] = ()
) -> str:
    """Return a verdict's card as one self-contained HTML page.

    Parameters
    ----------
    card : VerdictCard
    title : str, optional
        What the page is about; the pipeline's name by default. Any text, it is escaped.
    *extra : Markup
        Sections of whoever asks, set right after the verdict.
    closing : sequence of Markup
        Others, set before what was judged, such as `draw_kept` gives.

    Returns
    -------
    page : str
        Without a script, a font or an image from elsewhere.
    """
    name = write_name(card.name) if title is None else printable(title)
    main = element(
        "main",
        draw_verdict(card),
        *extra,
        *_evidence_of(card),
        draw_gate(card),
        draw_error_rate(card),
        *closing,
        draw_judged(card),
    )
    judged = dict(card.judged)["Judged"]
    return draw_page(
        head=f"{name} – {card.label}",
        brand="bellwether verdict",
        title=name,
        about=judged,
        main=main,
        made=f"From evidence {write_digest(dict(card.digests)['Evidence'])}.",
    )


def _evidence_of(card: VerdictCard) -> tuple[Child, ...]:
    return (
        draw_evidence(card),
        draw_contract(card),
        draw_equity(card),
        draw_years(card),
        draw_regimes(card),
        draw_calibration(card),
        draw_coverage(card),
        draw_opinions(card),
    )


def _card_of_result(content: CardContent) -> VerdictCard:
    verdict, proposal = content.result.verdict, content.result.proposal
    level = content.result.request.gate.level
    serving = tell_serving(content.prediction)
    if verdict.promotes:
        stage = proposal.record.stage
        serving = "serves now" if stage is Stage.CHAMPION else f"is kept as {stage}"
    subject = _name_subject(proposal.name, len(proposal.members))
    telling = tell_verdict(verdict, subject=subject, serving=serving, level=level)
    return card_of(verdict, telling=telling, level=level)


def _name_subject(name: str, n_members: int) -> str:
    if n_members > 1:
        return f"the {printable(name)} of {n_members} models"
    return f"the model {write_name(name)}"


def _choices(content: CardContent) -> list[Choice]:
    """Return what the evidence gate and the contract gate say, and which of them decides."""
    candidate, gate = content.result.proposal, content.result.request.gate
    bound = candidate.verdict.binding
    choices: tuple[Binding, ...] = ("evidence", "contract")
    told: list[Choice] = []
    for choice in (*choices, *((bound,) if bound not in choices else ())):
        found = examine(candidate.evidence, replace(gate, binding=choice))
        told.append((choice, choice == bound, found.decision, as_sentence(found.reason)))
    return told


def draw_page(*, head: str, brand: str, title: str, about: str, main: Markup, made: str) -> str:
    """Return a whole page: its head, a heading, the sections, and the notice at its foot."""
    heading = element(
        "header",
        element("p", brand, class_="brand"),
        element("h1", title),
        element("p", about, class_="muted"),
    )
    footer = element("footer", element("p", NO_ADVICE), element("p", made))
    body = element("body", heading, main, footer)
    return f"<!doctype html>\n{element('html', _head(head), body, lang='en')}\n"


def _head(title: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name_="color-scheme", content="light dark"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        # An icon of no bytes keeps browsers from asking the server for one.
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", STYLE),
    )

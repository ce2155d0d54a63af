"""The model card: one page that needs nothing but a browser."""

from bellwether.cards._charts import draw_calibration, draw_equity, draw_weights
from bellwether.cards._content import CardContent
from bellwether.cards._format import (
    write_bars,
    write_digest,
    write_horizon,
    write_instant,
    write_list,
)
from bellwether.cards._markup import Markup, element
from bellwether.cards._prediction import draw_prediction
from bellwether.cards._style import STYLE
from bellwether.cards._tables import (
    draw_evidence_plan,
    draw_leaderboard,
    draw_making,
    draw_quality,
    draw_years,
)
from bellwether.cards._verdict import draw_contract, draw_gate, draw_verdict
from bellwether.cards._words import NO_ADVICE

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
    body = element("body", _header(content), _main(content), _footer(content))
    page = element("html", _head(content), body, lang="en")
    return f"<!doctype html>\n{page}\n"


def _head(content: CardContent) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name_="color-scheme", content="light dark"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        # An icon of no bytes keeps browsers from asking the server for one.
        element("link", rel="icon", href="data:,"),
        element("title", f"{content.title} – {content.result.verdict.decision}"),
        element("style", STYLE),
    )


def _header(content: CardContent) -> Markup:
    panel = content.result.request.panel
    ahead = write_horizon(content.result.request.label.horizon_bars)
    return element(
        "header",
        element("p", "bellwether model card", class_="brand"),
        element("h1", content.title),
        element(
            "p",
            f"{write_list(panel.symbols)} · {write_bars(panel.interval)} · forecasts {ahead}",
            class_="muted",
        ),
    )


def _main(content: CardContent) -> Markup:
    result = content.result
    return element(
        "main",
        draw_verdict(content),
        draw_prediction(content.prediction),
        draw_gate(content),
        draw_contract(result.verdict),
        draw_leaderboard(result),
        draw_equity(result.proposal),
        draw_calibration(result.proposal.evidence),
        draw_years(result.verdict),
        draw_weights(result.proposal),
        draw_quality(content.quality),
        draw_evidence_plan(content.evidence_plan),
        draw_making(content),
    )


def _footer(content: CardContent) -> Markup:
    digest = write_digest(content.result.verdict.evidence_digest)
    return element(
        "footer",
        element("p", NO_ADVICE),
        element("p", f"Made {write_instant(content.made_at)} from evidence {digest}."),
    )

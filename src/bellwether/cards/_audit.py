"""The page of an audit: the verdict's card under the audit's own name, with what was noticed."""

from dataclasses import replace

from bellwether.cards._blocks import draw_list, draw_section, draw_table, draw_terms
from bellwether.cards._format import as_sentence, write_count, write_list, write_name, write_number
from bellwether.cards._markup import Markup, element
from bellwether.cards._page import render_verdict
from bellwether.cards._verdict_card import LegLine, VerdictCard
from bellwether.cards._verdict_facts import card_of
from bellwether.cards._words import Telling, name_check
from bellwether.service import AuditOutcome, AuditReport
from bellwether.validation import Decision

DECISIONS = {
    AuditOutcome.SKILL_SHOWN: Decision.PROMOTE,
    AuditOutcome.NOT_SHOWN: Decision.REFUSE,
    AuditOutcome.NOT_ENOUGH_DATA: Decision.NOT_ENOUGH_DATA,
}
# Whether they were made honestly is more than their values tell.
IN_ORDER = "Are times, bars and forecasts in order?"
_KNOWN_AT = {
    "close": "at the close of the bar of its time",
    "open": "at the open of the bar of its time",
    "previous-close": "at the close before the bar of its time",
}
_LAGS = {
    -2: "Two bars before its own",
    -1: "The bar that had closed when it was made",
    0: "Its own bar",
    1: "One bar after its own",
    2: "Two bars after its own",
}


def tell_audit(report: AuditReport) -> Telling:
    """Return what an audit means for whoever might follow the forecasts.

    Parameters
    ----------
    report : AuditReport

    Returns
    -------
    telling : Telling
    """
    comfort = (
        "The gate is built to find skill where there is none at most "
        f"{100.0 * report.level:g}% of the time, however many forecasts are audited on these "
        "bars. How they were made cannot be told from their values."
    )
    if report.outcome is AuditOutcome.SKILL_SHOWN:
        return Telling(
            lead="These forecasts have shown skill, beyond their costs.", comfort=comfort
        )
    if report.blocking:
        lead = "These forecasts cannot be judged as they are."
        comfort = "Their times have to be put right before anything can be concluded from them."
        return Telling(lead=lead, comfort=comfort)
    if report.outcome is AuditOutcome.NOT_ENOUGH_DATA:
        lead = "There are too few forecasts to tell skill from luck."
        return Telling(lead=lead, comfort="Nothing is wrong with them; it is only too early.")
    return Telling(lead="These forecasts have not shown skill worth its costs.", comfort=comfort)


def name_lag(lag_bars: int) -> str:
    """Return which bar a lag is, for people."""
    return _LAGS[lag_bars]


def card_of_audit(report: AuditReport) -> VerdictCard:
    """Return the card of the verdict on audited forecasts, under the audit's own outcome.

    Parameters
    ----------
    report : AuditReport

    Returns
    -------
    card : VerdictCard
        Without the checks that forecasts alone cannot answer: the page tells them apart.
    """
    card = card_of(
        report.verdict,
        telling=tell_audit(report),
        label=str(report.outcome),
        level=report.level,
    )
    apart = {name_check(check) for check in report.verdict.checks if check.name in report.not_asked}
    first, *others = (_without(leg, apart) for leg in card.legs)
    return replace(
        card,
        decision=DECISIONS[report.outcome],
        why=as_sentence(report.reason),
        next_step=as_sentence(report.next_step),
        legs=(replace(first, question=IN_ORDER), *others),
        # What forecasts earned that know the outcome is no effect.
        effects=() if report.blocking else card.effects,
    )


def _without(leg: LegLine, names: set[str]) -> LegLine:
    return replace(leg, checks=tuple(check for check in leg.checks if check.name not in names))


def render_audit(report: AuditReport) -> str:
    """Return an audit as one self-contained HTML page.

    Parameters
    ----------
    report : AuditReport

    Returns
    -------
    page : str
        Without a script, a font or an image from elsewhere; all text in it is escaped.
    """
    sections = (_draw_findings(report), _draw_lags(report), _draw_reading(report))
    return render_verdict(card_of_audit(report), report.name, *sections)


def _draw_findings(report: AuditReport) -> Markup:
    told = [one for one in report.findings if one.kind != "read as"]
    items = []
    for one in told:
        about = f" in column {one.column}" if one.column else ""
        remedy = (
            element("span", f" {as_sentence(one.remedy)}", class_="muted") if one.remedy else None
        )
        mark = element("b", f"{write_name(str(one.kind))}{about}: ")
        items.append(element("span", mark, as_sentence(one.sentence), remedy))
    return draw_section("findings", "What was noticed", draw_list(items))


def _draw_lags(report: AuditReport) -> Markup:
    rows = [
        (name_lag(one.lag_bars), write_number(one.t, signed=True), f"±{write_number(one.luck)}")
        for one in report.lags
    ]
    note = (
        "Forecasts made from prices resemble the bars before their own, which proves nothing; "
        "what counts is their own bar. A forecast that fits a later bar better, or whose news is "
        "that of its own bar, is accused above."
    )
    table = draw_table(
        "t-statistic of forecast and return, by bar", ("Bar", "t", "Luck, 99 of 100"), rows
    )
    return draw_section("lags", "Which bar it fits", table, element("p", note, class_="muted"))


def _draw_reading(report: AuditReport) -> Markup:
    terms = [
        ("Read from", report.source),
        ("Rows", write_count(report.n_rows)),
        ("Symbols", write_list(report.symbols)),
        ("Each forecast was known", _KNOWN_AT[report.known_at]),
        ("Bars ahead", write_count(report.horizon_bars)),
        *((one.name, f"read as {one.kind}") for one in report.columns),
    ]
    apart = [as_sentence(why) for why in report.not_asked.values()]
    return draw_section(
        "reading",
        "How it was read, and what could not be asked",
        draw_terms(terms),
        draw_list(apart),
    )

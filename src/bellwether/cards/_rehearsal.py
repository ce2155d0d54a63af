"""The page of a rehearsal: what users would have been served, and what happened meanwhile."""

from bellwether.cards._blocks import draw_list, draw_section, draw_table, draw_terms
from bellwether.cards._format import (
    DASH,
    as_sentence,
    write_any,
    write_bars,
    write_count,
    write_horizon,
    write_list,
    write_name,
    write_number,
    write_percent,
    write_range,
)
from bellwether.cards._markup import Markup, element, join
from bellwether.cards._page import draw_page
from bellwether.cards._rehearsal_style import LEGEND, STRIP_STYLE, shade_of
from bellwether.monitor import Estimate, ValueAdded
from bellwether.rehearsal import AlarmRow, Measured, RehearsalReport

MOST_HAPPENINGS = 400
CAUSES = {
    "injected": "a fault that was injected",
    "known": "a change that is known",
    "data": "the bars themselves",
    "evidence": "the evidence alone",
}


def render_rehearsal(report: RehearsalReport) -> str:
    """Return a rehearsal as one self-contained HTML page.

    Parameters
    ----------
    report : RehearsalReport

    Returns
    -------
    page : str
        Without a script, a font or an image from elsewhere; all text in it is escaped.
    """
    about = (
        f"{write_list(report.symbols)} · {write_bars(str(report.options['interval']))} · "
        f"{report.first_at[:10]} to {report.last_at[:10]}"
    )
    main = element(
        "main",
        element("style", STRIP_STYLE),
        _draw_outcome(report),
        _draw_strip(report),
        _draw_sources(report),
        _draw_account(report),
        _draw_alarms(report),
        _draw_retrains(report),
        _draw_reasons(report),
        _draw_timeline(report),
        _draw_making(report),
    )
    return draw_page(
        head=f"{report.universe} – rehearsal",
        brand="bellwether rehearsal",
        title=report.universe,
        about=about,
        main=main,
        made="Replayed by the use cases that serve people, on a memory of its own.",
    )


def write_measured(
    value: Measured | None, *, as_percent: bool = False, signed: bool = False
) -> tuple[str, str]:
    """Return a mean and its interval as texts, a dash for what is not known."""
    if value is None:
        return DASH, DASH
    mean, low, high = value
    if as_percent:
        return write_percent(mean), write_range(low, high, write_percent)
    number = write_number(mean, 1, signed=signed)
    return number, write_range(low, high, lambda one: write_number(one, 1, signed=signed))


def tell_alarm(alarm: AlarmRow) -> str:
    """Return when an alarm began and ended."""
    until = alarm.over_at[:10] or "still open"
    return f"{alarm.opened_at[:10]} – {until}"


def tell_estimate(value: Estimate) -> str:
    """Return an estimate with its interval, and that there is none where there is none."""
    told = write_number(value.mean, 1, signed=True)
    interval = write_range(value.low, value.high, lambda one: write_number(one, 1, signed=True))
    return told if interval == DASH else f"{told} ({interval})"


def _draw_outcome(report: RehearsalReport) -> Markup:
    good = report.is_without_downtime
    badge = element(
        "span",
        "NO DOWNTIME" if good else "DOWNTIME",
        class_=f"badge {'promote' if good else 'not-enough'}",
    )
    n_open = sum(not one.over_at for one in report.alarms)
    served = report.service_account.model
    text = (
        f"{write_count(len(report.alarms))} alarms, each explained below, {n_open} of them open; "
        f"{write_count(len(report.retrains))} retrainings; "
        f"{write_count(report.n_faults)} faults injected."
    )
    value = (
        "No model ever served: every answer was the rules'."
        if not served.n_bars
        else f"What was served was worth {tell_estimate(served.added_bps)} basis points a bar "
        "more than the rules alone, after costs."
    )
    return element(
        "section",
        badge,
        element("p", as_sentence(report.headline), class_="lead"),
        element("p", text),
        element("p", value),
        id="outcome",
        class_=f"card verdict {'promote' if good else 'not-enough'}",
    )


def _draw_strip(report: RehearsalReport) -> Markup:
    rows = []
    for quarter in report.quarters:
        total = sum(quarter.counts.values())
        parts = [
            element(
                "i",
                class_=shade_of(name),
                style=f"width:{100.0 * count / total:.2f}%",
                title=f"{quarter.quarter}, {name}: {write_percent(count / total)}",
            )
            for name, count in quarter.counts.items()
        ]
        told = ", ".join(
            f"{name} {write_percent(count / total, 0)}" for name, count in quarter.counts.items()
        )
        bar = element("span", join(parts), class_="strip", role="img", aria_label=told)
        rows.append(element("li", element("span", quarter.quarter, class_="muted"), bar))
    legend = [element("li", element("i", class_=shade_of(name)), f" {name}") for name in LEGEND]
    return draw_section(
        "who",
        "Who answered, quarter by quarter",
        element("ul", join(legend), class_="shades"),
        element("ul", join(rows), class_="strips"),
    )


def _draw_sources(report: RehearsalReport) -> Markup:
    rows = []
    for one in report.sources:
        accuracy = write_measured(one.accuracy, as_percent=True)
        value = write_measured(one.value_bps, signed=True)
        rows.append(
            (
                one.source,
                write_count(one.n_answers),
                write_percent(one.share),
                *accuracy,
                *value,
            )
        )
    note = (
        "By the true bars. Accuracy counts answers of a direction; value is what following every "
        "answer earned after costs, in basis points a bar. Intervals are 95 %, by resampling days."
    )
    columns = ("Source", "Answers", "Share", "Accuracy", "95 %", "Value, bps", "95 %")
    return draw_section(
        "sources",
        "What each source was worth",
        draw_table("Answers by source", columns, rows),
        element("p", note, class_="muted"),
    )


def _draw_account(report: RehearsalReport) -> Markup:
    named = [("What was served", report.service_account.model)]
    for model_id, account in report.model_accounts.items():
        named.append((model_id, account.model))
        named += [(f"… {write_name(name)}", one) for name, one in account.members.items()]
    rows = [(name, *_account_cells(one)) for name, one in named if one.n_bars]
    if not rows:
        empty = element("p", "No model was ever watched.", class_="muted")
        return draw_section("account", "Against the rules", empty)
    note = (
        "On the same bars at the same costs: what was served by the true bars, each model as the "
        "monitor keeps its account, on the bars as they were settled, answering or not. The "
        "intervals hold at all times at once, however often they are looked at. Evidence is an "
        "e-value: at most 1 in expectation where nothing is added."
    )
    columns = ("Who", "Bars", "Accuracy", "Rules", "Added, bps a bar", "Added score", "Evidence")
    return draw_section(
        "account",
        "Against the rules",
        draw_table("Value added over the rules", columns, rows),
        element("p", note, class_="muted"),
    )


def _account_cells(value: ValueAdded) -> tuple[str, ...]:
    score = value.added_score
    ends = write_range(score.low, score.high, lambda one: write_number(one, 3, signed=True))
    return (
        write_count(value.n_bars),
        write_percent(value.accuracy),
        write_percent(value.rules_accuracy),
        tell_estimate(value.added_bps),
        f"{write_number(score.mean, 3, signed=True)} ({ends})",
        write_any(value.evidence),
    )


def _draw_alarms(report: RehearsalReport) -> Markup:
    if not report.alarms:
        return draw_section("alarms", "Alarms", element("p", "None.", class_="muted"))
    rows = [
        (tell_alarm(one), one.subject, one.channel, one.worst, CAUSES[one.cause], one.explanation)
        for one in report.alarms
    ]
    columns = ("When", "About", "Channel", "Worst", "Cause", "Explanation")
    table = draw_table("Every alarm and why", columns, rows, n_words=len(columns))
    return draw_section("alarms", "Alarms, each explained", table)


def _draw_retrains(report: RehearsalReport) -> Markup:
    if not report.retrains:
        return draw_section("retrains", "Retrainings", element("p", "None.", class_="muted"))
    rows = [
        (one.begun_at[:10], one.ended_at[:10] or DASH, one.trigger, one.outcome, one.words)
        for one in report.retrains
    ]
    columns = ("Begun", "Ended", "Why", "Outcome", "In words")
    table = draw_table("Every retraining", columns, rows, n_words=len(columns))
    note = "Refused is a normal outcome: a challenger has to show more than that it is new."
    return draw_section("retrains", "Retrainings", table, element("p", note, class_="muted"))


def _draw_reasons(report: RehearsalReport) -> Markup:
    rows = [(as_sentence(one.words), write_count(one.count), write_percent(one.share))
            for one in report.reasons]  # fmt: skip
    title = "Why it was not the champion"
    if not rows:
        return draw_section("reasons", title, element("p", "It always was.", class_="muted"))
    return draw_section("reasons", title, draw_table(title, ("Reason", "Answers", "Share"), rows))


def _draw_timeline(report: RehearsalReport) -> Markup:
    shown = report.timeline[:MOST_HAPPENINGS]
    items = [
        element(
            "span",
            element("b", f"{one.at[:10]} "),
            element("span", f"{one.kind} · {one.subject}: ", class_="muted"),
            as_sentence(one.words),
        )
        for one in shown
    ]
    n_more = len(report.timeline) - len(shown)
    more = element("p", f"{write_count(n_more)} more.", class_="muted") if n_more else None
    return draw_section("timeline", "Day by day", draw_list(items), more)


def _draw_making(report: RehearsalReport) -> Markup:
    options = report.options
    terms = [
        ("Days", write_count(report.n_sessions)),
        ("Questions", write_count(report.n_questions)),
        ("Bars ahead", write_horizon(int(options["horizon_bars"]))),
        ("Families", write_list([write_name(name) for name in options["families"]])),
        ("Settled answers", write_count(report.n_settled)),
        ("Given up: a bar is missing for good", write_count(report.n_void)),
        ("Settled, and revised by the vendor later", write_count(report.n_revised)),
        ("Answers the journal could not take", write_count(report.n_not_journalled)),
        ("Days without watching, made up for later", write_count(report.n_ticks_failed)),
        ("Faults", write_list(list(options["faults"]) or ["none"], most=10)),
        ("Seed", str(options["seed"])),
    ]
    return draw_section("making", "How it was rehearsed", draw_terms(terms))

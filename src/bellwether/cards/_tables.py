"""The leaderboard, the data and how it was made."""

from collections.abc import Sequence

from bellwether.bars import QualityReport
from bellwether.cards._blocks import (
    draw_badge,
    draw_details,
    draw_list,
    draw_section,
    draw_table,
    draw_terms,
)
from bellwether.cards._content import CardContent
from bellwether.cards._format import (
    DASH,
    as_sentence,
    write_bars,
    write_chance,
    write_count,
    write_day,
    write_horizon,
    write_instant,
    write_list,
    write_name,
    write_number,
    write_percent,
)
from bellwether.cards._markup import Child, Markup, element
from bellwether.cards._words import write_coverage
from bellwether.service import LeaderboardRow, TrainingResult, make_leaderboard
from bellwether.validation import Decision, EvidencePlan, Verdict

MOST_FINDINGS = 12
KINDS = {"ensemble": "all models together", "model": "model", "rules": "fallback", "floor": "floor"}


def draw_leaderboard(result: TrainingResult) -> Markup:
    """Return every candidate, the rules and every floor by the same numbers."""
    rows = make_leaderboard(result)
    needed = next((row.needed_t for row in rows if row.needed_t is not None), None)
    columns = (
        "Name",
        "Verdict",
        "Skill (t‑statistic)",
        "Information coefficient",
        "Directional accuracy",
        "Profit factor",
        "Maximum drawdown",
        "Return",
    )
    table = draw_table(
        "Out of sample, on the same bars, after the same costs",
        columns,
        [_leaderboard_cells(row) for row in rows],
        n_words=2,
    )
    note = (
        f"The skill t-statistic is the smallest of four; it must exceed {write_number(needed)}. "
        "The information coefficient is the correlation of forecast and return. Rules and floors "
        "are measured for comparison and never promoted: what cannot beat them is not worth "
        "serving."
    )
    return draw_section("leaderboard", "Leaderboard", table, element("p", note, class_="muted"))


def _leaderboard_cells(row: LeaderboardRow) -> tuple[Child, ...]:
    verdict: Child = element("span", "comparison", class_="muted")
    if row.decision is not None:
        verdict = draw_badge(Decision(row.decision))
    name = element("span", write_name(row.name))
    kind = element("span", KINDS[row.kind], class_="kind")
    return (
        Markup(f"{name} {kind}"),
        verdict,
        write_number(row.skill_t),
        write_number(row.information_coefficient, 3),
        write_percent(row.accuracy),
        write_number(row.profit_factor),
        write_percent(row.maximum_drawdown),
        write_percent(row.net_return, signed=True),
    )


def draw_quality(reports: Sequence[QualityReport]) -> Markup | None:
    """Return what is known about the data; None where nobody assessed it."""
    if not reports:
        return None
    columns = (
        "Symbol",
        "Grade",
        "Freshness",
        "Calendar",
        "Rows read",
        "Bars",
        "Missing",
        "Markets seen",
    )
    rows = [
        (
            report.symbol,
            write_name(report.grade.value),
            DASH if report.freshness is None else write_name(report.freshness.value),
            report.calendar,
            write_count(report.n_read),
            write_count(report.n_kept),
            f"{write_count(report.missing.size)} ({write_percent(report.missing_frac)})",
            write_coverage(report),
        )
        for report in reports
    ]
    parts: list[Child] = [draw_table("What was read", columns, rows, n_words=4)]
    parts += [part for report in reports for part in _oddities(report)]
    survivorship = dict.fromkeys(report.survivorship for report in reports)
    parts += [element("p", notice, class_="muted") for notice in survivorship]
    return draw_section("quality", "Data quality", *parts)


def _oddities(report: QualityReport) -> list[Markup]:
    parts = []
    if report.findings:
        parts.append(_listed(report.symbol, "worth knowing", _findings(report)))
    if report.refusals:
        refused = [f"line {row.line}: {row.reason}" for row in report.refusals]
        parts.append(_listed(report.symbol, "rows refused", refused))
    return parts


def _findings(report: QualityReport) -> list[str]:
    return [f"{found.where}: {found.what}" for found in report.findings]


def _listed(symbol: str, name: str, items: Sequence[str]) -> Markup:
    shown = list(items[:MOST_FINDINGS])
    if len(items) > len(shown):
        shown.append(f"and {len(items) - len(shown)} more")
    return draw_details(f"{symbol}: {write_count(len(items))} {name}", draw_list(shown))


def draw_evidence_plan(plan: EvidencePlan | None) -> Markup | None:
    """Return what was said before training about what the bars could show."""
    if plan is None:
        return None
    rows = [
        (
            write_number(power.ic),
            write_chance(power.power),
            write_count(power.n_bars_for_80_percent),
        )
        for power in plan.powers
    ]
    columns = (
        "True skill (information coefficient)",
        "Chance that the best test sees it",
        "Bars for a chance of 80%",
    )
    table = draw_table("What the best possible test could see", columns, rows)
    return draw_section(
        "plan",
        "Said before training: what these bars could show",
        element("p", as_sentence(plan.sentence)),
        draw_details("The figures", table),
    )


def draw_making(content: CardContent) -> Markup:
    """Return how the result was made, so that it can be made again."""
    result = content.result
    request, verdict = result.request, result.verdict
    plan, panel = request.plan, request.panel
    tried = f"{write_count(verdict.n_pipelines)} pipelines, look {verdict.n_looks} at this one"
    record = result.proposal.record
    digests = (
        ("Bars used (snapshot)", panel.digest),
        ("Pipeline", verdict.pipeline),
        ("Evidence", verdict.evidence_digest),
        ("Gate's options", verdict.options_digest),
        ("Training plan", plan.digest),
        ("Model file (bundle)", record.bundle_digest),
    )
    return draw_section(
        "making",
        "How it was made",
        draw_terms(
            [
                ("Market", f"{request.universe}: {write_list(panel.symbols)}"),
                ("Bars", _describe_bars(content)),
                ("Forecast", f"{write_horizon(request.label.horizon_bars)} after each close"),
                ("Judged", _describe_judged(verdict)),
                ("Features", f"{request.feature_set.name}, version {request.feature_set.version}"),
                ("Training plan", f"{plan.name}, seed {plan.seed}, {_describe_plan(content)}"),
                ("Tried on these bars", f"{tried}, counted from the trial log"),
                ("Costs", f"{write_percent(request.cost_bps * 1e-4, 2)} of whatever is traded"),
                ("Skill worth finding", f"information coefficient {request.ic_worth_finding:g}"),
                ("Model", record.model_id),
                ("Made", f"{write_instant(content.made_at)}, bellwether {_version(content)}"),
            ]
        ),
        draw_details(
            "Digests: the fingerprints of everything used",
            draw_terms([(name, element("code", digest)) for name, digest in digests], "digests"),
        ),
    )


def _version(content: CardContent) -> str:
    return content.result.proposal.record.bellwether_version


def _describe_bars(content: CardContent) -> str:
    panel = content.result.request.panel
    first, last = write_day(panel.closed_at[0]), write_day(panel.closed_at[-1])
    return f"{write_count(len(panel.closed_at))} {write_bars(panel.interval)}, {first} to {last}"


def _describe_judged(verdict: Verdict) -> str:
    first, last = verdict.first_closed_at[:10], verdict.last_closed_at[:10]
    return f"{write_count(verdict.n_bars)} out-of-sample bars, {first} to {last}"


def _describe_plan(content: CardContent) -> str:
    families = content.result.request.plan.families
    return "; ".join(
        f"{write_name(item.family)} refitted {item.n_refits} times" for item in families
    )

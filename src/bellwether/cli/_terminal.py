"""What the terminal shows: plain tables and panels that say the same without colour."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bellwether.bars import QualityReport
from bellwether.cards import (
    DASH,
    NO_ADVICE,
    Telling,
    as_sentence,
    card_of,
    grade_confidence,
    printable,
    tell_source,
    tell_verdict,
    write_bars,
    write_count,
    write_coverage,
    write_day,
    write_horizon,
    write_instant,
    write_name,
    write_number,
    write_percent,
    write_price,
    write_range,
)
from bellwether.cli._verdict_view import DECISION_STYLE, card_panel
from bellwether.registry import ModelRecord, Stage
from bellwether.service import LeaderboardRow, Prediction
from bellwether.validation import (
    Binding,
    ContractNumber,
    ContractReport,
    Decision,
    EvidencePlan,
    Verdict,
)

MOST_ODDITIES = 3
_CONFIDENCE_STYLE = {"strong": "green", "fair": "yellow", "weak": "dim"}
_ROLES: Mapping[Binding, str] = {
    "evidence": "they are shown and do not decide",
    "contract": "they decide",
    "both": "they decide too",
}
_DIRECTION_STYLE = {"BUY": "bold green", "SELL": "bold red", "HOLD": "bold"}


def quality_table(reports: Sequence[QualityReport]) -> RenderableType:
    """Return what was read, and what is worth knowing about it.

    Parameters
    ----------
    reports : sequence of QualityReport
    """
    table = _table("Symbol", "Grade", "Freshness", numbers=("Bars", "Refused", "Missing"))
    notes = []
    for report in reports:
        table.add_row(
            Text(printable(report.symbol)),
            write_name(report.grade.value),
            DASH if report.freshness is None else write_name(report.freshness.value),
            write_count(report.n_kept),
            write_count(len(report.refusals)),
            f"{write_count(report.missing.size)} ({write_percent(report.missing_frac)})",
        )
        notes += _quality_notes(report)
    return Group(table, *notes)


def _quality_notes(report: QualityReport) -> list[Text]:
    symbol = printable(report.symbol)
    notes = [Text(f" {symbol}: stretches of {write_coverage(report)}.", style="dim")]
    told = [f"line {row.line} refused: {row.reason}" for row in report.refusals[:MOST_ODDITIES]]
    told += [f"{found.where}: {found.what}" for found in report.findings[:MOST_ODDITIES]]
    notes += [Text(f"   {printable(line)}") for line in told]
    n_more = len(report.refusals) + len(report.findings) - len(told)
    if n_more > 0:
        notes.append(Text(f"   and {write_count(n_more)} more; the model card has them", "dim"))
    return notes


def plan_text(plan: EvidencePlan) -> Text:
    """Return what the bars can show, said before training.

    Parameters
    ----------
    plan : EvidencePlan
    """
    text = Text("Before training: ", style="bold")
    return text.append(as_sentence(plan.sentence), style="not bold")


def leaderboard_table(rows: Sequence[LeaderboardRow]) -> Table:
    """Return the leaderboard, candidates first, then the rules and the floors.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
    """
    numbers = ("Skill", "Accuracy", "Profit\nfactor", "Maximum\ndrawdown", "Return")
    table = _table("Out of sample", "Verdict", numbers=numbers)
    table.columns[1].no_wrap = True
    last = rows[0].kind if rows else None
    for row in rows:
        if (row.kind in ("rules", "floor")) != (last in ("rules", "floor")):
            table.add_section()
        last = row.kind
        table.add_row(
            Text(write_name(row.name)),
            _decision_text(row.decision),
            write_number(row.skill_t),
            write_percent(row.accuracy),
            write_number(row.profit_factor),
            write_percent(row.maximum_drawdown),
            write_percent(row.net_return, signed=True),
        )
    needed = next((row.needed_t for row in rows if row.needed_t is not None), None)
    table.caption = (
        f"Skill: the smallest of four t-statistics; more than {write_number(needed)} is needed. "
        "After costs; rules and floors are there to be beaten."
    )
    return table


def verdict_panel(
    verdict: Verdict, *, serving: str | None = None, level: float = 0.01
) -> RenderableType:
    """Return the verdict, its reason, its size and the cheapest next step.

    Parameters
    ----------
    verdict : Verdict
    serving : str, optional
        Who serves now, as a clause; by default "may serve" after a promotion, else "the rules
        keep serving".
    level : float
        Rate of false promotion the gate was asked for.
    """
    default = "may serve" if verdict.promotes else "the rules keep serving"
    telling = tell_model(verdict, serving or default, level)
    card, contract = card_of(verdict, telling=telling, level=level), verdict.contract
    line = None if contract is None else _contract_line(contract, verdict.binding)
    return card_panel(card, line)


def tell_model(verdict: Verdict, serving: str, level: float) -> Telling:
    """Return what a verdict on a model means, under the name it was trained by."""
    subject = "the ensemble" if verdict.name == "ensemble" else f"model {write_name(verdict.name)}"
    return tell_verdict(verdict, subject=subject, serving=serving, level=level)


def _contract_line(contract: ContractReport, binding: Binding) -> Text:
    def told(name: str, number: ContractNumber, bound: str, *, share: bool) -> str:
        write = write_percent if share else write_number
        return f"{name} {write(number.value)} (asked: {bound} {write(number.threshold)})"

    parts = (
        told("accuracy", contract.accuracy, "at least", share=True),
        told("profit factor", contract.profit_factor, "at least", share=False),
        told("drawdown", contract.maximum_drawdown, "at most", share=True),
    )
    outcome = "they hold" if contract.passed else "they fall short"
    return _labelled("Contract", f"{', '.join(parts)}: {outcome}; {_ROLES[binding]}.")


def prediction_panel(prediction: Prediction) -> RenderableType:
    """Return the served prediction as a signal card.

    Parameters
    ----------
    prediction : Prediction
    """
    direction, grade = prediction.direction.value, grade_confidence(prediction.confidence)
    head = Text(direction, style=_DIRECTION_STYLE[direction])
    head.append(f" for {write_horizon(prediction.horizon_bars)}, ", style="not bold default")
    confidence = f"confidence {write_number(prediction.confidence, 0)} of 95 ({grade})"
    head.append(confidence, style=_CONFIDENCE_STYLE[grade])
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _prediction_rows(prediction):
        grid.add_row(name, Text(value))
    title = f"{printable(prediction.symbol)}, {write_bars(prediction.interval)}"
    since = Text(f"after the close of {write_instant(prediction.as_of)}", style="dim")
    notice = Text(NO_ADVICE.split(". ", maxsplit=1)[0] + ".", style="dim")
    return _panel(Group(head, since, grid, notice), Text(title, style="bold"), "default")


def _prediction_rows(prediction: Prediction) -> list[tuple[str, str]]:
    rows = [("Source", as_sentence(tell_source(prediction)))]
    if prediction.probability_up is not None:
        chance = write_percent(prediction.probability_up)
        rows.append(("Chance of a rise", chance + _hits(prediction)))
    if prediction.expected_return is not None:
        rows.append(("Expected return", _expected(prediction)))
    if prediction.target is not None and prediction.stop is not None:
        target, stop = write_price(prediction.target), write_price(prediction.stop)
        now = f"price now {write_price(prediction.price)}"
        rows.append(("Target, stop", f"{target}, {stop} ({now})"))
    if prediction.regime is not None:
        regime = prediction.regime
        waiting = "" if regime.is_confirmed else f", not confirmed yet; before: {regime.confirmed}"
        rows.append(("Regime", write_name(regime.current) + waiting))
    names = ("Why", *("" for _ in prediction.reasons[1:]))
    rows += list(zip(names, map(as_sentence, prediction.reasons), strict=True))
    return rows


def _expected(prediction: Prediction) -> str:
    expected = write_percent(prediction.expected_return, 2, signed=True)
    interval = prediction.interval_return
    if interval is None:
        return expected
    ends = write_range(interval.low, interval.high, lambda value: write_percent(value, signed=True))
    return f"{expected}, {write_percent(interval.coverage, 0)} interval {ends}"


def _hits(prediction: Prediction) -> str:
    hits = prediction.past_hits
    if hits is None or hits.rate is None:
        return ""
    return f"; past forecasts this strong: {write_percent(hits.rate)} of {hits.n_settled:,} right"


def models_table(records: Sequence[ModelRecord]) -> RenderableType:
    """Return the registered models, or what to do where there is none.

    Parameters
    ----------
    records : sequence of ModelRecord
    """
    if not records:
        return Text("No model is registered yet. Train one: bellwether train bars.csv")
    table = _table("Model", "Stage", "Bars up to", "Verdict", numbers=())
    table.columns[0].overflow = "fold"
    for record in records:
        style = "bold green" if record.stage is Stage.CHAMPION else ""
        market = f"{printable(record.market.universe)}, {write_bars(record.market.interval)}"
        table.add_row(
            Text(record.model_id).append(
                f"\n{market}, {write_horizon(record.market.horizon_bars)}", style="dim"
            ),
            Text(record.stage.value, style=style),
            write_day(record.trained_at),
            _verdict_text(record),
        )
    return table


def _verdict_text(record: ModelRecord) -> Text:
    told = _decision_text(_decision_of(record.verdict))
    return told.append("\nof its first fit", style="dim") if record.is_renewal else told


def _decision_of(verdict: Mapping[str, object] | None) -> str | None:
    return None if verdict is None else str(verdict.get("decision"))


def _decision_text(decision: str | None) -> Text:
    if decision is None or decision not in list(Decision):
        return Text(DASH)
    return Text(decision, style=DECISION_STYLE[Decision(decision)])


def _labelled(name: str, value: str) -> Text:
    return Text(f"{name}: ", style="bold").append(value, style="not bold")


def _table(*words: str, numbers: Sequence[str]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        caption_justify="left",
        header_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for name in words:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _panel(content: RenderableType, title: Text, border: str) -> Panel:
    return Panel(
        content,
        title=title,
        title_align="left",
        border_style=border,
        padding=(1, 2),
        box=box.ROUNDED,
    )

"""The command about what can be known before anything is trained."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bellwether.bootstrap import open_workspace
from bellwether.cards import write_bars, write_count, write_day, write_percent
from bellwether.cli._door import make_console, print_json
from bellwether.cli._errors import FlagsContradict, PlanUnclear
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._options import Calendar, Columns, Home, Horizon, Interval, Json, Symbol
from bellwether.cli._plain_table import plain_table
from bellwether.cli._sources import FileReading, read_sources, stored_in
from bellwether.cli._training import panel_of
from bellwether.clock import SystemClock
from bellwether.settings import Settings, load_settings
from bellwether.sources import TimeHints
from bellwether.validation import (
    MarketPlan,
    PlannedMarket,
    PlannerOptions,
    critical_t,
    hit_share,
    measure_market,
    plan_market,
)

WHAT_IF = "What is assumed"
ASSUMED_CORRELATION = 0.3


plan_app = typer.Typer(rich_markup_mode="markdown")


@plan_app.command()
@spread_hints
def plan(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="CSV or Parquet files, one a symbol; or stored symbols. Or --bars instead.",
            show_default=False,
        ),
    ] = None,
    bars: Annotated[
        int | None,
        typer.Option(
            "--bars", metavar="N", rich_help_panel=WHAT_IF, help="Bars of history, without a file."
        ),
    ] = None,
    symbols: Annotated[
        int | None,
        typer.Option(
            "--symbols",
            metavar="K",
            rich_help_panel=WHAT_IF,
            help="Symbols of a panel; with one file, K markets like it.",
            show_default="as many as files",
        ),
    ] = None,
    correlation: Annotated[
        float | None,
        typer.Option(
            metavar="R",
            rich_help_panel=WHAT_IF,
            help="Of the returns of two symbols.",
            show_default="measured, or 0.3",
        ),
    ] = None,
    ic: Annotated[
        float | None,
        typer.Option(
            "--ic",
            metavar="X",
            rich_help_panel=WHAT_IF,
            help="Skill worth finding, as an information coefficient.",
            show_default="0.1",
        ),
    ] = None,
    persistence: Annotated[
        float,
        typer.Option(
            metavar="P",
            rich_help_panel=WHAT_IF,
            help="How much of a forecast is left one bar later; the less, the more it trades.",
        ),
    ] = 0.9,
    horizon: Horizon = None,
    cost_bps: Annotated[
        float | None,
        typer.Option(
            metavar="BPS",
            rich_help_panel=WHAT_IF,
            help="Cost a side in basis points.",
            show_default="5",
        ),
    ] = None,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    interval: Interval = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say before training what a verdict on so many bars can show, and when one is possible.

    From your bars it measures how they move and how alike they are, and reads in the ledger how
    much was tried on them already. Nothing is trained and nothing is looked at.

    Examples: `bellwether plan SPY.csv`, `bellwether plan SPY.csv QQQ.csv --horizon 5`, or
    `bellwether plan --bars 1260 --symbols 20 --correlation 0.3`
    """
    console = make_console(as_json=as_json)
    _check_asked(paths or [], bars, symbols)
    flags: dict[str, object] = {
        "home": home,
        "calendar": calendar,
        "horizon_bars": horizon,
        "cost_bps": cost_bps,
        "information_coefficient_worth_finding": ic,
    }
    settings = load_settings(flags)
    if bars is not None:
        assumed = _assume(PlannedMarket(n_bars=bars), symbols, correlation)
        found = _plan_number(assumed, settings, persistence)
        title = f"{write_count(bars)} bars up to today, assumed"
    else:
        imports = read_sources(
            paths or [],
            FileReading(
                symbol=symbol, calendar=settings.calendar, columns=columns or (), hints=hints
            ),
            stored=stored_in(settings.home, interval),
        )
        panel = panel_of(imports)
        workspace = open_workspace(flags)
        found = workspace.plan_market(
            workspace.request(panel, short_history=True),
            market=_assume(measure_market(panel), symbols, correlation),
            persistence=persistence,
        )
        title = f"{', '.join(panel.symbols)}: {write_count(found.market.n_bars)} "
        title += f"{write_bars(panel.interval)} to {write_day(panel.closed_at[-1])}"
    if as_json:
        print_json(found.to_json())
    else:
        console.print(title, style="bold", markup=False)
        _print_plan(console, found, counted=bars is None)


def _plan_number(market: PlannedMarket, settings: Settings, persistence: float) -> MarketPlan:
    """Plan for a number of bars that end today; nothing is opened or made."""
    options = PlannerOptions(
        level=settings.promotion_level,
        ic_worth_finding=settings.information_coefficient_worth_finding,
        cost_bps=settings.cost_bps,
        horizon_bars=settings.horizon_bars,
        persistence=persistence,
    )
    return plan_market(replace(market, last_closed_at=SystemClock().now()), options=options)


def _check_asked(paths: list[Path], bars: int | None, symbols: int | None) -> None:
    if not paths and bars is None:
        raise PlanUnclear(
            "bars to plan for",
            "neither a file nor --bars",
            "name a file or a stored symbol, or say how many: bellwether plan --bars 1260",
        )
    if paths and bars is not None:
        raise FlagsContradict(
            "either files or --bars", "both", "leave --bars out: the files' bars are counted"
        )
    if len(paths) > 1 and symbols is not None:
        raise FlagsContradict(
            "--symbols with one file or with --bars",
            f"{len(paths)} files",
            "leave --symbols out: the files are counted",
        )


def _assume(market: PlannedMarket, symbols: int | None, correlation: float | None) -> PlannedMarket:
    """Return the market with what was given by hand instead."""
    n_symbols = market.n_symbols if symbols is None else float(symbols)
    if correlation is None:
        alone = market.n_symbols == 1.0 < n_symbols
        correlation = ASSUMED_CORRELATION if alone else market.correlation
    return replace(market, n_symbols=n_symbols, correlation=correlation)


def _print_plan(console: Console, found: MarketPlan, *, counted: bool) -> None:
    market, decisive = found.market, found.decisive
    told = (
        f"Volatility {write_percent(market.annual_volatility)} a year, "
        f"{market.n_bars_per_year:.0f} bars a year"
    )
    if found.clustered is not None and found.market_neutral is not None:
        told += (
            f"; {_tell_symbols(market)} with correlation {market.correlation:.2f}, worth "
            f"{found.clustered.breadth:.1f} independent ones for absolute skill and "
            f"{found.market_neutral.breadth:.1f} for relative skill"
        )
    console.print(f"{told}.")
    console.print(
        f"Judged: the last {write_count(decisive.n_out_of_sample_bars)} bars, "
        f"{write_percent(found.options.out_of_sample_frac, 0)} of the history. "
        f"{_tell_trials(found, counted=counted)}"
    )
    console.print(_tell_when(found))
    console.print(_power_table(found))
    console.print(
        f"Costs of {found.options.cost_bps:g} basis points eat what a skill of "
        f"{decisive.break_even_ic:.3f} earns{_tell_holding(found)}."
    )
    console.print(
        "Skill: the information coefficient bar by bar, as the gate scores it; hits: how often "
        "the direction is right then. Chance: that even a judge who knows everything but the "
        "answer would recognise it; the gate is made to reach four fifths of that. "
        f"Assumed: a forecast keeps {found.options.persistence:g} of itself from bar to bar.",
        style="dim",
    )


def _tell_symbols(market: PlannedMarket) -> str:
    whole = market.n_symbols == round(market.n_symbols)
    if whole:
        return f"{market.n_symbols:.0f} symbols"
    return f"on average {market.n_symbols:.1f} symbols at a time"


def _tell_trials(found: MarketPlan, *, counted: bool) -> str:
    plan, trials = found.decisive, found.trials
    needs = f"t above {critical_t(plan.alpha):.2f} is needed (level {plan.alpha:.2g})"
    if not counted:
        return f"On a first look at one pipeline, {needs}."
    looks = f", this one's look {trials.n_looks}" if trials.n_looks > 1 else ""
    return (
        f"With the looks of one training run the ledger counts "
        f"{write_count(trials.n_pipelines)} pipelines on these bars{looks}: {needs}."
    )


def _tell_when(found: MarketPlan) -> str:
    plan = found.decisive
    enough = (
        f"{write_count(plan.n_needed_bars)} judged bars find a skill of "
        f"{_write_ic(plan.ic_worth_finding)} half of the time"
    )
    if plan.is_enough:
        return f"A verdict is possible now: {enough}."
    when = (
        "" if plan.earliest_verdict_at is None else f", about {write_day(plan.earliest_verdict_at)}"
    )
    return (
        f"No verdict is possible yet: {enough}. Wait for {write_count(plan.n_missing_bars)} more "
        f"bars{when}."
    )


def _tell_holding(found: MarketPlan) -> str:
    if found.options.horizon_bars == 1:
        return ""
    return (
        f"; a signal that is held for {found.options.horizon_bars} bars trades less than a new one"
    )


def _write_ic(ic: float) -> str:
    return f"{ic:.2f}" if round(ic, 2) == round(ic, 4) else f"{ic:.4g}"


def _power_table(found: MarketPlan) -> Table:
    plans = {"Chance": found.single}
    if found.clustered is not None and found.market_neutral is not None:
        plans = {
            "Chance,\none": found.single,
            "all,\nabsolute": found.clustered,
            "all,\nrelative": found.market_neutral,
        }
    horizon = found.options.horizon_bars
    of_horizon = [f"Over its\n{horizon} bars"] if horizon > 1 else []
    table = plain_table(
        "Skill\n(IC)", numbers=(*of_horizon, "Hits", *plans, "Bars for\n80 %", "After\ncosts")
    )
    for place, row in enumerate(found.decisive.powers):
        chances = [write_percent(plan.powers[place].power, 0) for plan in plans.values()]
        table.add_row(
            _write_ic(row.ic),
            *([f"{row.ic_of_horizon:.3f}"] if horizon > 1 else []),
            write_percent(hit_share(row.ic)),
            *chances,
            write_count(row.n_bars_for_80_percent),
            "earns" if row.ic > found.decisive.break_even_ic else "loses",
        )
    return table

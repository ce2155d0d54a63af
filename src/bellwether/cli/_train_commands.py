"""The command that trains, judges, and lets serve what passed."""

from rich.console import Console

from bellwether.bars import BarsImport, Panel
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cli._door import make_console, print_json
from bellwether.cli._hints import next_commands
from bellwether.cli._options import (
    Calendar,
    Columns,
    Dates,
    Decimals,
    Files,
    Home,
    Horizon,
    Interval,
    Json,
    Symbol,
    Unit,
    Zone,
)
from bellwether.cli._sources import FileReading, make_hints, read_sources, stored_in
from bellwether.cli._training import Outcome, panel_of, run_training
from bellwether.cli._training_options import (
    Budget,
    ContractWeights,
    CostBps,
    Each,
    Families,
    Features,
    HalfLife,
    PlanName,
    RegimeWeights,
    Relative,
    ShortHistory,
    Tune,
    Uniqueness,
    Universe,
    Wishes,
    Workers,
    make_requests,
    read_wishes,
)
from bellwether.service import HistoryTooShort, check_history_length
from bellwether.settings import load_settings


def train(
    paths: Files,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    dates: Dates = None,
    zone: Zone = None,
    unit: Unit = None,
    decimals: Decimals = None,
    interval: Interval = None,
    budget: Budget = "5m",
    plan: PlanName = None,
    family: Families = None,
    features: Features = None,
    tune: Tune = False,
    relative: Relative = False,
    uniqueness: Uniqueness = False,
    half_life: HalfLife = None,
    contract_weights: ContractWeights = False,
    regime_weights: RegimeWeights = False,
    universe: Universe = None,
    each: Each = False,
    horizon: Horizon = None,
    cost_bps: CostBps = None,
    short_history: ShortHistory = False,
    workers: Workers = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train on your bars, judge the models, and let what passed the gate serve.

    "No model deserves promotion" is a normal outcome: the rules keep serving, openly
    labelled. Ctrl-C is safe; the same command goes on from there.

    Examples: `bellwether train bars.csv`,
    `bellwether train SPY.csv QQQ.csv --universe indices --budget 30m`, or
    `bellwether train folder --each --tune --budget 2h`
    """
    wishes, console = read_wishes(locals()), make_console(as_json=as_json)
    market = {"calendar": calendar, "horizon_bars": horizon, "cost_bps": cost_bps}
    flags: dict[str, object] = {"home": home, "workers": workers, **market}
    # Read before the home is made: a wrong path leaves nothing behind.
    settings = load_settings(flags)
    naming = {"symbol": symbol, "calendar": settings.calendar, "columns": columns or ()}
    reading = FileReading(**naming, hints=make_hints(dates, zone, unit, decimals))  # type: ignore[arg-type]
    imports = read_sources(paths, reading, stored=stored_in(settings.home, interval))
    _check_length(console, panel_of(imports), short_history=short_history)
    outcomes = _train_all(console, open_workspace(flags), imports, wishes)
    if not as_json:
        _show_next(console, outcomes[0], paths, home)
    else:
        told = [outcome.to_json() for outcome in outcomes]
        print_json({"trainings": told} if each else told[0])


def _train_all(
    console: Console, workspace: Workspace, imports: tuple[BarsImport, ...], wishes: Wishes
) -> list[Outcome]:
    return [
        run_training(console, workspace, request, part, title=request.universe)
        for request, part in make_requests(workspace, imports, wishes)
    ]


def _show_next(console: Console, outcome: Outcome, paths: Files, home: Home) -> None:
    for line in next_commands(outcome.prediction, paths, home):
        console.print(f"Next: {line}", soft_wrap=True, markup=False)


def _check_length(console: Console, panel: Panel, *, short_history: bool) -> None:
    try:
        check_history_length(panel)
    except HistoryTooShort as error:
        if not short_history:
            raise
        console.print(f"[yellow]Short history:[/yellow] {error.was}. A promotion is unlikely.")

"""The tables of a verdict's card: floors, years, regimes, and the gate's own rates of error."""

from bellwether.cards._figures import Figure, Kind, figure_of
from bellwether.cards._format import write_any, write_name, write_number
from bellwether.cards._verdict_card import CardRow, CardTable
from bellwether.validation import (
    CalibrationFigure,
    DieboldMariano,
    FloorReport,
    GateCalibration,
    TrackReport,
    Verdict,
)

_NAMES = {
    "forecast": "The forecast",
    "always_up": "Always up (buy and hold)",
    "last_price": "Last price (no change: cash)",
    "last_return": "Last return once more",
    "rules": "The rules",
}


def name_track(name: str) -> str:
    """Return what the forecast or a floor is called."""
    return _NAMES.get(name, write_name(name))


def table_of_floors(verdict: Verdict) -> CardTable:
    """Return the forecast beside every floor, with Diebold-Mariano tests."""
    beside = verdict.beside
    rows: list[CardRow] = []
    if beside is not None and beside.track is not None:
        itself = Figure(kind="gain", value=None)
        rows.append(_track(beside.track, (itself, itself, itself)))
        rows += [_floor(floor) for floor in beside.floors]
    return CardTable(
        title="Following every signal with the whole capital, after costs",
        columns=(
            "On the same bars",
            "Return a year",
            "The forecast earns more, a year",
            "By chance: results",
            "By chance: errors",
            "Sharpe a year",
            "Maximum drawdown",
            "Profit factor",
            "Right signs",
        ),
        rows=tuple(rows),
        drawn=1,
        note=(
            "By chance: Diebold-Mariano, Harvey-Leybourne-Newbold corrected, one-sided. Results "
            "are compared bar by bar, squared errors in units of the past variance, where both "
            "state an expected return."
        ),
    )


def _floor(floor: FloorReport) -> CardRow:
    against = (
        figure_of("gain", floor.excess_a_year),
        _chance(floor.result_test),
        _chance(floor.error_test),
    )
    return _track(floor.track, against)


def _track(track: TrackReport, against: tuple[Figure, ...]) -> CardRow:
    return CardRow(
        name=name_track(track.name),
        figures=(
            Figure(kind="gain", value=track.return_a_year),
            *against,
            Figure(kind="number", value=track.sharpe),
            Figure(kind="share", value=track.maximum_drawdown),
            Figure(kind="number", value=track.profit_factor),
            figure_of("share", track.accuracy),
        ),
    )


def _chance(test: DieboldMariano | None) -> Figure:
    return Figure(kind="chance", value=None if test is None else test.p)


def table_of_years(verdict: Verdict) -> CardTable:
    """Return the out-of-sample figures year by year."""
    rows = [
        CardRow(
            name=str(year.year),
            figures=(
                figure_of("correlation", year.information_coefficient),
                figure_of("share", year.accuracy),
                Figure(kind="gain", value=year.net_return),
                Figure(kind="gain", value=year.buy_and_hold),
                Figure(kind="share", value=year.maximum_drawdown),
                Figure(kind="count", value=float(year.n_bars)),
            ),
        )
        for year in verdict.by_year
    ]
    return CardTable(
        title="Following every signal out of sample, after costs",
        columns=(
            "Year",
            "Information coefficient",
            "Right signs",
            "Return",
            "Buy and hold",
            "Maximum drawdown",
            "Bars",
        ),
        rows=tuple(rows),
        drawn=0,
    )


def table_of_regimes(verdict: Verdict) -> CardTable:
    """Return the out-of-sample figures by regime of the rules."""
    regimes = () if verdict.beside is None else verdict.beside.by_regime
    rows = [
        CardRow(
            name=write_name(regime.regime),
            figures=(
                figure_of("correlation", regime.information_coefficient),
                figure_of("share", regime.accuracy),
                Figure(kind="gain", value=regime.return_a_year),
                Figure(kind="gain", value=regime.holding_a_year),
                Figure(kind="share", value=regime.share),
            ),
        )
        for regime in regimes
    ]
    return CardTable(
        title="By the kind of market, as the rules saw it before each bar",
        columns=(
            "Regime",
            "Information coefficient",
            "Right signs",
            "Return a year",
            "Buy and hold a year",
            "Share of bars",
        ),
        rows=tuple(rows),
        drawn=0,
        note="Regimes are told from closes alone, so volatility reads lower than with highs and "
        "lows.",
    )


def table_of_errors(calibration: GateCalibration | None, level: float) -> CardTable:
    """Return how often the gate promoted what has no skill, world by world."""
    return CardTable(
        title="Without skill: every promotion is an error",
        columns=("World", "Rate", "Promoted", "Runs"),
        rows=tuple(
            CardRow(name=write_name(figure.world), figures=_rate(figure, "rate"))
            for figure in _figures(calibration, "null")
        ),
        drawn=0,
        mark=level,
        at_most=True,
        note=f"The gate promises at most {write_any(100.0 * level)}%.",
    )


def table_of_powers(calibration: GateCalibration | None) -> CardTable:
    """Return how often the gate promoted a planted skill, beside the best possible."""
    return CardTable(
        title="With a planted skill: every promotion is right",
        columns=("World", "Rate", "Promoted", "Runs", "Best possible"),
        rows=tuple(
            CardRow(
                name=f"{write_name(figure.world)}, "
                f"IC {write_number(figure.information_coefficient)}",
                figures=(*_rate(figure, "share"), Figure(kind="share", value=figure.limit)),
                mark=figure.limit,
            )
            for figure in _figures(calibration, "power")
        ),
        drawn=0,
        note="Best possible is the test that knows everything but the answer.",
    )


def _figures(calibration: GateCalibration | None, kind: str) -> list[CalibrationFigure]:
    figures = () if calibration is None else calibration.figures
    return [figure for figure in figures if figure.kind == kind]


def _rate(figure: CalibrationFigure, kind: Kind) -> tuple[Figure, ...]:
    return (
        figure_of(kind, figure.rate),
        Figure(kind="count", value=float(figure.n_promoted)),
        Figure(kind="count", value=float(figure.n_runs)),
    )

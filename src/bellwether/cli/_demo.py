"""The demo: the whole path on real bars, on pure noise and on a planted edge."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from bellwether._version import __version__
from bellwether.bars import Bars, BarsImport, SessionCalendar, assess, edge_world, noise_world
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cli._terminal import prediction_panel
from bellwether.cli._training import Outcome, panel_of, run_training
from bellwether.clock import FixedClock
from bellwether.service import CHEAP_PLAN, DEMO_PLAN, Prediction, SourceKind
from bellwether.settings import load_settings
from bellwether.sources import sample_market
from bellwether.validation import TrainingPlan

# Fixed and written down before the first run: the date of the last real bar.
DEMO_SEED = 20181231
WORLD_BARS = 2520
LIVE_BARS = 20
EDGE_INFORMATION_COEFFICIENT = 0.20
REAL_MARKETS = ("sp500", "nasdaq")
REAL_CLOCK = np.datetime64("2018-12-31T21:00", "us")


@dataclass(frozen=True, kw_only=True, eq=False)
class Act:
    """One of the demo's three parts.

    Parameters
    ----------
    name, truth : str
        What it is called, and what is known to be true of it.
    outcome : Outcome
    prediction : Prediction
        The answer shown for it.
    served : mapping of str to int
        Answers by source, where bars went on after the training.
    """

    name: str
    truth: str
    outcome: Outcome
    prediction: Prediction
    served: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """Return verdict, reasons and answer as JSON values."""
        return {
            **self.outcome.to_json(),
            "prediction": self.prediction.to_json(),
            "source": self.prediction.source.kind.value,
            "served_by_source": self.served,
        }


def run_demo(console: Console, home: Path | None) -> dict[str, object]:
    """Run the three acts and return their JSON under "real", "noise" and "edge"."""
    started = time.monotonic()
    console.print(f"[bold]bellwether {__version__}[/bold] - the whole path, three times:")
    console.print("real bars, a simulated world of pure noise, and one with a planted edge.")
    base = load_settings({"home": home}).home / "demo"
    acts = (_play_real(console, base), _play_noise(console, base), _play_edge(console, base))
    console.print(Rule("What you have seen"))
    console.print(_summary(acts))
    console.print(
        "A model serves only after the gate has promoted it. Where none has, the rules answer and "
        "say so.\nThe same on your own bars: [bold]bellwether train bars.csv[/bold], then "
        "[bold]bellwether predict bars.csv[/bold]."
    )
    console.print(f"All of it took {time.monotonic() - started:.0f} s. No investment advice.")
    return {act.name: act.to_json() for act in acts}


def _play_real(console: Console, base: Path) -> Act:
    console.print(Rule("1 of 3: real bars, S&P 500 and NASDAQ, daily, 1999 to 2018"))
    console.print(
        "Nobody knows the truth here. The demo's clock stands at the last bar's close, and the "
        "nets get few and short fits, so that this ends in minutes."
    )
    imports = [sample_market(name, now=REAL_CLOCK) for name in REAL_MARKETS]
    outcome = _run(console, base, imports, DEMO_PLAN, "S&P 500 and NASDAQ, 1999 to 2018")
    return _act("real", "unknown", outcome)


def _play_noise(console: Console, base: Path) -> Act:
    console.print(Rule(f"2 of 3: pure noise, simulated, 10 years, seed {DEMO_SEED}"))
    console.print("The truth: nothing can be predicted. The gate must refuse every model.")
    bars = noise_world(DEMO_SEED, WORLD_BARS).bars
    outcome = _run(console, base, [_imported(bars)], CHEAP_PLAN, "Pure noise, simulated")
    return _act("noise", "no edge", outcome)


def _play_edge(console: Console, base: Path) -> Act:
    console.print(Rule(f"3 of 3: a planted edge, simulated, 10 years, seed {DEMO_SEED}"))
    console.print(
        f"The truth: five-bar reversals with an information coefficient of "
        f"{EDGE_INFORMATION_COEFFICIENT:.2f}. The gate must promote, and the model must answer."
    )
    world = edge_world(
        DEMO_SEED,
        WORLD_BARS + LIVE_BARS,
        information_coefficient=EDGE_INFORMATION_COEFFICIENT,
    )
    past = _imported(world.bars[:WORLD_BARS])
    outcome = _run(console, base, [past], CHEAP_PLAN, "A planted edge, simulated")
    answers = _serve_on(_open(base, past.bars), world.bars, past.calendar)
    served = Counter(answer.source.kind.value for answer in answers)
    by_model = [answer for answer in answers if answer.source.kind is SourceKind.MODEL]
    shown = by_model[-1] if by_model else answers[-1]
    told = ", ".join(f"{kind} {count}" for kind, count in served.most_common())
    console.print(
        f"{LIVE_BARS} more bars arrive. Who answered: {told} (the rules step in where the model "
        "is least sure). The latest answer by the model:"
    )
    console.print(prediction_panel(shown))
    truth = f"an edge of {EDGE_INFORMATION_COEFFICIENT:.2f}"
    return Act(name="edge", truth=truth, outcome=outcome, prediction=shown, served=dict(served))


def _run(
    console: Console, base: Path, imports: list[BarsImport], plan: TrainingPlan, title: str
) -> Outcome:
    workspace = _open(base, imports[0].bars)
    request = workspace.request(panel_of(imports), plan=plan)
    return run_training(console, workspace, request, imports, title=title)


def _open(base: Path, bars: Bars) -> Workspace:
    return open_workspace({"home": base}, clock=FixedClock(bars.closed_at[-1]))


def _act(name: str, truth: str, outcome: Outcome) -> Act:
    served = {outcome.prediction.source.kind.value: 1}
    return Act(
        name=name, truth=truth, outcome=outcome, prediction=outcome.prediction, served=served
    )


def _imported(bars: Bars) -> BarsImport:
    """Return simulated bars as if they had been read, on a calendar of weekdays."""
    days = np.arange(
        bars.closed_at[0], bars.closed_at[-1] + np.timedelta64(60, "D"), np.timedelta64(1, "D")
    )
    weekdays = days[np.is_busday(days.astype("datetime64[D]"))]
    calendar = SessionCalendar(name="weekdays", closes_at=weekdays)
    quality = assess(bars, calendar, now=bars.closed_at[-1])
    return BarsImport(bars=bars, quality=quality, calendar=calendar, source_digest=bars.digest)


def _serve_on(workspace: Workspace, bars: Bars, calendar: SessionCalendar) -> list[Prediction]:
    """Answer after each bar that came after the training, the clock moving along."""
    return [
        workspace.predict(bars[:n], calendar, clock=FixedClock(bars.closed_at[n - 1]))
        for n in range(len(bars) - LIVE_BARS + 1, len(bars) + 1)
    ]


def _summary(acts: tuple[Act, ...]) -> Table:
    table = Table()
    for head in ("bars", "truth", "verdict", "answered by", "answer"):
        table.add_column(head)
    for act in acts:
        source = act.prediction.source.kind.value
        decision = str(act.outcome.result.verdict.decision).replace("_", " ")
        table.add_row(act.name, act.truth, decision, source, act.prediction.direction.value)
    return table

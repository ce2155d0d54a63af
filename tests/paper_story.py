"""Days of paper forecasts and their outcomes as the journal has them, and ticks that fold them."""

from collections.abc import Sequence

import numpy as np

from bellwether.monitor import Thresholds
from bellwether.service import JournalNote
from bellwether.watch import RULES, PaperForecast, PaperOutcome, Voice, WatchOptions, WatchPorts
from bellwether.watch._watching import fold_outcomes

DAY = np.timedelta64(1, "D")
START = np.datetime64("2020-01-01T21:00", "us")
SYMBOLS = ("A", "B", "C")
EARLY = WatchOptions(thresholds=Thresholds(amber=3.0, red=9.0), recovery_evidence=1.2)


def forecast(day: int, symbol: str, rng: np.random.Generator) -> PaperForecast:
    """Return what the rules and two models said about a day."""

    def voice(who: str) -> Voice:
        return Voice(
            who=who,
            bundle_digest="b",
            direction=int(rng.choice([-1, 1])),
            probability_up=0.6,
            expected_return=0.001,
            confidence=float(rng.uniform(50, 95)),
            members={"ridge": float(rng.uniform(0.3, 0.7))},
        )

    return PaperForecast(
        symbol=symbol,
        interval="1d",
        horizon_bars=1,
        as_of=START + day * DAY,
        closes_at=START + (day + 1) * DAY,
        price=100.0,
        volatility=0.01,
        bars_digest="d",
        voices=(voice(RULES), voice("m1"), *([voice("m2")] if day % 3 else [])),
    )


def outcome(of: PaperForecast, realized: float | None) -> PaperOutcome:
    """Return what became of a forecast; None where it was given up."""
    return PaperOutcome(
        key=of.key,
        symbol=of.symbol,
        as_of=of.as_of,
        closes_at=of.closes_at,
        realized_return=realized,
        words="" if realized is not None else "no bar came",
    )


def story(n_days: int, seed: int, late_days: int = 0) -> list[list[JournalNote]]:
    """Return what is noted day by day; an outcome in seven comes later, or never."""
    rng = np.random.default_rng(seed)
    days: list[list[JournalNote]] = [[] for _ in range(n_days + late_days + 1)]
    for day in range(n_days):
        for symbol in SYMBOLS:
            said = forecast(day, symbol, rng)
            at = said.as_of + np.timedelta64(1, "h")
            days[day].append(said.to_note(at))
            wait = int(rng.integers(0, late_days + 1)) if rng.random() < 1 / 7 else 0
            given_up = late_days > 0 and rng.random() < 0.05
            realized = None if given_up else float(rng.normal(0.0, 0.01))
            days[day + 1 + wait].append(outcome(said, realized).to_note(at + DAY))
    return days


def tell(ports: WatchPorts, notes: Sequence[JournalNote]) -> None:
    """Write notes into a journal."""
    if notes:
        ports.journal.note(notes)


def tick(ports: WatchPorts, options: WatchOptions = EARLY) -> None:
    """Fold what is new."""
    fold, _ = fold_outcomes(ports, options, START)
    fold.save(ports.checkpoints)

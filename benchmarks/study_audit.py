"""Which forecasts the audit accuses: planted faults must be found, honest look-alikes left alone.

Every seed makes a market (GARCH and GJR in turn; no edge, a reversal that can be learned, a signal
that cannot) and on it a row of forecasts whose making is known. A forecast is accused where a
finding blocks it. The rule that accuses whatever scores best at another bar than its own is
measured beside it, on the same forecasts.
"""

import argparse
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from _report import Report, exact_interval
from _worlds import in_parallel
from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, World, edge_world, noise_world
from bellwether.models import FLOORS
from bellwether.service import (
    AuditOptions,
    FindingKind,
    ForecastColumn,
    ForecastTable,
    inspect_forecasts,
)
from bellwether.validation import past_volatility, return_scores, standardise_expanding, t_statistic

LEAST_FOUND, MOST_ACCUSED = 0.98, 0.01
N_BARS = 1260
DAY = np.timedelta64(1, "D")
# Faults that leave too faint a trace for the bar: measured, and not part of it.
FAINT_PERSISTENT = "persistent signal of IC 0.3 stamped a bar early"
FAINT = (
    FAINT_PERSISTENT,
    "fresh signal of IC 0.1 stamped a bar early",
    "fresh signal of IC 0.2 stamped a bar early",
    "20-bar momentum a bar early, four times as much noise",
)
UNSIGNED = "minus the log price"
HINTED = "fresh signal of IC 0.2 stamped a bar late"


def make_market(seed: int) -> World:
    """Return the market of a seed: noise, a reversal to be learned, or a signal of its own."""
    if seed % 3 == 0:
        return noise_world(seed, N_BARS, drift=(0.0, 0.08, 0.2)[seed // 3 % 3])
    if seed % 3 == 1:
        return noise_world(seed, N_BARS, process="gjr")
    return edge_world(seed, N_BARS, information_coefficient=0.15)


def moved(values: FloatArray, n: int) -> FloatArray:
    """Return values n rows later (earlier where below zero), NaN where none came."""
    out = np.full(len(values), np.nan)
    if n >= 0:
        out[n:] = values[: len(values) - n]
    else:
        out[:n] = values[-n:]
    return out


def trailing_mean(values: FloatArray, n: int) -> FloatArray:
    """Return the mean of the last n values, NaN before."""
    total = np.cumsum(np.concatenate([[0.0], np.nan_to_num(values)]))
    out = np.full(len(values), np.nan)
    out[n - 1 :] = (total[n:] - total[:-n]) / n
    return out


def honest_forecasts(world: World, chance: np.random.Generator) -> dict[str, FloatArray]:
    """Return forecasts made at each close from what was known then, good or bad."""
    close = world.bars.close
    returns = np.append(0.0, close[1:] / close[:-1] - 1.0)
    noise, unit = chance.standard_normal((2, len(close))), float(np.std(returns))
    persistent = np.array(noise[1])
    for row in range(1, len(persistent)):
        persistent[row] = 0.9 * persistent[row - 1] + np.sqrt(0.19) * noise[1, row]
    momentum = close / moved(close, 20) - 1.0
    exponential = np.array(returns)
    for row in range(1, len(exponential)):
        exponential[row] = 0.97 * exponential[row - 1] + 0.03 * returns[row]
    autoregression = FLOORS["autoregression"](returns)
    return {
        "ridge on five returns, refitted": autoregression,
        "the same as prices": close * (1.0 + autoregression),
        "20-bar momentum": momentum,
        "20-bar momentum, noisy": momentum + np.nanstd(momentum) * noise[0],
        "20-bar momentum as BUY and SELL": np.sign(momentum),
        "60-bar momentum": close / moved(close, 60) - 1.0,
        "5-bar reversal": -trailing_mean(returns, 5),
        "1-bar reversal, noisy": -returns + 2.0 * unit * noise[0],
        "slow trend, 200-bar gap": close / trailing_mean(close, 200) - 1.0,
        "exponential mean of returns": exponential,
        "mean price of 5 bars as a price": trailing_mean(close, 5),
        "last price and small noise": close * (1.0 + 0.1 * unit * noise[0]),
        "minus the volatility": -past_volatility(returns),
        UNSIGNED: -np.log(close),
        "noise": noise[0],
        "persistent noise": persistent,
        "chance of a rise by momentum": 1.0 / (1.0 + np.exp(-20.0 * momentum)),
    }


def planted_forecasts(world: World, chance: np.random.Generator) -> dict[str, FloatArray]:
    """Return forecasts that know what was not known, or stand at another bar's time."""
    close = world.bars.close
    returns = np.append(0.0, close[1:] / close[:-1] - 1.0)
    unit, noise = float(np.std(returns)), chance.standard_normal(len(close))
    momentum = close / moved(close, 20) - 1.0
    autoregression = FLOORS["autoregression"](returns)
    right = np.where(chance.random(len(close)) < 0.9, 1.0, -1.0)
    coming = moved(returns, -1)
    return {
        "the close it is about": moved(close, -1),
        "the close it is about, noisy": moved(close, -1) * (1.0 + 0.3 * unit * noise),
        "direction of its bar, 9 of 10 right": right * np.sign(coming),
        "return of its bar in its own noise": coming + unit * noise,
        "5-bar reversal stamped a bar early": moved(-trailing_mean(returns, 5), -1),
        "20-bar momentum stamped a bar early": moved(momentum, -1),
        "60-bar momentum stamped a bar early": moved(close / moved(close, 60) - 1.0, -1),
        "ridge as prices, stamped a bar early": moved(close * (1.0 + autoregression), -1),
        "ridge as prices, stamped with its bar": moved(close * (1.0 + autoregression), 1),
        "last price, stamped with its bar": moved(close, 1),
        "centred mean of 5 returns": moved(trailing_mean(returns, 5), -2),
        "centred mean of 21 returns": moved(trailing_mean(returns, 21), -10),
        "centred mean of 5 prices as a price": moved(trailing_mean(close, 5), -2),
        "price over its centred mean": close / moved(trailing_mean(close, 11), -5) - 1.0,
        "20-bar momentum a bar early, as much noise": moved(momentum, -1) + unit * noise,
        FAINT[3]: moved(momentum, -1) + 2.0 * unit * noise,
    }


def signal_cases(seed: int) -> dict[str, tuple[World, FloatArray]]:
    """Return skilled signals that the bars do not show: as they were, early and late.

    Persistent ones are autoregressions (.9); fresh ones have nothing of the day before.
    """
    cases: dict[str, tuple[World, FloatArray]] = {}
    for strength in (0.05, 0.1, 0.2, 0.3):
        world = edge_world(seed, N_BARS, information_coefficient=strength, signal="exogenous")
        cases[f"persistent signal of IC {strength:g}"] = world, world.signal
        if strength == 0.3:
            cases[FAINT_PERSISTENT] = world, moved(world.signal, -1)
    market = noise_world(seed, N_BARS)
    noise = np.random.default_rng([seed, 1]).standard_normal(N_BARS)
    for strength in (0.1, 0.2):
        fresh = strength * moved(market.shock, -1) + np.sqrt(1.0 - strength**2) * noise
        cases[f"fresh signal of IC {strength:g}"] = market, fresh
        cases[f"fresh signal of IC {strength:g} stamped a bar early"] = market, moved(fresh, -1)
        cases[f"fresh signal of IC {strength:g} stamped a bar late"] = market, moved(fresh, 1)
    return cases


def table_of(bars: Bars, values: FloatArray, days_off: int = 0) -> ForecastTable:
    """Return forecasts as somebody would write them: dates and numbers."""
    rows = np.isfinite(values)
    days = np.add(bars.closed_at[rows].astype("datetime64[D]"), days_off * DAY)
    column = ForecastColumn(name="forecast", values=values[rows])
    return ForecastTable(
        source="a study",
        stamps=days.astype("datetime64[us]"),
        days=days,
        dates_only=True,
        columns=(column,),
    )


def inspect(bars: Bars, table: ForecastTable, **options: Any) -> tuple[bool, str]:
    """Return whether forecasts are accused, and everything that was found."""
    findings = inspect_forecasts(table, Panel(bars=[bars]), options=AuditOptions(**options))
    blocks = any(one.blocks for one in findings)
    kinds = {str(one.kind) for one in findings if one.kind is not FindingKind.READ_AS}
    return blocks, "+".join(sorted(kinds))


def scores_best_elsewhere(bars: Bars, values: FloatArray) -> bool:
    """Return what the plain rule says: the largest t-statistic is at another bar than its own."""
    own = values / bars.close - 1.0 if np.nanmedian(values) > 10.0 else values
    returns = np.append(np.nan, bars.close[1:] / bars.close[:-1] - 1.0)
    known = standardise_expanding(moved(own, 1))
    _, score = return_scores(returns, past_volatility(returns))
    found = {lag: t_statistic(known, moved(score, -lag)) for lag in (-2, -1, 0, 1, 2)}
    best = max(found, key=lambda lag: np.nan_to_num(found[lag]))
    return best != 0 and found[best] > 3.0


def inspect_world(seed: int) -> list[tuple[str, str, bool, str, bool]]:
    """Return group, case, accused, findings and the plain rule's answer for every forecast."""
    world = make_market(seed)
    chance = np.random.default_rng(seed)
    honest = {name: (world, one) for name, one in honest_forecasts(world, chance).items()}
    planted = {name: (world, one) for name, one in planted_forecasts(world, chance).items()}
    for name, case in signal_cases(seed).items():
        (planted if name.endswith("early") else honest)[name] = case
    rows = []
    for group, cases in (("honest", honest), ("planted", planted)):
        for name, (market, values) in cases.items():
            kinds = {"": "score"} if name == UNSIGNED else {}
            accused, found = inspect(market.bars, table_of(market.bars, values), kinds=kinds)
            plain = scores_best_elsewhere(market.bars, values)
            rows.append((group, name, accused, found, plain))
    momentum = honest["20-bar momentum"][1]
    misread: dict[str, tuple[ForecastTable, dict[str, str]]] = {
        "20-bar momentum, every date a day early": (table_of(world.bars, momentum, -1), {}),
        "20-bar momentum, said to be made a bar earlier": (
            table_of(world.bars, momentum),
            {"known_at": "previous-close"},
        ),
    }
    for name, (table, options) in misread.items():
        rows.append(("planted", name, *inspect(world.bars, table, **options), False))
    return rows


def parse_arguments() -> argparse.Namespace:
    """Read the command line; the defaults are fixed, so that a plain run is always the same run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=40_000, help="default: %(default)s")
    parser.add_argument("--worlds", type=int, default=250, help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="six markets")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.worlds = 6
    return arguments


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments()
    report = Report(
        name="study-audit",
        title=f"Forecasts accused by the audit, {arguments.worlds} markets of 5 years",
        seed=arguments.seed,
        columns=("forecasts", "made", "accused", "share", "95 % interval", "plain rule"),
    )
    seeds = range(arguments.seed, arguments.seed + arguments.worlds)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for rows in in_parallel(inspect_world, seeds, arguments.workers, "markets"):
        for group, name, accused, found, plain in rows:
            counts[group, name].update({"n": 1, "accused": int(accused), "plain": int(plain)})
            kinds[name][found] += 1
    for (group, name), own in counts.items():
        low, high = exact_interval(own["accused"], own["n"])
        share, plain_share = own["accused"] / own["n"], own["plain"] / own["n"]
        told = f"{name} (beside the bar)" if name in FAINT else name
        report.add(told, group, own["accused"], share, f"{low:.4f} to {high:.4f}", plain_share)
    return _close(report, counts, kinds)


def _close(
    report: Report,
    counts: dict[tuple[str, str], Counter[str]],
    kinds: dict[str, Counter[str]],
) -> int:
    def pool(group: str, pick: Callable[[str], bool] = lambda _: True) -> tuple[int, int, int]:
        own = [c for (g, name), c in counts.items() if g == group and pick(name)]
        return (
            sum(c["accused"] for c in own),
            sum(c["n"] for c in own),
            sum(c["plain"] for c in own),
        )

    accused, n_honest, plain = pool("honest")
    found, n_planted, plain_found = pool("planted", lambda name: name not in FAINT)
    late = kinds[HINTED]
    report.figures = {
        "accused_honest": [accused, n_honest, *exact_interval(accused, n_honest)],
        "accused_honest_by_plain_rule": [plain, n_honest, *exact_interval(plain, n_honest)],
        "found_planted": [found, n_planted, *exact_interval(found, n_planted)],
        "found_planted_by_plain_rule": [plain_found, n_planted],
        "late_signals_hinted_at": sum(n for what, n in late.items() if "late" in what),
        "honest_hinted_at_as_late": {
            name: sum(n for what, n in own.items() if "late" in what)
            for (group, name) in counts
            if group == "honest" and name != HINTED
            for own in (kinds[name],)
        },
        "last_price_recognised": kinds["last price, stamped with its bar"]["misaligned"],
        "findings": {name: dict(own) for name, own in kinds.items()},
    }
    interval = exact_interval(found, n_planted)
    least = min(
        own["accused"] / own["n"]
        for (group, name), own in counts.items()
        if group == "planted" and name not in FAINT
    )
    also = {
        f"honest forecasts accused at most {MOST_ACCUSED:.0%}": accused / n_honest <= MOST_ACCUSED,
        f"every planted fault found at least {LEAST_FOUND:.0%} of the time": least >= LEAST_FOUND,
    }
    return report.close(found / n_planted, interval, LEAST_FOUND, at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())

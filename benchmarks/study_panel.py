"""How the families do on real stocks, beside the floors and the peers on the same bars and splits.

`us_daily_cc0` since 2005-03, one bar ahead, one nested walk-forward: every model, ours and
theirs, is fitted on the same training and validation rows of each fold and forecasts the same rows
after them. Ours learn from core15, by two plans, each with its ensemble: "brief", with its nets,
and "standard", which a time budget chooses; here it keeps as many validation rows as the others,
though none of its families needs them. Qlib's LightGBM learns from Alpha158 (computed here, which
agrees with Qlib's to 4e-8: study-feature-agreement) with the published settings of its example;
mlforecast's LightGBM from the lags that it makes itself; neuralforecast's LSTM, one net over all
symbols with the library's own settings, from the last 60 returns. As published, the last two stop
by nothing and fit the validation rows too; the LSTM ends at the library's 1000 steps of 128
windows, less than one pass over a fold. What the peers forecast is kept (`_panel_peers.py`). The
stocks are survivors of 2017: models are compared, and no return is claimed.

Shown per model: the mean rank correlation of forecast and return over the symbols of a bar (rank
IC), the correlation of forecast and volatility-scaled return over all rows (IC), the share of
right directions, and what a dollar-neutral portfolio earns a bar after 5 bps a side, long what is
forecast above the day's mean and short the rest; intervals by stationary bootstrap of days. The
figure is the rank IC of the brief plan's ensemble less that of the best peer; the bar is 0: ahead
of each. The last column has the lead of the standard plan's ensemble.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from _panel_peers import CLOSE, ask_peers
from _report import Report, parse_arguments
from bellwether.adapters import ProcessFitRunner, WorkStore
from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import Bars, Panel
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.models import FLOORS
from bellwether.samples import Samples, build_samples
from bellwether.service import PLANS, STANDARD_PLAN
from bellwether.sources import read_bars
from bellwether.validation import (
    FamilyPlan,
    ForecastStream,
    TrainingPlan,
    WalkForward,
    gather_forecasts,
    plan_fits,
    resample_rows,
    score_forecasts,
)

FOLDER = Path(os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data")) / "us_daily_cc0"
SINCE = np.datetime64("2005-03-01")
COST, RESAMPLES, BLOCK_BARS = 5e-4, 500, 21.0
BRIEF, STANDARD = "ensemble", "standard ensemble"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What one model earned on each day: sums, so that days can be drawn again.

    Parameters
    ----------
    rank_ic : float64 array of shape (n_days,)
    products, forecast_squares, outcome_squares : float64 arrays of shape (n_days,)
    hits, n_settled : float64 arrays of shape (n_days,)
    net : float64 array of shape (n_days,)
    """

    rank_ic: FloatArray
    products: FloatArray
    forecast_squares: FloatArray
    outcome_squares: FloatArray
    hits: FloatArray
    n_settled: FloatArray
    net: FloatArray

    def means(self, days: IntArray) -> FloatArray:
        """Return rank IC, IC, accuracy and net bps a day over some days, by the last axis."""
        scale = np.sqrt(
            self.forecast_squares[days].sum(axis=-1) * self.outcome_squares[days].sum(axis=-1)
        )
        figures = (
            self.rank_ic[days].mean(axis=-1),
            self.products[days].sum(axis=-1) / np.maximum(scale, 1e-300),
            self.hits[days].sum(axis=-1) / self.n_settled[days].sum(axis=-1),
            self.net[days].mean(axis=-1) * 1e4,
        )
        return np.stack(figures)


def read_panel(n_symbols: int) -> Panel:
    """Return the development panel, every file of it that covers the whole stretch."""
    found: list[Bars] = []
    for path in sorted(FOLDER.rglob("*.us.txt")):
        bars = read_bars(path).bars
        recent = bars[int(np.searchsorted(bars.closed_at, SINCE)) :]
        found.append(recent)
        if len(found) == n_symbols:
            break
    return Panel(bars=found)


def panel_plan(n_refits: int, families: Sequence[FamilyPlan]) -> TrainingPlan:
    """Return the plan with so many refits of each family."""
    items = tuple(
        FamilyPlan(family=one.family, preset=one.preset, n_refits=n_refits, changes=one.changes)
        for one in families
    )
    return TrainingPlan(name="panel", families=items)


def walk_plan(
    samples: Samples, plan: TrainingPlan, runner: ProcessFitRunner
) -> tuple[WalkForward, ForecastStream, dict[str, FloatArray]]:
    """Return a plan's fits, what its ensemble forecasts, and what each family does by its words."""
    walk = plan_fits(samples, plan)
    outcomes = {}
    for task, outcome in runner.run(samples, walk.tasks, lambda _task, _share: None):
        outcomes[task.key] = outcome
        print(f"{len(outcomes)} of {len(walk.tasks)} fits: {task.family}", file=sys.stderr)
    forecasts = gather_forecasts(samples, walk, outcomes)
    together = score_forecasts(samples, forecasts, plan.state_refit_bars).stream
    presets = {one.family: one.preset for one in plan.families}
    alone = {
        f"{name}, {presets[name]}": forecasts.values[:, column]
        for column, name in enumerate(forecasts.names)
    }
    return walk, together, alone


def say_floors(panel: Panel) -> dict[str, FloatArray]:
    """Return what the floors that move forecast."""
    closes = [bars.matrix[:, CLOSE] for bars in panel.bars]
    returns = [np.append(np.nan, close[1:] / close[:-1] - 1.0) for close in closes]
    return {
        f"floor: {name}": np.concatenate([np.asarray(floor(part), float) for part in returns])
        for name, floor in FLOORS.items()
    }


def score(samples: Samples, forecast: FloatArray, rows: IntArray) -> Scores:
    """Score one model's forecasts on the rows that every model forecast."""
    days, place = np.unique(samples.decided_on[rows], return_inverse=True)
    n_days, n_symbols = len(days), len(samples.symbols)
    shape = (n_days, n_symbols)

    def lay(values: npt.NDArray[np.float64]) -> FloatArray:
        table = np.full(shape, np.nan)
        table[place, samples.symbol[rows]] = values[rows]
        return table

    said, outcome, scaled = lay(forecast), lay(samples.forward_return), lay(samples.target)
    centred = said - np.nanmean(said, axis=1, keepdims=True)
    sign = np.sign(np.nan_to_num(centred))
    share = sign / np.maximum(np.abs(sign).sum(axis=1, keepdims=True), 1.0)
    turned = np.abs(np.diff(share, axis=0, prepend=0.0)).sum(axis=1)
    hit = np.sign(said) * np.sign(outcome)
    x, y = said - np.nanmean(said), np.clip(scaled, -3.0, 3.0)
    y = y - np.nanmean(y)
    return Scores(
        rank_ic=correlate_ranks(said, outcome),
        products=np.nansum(x * y, axis=1),
        forecast_squares=np.nansum(x * x, axis=1),
        outcome_squares=np.nansum(y * y, axis=1),
        hits=np.nansum(hit > 0.0, axis=1).astype(np.float64),
        n_settled=np.nansum(hit != 0.0, axis=1).astype(np.float64),
        net=np.nansum(share * outcome, axis=1) - COST * turned,
    )


def correlate_ranks(said: FloatArray, outcome: FloatArray) -> FloatArray:
    """Return each day's rank correlation over its symbols; 0 where forecasts are all the same."""
    there = np.isfinite(said) & np.isfinite(outcome)

    def rank(table: FloatArray) -> FloatArray:
        order = np.where(there, table, np.inf).argsort(axis=1, kind="stable")
        ranks = np.empty(table.shape)
        np.put_along_axis(ranks, order, np.arange(table.shape[1], dtype=float)[None, :], axis=1)
        ranks = np.where(there, ranks, np.nan)
        return np.asarray(ranks - np.nanmean(ranks, axis=1, keepdims=True))

    x, y = rank(said), rank(outcome)
    scale = np.sqrt(np.nansum(x * x, axis=1) * np.nansum(y * y, axis=1))
    is_flat = np.nanstd(said, axis=1) == 0.0
    found = np.nansum(x * y, axis=1) / np.maximum(scale, 1e-300)
    return np.asarray(np.where(is_flat, 0.0, found))


def show(
    report: Report, samples: Samples, said: Mapping[str, FloatArray], rows: IntArray
) -> dict[str, tuple[float, float, float]]:
    """Fill the table, and return the brief ensemble's lead in rank IC over each other model."""
    scored = {name: score(samples, forecast, rows) for name, forecast in said.items()}
    n_days = len(scored[BRIEF].net)
    drawn = resample_rows(n_days, RESAMPLES, BLOCK_BARS, seed=report.seed or 0)
    every = np.arange(n_days)
    whole = {name: one.means(every) for name, one in scored.items()}
    again = {name: one.means(drawn) for name, one in scored.items()}

    def lead(ensemble: str, name: str) -> tuple[float, float, float]:
        ahead = float(whole[ensemble][0] - whole[name][0])
        low, high = np.quantile(again[ensemble][0] - again[name][0], [0.025, 0.975])
        return ahead, float(low), float(high)

    for name in scored:
        lows, highs = np.quantile(again[name], [0.025, 0.975], axis=1)
        figures = zip(whole[name], lows, highs, strict=True)
        cells = [f"{value:.4f} [{low:.4f}, {high:.4f}]" for value, low, high in figures]
        leads = {ensemble: lead(ensemble, name) for ensemble in (BRIEF, STANDARD)}
        told = [
            "" if name == ensemble else "{:+.4f} [{:+.4f}, {:+.4f}]".format(*found)
            for ensemble, found in leads.items()
        ]
        report.add(name, *cells, *told)
        report.figures[name] = {
            "figures": whole[name].tolist(),
            "low": lows.tolist(),
            "high": highs.tolist(),
            "lead": leads[BRIEF],
            "standard_lead": leads[STANDARD],
        }
    return {name: lead(BRIEF, name) for name in scored}


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=9, symbols=175, refits=4)
    if not FOLDER.is_dir():
        print(f"expected the market data at {FOLDER}, found none: set BELLWETHER_MARKET_DATA")
        return 2
    report = Report(
        name="study-panel",
        title=f"{arguments.symbols} US symbols since {SINCE}, one day ahead, out of sample",
        seed=arguments.seed,
        columns=(
            "model",
            "rank IC",
            "IC",
            "accuracy",
            "net bps a day",
            "ensemble ahead by",
            "standard ensemble ahead by",
        ),
    )
    panel = read_panel(arguments.symbols)
    samples = build_samples(panel, core15(), LabelSpec())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    runner = ProcessFitRunner(
        WorkStore(cache / "bellwether-bench" / "panel-fits"), arguments.workers
    )
    said: dict[str, FloatArray] = {}
    brief = panel_plan(arguments.refits, PLANS["brief"].families)
    walk, together, alone = walk_plan(samples, brief, runner)
    said |= {BRIEF: together.expected_return, f"{BRIEF}, its score": together.score} | alone
    standard = panel_plan(arguments.refits, STANDARD_PLAN.families)
    _, second, alone = walk_plan(samples, standard, runner)
    said |= {STANDARD: second.expected_return, f"{STANDARD}, its score": second.score} | alone
    peers = ask_peers(panel, samples, walk)
    said |= peers | say_floors(panel)
    finite = np.all([np.isfinite(one) for one in said.values()], axis=0)
    judged = together.out_of_sample & second.out_of_sample
    rows = np.flatnonzero(judged & samples.labelled & finite)
    leads = show(report, samples, said, rows)
    report.figures["n_rows"] = len(rows)
    if not peers:
        print("no peer could be run: nothing is compared")
        return 2
    worst = min(peers, key=lambda name: leads[name][0])
    figure, low, high = leads[worst]
    return report.close(figure, (low, high), 0.0, at_most=False)


if __name__ == "__main__":
    sys.exit(main())

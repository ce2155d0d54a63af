"""A home folder for the page to show: everything a person may meet in it, made by the use cases.

usage: python page_home.py HOME [--hostile] [--until INSTANT]

Simulated markets with a planted edge, of which one loses it, and real bars of two indices. Models
are trained, judged and promoted or refused; days go by with answers, ticks of watching and alerts;
challengers are made. Seeds are fixed: but for the present, which everything ends at, each run comes
to the same. With --hostile every name that a user may choose tries to be markup or a formula.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bellwether.arrays import TimeArray
from bellwether.bars import COLUMNS, Bars, BarsImport, Panel, edge_world, noise_world
from bellwether.bootstrap import (
    Workspace,
    advance_retraining,
    open_alerts,
    open_workspace,
    run_tick,
)
from bellwether.clock import SystemClock, read_instant
from bellwether.service import CHEAP_PLAN, CalibrationRequest, import_bars
from bellwether.sources import ALWAYS_OPEN, WEEKDAYS, find_sessions, read_bars, sample_market
from bellwether.validation import CalibrationSetting
from bellwether.watch import acknowledge

SEED = 20181231
EXCHANGE = "XNYS"
# The plan is the one that the budget chooses for a challenger, which then is of one pipeline.
N_TRAINED, N_WATCHED, N_SERVED, N_REAL = 1000, 90, 12, 700
# The fading market turns against what was learned from it.
EDGE, LOST_EDGE, AGAINST = 0.2, 0.4, -0.4
# One bar of a market never comes: what was said of it is void after five sessions.
LOST_BEFORE_END = 9
CALIBRATION_RUNS = 40
# So little that the cheapest plan is chosen, which is the one of the models here.
BUDGET_SECONDS = 1.0
_SOON, _DAY = np.timedelta64(10, "m"), np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Every text of this home that a user chooses."""

    steady: tuple[str, str] = ("ALDER", "BIRCH")
    fading: str = "CEDAR"
    careless: str = "DOGWOOD"
    round_the_clock: str = "ELM-USD"
    desk: str = "desk"
    lone: str = "lone"
    indices: str = "indices"
    source: str = "export.csv"
    person: str = "A. Watcher"
    words: str = "Seen. It goes on in the shadow until the edge is back."


HOSTILE = Names(
    steady=("<img src=x onerror=alert(1)>", 'BIRCH"><script>alert(2)</script>'),
    fading='=HYPERLINK("//evil.example")',
    careless="../../etc/passwd%00<svg/onload=alert(3)>",
    round_the_clock="javascript:alert(4)//{{7*7}}${7*7}",
    desk="desk<script>alert(5)</script>",
    lone="lone' onmouseover='alert(6)",
    indices="indices<iframe src=javascript:alert(7)>",
    source="<svg onload=alert(8)>.csv",
    person="<b onclick=alert(9)>A. Watcher</b>",
    words="</p><script>alert(10)</script><a href=javascript:alert(11)>look</a>",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Market:
    """One symbol's whole history; `lost` are rows that never come."""

    symbol: str
    bars: Bars
    calendar: str = EXCHANGE
    lost: frozenset[int] = frozenset()

    def read(self, n_bars: int, now: np.datetime64) -> BarsImport:
        """Return the first bars as a reader gives them."""
        rows = [row for row in range(n_bars) if row not in self.lost]
        columns = {name: getattr(self.bars, name)[rows] for name in ("closed_at", *COLUMNS)}
        frame = pl.DataFrame({"date": columns.pop("closed_at"), **columns})
        return read_bars(frame, symbol=self.symbol, calendar=self.calendar, now=now)


@dataclass(kw_only=True, eq=False)
class PageHome:
    """A home folder that is filled; its clock is set by hand."""

    folder: Path
    until: np.datetime64
    names: Names
    instant: np.datetime64 = field(default=np.datetime64("2000-01-01", "us"))

    def now(self) -> np.datetime64:
        """Return what the clock was set to."""
        return self.instant

    def fill(self) -> None:
        """Do everything, in the order of time."""
        workspace = self._open()
        self._show_real_bars(workspace)
        markets = self._make_markets()
        closes = markets[0].bars.closed_at
        self._train(workspace, markets[:2], self.names.desk, closes)
        self._train(workspace, markets[2:3], self.names.lone, closes)
        for day in range(N_WATCHED + 1):
            self._live(workspace, markets, closes, day)
        self._import_careless(workspace)
        self._import_round_the_clock(workspace)
        self._calibrate(workspace)
        self._acknowledge(workspace)
        self._challenge(workspace)

    def _open(self) -> Workspace:
        flags: dict[str, object] = {
            "home": self.folder,
            "retrain_budget_seconds": BUDGET_SECONDS,
            "retraining": False,
        }
        return open_workspace(flags, clock=self)

    def _show_real_bars(self, workspace: Workspace) -> None:
        """Train on two indices at the end of their bars; the gate refuses what it finds."""
        imports = [sample_market(name) for name in ("sp500", "nasdaq")]
        bars = [one.bars[-N_REAL:] for one in imports]
        self.instant = bars[0].closed_at[-1] + _SOON
        for market in (Market(symbol=one.symbol, bars=one, calendar=EXCHANGE) for one in bars):
            self._store(workspace, market.read(N_REAL, self.instant), f"{market.symbol}.csv")
            self._predict(workspace, market, N_REAL)
        request = workspace.request(Panel(bars=bars), plan=CHEAP_PLAN, universe=self.names.indices)
        workspace.train(request)

    def _make_markets(self) -> tuple[Market, ...]:
        n_bars = N_TRAINED + N_WATCHED
        closes = last_closes(self.until, n_bars)
        first, second = (
            edge_world(SEED + number, n_bars, information_coefficient=EDGE).bars
            for number in range(2)
        )
        turned = join(
            edge_world(SEED + 2, N_TRAINED, information_coefficient=LOST_EDGE).bars,
            edge_world(SEED + 15, N_WATCHED, information_coefficient=AGAINST).bars,
        )
        lost = frozenset({n_bars - LOST_BEFORE_END})
        symbols = (*self.names.steady, self.names.fading)
        return tuple(
            Market(symbol=symbol, bars=at_times(bars, symbol, closes), lost=rows)
            for symbol, bars, rows in zip(
                symbols, (first, second, turned), (frozenset[int](), lost, lost), strict=True
            )
        )

    def _train(
        self, workspace: Workspace, markets: Sequence[Market], universe: str, closes: TimeArray
    ) -> None:
        self.instant = closes[N_TRAINED - 1] + _SOON
        imports = [one.read(N_TRAINED, self.instant) for one in markets]
        for one in imports:
            self._store(workspace, one, self.names.source)
        panel = Panel(bars=[one.bars for one in imports])
        result = workspace.train(workspace.request(panel, plan=CHEAP_PLAN, universe=universe))
        if result.champion is None:
            raise SystemExit(f"expected a promoted model of {universe}, {result.verdict.headline}")

    def _live(
        self, workspace: Workspace, markets: Sequence[Market], closes: TimeArray, day: int
    ) -> None:
        """Let a session close: its bars, a tick of watching, and answers about what follows."""
        n_bars, left = N_TRAINED + day, N_WATCHED - day
        is_daily = left < N_SERVED
        if not is_daily and day % 5:
            return
        self.instant = closes[n_bars - 1] + _SOON
        for one in markets:
            self._store(workspace, one.read(n_bars, self.instant), self.names.source)
            if is_daily and n_bars - 1 not in one.lost:
                self._predict(workspace, one, n_bars)
        run_tick(workspace)

    def _predict(self, workspace: Workspace, market: Market, n_bars: int) -> None:
        workspace.predict_import(market.read(n_bars, self.instant))

    def _store(self, workspace: Workspace, imported: BarsImport, source: str) -> None:
        import_bars(imported, store=workspace.bars, clock=self, source=source)

    def _import_careless(self, workspace: Workspace) -> None:
        """Import a file with lines that are refused, lines twice, and sessions that are missing."""
        closes = last_closes(self.until, 400, WEEKDAYS)
        bars = at_times(noise_world(SEED + 4, 400).bars, "careless", closes)
        rows = [
            f"{str(at)[:10]},{opened:.2f},{high:.2f},{low:.2f},{close:.2f},{volume:.0f}"
            for at, opened, high, low, close, volume in zip(
                bars.closed_at, *(getattr(bars, name) for name in COLUMNS), strict=True
            )
        ]
        rows[50] = rows[50].replace(rows[50].split(",")[2], "-3.00")
        rows[120] = f"{rows[120].rsplit(',', 2)[0]},n/a,0"
        del rows[200:206]
        rows.insert(260, rows[260])
        with tempfile.TemporaryDirectory(prefix="bellwether-") as folder:
            path = Path(folder) / "careless.csv"
            path.write_text("\n".join(["date,open,high,low,close,volume", *rows]), encoding="utf-8")
            imported = read_bars(
                path, symbol=self.names.careless, calendar=WEEKDAYS, now=self.instant
            )
        self._store(workspace, imported, self.names.source)

    def _import_round_the_clock(self, workspace: Workspace) -> None:
        """Import a market that never closes."""
        today = self.until.astype("datetime64[D]")
        closes = find_sessions(ALWAYS_OPEN, today - 500 * _DAY, today - _DAY).calendar("1d")
        times = closes.closes_at[closes.closes_at <= self.instant][-450:]
        bars = at_times(noise_world(SEED + 5, len(times)).bars, "clock", times)
        market = Market(symbol=self.names.round_the_clock, bars=bars, calendar=ALWAYS_OPEN)
        self._store(workspace, market.read(len(times), self.instant), self.names.source)
        self._predict(workspace, market, len(times))

    def _calibrate(self, workspace: Workspace) -> None:
        setting = CalibrationSetting(
            options=workspace.gate, n_bars=1000, cost_bps=workspace.settings.cost_bps, seed=SEED
        )
        workspace.calibrate_gate(CalibrationRequest(setting=setting, n_runs=CALIBRATION_RUNS))

    def _acknowledge(self, workspace: Workspace) -> None:
        """Let a person say that they know of the oldest alert."""
        book = open_alerts(workspace).book
        book.refresh()
        told = book.open_episodes()
        if told:
            texts = {"by": self.names.person, "words": self.names.words}
            acknowledge(told[0].episode_id, **texts, book=book, now=self.instant)

    def _challenge(self, workspace: Workspace) -> None:
        """Make challengers: what was refused is refused again, those that are due wait beside."""
        self.instant = self.until
        advance_retraining(workspace, asks=True, universe=self.names.indices)
        run_tick(workspace)


def last_closes(until: np.datetime64, n_bars: int, calendar: str = EXCHANGE) -> TimeArray:
    """Return the closes of the last sessions up to an instant."""
    last = until.astype("datetime64[D]")
    closes = find_sessions(calendar, last - (n_bars * 2 + 10) * _DAY, last).calendar("1d").closes_at
    found: TimeArray = closes[closes <= until][-n_bars:]
    return found


def join(before: Bars, after: Bars) -> Bars:
    """Return bars with others behind them, which go on at their last price."""
    factor = before.close[-1] / after.open[0]
    columns: dict[str, Any] = {
        name: np.concatenate(
            [getattr(before, name), getattr(after, name) * (1.0 if name == "volume" else factor)]
        )
        for name in COLUMNS
    }
    times = last_closes(before.closed_at[-1], len(before) + len(after))
    return Bars(symbol=before.symbol, closed_at=times, **columns)


def at_times(bars: Bars, symbol: str, closed_at: TimeArray) -> Bars:
    """Return bars at other times, prices to the cent."""
    columns = {name: getattr(bars, name).round(2) for name in COLUMNS}
    return Bars(symbol=symbol, closed_at=closed_at, **columns)


def main() -> None:
    """Fill the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--hostile", action="store_true", help="with names that try injection")
    parser.add_argument("--until", type=read_instant, default=None, help="default: now")
    given = parser.parse_args()
    until = SystemClock().now() if given.until is None else given.until
    PageHome(folder=given.home, until=until, names=HOSTILE if given.hostile else Names()).fill()


if __name__ == "__main__":
    main()

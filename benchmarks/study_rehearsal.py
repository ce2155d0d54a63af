"""Years replayed day by day: no day without a valid answer, and every alarm explained.

Three rehearsals by the use cases that serve people, each with every kind of fault once a year. Real
stocks from 2006 to 2017 and SPY from 2018 to 2021, where nothing says that there is an edge to
find; and simulated stocks whose edge is planted in the second year, vanishes in the sixth and comes
back in the eighth, so that promotion, drift, fallback, retraining and return can be dated against
the truth. The data are named in `shared/data`; rehearsals whose data are not there are left out,
and said to be. Beside what was served: the rules alone on the same bars. The pages are written
into the folder of `--pages`.
"""

import argparse
import io
import os
import sys
import time
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from _report import Report
from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars import Bars, BarsImport, SessionCalendar, assess, regime_change_world
from bellwether.bootstrap import rehearse_in_memory
from bellwether.cards import render_rehearsal
from bellwether.rehearsal import FaultKind, KnownChange, RehearsalOptions, RehearsalReport
from bellwether.sources import find_sessions, read_bars

DATA = Path(os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data"))
YEAR, HISTORY_BARS, TRAIN_BARS = 252, 756, 1260
PRICE_UNIT = 10_000.0
SKILL = 0.30
STARTS_YEAR, ENDS_YEAR, BACK_YEAR, N_YEARS = 1, 5, 7, 10
STEPS = (
    "promoted",
    "drift found",
    "rules answer",
    "retrained",
    "recovery proven",
    "model answers again",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """One rehearsal and how long it took.

    Parameters
    ----------
    name : str
    report : RehearsalReport
    seconds : float
        Of the process, by its own clock.
    """

    name: str
    report: RehearsalReport
    seconds: float


def rehearse_all(given: argparse.Namespace) -> Iterable[Lived]:
    """Live through every rehearsal whose data are there."""
    common = RehearsalOptions(
        history_bars=HISTORY_BARS,
        train_bars=TRAIN_BARS,
        faults=tuple(FaultKind),
        seed=given.seed,
    )
    planted, known = plant(given.seed, given.planted_symbols, given.planted_years)
    yield live("planted edge", planted, replace(common, known_changes=known))
    stocks = DATA / "us_daily_cc0" / "Stocks"
    if stocks.is_dir():
        first_at = np.datetime64("2006-01-01", "us")
        options = replace(common, first_at=first_at, last_at=first_at + years(given.us_years))
        yield live("US stocks", read_stocks(stocks, given.symbols), options)
    spy = DATA / "lean_raw" / "Data" / "equity" / "usa"
    if spy.is_dir():
        first_at = np.datetime64("2018-01-01", "us")
        options = replace(common, first_at=first_at, last_at=first_at + years(given.spy_years))
        yield live("SPY", [read_lean(spy, "spy")], options)


def years(n_years: int) -> np.timedelta64:
    """Return so many years of 365 days."""
    return np.timedelta64(365 * n_years * 86_400_000_000, "us")


def live(name: str, histories: Sequence[BarsImport], options: RehearsalOptions) -> Lived:
    """Live through one rehearsal."""
    started = time.process_time()
    report = rehearse_in_memory(histories, replace(options, universe=name))
    return Lived(name=name, report=report, seconds=time.process_time() - started)


def read_stocks(folder: Path, n_symbols: int) -> list[BarsImport]:
    """Return the first stocks by name that have the history, of the last twenty years."""
    found = []
    wanted_from = np.datetime64("2006-01-01", "us")
    for path in sorted(folder.iterdir()):
        one = read_bars(path, calendar="XNYS")
        n_before = int(np.searchsorted(one.bars.closed_at, wanted_from))
        if n_before < HISTORY_BARS:
            continue
        # Nothing before the bars that a training sees is ever looked at.
        bars = one.bars[max(n_before - TRAIN_BARS, 0) :]
        found.append(replace(one, bars=bars))
        if len(found) == n_symbols:
            break
    return found


def read_lean(folder: Path, symbol: str) -> BarsImport:
    """Return raw daily bars with the adjustments that their factor file gives."""
    with zipfile.ZipFile(folder / "daily" / f"{symbol}.zip") as archive:
        content = archive.read(f"{symbol}.csv")
    names = ("day", "open", "high", "low", "close", "volume")
    rows = pl.read_csv(io.BytesIO(content), has_header=False, new_columns=names)
    days = as_days(rows["day"].to_list())
    sessions = find_sessions("XNYS", days[0], days[-1] + np.timedelta64(400, "D"))
    closes = sessions.closes_at
    rows_of = np.searchsorted(closes.astype("datetime64[D]"), days)
    is_session = closes[rows_of].astype("datetime64[D]") == days
    prices = {
        name: rows[name].to_numpy().astype(np.float64)[is_session] / PRICE_UNIT
        for name in names[1:5]
    }
    bars = Bars(
        symbol=symbol.upper(),
        closed_at=closes[rows_of][is_session],
        volume=rows["volume"].to_numpy().astype(np.float64)[is_session],
        adjustment=read_factors(folder / "factor_files" / f"{symbol}.csv", days[is_session]),
        **prices,
    )
    return import_of(bars, SessionCalendar(name="XNYS", closes_at=closes))


def as_days(texts: Sequence[str]) -> TimeArray:
    """Return the days that texts such as 20180102 begin with."""
    return np.array([f"{day[:4]}-{day[4:6]}-{day[6:8]}" for day in texts], "datetime64[D]")


def read_factors(path: Path, days: TimeArray) -> FloatArray:
    """Return the factor of each day: that of the first line on or after it."""
    lines = [line.split(",") for line in path.read_text(encoding="ascii").split()]
    until = np.array(
        [f"{one[0][:4]}-{one[0][4:6]}-{one[0][6:8]}" for one in lines], "datetime64[D]"
    )
    factors = np.array([float(one[1]) * float(one[2]) for one in lines])
    found: FloatArray = factors[np.searchsorted(until, days)]
    return found


def import_of(bars: Bars, sessions: SessionCalendar) -> BarsImport:
    """Return bars as a reader gives them."""
    quality = assess(bars, sessions)
    return BarsImport(bars=bars, quality=quality, calendar=sessions, source_digest=bars.digest)


def plant(
    seed: int, n_symbols: int, n_years: int
) -> tuple[list[BarsImport], tuple[KnownChange, ...]]:
    """Return simulated stocks whose edge comes, goes and comes back, and when."""
    histories = [plant_one(seed + place, f"SIM{place:02d}", n_years) for place in range(n_symbols)]
    closed_at = histories[0].bars.closed_at
    told = (
        (STARTS_YEAR, "the planted edge begins"),
        (ENDS_YEAR, "the planted edge vanishes"),
        (BACK_YEAR, "the planted edge is back"),
    )
    known = tuple(
        KnownChange(at=closed_at[HISTORY_BARS + year * YEAR], words=words)
        for year, words in told
        if year < n_years
    )
    return histories, known


def plant_one(seed: int, symbol: str, n_years: int) -> BarsImport:
    """Return one simulated stock: two worlds, one behind the other."""
    n_first, n_bars = HISTORY_BARS + BACK_YEAR * YEAR, HISTORY_BARS + n_years * YEAR
    first = regime_change_world(
        seed,
        n_bars,
        information_coefficient=SKILL,
        starts_at_bar=HISTORY_BARS + STARTS_YEAR * YEAR,
        ends_at_bar=min(HISTORY_BARS + ENDS_YEAR * YEAR, n_bars),
        signal="reversal",
    ).bars
    n_then = max(n_bars - n_first, 0)
    if n_then:
        then = regime_change_world(
            seed + 100_000,
            n_then + 1,
            information_coefficient=SKILL,
            starts_at_bar=0,
            ends_at_bar=n_then + 1,
            signal="reversal",
        ).bars
        first = put_behind(first, n_first, then)
    bars = replace(first, symbol=symbol)
    ahead = bars.closed_at[-1] + np.arange(1, 400) * np.timedelta64(1, "D")
    closes_at = np.concatenate([bars.closed_at, ahead])
    return import_of(bars, SessionCalendar(name="simulated", closes_at=closes_at))


def put_behind(first: Bars, n_first: int, then: Bars) -> Bars:
    """Return the first bars of one world, and behind them another's from its second bar on."""
    scale = first.close[n_first - 1] / then.close[0]
    columns: dict[str, FloatArray] = {
        name: np.concatenate([getattr(first, name)[:n_first], scale * getattr(then, name)[1:]])
        for name in ("open", "high", "low", "close")
    }
    volume = np.concatenate([first.volume[:n_first], then.volume[1:]])
    return Bars(
        symbol=first.symbol,
        interval=first.interval,
        closed_at=first.closed_at,
        adjustment=first.adjustment,
        volume=volume,
        **columns,
    )


def date_steps(lived: Lived) -> dict[str, str]:
    """Return when each step of the planted story first happened, on or after its cause."""
    report = lived.report
    known = {one.words: one.at for one in report.timeline if one.kind == "known"}
    starts, ends, back = (
        known.get(words, "9999-12-31")
        for words in (
            "the planted edge begins",
            "the planted edge vanishes",
            "the planted edge is back",
        )
    )
    serving = [("passed the gate and serves", "training"), (" serves, on probation", "retraining")]
    conditions = ("-> amber", "-> red", "the rules are expected to be better")
    first = {
        "promoted": [(words, kind, starts) for words, kind in serving],
        "drift found": [(words, "standing", ends) for words in conditions],
        "rules answer": [("-> red", "standing", ends),
                         ("the rules are expected to be better", "standing", ends)],
        "retrained": [("trained: ", "retraining", ends)],
        "recovery proven": [("-> recovering", "standing", back),
                            (" serves, on probation", "retraining", back)],
        "model answers again": [],
    }  # fmt: skip
    found = {}
    for step in STEPS:
        days = [
            one.at[:10]
            for one in report.timeline
            for words, kind, since in first[step]
            if one.kind == kind and words in one.words and one.at >= since
        ]
        found[step] = min(days, default="never")
    # The first quarter that begins after the edge is back and in which a model answered.
    answered = [
        one.quarter
        for one in report.quarters
        if one.quarter > f"{back[:4]} Q{(int(back[5:7]) + 2) // 3}"
        and one.counts.get("champion", 0)
    ]
    found["model answers again"] = min(answered, default="never")
    return found


def add(report: Report, lived: Lived) -> None:
    """Add a row and its figures."""
    told = lived.report
    shares = {one.source: one.share for one in told.sources}
    served = told.service_account.model.added_bps
    ends = "-" if served.low is None else f"{served.low:+.1f} to {served.high:+.1f}"
    report.add(
        lived.name,
        f"{told.first_at[:10]} to {told.last_at[:10]}",
        told.n_questions,
        told.n_unanswered,
        shares.get("champion", 0.0) + shares.get("previous champion", 0.0),
        f"{served.mean:+.1f} ({ends})",
        len(told.alarms),
        len(told.retrains),
        60.0 * told.n_sessions / lived.seconds,
    )
    report.figures[lived.name] = {
        "days": told.n_sessions,
        "symbols": len(told.symbols),
        "questions": told.n_questions,
        "unanswered": told.n_unanswered,
        "sources": [one.source for one in told.sources],
        "shares": shares,
        "accuracy": {one.source: one.accuracy for one in told.sources},
        "value_bps": {one.source: one.value_bps for one in told.sources},
        "alarms_by_cause": {
            cause: sum(one.cause == cause for one in told.alarms)
            for cause in ("injected", "known", "data", "evidence")
        },
        "retrains": [(one.begun_at[:10], one.trigger, one.outcome) for one in told.retrains],
        "process_seconds": round(lived.seconds, 1),
    }


def main() -> int:
    """Run the study and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20_080_101)
    parser.add_argument("--pages", type=Path, default=None, help="folder for the pages")
    counts = {"symbols": 20, "us_years": 12, "spy_years": 4, "planted_symbols": 20}
    for name, count in {**counts, "planted_years": N_YEARS}.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=count)
    given = parser.parse_args()
    report = Report(
        name="study-rehearsal",
        title="Years replayed day by day, every kind of fault once a year",
        seed=given.seed,
        columns=("rehearsal", "days", "questions", "unanswered", "by models", "added bps (95 %)",
                 "alarms", "retrains", "days a minute of one core"),
    )  # fmt: skip
    n_unanswered, also = 0, {}
    for lived in rehearse_all(given):
        add(report, lived)
        n_unanswered += lived.report.n_unanswered
        explained = all(one.explanation for one in lived.report.alarms)
        also[f"{lived.name}: every alarm is explained"] = explained
        if given.pages is not None:
            given.pages.mkdir(parents=True, exist_ok=True)
            page = given.pages / f"{lived.name.replace(' ', '-')}.html"
            page.write_text(render_rehearsal(lived.report), encoding="utf-8")
        if lived.name == "planted edge":
            dates = date_steps(lived)
            report.figures["planted_dates"] = dates
            for step in STEPS:
                also[f"planted edge: {step} ({dates[step]})"] = dates[step] != "never"
    report.figures["asked"] = vars(given) | {"pages": str(given.pages)}
    interval = (float(n_unanswered), float(n_unanswered))
    return report.close(float(n_unanswered), interval, 0.0, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())

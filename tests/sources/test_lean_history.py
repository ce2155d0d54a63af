"""LEAN's factor and map files: one company's bars under all its tickers, adjusted."""

import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.bars import (
    BarsImport,
    Dividend,
    SourceMissing,
    Split,
    UnreadableBars,
    adjust_bars,
    trading_days,
    with_adjustment,
)
from bellwether.sources import (
    LeanFolder,
    SourceRefused,
    read_all_bars,
    read_bars,
    read_factor_file,
    read_lean_company,
    read_map_file,
)

EQUITY = "lean_raw/Data/equity/usa"
# The days on which each zip's company split under any of its tickers, as its own news had it.
SPLITS = {
    "aaa": {}, "eem": {"2005-06-09": 3.0, "2008-07-24": 3.0}, "fb": {}, "foxa": {}, "gooav": {},
    "aapl": {"2000-06-21": 2.0, "2005-02-28": 2.0, "2014-06-09": 7.0, "2020-08-31": 4.0},
    "aig": {"1998-08-03": 1.5, "1999-08-02": 1.25, "2000-07-31": 1.5, "2009-07-01": 0.05},
    "bac": {"2004-08-30": 2.0}, "bno": {"2013-08-29": 2.0}, "goocv": {}, "ibm": {"1999-05-27": 2.0},
    "goog": {"2015-04-27": 1.0027}, "googl": {"2014-04-03": 2.0}, "iwm": {"2005-06-09": 2.0},
    "nwsa": {}, "qqq": {"2000-03-20": 2.0}, "spy": {}, "uso": {"2020-04-29": 0.125}, "uw": {},
    "wm": {}, "wmi": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def lean(market_data: Path) -> Path:
    return market_data / EQUITY


@pytest.fixture(scope="module")
def companies(lean: Path) -> dict[str, BarsImport]:
    found = [one for one in read_all_bars(lean / "daily") if isinstance(one, BarsImport)]
    return {one.bars.symbol.lower(): one for one in found}


def find_splits(lean: Path, imported: BarsImport, ticker: str) -> dict[str, float]:
    folder = LeanFolder(lean)
    days = trading_days(imported.bars)
    holder = folder.find_holder(ticker, days[-1])
    factors = None if holder is None else folder.find_factors(holder.security)
    actions = () if factors is None else factors.actions(days)
    return {str(one.day): one.ratio for one in actions if isinstance(one, Split)}


def test_the_days_and_ratios_of_all_splits_are_exact(
    lean: Path, companies: dict[str, BarsImport]
) -> None:
    assert sorted(companies) == sorted(SPLITS)
    for ticker, truth in SPLITS.items():
        found = find_splits(lean, companies[ticker], ticker)
        assert found == pytest.approx(truth, rel=2e-6), ticker


def test_the_adjustment_steps_on_the_day_of_each_split_and_the_price_does_not(
    companies: dict[str, BarsImport],
) -> None:
    n_splits = 0
    for ticker, truth in SPLITS.items():
        bars = companies[ticker].bars
        days = [str(day) for day in trading_days(bars)]
        for day, ratio in truth.items():
            row = days.index(day)
            step = bars.adjustment[row] / bars.adjustment[row - 1]
            assert step == pytest.approx(ratio, rel=1e-5)
            jump = np.log(bars.close[row] / bars.close[row - 1] * ratio)
            move = np.log(bars.matrix[row, 3] / bars.matrix[row - 1, 3])
            assert move == pytest.approx(jump, abs=1e-5)
            assert abs(move) < 0.31
            n_splits += 1
    assert n_splits == 18


@pytest.mark.parametrize("ticker", sorted(SPLITS))
def test_no_split_is_left_to_suspect(companies: dict[str, BarsImport], ticker: str) -> None:
    codes = {one.code for one in companies[ticker].quality.findings}
    assert not codes & {"suspected-split", "spliced-series", "level-break"}


@pytest.mark.parametrize(
    ("ticker", "kind"), [("ibm", "Stocks"), ("googl", "Stocks"), ("iwm", "ETFs")]
)
def test_adjusted_returns_are_those_of_the_panel(
    market_data: Path, companies: dict[str, BarsImport], ticker: str, kind: str
) -> None:
    path = market_data / f"us_daily_cc0/{kind}/{ticker}.us.txt"
    panel, lean = read_bars(path).bars, companies[ticker].bars
    since = np.datetime64("2010-01-01", "us")
    common = np.intersect1d(panel.closed_at, lean.closed_at)
    common = common[common >= since]
    assert len(common) > 1300
    returns = [
        np.diff(np.log(bars.matrix[np.searchsorted(bars.closed_at, common), 3]))
        for bars in (panel, lean)
    ]
    assert np.corrcoef(returns)[0, 1] >= 0.998


def test_actions_give_the_adjustment_that_the_factors_have(
    lean: Path, companies: dict[str, BarsImport]
) -> None:
    for ticker in ("aapl", "ibm", "spy", "eem", "iwm"):
        bars = companies[ticker].bars
        factors = LeanFolder(lean).find_factors(ticker)
        assert factors is not None
        raw = with_adjustment(bars, np.ones(len(bars)))
        mine = adjust_bars(raw, factors.actions(trading_days(bars)))
        np.testing.assert_allclose(mine.adjustment, bars.adjustment, rtol=2e-3)


def test_a_known_dividend_is_told_to_the_cent(lean: Path) -> None:
    factors = read_factor_file(lean / "factor_files/aapl.csv")
    days = trading_days(read_bars(lean / "daily/aapl.zip").bars)
    paid = {str(one.day): one.cash for one in factors.actions(days) if isinstance(one, Dividend)}
    assert paid["2012-08-09"] == pytest.approx(2.65, abs=0.005)
    assert paid["2020-08-07"] == pytest.approx(0.82, abs=0.005)
    assert paid["2021-02-05"] == pytest.approx(0.205, abs=0.005)


@pytest.mark.parametrize(
    ("ticker", "first", "n_strangers"),
    [
        # Others had the tickers before, or, like Washington Mutual, beside the company's own.
        ("fb", "2012-05-18", 716), ("uso", "2006-04-10", 140), ("bno", "2010-06-02", 1100),
        ("eem", "2003-04-11", 722), ("aaa", "2020-09-09", 1230), ("bac", "1998-10-01", 188),
        ("goog", "2014-03-27", 2422), ("wm", "1998-01-02", 2465),
    ],
)  # fmt: skip
def test_bars_of_another_company_are_left_out_and_told(
    companies: dict[str, BarsImport], ticker: str, first: str, n_strangers: int
) -> None:
    imported = companies[ticker]
    assert str(trading_days(imported.bars)[0]) == first
    [told] = [one for one in imported.quality.findings if one.code == "other-company"]
    assert told.what.startswith(f"{n_strangers} bars of {ticker}.zip")


def test_a_company_is_followed_through_its_tickers(companies: dict[str, BarsImport]) -> None:
    # USA Waste took over Waste Management, and in 2009 the ticker of Washington Mutual.
    bars = companies["wm"].bars
    assert (len(bars), companies["wm"].quality.missing.size) == (5849, 0)
    days = trading_days(bars)
    for day in ("1998-07-17", "2009-08-05"):
        row = int(np.searchsorted(days, np.datetime64(day)))
        assert abs(np.log(bars.matrix[row, 3] / bars.matrix[row - 1, 3])) < 0.05
    assert companies["googl"].quality.missing.size == 0
    assert str(trading_days(companies["googl"].bars)[0]) == "2004-08-19"
    changed = [one.what for one in companies["googl"].quality.findings
               if one.code == "ticker-changed"]  # fmt: skip
    assert changed == [
        "from 2004-08-19 to 2014-04-02 it was called GOOG: 2422 bars were taken from goog.zip"
    ]


def test_a_history_ends_with_its_ticker_and_knows_no_later_factor(
    companies: dict[str, BarsImport],
) -> None:
    bars = companies["wmi"].bars
    assert str(trading_days(bars)[-1]) == "2009-08-04"
    assert bars.adjustment[-1] == 1.0
    later = companies["wm"].bars
    same = later.closed_at <= bars.closed_at[-1]
    ratio = later.adjustment[same] / bars.adjustment
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)
    assert ratio[0] < 0.9


def test_a_hole_where_a_ticker_has_no_zip_is_told_and_not_filled(
    companies: dict[str, BarsImport],
) -> None:
    imported = companies["qqq"]
    assert imported.quality.missing.size == 1588
    [told] = [one for one in imported.quality.findings if one.code == "ticker-missing"]
    assert told.what.startswith("from 2004-12-01 to 2011-03-22 it was called QQQQ: qqqq.zip")
    assert told.severity == "warning"
    days = trading_days(imported.bars)
    assert not ((days > np.datetime64("2004-11-30")) & (days < np.datetime64("2011-03-23"))).any()


def test_a_delisted_company_is_read_by_its_own_name(lean: Path) -> None:
    gone = read_lean_company(lean, "aaa.1")
    days = trading_days(gone.bars)
    assert (gone.bars.symbol, len(gone.bars)) == ("AAA.1", 1230)
    assert (str(days[0]), str(days[-1])) == ("2002-05-22", "2007-05-18")
    [told] = [one for one in gone.quality.findings if one.code == "delisted"]
    assert told.where == "2007-05-18"
    # It paid out most of its worth on 2007-05-15: the price fell by 61 %, who held it lost nothing.
    row = int(np.searchsorted(days, np.datetime64("2007-05-15")))
    assert gone.bars.close[row] / gone.bars.close[row - 1] < 0.4
    assert abs(gone.bars.matrix[row, 3] / gone.bars.matrix[row - 1, 3] - 1) < 0.25
    with pytest.raises(SourceMissing, match="no zip of its tickers in hour"):
        read_lean_company(lean, "aaa.1", resolution="hour")
    with pytest.raises(SourceMissing, match=r"no map file of it, but aaa\.1, aaa"):
        read_lean_company(lean, "nothing")


def test_hours_are_adjusted_as_days_are(lean: Path, companies: dict[str, BarsImport]) -> None:
    hours, daily = read_bars(lean / "hour/aapl.zip").bars, companies["aapl"].bars
    row = np.searchsorted(trading_days(daily), trading_days(hours))
    np.testing.assert_allclose(hours.adjustment, daily.adjustment[row], rtol=1e-12)


# Twins of a few rows, where there is no market data.

DAILY = "{day} 00:00,{price},{price},{price},{price},100\n"
Write = Callable[[str, dict[str, int]], Path]


@pytest.fixture
def market(tmp_path: Path) -> Path:
    root = tmp_path / "equity/usa"
    for name in ("daily", "map_files", "factor_files"):
        (root / name).mkdir(parents=True)
    return root


def write_zip(market: Path, ticker: str, prices: dict[str, float]) -> Path:
    path = market / f"daily/{ticker}.zip"
    rows = [DAILY.format(day=day, price=round(price * 1e4)) for day, price in prices.items()]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{ticker}.csv", "".join(rows))
    return path


def test_a_split_and_a_dividend_are_told_by_the_factor_file(market: Path) -> None:
    days = ["20200106", "20200107", "20200108", "20200109", "20200110"]
    path = write_zip(market, "x", dict(zip(days, [100.0, 50.0, 50.0, 48.0, 48.0], strict=True)))
    (market / "map_files/x.csv").write_text("20200102,x\n20501231,x\n")
    (market / "factor_files/x.csv").write_text(
        "20200102,0.96,0.5,1\n20200106,0.96,0.5,100\n20200108,0.96,1,50\n20501231,1,1,0\n"
    )
    imported = read_bars(path)
    assert imported.bars.close.tolist() == [100.0, 50.0, 50.0, 48.0, 48.0]
    np.testing.assert_allclose(imported.bars.matrix[:, 3], 48.0)
    told = [one.what for one in imported.quality.findings if one.code == "adjusted"]
    assert told == ["adjusted for 1 split (2 on 2020-01-07) and 1 dividend by factor_files/x.csv"]
    assert imported.layout is not None
    assert imported.layout.facts[-1] == "adjusted by factor_files/x.csv"


def test_another_factor_file_is_another_source(market: Path) -> None:
    path = write_zip(market, "x", {"20200106": 4.0, "20200107": 2.0})
    (market / "map_files/x.csv").write_text("20200102,x\n20501231,x\n")
    seen = []
    for text in ("20200106,1,0.5,4\n20501231,1,1,0\n", "20200106,1,1,4\n20501231,1,1,0\n"):
        (market / "factor_files/x.csv").write_text(text)
        seen.append(read_bars(path))
    assert seen[0].source_digest != seen[1].source_digest
    assert seen[0].bars.digest != seen[1].bars.digest


def test_without_companions_bars_stay_as_they_stand(market: Path) -> None:
    path = write_zip(market, "x", {"20200106": 4.0, "20200107": 2.0})
    alone = read_bars(path)
    assert [one.code for one in alone.quality.findings][:1] == ["unadjusted"]
    for name in ("map_files", "factor_files"):
        (market / name).rmdir()
    bare = read_bars(path)
    assert "unadjusted" not in {one.code for one in bare.quality.findings}
    assert bare.bars.digest == alone.bars.digest


def test_a_company_without_a_map_file_never_changed_its_ticker(market: Path) -> None:
    path = write_zip(market, "x", {"20200106": 4.0, "20200107": 2.0})
    (market / "factor_files/x.csv").write_text("20200106,1,0.5,4\n20501231,1,1,0\n")
    assert read_bars(path).bars.adjustment.tolist() == [0.5, 1.0]


def test_a_damaged_companion_is_a_typed_error_that_names_the_line(market: Path) -> None:
    write_zip(market, "x", {"20200106": 4.0, "20200107": 2.0})
    (market / "map_files/x.csv").write_text("20200102,x\n20501231,x\n")
    (market / "factor_files/x.csv").write_text("20200106,1,0.5,4\n2050-12-31,1,1,0\n")
    [refused] = read_all_bars(market / "daily")
    assert isinstance(refused, SourceRefused)
    assert "x.csv, line 2" in str(refused.error)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "lines such as"), ("20200106\n", "line 1"), ("20200106,1\n", "line 1"),
        ("20200106,1,x\n", "factors above zero"), ("20200106,0,1\n", "factors above zero"),
        ("20200106,1,inf\n", "factors above zero"), ("20201306,1,1\n", "a date such as"),
        ("20200106,1,1\n20200105,1,1\n", "line 2"), ("\xff", "line 1"),
    ],
)  # fmt: skip
def test_what_is_no_factor_file_is_refused(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(UnreadableBars, match=match):
        read_factor_file(path)


@given(content=st.one_of(st.binary(max_size=60), st.text("0123456789,.x\n", max_size=60)))
def test_no_bytes_make_anything_but_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes | str
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for read in (read_factor_file, read_map_file):
        try:
            read(path)
        except UnreadableBars:
            continue


def test_spans_of_a_map_file_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "qqq.csv"
    path.write_text("19990310,qqq,Q\n20041130,qqq,Q\n20110322,qqqq,Q\n20501231,qqq,Q\n")
    spans = read_map_file(path)
    assert [(one.ticker, str(one.first), str(one.last)) for one in spans] == [
        ("qqq", "1999-03-10", "2004-11-30"),
        ("qqqq", "2004-12-01", "2011-03-22"),
        ("qqq", "2011-03-23", "2050-12-31"),
    ]
    assert all(one.last + 1 == other.first for one, other in pairwise(spans))
    assert [one.is_final for one in spans] == [False, False, True]
    path.write_text("19990310,qqq\n")
    [span] = read_map_file(path)
    assert (str(span.first), str(span.last)) == ("1999-03-10", "2050-12-31")

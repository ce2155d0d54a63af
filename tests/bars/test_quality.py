import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bellwether.bars import (
    Bars,
    Finding,
    Grade,
    QualityReport,
    Reading,
    RowRefusal,
    SessionCalendar,
    assess,
    noise_world,
)

MakeBars = Callable[[int, int], Bars]
COLUMNS = ("closed_at", "open", "high", "low", "close", "volume", "adjustment")


def rebuild(bars: Bars, rows: Any = slice(None), **changed: Any) -> Bars:
    columns = {name: changed.get(name, getattr(bars, name)[rows]) for name in COLUMNS}
    return Bars(symbol=bars.symbol, **columns)


def calendar_of(bars: Bars) -> SessionCalendar:
    return SessionCalendar(name="weekdays", closes_at=bars.closed_at)


def codes(report: QualityReport) -> set[str]:
    return {finding.code for finding in report.findings}


def find(report: QualityReport, code: str) -> Finding:
    return next(finding for finding in report.findings if finding.code == code)


def split_at(bars: Bars, row: int, ratio: float) -> Bars:
    """Return bars whose prices are not adjusted for a split at a row."""
    factor = np.where(np.arange(len(bars)) < row, 1.0, 1.0 / ratio)
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return rebuild(bars, volume=bars.volume / factor, **prices)


def test_complete_bars_of_a_year_are_excellent_and_nothing_is_found(make_bars: MakeBars) -> None:
    bars = make_bars(400, 1)
    report = assess(bars, calendar_of(bars), now=bars.closed_at[-1])
    assert report.grade is Grade.EXCELLENT
    assert report.freshness == "fresh"
    assert report.findings == ()
    assert (report.n_read, report.n_kept, report.missing.size) == (400, 400, 0)


@pytest.mark.parametrize(
    ("n_bars", "missing_every", "grade"),
    [
        (252, None, Grade.EXCELLENT),
        (251, None, Grade.GOOD),
        (400, 25, Grade.GOOD),
        (400, 10, Grade.FAIR),
        (400, 3, Grade.POOR),
        (100, None, Grade.GOOD),
        (99, None, Grade.FAIR),
        (50, None, Grade.FAIR),
        (49, None, Grade.POOR),
        (40, None, Grade.POOR),
    ],
)
def test_grades_follow_the_contract(
    make_bars: MakeBars, n_bars: int, missing_every: int | None, grade: Grade
) -> None:
    bars = make_bars(n_bars, 2)
    kept = np.ones(n_bars, dtype=bool)
    if missing_every:
        kept[missing_every - 2 :: missing_every] = False
    assert assess(rebuild(bars, kept), calendar_of(bars)).grade is grade


def test_one_session_missing_among_the_last_twenty_is_not_excellent(make_bars: MakeBars) -> None:
    bars = make_bars(400, 3)
    for back, grade in ((19, Grade.GOOD), (21, Grade.EXCELLENT)):
        kept = np.ones(400, dtype=bool)
        kept[-back] = False
        assert assess(rebuild(bars, kept), calendar_of(bars)).grade is grade


def test_bars_that_stand_still_are_poor(make_bars: MakeBars) -> None:
    bars = make_bars(400, 4)
    flat = np.full(400, 7.0)
    still = rebuild(bars, open=flat, high=flat, low=flat, close=flat)
    report = assess(still, calendar_of(bars))
    assert report.grade is Grade.POOR
    assert find(report, "frozen-closes").what == "400 closes in a row are 7"
    assert "400 of 400 bars have one price only" in find(report, "flat-bars").what


@pytest.mark.parametrize("ratio", [2.0, 7.0, 1.5, 0.1])
def test_an_unadjusted_split_is_suspected_with_its_evidence(
    make_bars: MakeBars, ratio: float
) -> None:
    bars = split_at(make_bars(300, 5), 200, ratio)
    found = [f for f in assess(bars, calendar_of(bars)).findings if "split" in f.code]
    assert [finding.code for finding in found] == ["suspected-split"]
    assert found[0].where == str(bars.closed_at[200].astype("datetime64[D]"))
    assert "turnover" in found[0].what


def test_a_crash_on_heavy_turnover_is_a_large_move_not_a_split(make_bars: MakeBars) -> None:
    bars = split_at(make_bars(300, 5), 200, 2.0)
    heavy = bars.volume * np.where(np.arange(300) == 200, 20.0, 1.0)
    report = assess(rebuild(bars, volume=heavy), calendar_of(bars))
    assert codes(report) == {"large-move"}
    assert "% from the close before" in find(report, "large-move").what


def test_without_volume_nothing_is_called_a_split(make_bars: MakeBars) -> None:
    bars = split_at(make_bars(300, 5), 200, 2.0)
    report = assess(rebuild(bars, volume=np.zeros(300)), calendar_of(bars))
    assert codes(report) == {"large-move", "no-volume"}


def test_a_split_that_the_adjustment_knows_is_not_suspected(make_bars: MakeBars) -> None:
    bars = split_at(make_bars(300, 5), 200, 2.0)
    factors = np.where(np.arange(300) < 200, 0.5, 1.0)
    assert codes(assess(rebuild(bars, adjustment=factors), calendar_of(bars))) == set()


def test_a_price_that_comes_back_on_the_next_bar_is_one_finding(make_bars: MakeBars) -> None:
    bars = make_bars(300, 6)
    factor = np.where(np.arange(300) == 150, 10.0, 1.0)
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    report = assess(rebuild(bars, **prices), calendar_of(bars))
    assert [finding.code for finding in report.findings] == ["scale-error"]
    assert find(report, "scale-error").where == str(bars.closed_at[150].astype("datetime64[D]"))


def test_five_equal_closes_are_frozen_and_four_are_not(make_bars: MakeBars) -> None:
    bars = make_bars(300, 7)
    for count, expected in ((5, {"frozen-closes"}), (4, set[str]())):
        close = bars.close.copy()
        close[100 : 100 + count] = close[100]
        high, low = np.maximum(bars.high, close), np.minimum(bars.low, close)
        still = rebuild(bars, high=high, low=low, close=close)
        found = codes(assess(still, calendar_of(bars)))
        assert found - {"scarce-market"} == expected


def test_volume_that_is_zero_now_and_then_is_summarised(make_bars: MakeBars) -> None:
    bars = make_bars(300, 8)
    volume = bars.volume.copy()
    volume[[10, 50, 51, 52]] = 0.0
    found = find(assess(rebuild(bars, volume=volume), calendar_of(bars)), "zero-volume")
    day = str(bars.closed_at[50].astype("datetime64[D]"))
    assert found.what == f"4 of 300 bars have no volume; the longest stretch is 3 from {day}"


def test_a_gap_of_five_sessions_is_found_where_it_begins(make_bars: MakeBars) -> None:
    bars = make_bars(400, 9)
    kept = np.ones(400, dtype=bool)
    kept[100:105] = False
    report = assess(rebuild(bars, kept), calendar_of(bars))
    assert find(report, "gap").where == str(bars.closed_at[99].astype("datetime64[D]"))
    assert report.missing_frac == pytest.approx(5 / 400)


def test_weekend_bars_are_off_session(make_bars: MakeBars) -> None:
    bars = make_bars(300, 10)
    times = bars.closed_at.copy()
    times[4] += np.timedelta64(24, "h")
    report = assess(rebuild(bars, closed_at=times), calendar_of(bars))
    assert find(report, "off-session").where == "2010-01-09"


def test_market_coverage_tells_a_rise_from_a_fall(make_bars: MakeBars) -> None:
    wander = noise_world(3, 2000).bars
    shares = assess(wander, calendar_of(wander)).market_coverage
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) > 0.1
    rise = np.cumprod(1.0 + np.where(np.arange(300) % 2, 0.011, -0.002))
    rising = rebuild(make_bars(300, 1), open=rise, high=rise, low=rise, close=rise)
    report = assess(rising, calendar_of(rising))
    assert report.market_coverage["bull"] > 0.9
    assert sum(finding.code == "scarce-market" for finding in report.findings) == 2


def test_what_the_reader_met_is_part_of_the_report(make_bars: MakeBars) -> None:
    bars = make_bars(300, 1)
    refusal = RowRefusal(line=7, reason="the open is missing", text="2020-01-02,,1,1,1")
    note = Finding(code="unsorted", where="line 3", what="turned round")
    report = assess(
        bars, calendar_of(bars), reading=Reading(n_read=301, refusals=(refusal,), findings=(note,))
    )
    assert (report.n_read, report.n_kept, report.refusals) == (301, 300, (refusal,))
    assert report.findings == (note,)
    assert report.freshness is None


def test_a_report_has_a_json_without_nan(make_bars: MakeBars) -> None:
    bars = make_bars(300, 1)
    kept = np.arange(300) != 50
    report = assess(rebuild(bars, kept), calendar_of(bars), now=bars.closed_at[-1])
    back = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert back["grade"] == "excellent"
    assert back["missing"] == [f"{bars.closed_at[50].astype('datetime64[s]')}Z"]
    assert "flatter" in back["survivorship"]


def test_no_bars_are_poor_and_raise_nothing(make_bars: MakeBars) -> None:
    bars = make_bars(5, 1)
    report = assess(bars[:0], calendar_of(bars), now=bars.closed_at[-1])
    assert (report.grade, report.freshness, report.findings) == (Grade.POOR, None, ())


def test_findings_of_one_bar_and_of_two_raise_nothing(make_bars: MakeBars) -> None:
    bars = make_bars(2, 1)
    for count in (1, 2):
        assert assess(bars[:count], calendar_of(bars)).grade is Grade.POOR

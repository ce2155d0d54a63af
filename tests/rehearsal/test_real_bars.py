from dataclasses import replace
from pathlib import Path

import numpy as np

from bellwether.bootstrap import rehearse_in_memory
from bellwether.rehearsal import RehearsalOptions
from bellwether.sources import read_bars


def test_weeks_of_a_real_stock_are_answered_and_explained(market_data: Path) -> None:
    history = read_bars(market_data / "us_daily_cc0" / "Stocks" / "ebay.us.txt", calendar="XNYS")
    crisis = np.datetime64("2008-10-01", "us")
    n_before = int(np.searchsorted(history.bars.closed_at, crisis))
    recent = replace(history, bars=history.bars[n_before - 700 : n_before + 40])
    options = RehearsalOptions(
        history_bars=600, first_at=crisis, last_at=crisis + np.timedelta64(40, "D")
    )
    report = rehearse_in_memory([recent], options)
    assert report.is_without_downtime
    assert report.n_sessions == 28
    # Nothing was injected: every alarm would be the data rules' own on real bars.
    assert [one for one in report.alarms if one.channel == "data"] == []
    assert "nobody (HOLD)" not in {one.source for one in report.sources}

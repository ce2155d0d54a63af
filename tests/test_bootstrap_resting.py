"""What rests on revised bars of a home folder: a real champion, its verdict and its forecasts."""

from pathlib import Path

import numpy as np
from tests.test_bootstrap_watching import HOUR, ManualClock, imported

from bellwether.bars import COLUMNS, Bars, Panel, SessionCalendar, edge_world
from bellwether.bootstrap import find_resting_at_home, open_workspace, run_tick
from bellwether.service import CHEAP_PLAN, import_bars

N_BARS = 1000


def test_a_revision_names_the_champion_its_verdict_and_both_kinds_of_open_forecasts(
    tmp_path: Path,
) -> None:
    bars = edge_world(7, N_BARS + 2, information_coefficient=0.4).bars
    calendar = SessionCalendar(name="days", closes_at=bars.closed_at)
    clock = ManualClock(bars.closed_at[N_BARS - 1] + HOUR)
    home = open_workspace({"home": tmp_path / "home", "retraining": False}, clock=clock)

    def keep(given: Bars) -> None:
        whole = imported(given, calendar)
        import_bars(whole, store=home.bars, clock=clock, source="a file")

    keep(bars[:N_BARS])
    champion = home.train(home.request(Panel(bars=(bars[:N_BARS],)), plan=CHEAP_PLAN)).champion
    assert champion is not None
    run_tick(home)
    home.predict_import(imported(bars[:N_BARS], calendar))
    [nothing] = find_resting_at_home(home, home.bars.markets())
    assert not nothing
    columns = {name: np.array(getattr(bars, name)[:N_BARS]) for name in COLUMNS}
    columns["volume"][N_BARS - 100] += 1.0
    changed = {"closed_at": bars.closed_at[:N_BARS], **columns}
    keep(Bars(symbol=bars.symbol, interval="1d", **changed))
    [found] = find_resting_at_home(home, home.bars.markets())
    named = next(one for one in found.models if one.model_id == champion.model_id)
    assert (named.n_altered, named.n_judged, named.decision) == (1, 1, "PROMOTE")
    assert sorted(one.forecast.is_paper for one in found.forecasts) == [False, True]
    assert {one.n_altered for one in found.forecasts} == {1}
    assert find_resting_at_home(home, ()) == ()

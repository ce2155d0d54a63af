"""What rests on bars that a vendor changed: named exactly, and nothing else."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import MemoryBarStore
from bellwether.bars import COLUMNS, Bars, BarsImport, Panel, SessionCalendar, assess
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord, Stage
from bellwether.service import (
    OpenForecast,
    Resting,
    Snapshot,
    cut_window,
    digest_window,
    find_resting,
    import_bars,
)
from bellwether.service._bar_changes import find_altered

DAY = np.timedelta64(1, "D")
START = np.datetime64("2020-01-01T21:00", "us")
N_BARS = 700


def make(n_bars: int = N_BARS, symbol: str = "ONE") -> Bars:
    close = np.round(100.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, n_bars))), 2)
    closed_at, columns = START + DAY * np.arange(n_bars), dict.fromkeys(COLUMNS, close)
    return Bars(symbol=symbol, interval="1d", closed_at=closed_at, **columns)


def revised(bars: Bars, *rows: int) -> Bars:
    columns = {name: np.array(getattr(bars, name)) for name in (*COLUMNS, "adjustment")}
    columns["volume"][list(rows)] += 1.0
    return Bars(symbol=bars.symbol, interval="1d", closed_at=bars.closed_at, **columns)


def without(bars: Bars, row: int) -> Bars:
    columns = {n: np.delete(getattr(bars, n), row) for n in ("closed_at", *COLUMNS, "adjustment")}
    return Bars(symbol=bars.symbol, interval="1d", **columns)


def keep(store: MemoryBarStore, bars: Bars, at: np.datetime64 | None = None) -> Snapshot:
    sessions = START + DAY * np.arange(N_BARS + 100)
    calendar = SessionCalendar(name="days", closes_at=sessions)
    imported = BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="s"
    )
    clock = FixedClock(bars.closed_at[-1] + DAY if at is None else at)
    return import_bars(imported, store=store, clock=clock, source="a file").snapshot


def model(bars: Bars, *others: Bars, judged_until: int = -1, **changes: object) -> ModelRecord:
    panel = Panel(bars=(bars, *others))
    last = panel.closed_at[-1]
    record = ModelRecord(
        model_id="one-1d-h5",
        market=MarketKey(universe="ones", interval="1d", horizon_bars=5),
        symbols=panel.symbols,
        bundle_digest="b" * 64,
        pipeline_digest="p" * 64,
        snapshot_digest=panel.digest,
        bellwether_version="0",
        trained_at=last,
        registered_at=last + DAY,
        changed_at=last + DAY,
        stage=Stage.CHAMPION,
        verdict={"decision": "promote", "last_closed_at": f"{panel.closed_at[judged_until]}Z"},
        metrics={},
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def forecast(bars: Bars, row: int = -1, **changes: object) -> OpenForecast:
    as_of = bars.closed_at[row]
    window = cut_window(bars, as_of)
    assert window is not None
    made = OpenForecast(
        name="f" * 64,
        is_paper=False,
        symbol=bars.symbol,
        interval="1d",
        horizon_bars=5,
        as_of=as_of,
        bars_digest=digest_window(window),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def weigh(
    store: MemoryBarStore,
    records: tuple[ModelRecord, ...] = (),
    forecasts: tuple[OpenForecast, ...] = (),
) -> Resting:
    return find_resting(store.latest("ONE", "1d"), store, records, forecasts)


@pytest.fixture
def store() -> MemoryBarStore:
    kept = MemoryBarStore()
    keep(kept, make(600))
    return kept


def test_a_model_a_verdict_and_a_forecast_on_a_revised_bar_are_named(
    store: MemoryBarStore,
) -> None:
    bars = make(600)
    keep(store, revised(make(610), 500, 590))
    found = weigh(store, (model(bars, judged_until=550),), (forecast(bars),))
    [trained], [made] = found.models, found.forecasts
    assert (trained.model_id, trained.n_altered, trained.n_judged) == ("one-1d-h5", 2, 1)
    assert (trained.stage, trained.decision) == (Stage.CHAMPION, "promote")
    assert made.n_altered == 2
    assert found.n_verdicts == 1
    assert json.loads(json.dumps(found.to_json()))["models"][0]["stage"] == "champion"


def test_nothing_rests_on_bars_that_only_grew(store: MemoryBarStore) -> None:
    bars = make(600)
    keep(store, make(650))
    found = weigh(store, (model(bars),), (forecast(bars),))
    assert not found
    assert found == Resting(symbol="ONE", interval="1d")


def test_a_revision_behind_its_training_does_not_concern_a_model(store: MemoryBarStore) -> None:
    keep(store, revised(make(600), 590))
    assert not weigh(store, (model(make(600)[:500]),))


def test_a_revision_before_its_window_does_not_concern_a_forecast(store: MemoryBarStore) -> None:
    bars = make(600)
    keep(store, revised(bars, 600 - 505))
    assert not weigh(store, (), (forecast(bars),))
    keep(store, revised(bars, 600 - 504))
    assert weigh(store, (), (forecast(bars),)).forecasts[0].n_altered == 1


def test_a_verdict_that_ends_before_the_revised_bar_stands(store: MemoryBarStore) -> None:
    keep(store, revised(make(600), 590))
    found = weigh(store, (model(make(600), judged_until=580),))
    assert (found.models[0].n_altered, found.models[0].n_judged, found.n_verdicts) == (1, 0, 0)


def test_a_revision_is_remembered_behind_the_imports_that_followed(store: MemoryBarStore) -> None:
    bars = make(600)
    later = revised(make(620), 400)
    keep(store, later[:610])
    keep(store, later)
    found = weigh(store, (model(bars),), (forecast(bars),))
    assert (found.models[0].n_altered, found.forecasts[0].n_altered) == (1, 1)


def test_a_revision_that_was_taken_back_concerns_nobody(store: MemoryBarStore) -> None:
    bars = make(600)
    keep(store, revised(bars, 400))
    keep(store, make(601))
    assert not weigh(store, (model(bars),), (forecast(bars),))


def test_what_was_made_after_a_revision_rests_on_the_bars_of_today(store: MemoryBarStore) -> None:
    later = revised(make(610), 400)
    keep(store, later)
    found = weigh(store, (model(later),), (forecast(later),))
    assert not found


def test_a_model_that_was_trained_on_the_file_before_its_import_is_known_by_its_digest(
    store: MemoryBarStore,
) -> None:
    later = revised(make(600), 400)
    early = model(later, registered_at=START)
    keep(store, later)
    assert not weigh(store, (early,))
    assert weigh(store, (model(make(600), registered_at=START),)).models


def test_a_model_of_several_markets_is_named_by_any_of_them(store: MemoryBarStore) -> None:
    bars, other = make(600), make(600, "TWO")
    keep(store, other)
    record = model(bars, other)
    keep(store, revised(bars, 400))
    assert weigh(store, (record,)).models[0].symbols == ("ONE", "TWO")
    two = store.latest("TWO", "1d")
    assert not find_resting(two, store, (record,), ())


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": Stage.RETIRED},
        {"symbols": ("TWO",)},
        {"market": MarketKey(universe="ones", interval="1h", horizon_bars=5)},
    ],
)
def test_retired_models_and_those_of_other_markets_are_passed_over(
    store: MemoryBarStore, changes: dict[str, Any]
) -> None:
    bars = make(600)
    keep(store, revised(bars, 400))
    assert not weigh(store, (model(bars, **changes),))


@pytest.mark.parametrize(
    "changes", [{"symbol": "TWO"}, {"interval": "1h"}, {"bars_digest": "elsewhere"}]
)
def test_forecasts_on_bars_from_elsewhere_are_passed_over(
    store: MemoryBarStore, changes: dict[str, Any]
) -> None:
    bars = make(600)
    keep(store, revised(bars, 400))
    assert not weigh(store, (), (forecast(bars, **changes),))


def test_a_dividend_changes_no_bar(store: MemoryBarStore) -> None:
    bars = make(600)
    columns = {name: getattr(bars, name) for name in ("closed_at", *COLUMNS)}
    factors = np.where(np.arange(600) < 300, 0.98, 1.0)
    keep(store, Bars(symbol="ONE", adjustment=factors, **columns))
    assert not weigh(store, (model(bars),), (forecast(bars),))


def test_those_that_serve_come_first(store: MemoryBarStore) -> None:
    bars = make(600)
    records = tuple(
        model(bars, model_id=name, stage=stage)
        for name, stage in (("a", Stage.REFUSED), ("b", Stage.CANDIDATE), ("c", Stage.CHAMPION))
    )
    keep(store, revised(bars, 400))
    assert [one.model_id for one in weigh(store, records).models] == ["c", "b", "a"]


def test_a_bar_withdrawn_and_one_filled_in_are_changes() -> None:
    bars = make(100)
    assert find_altered(bars, without(bars, 40)).tolist() == bars.closed_at[40:41].tolist()
    assert find_altered(without(bars, 40), bars).tolist() == bars.closed_at[40:41].tolist()
    assert find_altered(bars, bars[10:]).size == 0
    assert find_altered(bars[10:90], bars).size == 0
    assert find_altered(bars[:40], bars[50:]).tolist() == bars[:40].closed_at.tolist()
    assert find_altered(bars, revised(bars, 3, 7)).tolist() == bars.closed_at[[3, 7]].tolist()

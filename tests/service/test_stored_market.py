"""Stored bars are answered on as bars in hand are, and every fault of their store is labelled."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import FolderBarStore, MemoryBarStore, MemoryJournal
from bellwether.bars import COLUMNS, Bars, BarsImport, RowRefusal, SessionCalendar, assess
from bellwether.clock import FixedClock
from bellwether.registry import Bundle
from bellwether.service import (
    BarStore,
    BarStoreUnavailable,
    Direction,
    FallbackReason,
    Prediction,
    ReplayOutcome,
    ReplayPorts,
    Rung,
    Snapshot,
    UnknownSymbol,
    import_bars,
    open_market,
    predict,
    predict_symbol,
    replay,
)
from bellwether.service._past_bars import find_past_bars

Home = Any  # the class lives in conftest, which is no module
MakeModel = Callable[..., Bundle]


def keep(store: BarStore, home: Home, bars: Bars, *refusals: RowRefusal) -> Snapshot:
    quality = replace(assess(bars, home.calendar), refusals=refusals)
    imported = BarsImport(bars=bars, quality=quality, calendar=home.calendar, source_digest="s")
    return import_bars(imported, store=store, clock=FixedClock(home.now), source="a file").snapshot


def ask(store: BarStore, home: Home) -> Prediction:
    return predict_symbol("WORLD", store=store, ports=home.ports)


def lose(store_folder: Path, snapshot: Snapshot, left: bytes | None = None) -> None:
    """Remove both files of a snapshot, or leave something else in their places."""
    for suffix in (".parquet", ".bars"):
        path = store_folder / "snapshots" / f"{snapshot.digest}{suffix}"
        if left is None:
            path.unlink()
        else:
            path.write_bytes(left)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bars"


@pytest.mark.parametrize("n_models", [0, 1])
def test_stored_bars_are_answered_on_as_bars_in_hand(
    home: Home, make_model: MakeModel, n_models: int
) -> None:
    home.promote(*[make_model()] * n_models)
    store = MemoryBarStore()
    keep(store, home, home.bars)
    given = predict(home.bars, ports=home.ports, calendar=home.calendar)
    assert ask(store, home).to_json() == given.to_json()


def test_an_unknown_symbol_is_an_error_of_the_caller(home: Home) -> None:
    with pytest.raises(UnknownSymbol):
        ask(MemoryBarStore(), home)


def test_a_row_refused_behind_the_last_bar_gives_hold(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    store = MemoryBarStore()
    refusal = RowRefusal(line=9, reason="no close", text="", at=home.bars.closed_at[-1])
    keep(store, home, home.bars[:-1], refusal)
    answer = ask(store, home)
    assert (answer.rung, answer.direction) == (Rung.HOLD, Direction.HOLD)
    assert answer.fallback_reason is FallbackReason.DATA_CONTRACT_BROKEN
    assert answer.steps[-1].detail == "line 9: no close"


def test_where_the_newest_bars_cannot_be_read_those_before_answer_and_say_so(
    home: Home, make_model: MakeModel, folder: Path
) -> None:
    home.promote(make_model())
    store = FolderBarStore(folder)
    keep(store, home, home.bars[:-1])
    newest = keep(store, home, home.bars)
    lose(folder, newest, b"rubbish")
    answer = ask(store, home)
    assert (answer.rung, answer.as_of) == (Rung.CHAMPION, home.bars.closed_at[-2])
    assert answer.fallback_reason is FallbackReason.BARS_UNAVAILABLE
    assert answer.steps[-1].reason is FallbackReason.BARS_UNAVAILABLE
    assert f"{newest.digest}.bars" in answer.steps[-1].detail
    assert str(folder) not in answer.steps[-1].detail
    assert any("newest stored bars cannot be read" in one for one in answer.reasons)
    keep(store, home, home.bars)
    assert ask(store, home).fallback_reason is None


def test_rules_on_older_bars_keep_their_own_reason(home: Home, folder: Path) -> None:
    store = FolderBarStore(folder)
    keep(store, home, home.bars[:-1])
    lose(folder, keep(store, home, home.bars))
    answer = ask(store, home)
    assert answer.rung is Rung.RULES
    assert answer.fallback_reason is FallbackReason.NO_MODEL_PROMOTED
    assert answer.steps[-1].reason is FallbackReason.BARS_UNAVAILABLE


def test_bars_that_were_revised_since_answer_for_nobody(home: Home, folder: Path) -> None:
    store = FolderBarStore(folder)
    keep(store, home, home.bars[:-1])
    columns = {name: np.array(getattr(home.bars, name)) for name in COLUMNS}
    columns["volume"][100] += 1.0
    revised = Bars(symbol="WORLD", interval="1d", closed_at=home.bars.closed_at, **columns)
    lose(folder, keep(store, home, revised), b"")
    answer = ask(store, home)
    assert answer.rung is Rung.HOLD
    assert answer.fallback_reason is FallbackReason.BARS_UNAVAILABLE
    assert answer.as_of is None


def test_one_older_snapshot_after_the_other_is_tried(home: Home, folder: Path) -> None:
    store = FolderBarStore(folder)
    kept = [keep(store, home, home.bars[:-n_left]) for n_left in (3, 2, 1)]
    kept.append(keep(store, home, home.bars))
    for one in kept[1:]:
        lose(folder, one)
    assert open_market("WORLD", "1d", store=store).bars.closed_at[-1] == home.bars.closed_at[-4]
    lose(folder, kept[0])
    held = ask(store, home)
    assert (held.rung, held.fallback_reason) == (Rung.HOLD, FallbackReason.BARS_UNAVAILABLE)


class Gone:
    """A store whose disk is gone."""

    def __getattr__(self, name: str) -> object:
        def fail(*_: object) -> None:
            raise BarStoreUnavailable("/secret/place", "Input/output error")

        return fail


def test_a_store_that_is_gone_gives_hold_with_its_reason(home: Home) -> None:
    answer = ask(Gone(), home)  # type: ignore[arg-type]
    assert (answer.rung, answer.fallback_reason) == (Rung.HOLD, FallbackReason.BARS_UNAVAILABLE)
    assert answer.steps[-1].detail == "Input/output error"


def test_old_stored_bars_give_hold_as_time_goes_by(home: Home) -> None:
    store = MemoryBarStore()
    keep(store, home, home.bars)
    late = home.with_ports(clock=FixedClock(home.now + np.timedelta64(15, "D")))
    assert ask(store, late).fallback_reason is FallbackReason.EXPIRED_DATA


def answered(home: Home, store: BarStore) -> tuple[MemoryJournal, Prediction]:
    answer = ask(store, home)
    journal = MemoryJournal()
    state = home.ports.rules.load().manifest.state if answer.source.model_id == "rules" else None
    journal.append(answer, home.now, state=state)
    return journal, answer


def again(home: Home, journal: MemoryJournal, store: BarStore, prediction_id: str) -> str:
    ports = ReplayPorts(
        journal=journal,
        registry=home.ports.registry,
        bundles=home.ports.bundles,
        rules=home.ports.rules,
        bars=store,
    )
    return replay(prediction_id, ports=ports).outcome


@pytest.mark.parametrize("n_models", [0, 1])
def test_the_bars_of_an_answer_are_found_after_more_were_appended(
    home: Home, make_model: MakeModel, n_models: int
) -> None:
    home.promote(*[make_model()] * n_models)
    store = MemoryBarStore()
    keep(store, home, home.bars[:-1])
    journal, answer = answered(home, store)
    keep(store, home, home.bars)
    assert again(home, journal, store, answer.prediction_id) == ReplayOutcome.IDENTICAL


def test_the_bars_of_an_answer_are_found_after_they_were_revised(home: Home) -> None:
    store = MemoryBarStore()
    keep(store, home, home.bars)
    journal, answer = answered(home, store)
    columns = {name: np.array(getattr(home.bars, name)) for name in COLUMNS}
    columns["volume"][-2] += 1.0
    keep(store, home, Bars(symbol="WORLD", interval="1d", closed_at=home.bars.closed_at, **columns))
    assert again(home, journal, store, answer.prediction_id) == ReplayOutcome.IDENTICAL


@pytest.mark.parametrize("n_models", [0, 1])
def test_an_answer_on_older_bars_is_computed_again_word_for_word(
    home: Home, make_model: MakeModel, folder: Path, n_models: int
) -> None:
    home.promote(*[make_model()] * n_models)
    store = FolderBarStore(folder)
    keep(store, home, home.bars[:-1])
    lose(folder, keep(store, home, home.bars))
    journal, answer = answered(home, store)
    assert answer.steps[-1].reason is FallbackReason.BARS_UNAVAILABLE
    assert again(home, journal, store, answer.prediction_id) == ReplayOutcome.IDENTICAL


def test_bars_that_were_never_stored_are_not_found(home: Home) -> None:
    store = MemoryBarStore()
    keep(store, home, home.bars)
    journal, answer = answered(home, store)
    assert find_past_bars(journal.get(answer.prediction_id), MemoryBarStore()) is None


def test_a_calendar_without_sessions_around_the_bars_is_cut_to_one(home: Home) -> None:
    early = SessionCalendar(
        name="early", closes_at=np.array(["2000-01-03T21:00"], "datetime64[us]")
    )
    quality = assess(home.bars, early)
    imported = BarsImport(bars=home.bars, quality=quality, calendar=early, source_digest="s")
    store = MemoryBarStore()
    import_bars(imported, store=store, clock=FixedClock(home.now), source="x")
    assert len(open_market("WORLD", "1d", store=store).calendar or ()) == 1


def test_a_serving_copy_that_is_lost_is_made_again_before_anybody_answers(
    home: Home, make_model: MakeModel, tmp_path: Path
) -> None:
    home.promote(make_model())
    folder = tmp_path / "bars"
    store = FolderBarStore(folder)
    kept = keep(store, home, home.bars)
    before = ask(store, home).to_json()
    path = folder / "snapshots" / f"{kept.digest}.bars"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert ask(FolderBarStore(folder), home).to_json() == before
    assert path.read_bytes() == whole

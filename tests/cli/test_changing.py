"""Bars are adjusted and put together between reading and storing them, on request only."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.command_line import Call

from bellwether.adapters import FolderBarStore
from bellwether.bars import Bars, noise_world

Save = Callable[[Bars, Path], Path]
ROW, RATIO = 200, 4.0


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def split_at(bars: Bars, row: int, ratio: float) -> Bars:
    factor = np.where(np.arange(len(bars)) < row, 1.0, 1.0 / ratio)
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return Bars(symbol=bars.symbol, closed_at=bars.closed_at, volume=bars.volume / factor, **prices)


@pytest.fixture(scope="module")
def bars() -> Bars:
    return split_at(noise_world(3, 320).bars, ROW, RATIO)


@pytest.fixture
def path(bars: Bars, save_bars: Save, tmp_path: Path) -> Path:
    return save_bars(bars, tmp_path / "ACME.csv")


@pytest.fixture
def day(bars: Bars) -> str:
    return str(bars.closed_at[ROW].astype("datetime64[D]"))


def stored(home: Path, symbol: str = "ACME") -> Bars:
    store = FolderBarStore(home / "bars")
    return store.load(store.latest(symbol, "1d").digest).bars


def test_a_suspected_split_is_told_and_not_applied(call: Call, path: Path, home: Path) -> None:
    shown = call("import", path, "--home", home)
    assert shown.code == 0, shown.err
    assert "near 1/4 (a split)" in shown.out
    assert (stored(home).adjustment == 1.0).all()


def test_a_split_is_applied_when_it_is_named(call: Call, path: Path, home: Path, day: str) -> None:
    shown = call("import", path, "--adjust", f"{day}=4", "--home", home)
    assert shown.code == 0, shown.err
    assert f"adjusted as asked for: 4 for 1 on {day}" in shown.out
    kept = stored(home)
    assert kept.adjustment.tolist() == [0.25] * ROW + [1.0] * (len(kept) - ROW)
    named = call("import", path, "--adjust", f"ACME:{day}=4", "--home", home)
    assert "The same bars" in named.out


def test_suspected_splits_are_applied_when_that_is_asked_for(
    call: Call, path: Path, home: Path
) -> None:
    assert call("import", path, "--apply-suspected-splits", "--home", home).code == 0
    assert stored(home).adjustment[:ROW].tolist() == [0.25] * ROW


def test_what_fell_with_the_index_did_not_split(
    call: Call, path: Path, home: Path, save_bars: Save, tmp_path: Path, bars: Bars
) -> None:
    fallen = split_at(noise_world(9, 320).bars, ROW, 2.5)
    index = save_bars(fallen, tmp_path / "INDEX.csv")
    call("import", path, "--apply-suspected-splits", "--index", index, "--home", home)
    assert (stored(home).adjustment == 1.0).all()


def test_a_dividend_is_applied_by_its_cash(call: Call, path: Path, home: Path, day: str) -> None:
    assert call("import", path, "--dividend", f"{day}=0.01", "--home", home).code == 0
    kept = stored(home)
    assert kept.adjustment[0] == pytest.approx(1 - 0.01 / kept.close[ROW - 1])


def test_days_are_put_together_to_weeks(call: Call, path: Path, home: Path) -> None:
    told = call("import", path, "--resample", "1w", "--home", home, "--json")
    [one] = told.json["imports"]
    assert one["snapshot"]["interval"] == "1w"
    assert any(found["code"] == "resampled" for found in one["quality"]["findings"])


@pytest.mark.parametrize(
    ("flags", "was"),
    [
        (["--adjust", "2014-06-09"], "expected a day and a number such as 2014-06-09=7"),
        (["--adjust", "1999-01-04=7"], "expected a day after"),
        (["--dividend", "x"], "expected a day and a number"),
        (["--resample", "1m"], "expected longer bars"),
        (["--resample", "fortnight"], "expected intervals such as"),
    ],
)
def test_what_cannot_be_done_is_a_message(
    call: Call, path: Path, home: Path, flags: list[str], was: str
) -> None:
    told = call("import", path, *flags, "--home", home)
    assert told.code == 3
    assert was in told.err.replace("\n", " ")


def test_of_several_markets_an_adjustment_names_its_own(
    call: Call, bars: Bars, save_bars: Save, tmp_path: Path, home: Path, day: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("ACME", "OTHER"):
        save_bars(bars, folder / f"{name}.csv")
    refused = call("import", folder, "--adjust", f"{day}=4", "--home", home)
    assert refused.code == 2
    assert f"--adjust SYMBOL:{day}=4" in refused.err.replace("\n", " ")
    assert not home.exists()
    done = call("import", folder, "--adjust", f"ACME:{day}=4", "--home", home)
    assert done.code == 0, done.err
    assert stored(home).adjustment[0] == 0.25
    assert stored(home, "OTHER").adjustment[0] == 1.0


def test_an_adjustment_of_a_market_that_never_came_is_told(
    call: Call, path: Path, home: Path, day: str
) -> None:
    told = call("import", path, "--adjust", f"AMCE:{day}=4", "--home", home, "--json")
    assert told.code == 3
    [refused] = told.json["refused"]
    assert (refused["symbol"], refused["hint"]) == ("AMCE", "name one of ACME")
    assert (stored(home).adjustment == 1.0).all()

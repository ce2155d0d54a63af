"""The Python door: a frame or a path in, a verdict and predictions out."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import bellwether
from bellwether import Trained
from bellwether.bars import Bars, SourceMissing, SymbolUnclear, edge_world
from bellwether.clock import UnreadableInstant
from bellwether.errors import SettingsError
from bellwether.service import Direction, HistoryTooShort, SourceKind

Save = Callable[[Bars, Path], Path]
SCRIPT = """
import sys
import polars
import bellwether
result = bellwether.train(
    polars.read_csv(sys.argv[1]), budget="1s", symbol="EDGE",
    settings={"home": sys.argv[2], "workers": 1},
)
print(result.leaderboard)
print(result.verdict.decision)
print(result.predict(as_of="last").symbol)
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, save_bars: Save) -> Path:
    """Return a file of seven years with a planted edge."""
    bars = edge_world(7, 1800, information_coefficient=0.2).bars
    return save_bars(bars, tmp_path_factory.mktemp("api") / "EDGE.csv")


@pytest.fixture(scope="module")
def trained(path: Path) -> Trained:
    """Return what came of training on a pandas frame with a short budget."""
    settings = {"home": path.parent / "home", "workers": 1}
    return bellwether.train(pd.read_csv(path), budget="1s", symbol="EDGE", settings=settings)


def run_python(*arguments: object) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment)


def test_importing_bellwether_loads_nothing_of_weight() -> None:
    heavy = "{'numpy', 'polars', 'onnx', 'rich'}"
    show = f"import sys, bellwether; print(sorted({heavy} & set(sys.modules)))"
    assert run_python("-c", show).stdout == "[]\n"


def test_the_names_of_the_door_are_listed_and_no_others_exist() -> None:
    assert dir(bellwether) == sorted(bellwether.__all__)
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = bellwether.trian  # type: ignore[attr-defined]


def test_a_plain_script_trains_at_its_top_level_without_a_guard(path: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = run_python(script, path, tmp_path / "home")
    assert done.stdout.startswith("out of sample")
    assert done.stdout.endswith("PROMOTE\nEDGE\n")
    assert "fits done" in done.stderr


def test_the_leaderboard_is_a_sequence_of_rows_and_a_table_when_shown(trained: Trained) -> None:
    board = trained.leaderboard
    assert {row.kind for row in board} == {"ensemble", "model", "rules", "floor"}
    assert board[0].name == "ensemble"
    assert [row.name for row in board[:2]] == [board[0].name, board[1].name]
    head, line, *rows = repr(board).splitlines()
    assert head.split()[:3] == ["out", "of", "sample"]
    assert set(line) == {"-"}
    assert len(rows) == len(board)
    assert {len(row) for row in (head, *rows)} == {len(line)}
    assert str(board) == repr(board)


def test_the_leaderboard_is_a_table_in_a_notebook(trained: Trained) -> None:
    page = trained.leaderboard._repr_html_()
    assert page.count("<tr>") == len(trained.leaderboard) + 1
    assert "<td>Ensemble</td><td>PROMOTE</td>" in page


def test_the_verdict_is_on_who_serves(trained: Trained) -> None:
    assert trained.verdict.promotes
    assert trained.champion is not None
    assert "PROMOTE" in repr(trained)
    assert "EDGE" in repr(trained)


def test_frames_of_both_kinds_paths_and_imports_give_one_prediction(
    trained: Trained, path: Path
) -> None:
    sources = (pd.read_csv(path), pl.read_csv(path), path, str(path), bellwether.read_bars(path))
    ids = {trained.predict(source, as_of="last").prediction_id for source in sources}
    assert ids == {trained.predict(as_of="last").prediction_id}


@pytest.mark.parametrize(
    "as_of",
    [
        "2004-06-30",
        "2004-06-30T21:00Z",
        "2004-06-30T17:00-04:00",
        dt.date(2004, 6, 30),
        dt.datetime(2004, 6, 30, 21, tzinfo=dt.UTC),
        dt.datetime(2004, 6, 30, 21),  # noqa: DTZ001 - without a zone it is UTC
        pd.Timestamp("2004-06-30T21:00"),
        np.datetime64("2004-06-30"),
        np.datetime64("2004-06-30T21"),
    ],
    ids=repr,
)
def test_an_instant_may_be_written_in_any_usual_way(
    as_of: str | dt.date | np.datetime64, trained: Trained
) -> None:
    assert trained.predict(as_of=as_of).as_of == np.datetime64("2004-06-30T21:00")


@pytest.mark.parametrize("as_of", ["soon", "", "2004-13-01", np.datetime64("NaT")], ids=repr)
def test_what_is_no_instant_is_refused(as_of: str | np.datetime64, trained: Trained) -> None:
    with pytest.raises(UnreadableInstant, match="2018-12-31T21:00"):
        trained.predict(as_of=as_of)


def test_old_bars_are_held_where_nobody_says_what_time_it_is(trained: Trained) -> None:
    prediction = trained.predict()
    assert prediction.direction is Direction.HOLD
    assert prediction.source.kind is SourceKind.NONE
    assert prediction.fallback_reason == "expired_data"


def test_a_last_row_without_a_close_is_held(trained: Trained, path: Path) -> None:
    frame = pd.read_csv(path)
    frame.loc[len(frame) - 1, "close"] = np.nan
    assert trained.predict(frame, as_of="last").fallback_reason == "data_contract_broken"


def test_a_symbol_that_was_not_trained_on_needs_bars(trained: Trained, path: Path) -> None:
    with pytest.raises(SymbolUnclear, match="EDGE"):
        trained.predict(symbol="OTHER", as_of="last")
    other = trained.predict(path, symbol="OTHER", as_of="last")
    assert other.symbol == "OTHER"
    assert other.source.kind is SourceKind.RULES


def test_the_card_is_one_page_on_its_own(trained: Trained, tmp_path: Path) -> None:
    card = trained.save_card(tmp_path / "card.html")
    assert "EDGE" in card.read_text(encoding="utf-8")


def test_what_cannot_be_trained_on_leaves_no_home(path: Path, tmp_path: Path) -> None:
    home = {"home": tmp_path / "home"}
    with pytest.raises(SourceMissing):
        bellwether.train(tmp_path / "none.csv", settings=home)
    with pytest.raises(SettingsError, match="did you mean 'workers'"):
        bellwether.train(path, settings={**home, "worker": 1})
    with pytest.raises(HistoryTooShort):
        bellwether.train(pl.read_csv(path)[:40], settings=home)
    assert not (tmp_path / "home").exists()

"""The guide to models of one's own: its code runs, in a notebook and at the terminal."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.command_line import Call

import bellwether
from bellwether.bars import Bars, edge_world
from bellwether.models import FAMILY_CHECKS, family_words, make_family

DOCS = Path(__file__).parents[1] / "docs" / "how_to"
GUIDE = (DOCS / "bring-your-own-model.md").read_text(encoding="utf-8")
NOTEBOOK = json.loads((DOCS / "bring-your-own-model.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of one's own, with a home in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("BELLWETHER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BELLWETHER_WORKERS", "1")


def run(*sources: str) -> Mapping[str, object]:
    """Run pieces of code one after the other, as cells are run."""
    names: dict[str, object] = {"__name__": "notebook"}
    for source in sources:
        exec(compile(source, "cell", "exec"), names)  # noqa: S102 - code of our own pages
    return names


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)


def test_the_notebook_runs_and_takes_ten_lines(tmp_path: Path) -> None:
    cells = ["".join(one["source"]) for one in NOTEBOOK["cells"] if one["cell_type"] == "code"]
    assert sum(bool(line.strip()) for cell in cells for line in cell.splitlines()) <= 10
    names = run(*cells)
    result = names["result"]
    assert isinstance(result, bellwether.Trained)
    mine = "sklearn.ensemble:HistGradientBoostingRegressor"
    assert [row.name for row in result.leaderboard][:1] == ["ensemble"]
    assert mine in {row.name for row in result.leaderboard}
    assert family_words(mine) in str(result.leaderboard)
    card = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert family_words(mine) in card


def test_the_code_of_the_guide_runs(tmp_path: Path) -> None:
    first, module, _, graph = blocks()
    (tmp_path / "my_models.py").write_text(module, encoding="utf-8")
    for name, n_steps in (("make_pairs", 1), ("make_last_three_bars", 3)):
        assert make_family(f"my_models:{name}", preset="own").n_steps == n_steps
    names = run(first, graph)
    result = names["result"]
    assert isinstance(result, bellwether.Trained)
    graphs = [one for one in result.result.candidates if one.name.startswith("onnx:")]
    assert len(graphs) == 1
    sys.modules.pop("my_models")


def test_the_check_of_the_guide_passes_and_its_table_has_every_check(tmp_path: Path) -> None:
    _, module, check, _ = blocks()
    (tmp_path / "my_models.py").write_text(module, encoding="utf-8")
    tests = run(check)
    held = tests["test_my_family_keeps_the_treaty"]
    assert callable(held)
    for name in ("facts", "seed", "graph", "missing"):
        held(name)
    told = GUIDE.partition("| check | what is asked |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)`", told, flags=re.MULTILINE)) == FAMILY_CHECKS
    sys.modules.pop("my_models")


@pytest.fixture(scope="module")
def bars() -> Bars:
    return edge_world(7, 900, information_coefficient=0.3).bars


def test_the_command_trains_a_family_of_ones_own(
    call: Call, save_bars: object, bars: Bars, tmp_path: Path
) -> None:
    (tmp_path / "my_models.py").write_text(blocks()[1], encoding="utf-8")
    path = save_bars(bars, tmp_path / "edge.csv")  # type: ignore[operator]
    given = ("--family", "my_models:make_last_three_bars", "--family", "ridge")
    found = call("train", path, *given, "--plan", "demo", "--workers", "1", "--json")
    assert found.code == 0, found.err
    assert "make_last_three_bars, ridge" in found.err
    names = {row["name"] for row in found.json["leaderboard"] if row["kind"] == "model"}
    assert names == {"my_models:make_last_three_bars", "ridge"}


def test_a_family_that_is_none_ends_the_command_before_anything_is_fitted(
    call: Call, save_bars: object, bars: Bars, tmp_path: Path
) -> None:
    path = save_bars(bars, tmp_path / "edge.csv")  # type: ignore[operator]
    found = call("train", path, "--family", "my_modles:make")
    assert found.code == 6
    assert "run in the folder where my_modles.py is" in found.err

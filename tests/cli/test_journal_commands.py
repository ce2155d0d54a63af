"""Answers from the command line are written down, settled and computed again."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import Call, EdgeMarket

from bellwether.bars import Bars

Save = Callable[[Bars, Path], Path]
MakeBars = Callable[..., Bars]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def file(make_bars: MakeBars, save_bars: Save, tmp_path: Path) -> Path:
    return save_bars(make_bars(600, 5), tmp_path / "market.csv")


def predict(call: Call, file: Path, home: Path, as_of: str) -> Any:
    answer = call("predict", file, "--as-of", as_of, "--home", home, "--json")
    assert answer.code == 0
    return answer.json


def test_an_answer_is_listed_settled_and_listed_as_settled(
    call: Call, file: Path, home: Path
) -> None:
    told = predict(call, file, home, "2012-03-01")
    listed = call("journal", "--pending", "--home", home, "--json").json
    assert [one["prediction_id"] for one in listed["entries"]] == [told["prediction_id"]]
    settled = call("settle", file, "--home", home, "--json").json
    assert [one["prediction_id"] for one in settled["settled"]] == [told["prediction_id"]]
    assert settled["settled"][0]["outcome"].upper() in {"HIT", "MISS", "NEITHER"}
    assert call("journal", "--pending", "--home", home, "--json").json["entries"] == []
    [entry] = call("journal", "--verify", "--home", home, "--json").json["entries"]
    assert entry["outcome"] == settled["settled"][0]["outcome"]


def test_the_same_question_twice_is_one_entry_served_twice(
    call: Call, file: Path, home: Path
) -> None:
    predict(call, file, home, "last")
    predict(call, file, home, "last")
    [entry] = call("journal", "--home", home, "--json").json["entries"]
    assert entry["n_served"] == 2


def test_an_answer_is_computed_again_from_the_bars_handed_back(
    call: Call, file: Path, home: Path
) -> None:
    told = predict(call, file, home, "2012-03-01")
    bare = call("replay", told["prediction_id"], "--home", home, "--json")
    assert (bare.code, bare.json["outcome"]) == (3, "needs the bars back")
    again = call("replay", told["prediction_id"], file, "--home", home, "--json")
    assert (again.code, again.json["outcome"]) == (0, "identical")


def test_a_models_answer_is_computed_again_too(
    call: Call, edge_market: EdgeMarket, home: Path
) -> None:
    shutil.copytree(edge_market.home, home)
    answer = call("predict", edge_market.past, "--as-of", "last", "--home", home, "--json").json
    again = call("replay", answer["prediction_id"], edge_market.past, "--home", home, "--json")
    assert (again.code, again.json["outcome"]) == (0, "identical")


def test_other_bars_are_not_taken_for_those_of_the_answer(
    call: Call, file: Path, home: Path, make_bars: MakeBars, save_bars: Save, tmp_path: Path
) -> None:
    told = predict(call, file, home, "last")
    (tmp_path / "other").mkdir()
    other = save_bars(make_bars(600, 6), tmp_path / "other" / "market.csv")
    found = call("replay", told["prediction_id"], other, "--home", home, "--json")
    assert found.code != 0


def test_a_journal_that_cannot_be_opened_does_not_take_the_answer_along(
    call: Call, file: Path, home: Path
) -> None:
    home.mkdir()
    (home / "journal.sqlite").write_bytes(b"no database at all" * 500)
    assert predict(call, file, home, "last")["direction"] in {"BUY", "SELL", "HOLD"}


def test_an_unknown_answer_and_an_empty_journal_are_said_plainly(call: Call, home: Path) -> None:
    empty = call("journal", "--home", home)
    assert (empty.code, "No answer yet" in empty.out) == (0, True)
    unknown = call("replay", "feed", "--home", home, "--json")
    assert unknown.code != 0
    assert unknown.json["error"]["type"] == "UnknownPrediction"


def test_a_head_noted_down_earlier_verifies_and_a_made_up_one_does_not(
    call: Call, file: Path, home: Path
) -> None:
    predict(call, file, home, "last")
    head = call("journal", "--home", home, "--json").json["head"]
    assert call("journal", "--head", head, "--home", home).code == 0
    number, _, digest = head.partition(":")
    forged = f"{int(number)}:{'0' * len(digest)}"
    assert call("journal", "--head", forged, "--home", home).code != 0

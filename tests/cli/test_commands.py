"""Every command, used as a person and as a program use it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.command_line import Call, EdgeMarket

from bellwether._version import __version__
from bellwether.bars import Bars, noise_world

Save = Callable[[Bars, Path], Path]
COMMANDS = (
    "demo",
    "train",
    "predict",
    "verdict",
    "audit",
    "models",
    "promote",
    "rollback",
    "compare",
    "journal",
    "settle",
    "replay",
    "serve",
    "sign",
    "keys",
    "signing",
    "import",
    "data",
    "ledger",
    "plan",
)


@pytest.fixture
def home(edge_market: EdgeMarket, tmp_path: Path) -> Path:
    """Return a copy of the trained home, to be changed at will."""
    return Path(shutil.copytree(edge_market.home, tmp_path / "home"))


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let tables fit, and let nothing lie about in the working directory."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)


def names(call: Call, home: Path) -> dict[str, str]:
    """Return the ids of the models of the edge's home by what comes after the symbol."""
    records = call("models", "--home", home, "--json").json["models"]
    return {record["model_id"].split("-")[1]: record["model_id"] for record in records}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_page_of_help_fits_and_names_no_python_type(
    command: str, width: int, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    answer = call(command, "--help")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= width
    assert answer.out.count("<bool>") == 1  # the library's own --help
    assert "Usage: bellwether" in answer.out


def test_without_a_command_there_is_the_help_with_all_commands_and_a_beginning(call: Call) -> None:
    answer = call()
    assert answer.code == 0
    assert [name for name in COMMANDS if f" {name} " not in answer.out] == []
    assert "bellwether train bars.csv" in answer.out
    assert "Exit codes: 0 done" in answer.out


def test_the_version_is_told(call: Call) -> None:
    assert call("--version").out == f"{__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trian",), "Did you mean 'train',"),
        (("train",), "Missing argument 'FILE'"),
        (("predict", "bars.csv", "--nope"), "No such option"),
        (("train", "bars.csv", "--workers", "two"), "Invalid value for '--workers'"),
        (("train", "bars.csv", "--plan", "grand"), "choose from thorough"),
        (("train", "bars.csv", "--workers", "0"), "workers"),
        (("predict", "bars.csv", "--as-of", "gestern"), "'gestern'"),
        (("predict", "bars.csv", "--horizon", "99"), "horizon_bars"),
        (("predict", "bars.csv", "--columns", "close"), "close=Schlusskurs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_told_in_words_and_in_json(
    arguments: tuple[str, ...], words: str, call: Call, tmp_path: Path
) -> None:
    answer = call(*arguments, "--json")
    assert answer.code == 2
    assert words in answer.err
    assert words in answer.json["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_group_of_commands_alone_is_told_what_it_lacks(call: Call) -> None:
    answer = call("data")
    assert answer.code == 2
    assert "expected a command of bellwether data, was none" in answer.err


@pytest.mark.parametrize("budget", ["soon", "0s", "-5m", "5"])
def test_a_budget_that_is_no_time_is_refused(budget: str, call: Call) -> None:
    answer = call("train", "bars.csv", f"--budget={budget}")
    assert answer.code == 9
    assert "90s, 2m or 1.5h" in answer.err


def test_an_unknown_setting_of_the_environment_is_named_with_the_nearest(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_HORIZON_BAR", "2")
    answer = call("models")
    assert answer.code == 2
    assert "did you mean 'horizon_bars'?" in answer.err


def test_training_tells_everything_as_one_json_object(edge_market: EdgeMarket) -> None:
    told = edge_market.trained.json
    assert edge_market.trained.code == 0
    assert told["verdict"] == "PROMOTE"
    assert told["symbols"] == ["edge"]
    assert told["champion"].startswith("edge-")
    assert {row["kind"] for row in told["leaderboard"]} == {"ensemble", "model", "rules", "floor"}
    assert Path(told["card"]).read_text(encoding="utf-8").startswith("<!doctype html>")
    # A clock that is not told otherwise says that bars of 2010 are old.
    assert told["prediction"]["fallback_reason"] == "expired_data"


def test_words_during_training_go_to_standard_error_where_json_is_asked_for(
    edge_market: EdgeMarket,
) -> None:
    words = edge_market.trained.err
    for part in ("Before training", "Ctrl-C is safe", "ridge: 13 fits done", "serves now"):
        assert words.count(part) == 1, part


def test_a_run_without_promotion_ends_well_and_says_what_to_do_next(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path = save_bars(noise_world(3, 620).bars, tmp_path / "my noise.csv")
    answer = call("train", path, "--plan", "cheap", "--workers", "1", "--home", tmp_path / "h")
    assert answer.code == 0
    assert "the rules keep serving" in answer.out
    assert "NOT ENOUGH DATA" in answer.out or "REFUSE" in answer.out
    assert f"Next: bellwether predict '{path}' --as-of last --home {tmp_path / 'h'}" in answer.out
    told = call("predict", path, "--as-of", "last", "--home", tmp_path / "h", "--json").json
    assert told["source"]["kind"] == "rules"
    assert told["fallback_reason"] == "no_model_promoted"


def test_several_files_are_a_panel_with_one_champion_for_all(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    paths = [save_bars(noise_world(seed, 620).bars, tmp_path / f"{seed}.csv") for seed in (1, 2)]
    flags = ("--plan", "cheap", "--workers", "1", "--home", tmp_path / "home", "--json")
    told = call("train", *paths, "--universe", "pair", *flags).json
    assert told["symbols"] == ["1", "2"]
    assert told["universe"] == "pair"
    [ensemble] = [row for row in told["leaderboard"] if row["kind"] == "ensemble"]
    assert ensemble["model_id"].startswith("pair-ensemble-")


def test_short_history_is_refused_and_allowed_with_a_warning(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path = save_bars(noise_world(3, 450).bars, tmp_path / "short.csv")
    flags = ("--plan", "cheap", "--workers", "1", "--home", tmp_path / "home")
    refused = call("train", path, *flags)
    assert refused.code == 5
    assert "--short-history" in refused.err
    assert not (tmp_path / "home").exists()
    allowed = call("train", path, *flags, "--short-history")
    assert allowed.code == 0
    assert "Short history: 450 bars over 1.7 years" in allowed.out


def test_the_champion_answers_at_the_last_close(call: Call, edge_market: EdgeMarket) -> None:
    told = call(
        "predict", edge_market.past, "--as-of", "last", "--home", edge_market.home, "--json"
    )
    assert told.json["rung"] in ("champion", "rules")
    shown = call("predict", edge_market.past, "--as-of", "last", "--home", edge_market.home)
    assert told.json["direction"] in shown.out
    assert shown.err == ""


def test_an_answer_as_of_a_date_rests_on_the_bars_closed_by_then(
    call: Call, edge_market: EdgeMarket
) -> None:
    ask = ("predict", edge_market.later, "--symbol", "edge", "--home", edge_market.home, "--json")
    assert call(*ask, "--as-of", "2009-09-04").json["as_of"] == "2009-09-04T21:00:00Z"
    assert call(*ask, "--as-of", "2009-09-04T20:59").json["as_of"] == "2009-09-03T21:00:00Z"
    assert call(*ask, "--as-of", "2009-09-04T17:00-04:00").json["as_of"] == "2009-09-04T21:00:00Z"
    before = call(*ask, "--as-of", "1999-01-01").json
    assert (before["as_of"], before["fallback_reason"]) == (None, "insufficient_data")


def test_a_model_that_has_seen_what_followed_says_so(call: Call, edge_market: EdgeMarket) -> None:
    ask = ("predict", edge_market.past, "--home", edge_market.home, "--json", "--as-of")
    days = np.datetime64("2005-03-01") + np.arange(3, 10)
    answers = [call(*ask, day) for day in days]
    by_model = [one for one in answers if one.json["source"]["kind"] == "model"]
    assert by_model
    assert all("Hindsight:" in one.err for one in by_model)
    assert not any("Hindsight:" in one.err for one in answers if one not in by_model)


def test_the_verdict_is_on_who_serves_of_the_latest_run(
    call: Call, edge_market: EdgeMarket
) -> None:
    told = call("verdict", "--home", edge_market.home, "--json").json
    assert told["model_id"] == edge_market.trained.json["champion"]
    assert (told["stage"], told["decision"]) == ("champion", "PROMOTE")
    shown = call("verdict", "--home", edge_market.home)
    assert "serves now" in shown.out
    assert told["model_id"] in shown.out


def test_the_verdict_is_one_card_in_terminal_json_and_page(
    call: Call, edge_market: EdgeMarket, tmp_path: Path
) -> None:
    page = tmp_path / "verdict.html"
    told = call("verdict", "--home", edge_market.home, "--html", page, "--json").json
    shown = call("verdict", "--home", edge_market.home)
    html = page.read_text(encoding="utf-8")
    for effect in told["card"]["effects"]:
        assert effect["figure"]["text"] in shown.out
        assert effect["figure"]["text"] in html
    assert told["beside"]["candidates"] is None or told["beside"]["candidates"]["n_candidates"] > 1
    assert told["balance"].keys() == {"training", "out_of_sample"}
    for title in ("Shares of the rows", "What was stated and what came", "stated interval"):
        assert title in html
    for title in ("Shares of the rows", "probabilities hold?", "intervals hold?"):
        assert title in shown.out


def test_the_verdict_on_one_model_is_computed_again_and_is_the_same(
    call: Call, edge_market: EdgeMarket
) -> None:
    ridge = names(call, edge_market.home)["ridge"]
    told = call("verdict", ridge, "--recompute", "--home", edge_market.home, "--json").json
    assert (told["model_id"], told["recomputed_equal"]) == (ridge, True)
    shown = call("verdict", ridge, "--recompute", "--home", edge_market.home)
    assert "the same verdict" in shown.out


def test_evidence_that_was_lost_is_told_not_guessed(call: Call, home: Path) -> None:
    shutil.rmtree(home / "evidence")
    answer = call("verdict", "--recompute", "--home", home, "--json")
    assert answer.code == 7
    assert "evidence" in answer.json["error"]["message"]


def test_an_empty_home_says_what_to_do_next(call: Call, tmp_path: Path) -> None:
    shown = call("models", "--home", tmp_path / "new")
    assert shown.code == 0
    assert "bellwether train bars.csv" in shown.out
    assert str(tmp_path / "new") in shown.out
    assert call("models", "--home", tmp_path / "new", "--json").json == {"models": []}
    nothing = call("verdict", "--home", tmp_path / "new")
    assert nothing.code == 9
    assert "bellwether train FILE" in nothing.err


def test_the_models_are_listed_with_stage_and_verdict(call: Call, edge_market: EdgeMarket) -> None:
    listed = call("models", "--home", edge_market.home, "--json").json["models"]
    assert [one["stage"] for one in listed].count("champion") == 1
    assert all(one["decision"] for one in listed)
    shown = call("models", "--home", edge_market.home).out
    assert all(one["model_id"] in shown for one in listed)


def test_an_unknown_model_is_answered_with_the_known_ones(
    call: Call, edge_market: EdgeMarket
) -> None:
    for command in ("verdict", "promote"):
        answer = call(command, "nobody", "--home", edge_market.home)
        assert answer.code == 8
        assert edge_market.trained.json["champion"] in answer.err


def test_a_candidate_is_promoted_and_rolled_back_until_the_rules_serve(
    call: Call, home: Path
) -> None:
    known = names(call, home)
    promoted = call("promote", known["ridge"], "--home", home, "--json").json
    assert (promoted["model_id"], promoted["stage"]) == (known["ridge"], "champion")
    back = call("rollback", "edge", "--home", home, "--json").json
    assert (back["retired"], back["champion"]) == (known["ridge"], known["ensemble"])
    shown = call("rollback", "edge", "--home", home)
    assert shown.out == f"{known['ensemble']} is retired. The rules serve now.\n"
    nobody = call("rollback", "edge", "--home", home)
    assert nobody.code == 9
    assert "a champion of edge" in nobody.err


def test_a_model_without_a_passed_verdict_is_never_promoted(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path = save_bars(noise_world(3, 620).bars, tmp_path / "noise.csv")
    flags = ("--plan", "cheap", "--workers", "1", "--home", tmp_path / "home", "--json")
    model = call("train", path, *flags).json["leaderboard"][0]["model_id"]
    answer = call("promote", model, "--home", tmp_path / "home", "--json")
    assert answer.code == 8
    assert answer.json["error"]["type"] == "NotPromotable"
    assert answer.json["error"]["was"].startswith(("REFUSE", "NOT ENOUGH DATA"))
    assert "nothing else promotes" in answer.err


def test_the_reasons_of_a_promotion_are_what_decided(edge_market: EdgeMarket) -> None:
    told = edge_market.trained.json
    assert told["verdict"] == "PROMOTE"
    assert told["reasons"] == [told["verdict_detail"]["reason"]]


def test_why_is_told_where_a_model_answers(call: Call, home: Path, edge_market: EdgeMarket) -> None:
    asked = ("predict", edge_market.past, "--home", home, "--as-of", "last", "--why")
    told = call(*asked, "--json").json
    assert told["source"]["kind"] == "model"
    total = sum(one["amount"] for one in told["contributions"])
    explanation = told["explanation"]
    assert explanation["baseline"] + total == pytest.approx(explanation["value"], abs=1e-9)
    assert sum(one["weight"] for one in told["members"]) == pytest.approx(1.0)
    shown = " ".join(call(*asked).out.split())
    assert "What the model saw" in shown
    assert "They add up from" in shown
    assert "Who in the model said so" in shown
    journal = call("journal", "--home", home, "--json")
    assert "explanation" not in journal.out
    assert "members" not in journal.out

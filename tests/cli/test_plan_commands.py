"""What a verdict could show, asked from the command line before anything is trained."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import Call, EdgeMarket

from bellwether.bars import Bars

Save = Callable[[Bars, Path], Path]


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def test_a_number_of_bars_is_enough_to_plan_and_makes_no_home(call: Call, tmp_path: Path) -> None:
    told = call("plan", "--bars", 1260, "--json").json
    powers = {row["ic"]: round(row["power"], 2) for row in told["plans"]["single"]["powers"]}
    assert powers == {0.02: 0.05, 0.05: 0.25, 0.10: 0.84, 0.20: 1.0}
    shown = call("plan", "--bars", 1260).out
    for words in ("A verdict is possible now: 433 judged bars", "84%", "3,212", "skill of 0.016"):
        assert words in shown, words
    assert list(tmp_path.iterdir()) == []


def test_a_panel_and_a_horizon_show_what_they_are_worth_in_eighty_columns(call: Call) -> None:
    asked = ("plan", "--bars", 756, "--symbols", 20, "--correlation", 0.3, "--horizon", 5)
    shown = call(*asked).out
    assert "worth 7.4 independent ones" in shown
    assert "19.0 for relative skill" in shown
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    told = call(*asked, "--ic", 0.04, "--json").json
    assert set(told["plans"]) == {"single", "clustered", "market_neutral"}
    assert [row["ic"] for row in told["plans"]["clustered"]["powers"]] == [
        0.02,
        0.04,
        0.05,
        0.1,
        0.2,
    ]


def test_a_short_history_is_told_when_a_verdict_is_possible(call: Call) -> None:
    shown = call("plan", "--bars", 400).out
    assert "No verdict is possible yet" in shown
    assert "219 more" in " ".join(shown.split())
    assert "about 20" in " ".join(shown.split())


def test_bars_are_measured_and_the_ledger_is_read(
    call: Call, edge_market: EdgeMarket, tmp_path: Path
) -> None:
    fresh = call("plan", edge_market.past, "--home", tmp_path / "home", "--json").json
    again = call("plan", edge_market.past, "--home", edge_market.home, "--json").json
    assert 0.1 < fresh["market"]["annual_volatility"] < 0.3
    assert fresh["market"]["n_bars"] == 2520
    n_first = fresh["trials"]["n_pipelines"]
    assert again["trials"]["n_pipelines"] == n_first + 3
    assert again["plans"]["single"]["critical_t"] > fresh["plans"]["single"]["critical_t"]
    shown = " ".join(call("plan", edge_market.past, "--home", edge_market.home).out.split())
    assert f"counts {n_first + 3} pipelines on these bars" in shown


def test_several_files_are_a_panel_whose_correlation_is_measured(
    call: Call, make_bars: Callable[[int, int], Bars], save_bars: Save, tmp_path: Path
) -> None:
    files = [save_bars(make_bars(600, seed), tmp_path / f"m{seed}.csv") for seed in (1, 2)]
    told = call("plan", *files, "--home", tmp_path / "home", "--json").json
    assert told["market"]["n_symbols"] == 2.0
    assert abs(told["market"]["correlation"]) < 0.2
    like = call("plan", files[0], "--symbols", 8, "--home", tmp_path / "home", "--json").json
    assert (like["market"]["n_symbols"], like["market"]["correlation"]) == (8.0, 0.3)
    assert call("plan", files[0], "--home", tmp_path / "home").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "bellwether plan --bars 1260"),
        (("bars.csv", "--bars", "9"), 2, "leave --bars out"),
        (("a.csv", "b.csv", "--symbols", "3"), 2, "leave --symbols out"),
        (("missing.csv",), 3, "no such file"),
        (("--bars", "0"), 7, "n_bars"),
        (("--bars", "many"), 2, "--bars"),
        (("--bars", "900", "--symbols", "0"), 7, "n_symbols"),
        (("--bars", "900", "--symbols", "2", "--correlation", "1"), 7, "correlation"),
        (("--bars", "900", "--ic", "2"), 2, "worth_finding"),
        (("--bars", "900", "--persistence", "1"), 7, "persistence"),
        (("--bars", "900", "--horizon", "99"), 2, "horizon_bars"),
    ],
)
def test_wrong_usage_is_told_in_words(
    arguments: tuple[str, ...], code: int, words: str, call: Call, tmp_path: Path
) -> None:
    answer = call("plan", *arguments)
    assert (answer.code, words in answer.err) == (code, True), answer.err
    assert list(tmp_path.iterdir()) == []

"""The trial ledger from the command line: read, verified, and tampered with."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import Call, EdgeMarket

from bellwether.bars import Bars
from bellwether.trials import CHAIN_START


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def home(edge_market: EdgeMarket, tmp_path: Path) -> Path:
    """Return a copy of the trained home, to be changed at will."""
    return Path(shutil.copytree(edge_market.home, tmp_path / "home"))


def put_back(home: Path, n_entries: int) -> None:
    """Leave log and head as they were after so many entries."""
    log = home / "trials.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)[:n_entries]
    log.write_bytes(b"".join(lines))
    chain = json.loads(lines[-1])["chain"] if lines else CHAIN_START
    head = {"chain": chain, "n_entries": n_entries}
    log.with_name("trials.jsonl.head").write_text(json.dumps(head))


def test_the_ledger_of_a_training_run_is_shown_to_people_and_programs(
    call: Call, home: Path
) -> None:
    told = call("ledger", "show", "--home", home, "--json").json
    [family] = told["families"]
    assert family["n_pipelines"] == 3
    assert family["alpha_for_a_new_pipeline"] == 0.0025
    kinds = [entry["kind"] for entry in told["entries"]]
    assert (kinds[0], kinds[-3:], told["n_entries"]) == ("feature_edit", ["look"] * 3, len(kinds))
    shown = call("ledger", "show", "--entries", "--home", home)
    assert shown.code == 0
    for words in ("3 pipelines looked at", "judged at 0.0025", "final fit", told["head"]):
        assert words in shown.out, words


def test_a_head_noted_down_before_tells_that_the_ledger_was_put_back(
    call: Call, home: Path
) -> None:
    head = call("ledger", "head", "--home", home).out.strip()
    assert call("ledger", "head", "--home", home, "--json").json["head"] == head
    sound = call("ledger", "verify", "--head", head, "--home", home)
    assert (sound.code, sound.out.startswith("Sound: ")) == (0, True)
    for folder in ("evidence", "work"):
        shutil.rmtree(home / folder)
    (home / "registry.sqlite").unlink()
    n_entries = int(head.partition(":")[0])
    put_back(home, n_entries - 4)
    assert call("ledger", "verify", "--home", home).code == 0
    cut = call("ledger", "verify", "--head", head, "--home", home, "--json")
    assert (cut.code, cut.json["findings"][0]["fault"]) == (8, "cut")


def test_a_ledger_put_back_is_found_out_by_the_results_it_lacks(call: Call, home: Path) -> None:
    put_back(home, 3)
    found = call("ledger", "verify", "--home", home)
    assert found.code == 8
    assert "Forgotten look: Model " in found.out
    assert "Forgotten fit: " in found.out
    assert "What to do: " in found.out


def test_a_changed_line_is_named(call: Call, home: Path) -> None:
    log = home / "trials.jsonl"
    log.write_bytes(log.read_bytes().replace(b"fold 1", b"fold 9", 1))
    found = call("ledger", "verify", "--home", home)
    assert found.code == 8
    assert "Changed: An entry that does not follow at line" in found.out
    shown = call("ledger", "show", "--home", home)
    assert (shown.code, "restore the file from a copy" in shown.err) == (8, True)


def test_damaged_evidence_is_named(call: Call, home: Path) -> None:
    path, other, _ = sorted((home / "evidence").iterdir())
    path.write_bytes(path.read_bytes()[:-100])
    other.rename(other.with_name("0" * 64 + ".npz"))
    found = call("ledger", "verify", "--home", home, "--json")
    faults = [finding["fault"] for finding in found.json["findings"]]
    assert (found.code, faults) == (8, ["damaged evidence"] * 2)
    assert path.exists()


def test_training_is_refused_where_the_ledger_was_removed(
    call: Call, home: Path, edge_market: EdgeMarket
) -> None:
    for name in ("trials.jsonl", "trials.jsonl.head"):
        (home / name).unlink()
    refused = call("train", edge_market.past, "--plan", "cheap", "--home", home, "--json")
    assert refused.json["error"]["type"] == "TrialsForgotten"
    assert "new home" in refused.err
    assert not (home / "trials.jsonl").exists()


def test_an_empty_home_says_how_to_begin(call: Call, tmp_path: Path) -> None:
    for name in ("show", "verify"):
        answer = call("ledger", name, "--home", tmp_path / "empty")
        assert answer.code == 0
        assert "Nothing was tried yet" in answer.out
        assert str(tmp_path / "empty") in answer.out
    assert call("ledger", "head", "--home", tmp_path / "empty").out == f"0:{CHAIN_START}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("verify", "--head", "12"), "copy what `bellwether ledger head` printed"),
        (("shwo",), "Did you mean 'show'?"),
    ],
)
def test_wrong_usage_is_told_before_a_home_is_made(
    arguments: tuple[str, ...], words: str, call: Call, tmp_path: Path
) -> None:
    answer = call("ledger", *arguments)
    assert (answer.code, words in answer.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_pipelines_beyond_a_screenful_are_counted(
    call: Call, tmp_path: Path, make_bars: Callable[[int, int], Bars]
) -> None:
    from bellwether.adapters import FileTrialLog  # noqa: PLC0415 - for this test alone
    from bellwether.trials import Trial  # noqa: PLC0415

    log = FileTrialLog(tmp_path / "home" / "trials.jsonl")
    for number in range(12):
        log.append(
            Trial(
                kind="look",
                pipeline=f"{number:064d}",
                snapshot=make_bars(30, 1).digest,
                lineage=(),
                recorded_at="some day",
                note="verdict on [bold]this[/bold]",
            )
        )
    shown = call("ledger", "show", "--home", tmp_path / "home").out
    assert "and 2 earlier" in shown
    assert "[bold]this[/bold]" in shown
    assert "some day" in shown

"""What goes wrong, tried as a new user would: one clear message, nothing half-written."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.command_line import Call, EdgeMarket

from bellwether.bars import Bars, noise_world

Save = Callable[[Bars, Path], Path]
HEADER = "date,open,high,low,close,volume"
N_ROWS = 620
QUICKLY = ("--plan", "cheap", "--workers", "1")
LONGEST_WAIT = 60.0


@pytest.fixture(scope="module")
def rows(save_bars: Save, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the lines of a good file, without its header."""
    path = save_bars(noise_world(3, N_ROWS).bars, tmp_path_factory.mktemp("good") / "good.csv")
    return path.read_text(encoding="utf-8").splitlines()[1:]


@pytest.fixture
def home(edge_market: EdgeMarket, tmp_path: Path) -> Path:
    """Return a copy of the home where a model was promoted, to be damaged at will."""
    return Path(shutil.copytree(edge_market.home, tmp_path / "home"))


def change(row: str, **fields: str) -> str:
    """Return a row with some of its fields replaced."""
    parts = dict(zip(HEADER.split(","), row.split(","), strict=True))
    return ",".join({**parts, **fields}.values())


def swap(row: str) -> str:
    """Return a row whose high is below its low."""
    _, _, high, low, _, _ = row.split(",")
    return change(row, high=low, low=high)


def table(rows: list[str]) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def nothing_readable(rows: list[str]) -> dict[str, tuple[bytes, str]]:
    """Return files that hold no bars, each with words of the message."""
    blank = dict.fromkeys(HEADER.split(",")[1:], "nan")
    return {
        "empty": (b"", "an empty file"),
        "header only": (table([]), "and no row"),
        "wrong columns": (b"a,b,c\n1,2,3\n", "columns for date, open, high, low"),
        "no header and no dates": (
            "\n".join(row.partition(",")[2] for row in rows).encode(),
            "put a first line above the rows",
        ),
        "text in prices": (
            table([change(r, open="ten") for r in rows]),
            "the open is not a number",
        ),
        "high below low": (table([swap(r) for r in rows]), "the high is below the low"),
        "all missing": (table([change(r, **blank) for r in rows]), "the open is missing"),
        "dates unreadable": (table([change(r, date="soon") for r in rows]), "date cannot be read"),
        "binary": (np.random.default_rng(1).bytes(4000), "export the bars as CSV"),
        "zipped": (b"PK\x03\x04 and so on", "damaged"),
    }


UNREADABLE = tuple(nothing_readable(["2020-01-01,1,1,1,1,1"]))


@pytest.mark.parametrize("command", ["train", "predict"])
@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_without_bars_gets_one_message_and_leaves_no_home(
    case: str, command: str, call: Call, rows: list[str], tmp_path: Path
) -> None:
    content, words = nothing_readable(rows)[case]
    path = tmp_path / "bars.csv"
    path.write_bytes(content)
    answer = call(command, path, "--home", tmp_path / "home", "--json")
    assert answer.code == 3
    assert list(answer.json) == ["error"]
    told = answer.json["error"]
    assert words in told["message"]
    assert all(told[fact] for fact in ("expected", "was", "hint"))
    assert answer.err.count("bellwether: ") == 1
    assert answer.err.count("\n") == 2
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", ["train", "predict"])
def test_a_path_without_a_file_is_named(command: str, call: Call, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none.csv", "no such file"), (tmp_path, "a folder")):
        answer = call(command, path, "--home", tmp_path / "home")
        assert answer.code == 3
        assert str(path) in answer.err
        assert words in answer.err
        assert answer.out == ""


@pytest.mark.parametrize("command", ["train", "predict"])
def test_a_home_that_cannot_be_a_folder_is_named(
    command: str, call: Call, rows: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(table(rows))
    (tmp_path / "home").write_text("a file stands here")
    answer = call(command, path, "--home", tmp_path / "home", "--json")
    assert answer.code == 2
    assert answer.json["error"]["type"] == "HomeUnusable"
    assert "--home or BELLWETHER_HOME" in answer.err
    assert (tmp_path / "home").read_text() == "a file stands here"


@pytest.mark.parametrize("n_rows", [1, 40, 300])
def test_too_little_history_is_refused_for_training(
    n_rows: int, call: Call, rows: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(table(rows[:n_rows]))
    answer = call("train", path, "--home", tmp_path / "home")
    assert answer.code == 5
    assert f"was {n_rows} bars" in answer.err
    assert "--short-history" in answer.err


def test_too_little_history_for_any_model_is_refused_even_where_it_is_allowed(
    call: Call, rows: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(table(rows[:40]))
    answer = call("train", path, "--short-history", *QUICKLY, "--home", tmp_path / "home")
    assert answer.code == 5
    assert answer.err.count("bellwether: ") == 1


def ask(call: Call, content: bytes, folder: Path, as_of: str = "last") -> dict[str, Any]:
    """Return the prediction on a file's content, in an empty home."""
    path = folder / "bars.csv"
    path.write_bytes(content)
    answer = call("predict", path, "--as-of", as_of, "--home", folder / "home", "--json")
    assert (answer.code, answer.err) == (0, "")
    told: dict[str, Any] = answer.json
    return told


def test_unsorted_rows_and_exact_repeats_change_nothing(
    call: Call, rows: list[str], tmp_path: Path
) -> None:
    mixed = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    found = ask(call, table(mixed + mixed[:20]), tmp_path)
    assert found == ask(call, table(rows), tmp_path)
    assert found["source"]["kind"] == "rules"


@pytest.mark.parametrize(
    ("kept", "reason"), [(1, "insufficient_data"), (40, "insufficient_data"), (300, None)]
)
def test_few_rows_are_answered_by_hold_and_enough_by_the_rules(
    kept: int, reason: str | None, call: Call, rows: list[str], tmp_path: Path
) -> None:
    told = ask(call, table(rows[:kept]), tmp_path)
    assert told["fallback_reason"] == (reason or "no_model_promoted")
    if reason:
        assert (told["direction"], told["source"]["kind"]) == ("HOLD", "none")


def test_a_price_that_never_moves_is_held_and_never_promoted(
    call: Call, rows: list[str], tmp_path: Path
) -> None:
    flat = [change(row, open="5", high="5", low="5", close="5") for row in rows]
    assert ask(call, table(flat), tmp_path)["fallback_reason"] == "poor_data"
    answer = call("train", tmp_path / "bars.csv", *QUICKLY, "--home", tmp_path / "home", "--json")
    assert answer.code == 0
    assert answer.json["verdict"] != "PROMOTE"
    assert answer.json["champion"] is None


def broken_ends(rows: list[str]) -> dict[str, list[str]]:
    """Return files whose last bar breaks the data contract."""
    *good, before, last = rows
    other = change(last, close=last.split(",")[3])
    return {
        "close missing": [*good, before, change(last, close="nan")],
        "high below low": [*good, before, swap(last)],
        "text": [*good, before, change(last, open="ten")],
        "cut in the middle": [*good, before, last[:14]],
        "one field too many": [*good, before, f"{last},7"],
        "date unreadable": [*good, before, change(last, date="soon")],
        "two versions of the last bar": [*good, before, last, other],
        "the last two": [*good, change(before, low="0"), swap(last)],
        "newest first": [swap(last), before, *reversed(good)],
    }


BROKEN_ENDS = tuple(broken_ends(["2020-01-01,1,1,1,1,1"] * 3))


@pytest.mark.parametrize("as_of", ["last", "later"])
@pytest.mark.parametrize("case", BROKEN_ENDS)
def test_a_last_row_that_breaks_the_contract_is_held_not_skipped(
    case: str, as_of: str, call: Call, rows: list[str], tmp_path: Path
) -> None:
    day = np.datetime64(rows[-1].split(",")[0]) + 1
    instant = "last" if as_of == "last" else str(day)
    told = ask(call, table(broken_ends(rows)[case]), tmp_path, instant)
    assert (told["direction"], told["source"]["kind"]) == ("HOLD", "none")
    assert told["fallback_reason"] == "data_contract_broken"
    assert told["steps"][-1]["detail"].startswith("line ")


def test_the_row_at_fault_is_shown_with_what_helps(
    call: Call, rows: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(table(broken_ends(rows)["high below low"]))
    shown = call("predict", path, "--as-of", "last", "--home", tmp_path / "home")
    assert f"line {N_ROWS + 1}: the high is below the low" in shown.out


def test_a_broken_row_says_nothing_about_the_days_before_it(
    call: Call, rows: list[str], tmp_path: Path
) -> None:
    before = rows[-2].split(",")[0]
    told = ask(call, table(broken_ends(rows)["close missing"]), tmp_path, before)
    assert told["source"]["kind"] == "rules"


def test_a_repeat_of_the_last_row_is_no_breach(call: Call, rows: list[str], tmp_path: Path) -> None:
    assert ask(call, table([*rows, rows[-1]]), tmp_path)["source"]["kind"] == "rules"


def serve(call: Call, path: Path, home: Path, *flags: str) -> dict[str, Any]:
    """Return what is answered about the edge's market, and check that it is an answer."""
    answer = call("predict", path, "--symbol", "edge", "--home", home, "--json", *flags)
    assert answer.code == 0
    told: dict[str, Any] = answer.json
    assert told["direction"] in ("BUY", "SELL", "HOLD")
    assert told["reasons"]
    return told


def find_champion(call: Call, home: Path) -> Path:
    records = call("models", "--home", home, "--json").json["models"]
    [champion] = [record["model_id"] for record in records if record["stage"] == "champion"]
    return home / "bundles" / f"{champion}.bundle"


def test_a_byte_that_flipped_in_the_bundle_steps_down_to_the_rules(
    call: Call, edge_market: EdgeMarket, home: Path
) -> None:
    bundle = find_champion(call, home)
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    bundle.write_bytes(content)
    told = serve(call, edge_market.past, home, "--as-of", "last")
    assert (told["source"]["kind"], told["fallback_reason"]) == ("rules", "bundle_corrupt")


def test_a_bundle_that_is_gone_steps_down_to_the_rules(
    call: Call, edge_market: EdgeMarket, home: Path
) -> None:
    find_champion(call, home).unlink()
    told = serve(call, edge_market.past, home, "--as-of", "last")
    assert (told["source"]["kind"], told["fallback_reason"]) == ("rules", "bundle_missing")


def test_a_registry_of_garbage_steps_down_to_the_rules_and_is_told_elsewhere(
    call: Call, edge_market: EdgeMarket, home: Path
) -> None:
    for path in home.glob("registry.sqlite*"):
        path.unlink()
    (home / "registry.sqlite").write_bytes(b"garbage" * 1000)
    told = serve(call, edge_market.past, home, "--as-of", "last")
    assert (told["source"]["kind"], told["fallback_reason"]) == ("rules", "registry_unavailable")
    for command in (("models",), ("verdict",), ("train", edge_market.past, *QUICKLY)):
        answer = call(*command, "--home", home, "--json")
        assert answer.code == 8
        assert answer.json["error"]["type"] == "RegistryUnavailable"
    assert (home / "registry.sqlite").read_bytes() == b"garbage" * 1000


def test_a_champion_of_more_than_180_days_steps_down_to_the_rules(
    call: Call, edge_market: EdgeMarket, home: Path
) -> None:
    told = serve(call, edge_market.later, home, "--as-of", "last")
    assert (told["source"]["kind"], told["fallback_reason"]) == ("rules", "model_too_old")


def test_bars_of_another_time_are_held_without_as_of(
    call: Call, edge_market: EdgeMarket, home: Path
) -> None:
    told = serve(call, edge_market.past, home)
    assert (told["direction"], told["fallback_reason"]) == ("HOLD", "expired_data")
    shown = call("predict", edge_market.past, "--home", home)
    assert "--as-of last" in shown.out


def test_the_weakest_forecasts_step_down_and_the_others_are_the_models(
    call: Call, edge_market: EdgeMarket, home: Path
) -> None:
    days = np.busday_offset(np.datetime64("2009-09-01"), np.arange(20))
    answers = [serve(call, edge_market.later, home, "--as-of", str(day)) for day in days]
    by_model = [one for one in answers if one["source"]["kind"] == "model"]
    stepped_down = [one for one in answers if one["source"]["kind"] == "rules"]
    assert {one["fallback_reason"] for one in by_model} == {None}
    assert {one["fallback_reason"] for one in stepped_down} == {"low_confidence"}
    assert all(one["confidence"] >= 60.0 for one in by_model)


def start(*arguments: object, **options: Any) -> "subprocess.Popen[str]":
    """Start the command line as a process that leads a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "bellwether", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(options.pop("temporary"))},
        **options,
    )


def find_workers(temporary: Path) -> list[int]:
    """Return the training processes that work in a temporary folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = place.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "_fit_worker" in command and str(temporary) in command:
            found.append(int(place.parent.name))
    return found


def wait_until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)  # another process is watched, which tells nobody when it is ready


def half_written(folder: Path) -> Iterator[Path]:
    yield from folder.rglob("*.part")


@pytest.fixture
def market(tmp_path: Path, rows: list[str]) -> Path:
    path = tmp_path / "bars.csv"
    path.write_bytes(table(rows))
    (tmp_path / "temporary").mkdir()
    return path


needs_proc = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="processes are in /proc")


@needs_proc
def test_ctrl_c_in_the_middle_leaves_one_message_and_no_process(
    market: Path, tmp_path: Path, call: Call
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    process = start("train", market, *QUICKLY, "--home", home, "--json", temporary=temporary)
    wait_until(lambda: any(home.glob("work/*.npz")))
    assert find_workers(temporary)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=LONGEST_WAIT)
    assert process.returncode == 130
    assert json.loads(out)["error"]["type"] == "Interrupted"
    assert err.count("goes on from there") == 2  # promised before, kept after
    assert "Traceback" not in err
    wait_until(lambda: not find_workers(temporary))
    assert list(temporary.glob("bellwether*")) == []
    assert list(half_written(home)) == []
    assert call("models", "--home", home, "--json").json == {"models": []}


@needs_proc
def test_a_killed_run_is_resumed_by_the_next_one(market: Path, tmp_path: Path, call: Call) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    process = start("train", market, *QUICKLY, "--home", home, temporary=temporary)
    wait_until(lambda: len(list(home.glob("work/*.npz"))) >= 3)
    process.kill()
    process.communicate(timeout=LONGEST_WAIT)
    wait_until(lambda: not find_workers(temporary))
    before = {path: path.stat().st_mtime_ns for path in home.glob("work/*.npz")}
    answer = call("train", market, *QUICKLY, "--home", home, "--json")
    assert answer.code == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert list(half_written(home)) == []
    whole = call("train", market, *QUICKLY, "--home", tmp_path / "another", "--json")
    digests = [row["model_id"] for row in whole.json["leaderboard"]]
    assert [row["model_id"] for row in answer.json["leaderboard"]] == digests


@pytest.mark.parametrize("most_kilobytes", [8, 60])
def test_a_full_disk_is_one_message_and_nothing_half_written(
    most_kilobytes: int, market: Path, tmp_path: Path, call: Call
) -> None:
    def fill_the_disk() -> None:
        most = most_kilobytes * 1024
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    home, temporary = tmp_path / "home", tmp_path / "temporary"
    process = start(
        "train",
        market,
        *QUICKLY,
        "--home",
        home,
        "--json",
        temporary=temporary,
        preexec_fn=fill_the_disk,
    )
    out, err = process.communicate(timeout=LONGEST_WAIT)
    told = json.loads(out)["error"]
    assert process.returncode == told["exit_code"] != 0
    assert "room" in told["message"] or "free some space" in told["message"]
    assert err.count("bellwether: ") == 1
    assert "Traceback" not in err
    assert "WARNING" not in err
    assert list(half_written(home)) == []
    assert list(temporary.glob("bellwether*")) == []
    assert call("models", "--home", home, "--json").json == {"models": []}

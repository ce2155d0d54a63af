"""A person sees how the models that serve are doing, and who answers and why."""

import http.server
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.command_line import Call

from bellwether.bootstrap import open_workspace
from bellwether.monitor import Benchmark, SettledBet
from bellwether.watch import (
    Checkpoint,
    ModelWatch,
    SettledVoice,
    WatchOptions,
    begin_watch,
    step_watch,
)
from bellwether.watch._telling import describe_watch

PROMISED = Benchmark(accuracy=0.56, accuracy_low=0.54, score_mean=0.15, score_low=0.10)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let tables fit."""
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def lived(model_id: str, benchmark: Benchmark, accuracy: float, n_bars: int) -> ModelWatch:
    watch, rng = begin_watch(model_id, 1, benchmark), np.random.default_rng(1)
    for k in range(n_bars):
        outcome = 0.01 if rng.random() < accuracy else -0.01
        bet = SettledBet(symbol="A", outcome=outcome, volatility=0.01, rules=-1, model=1)
        settled = [SettledVoice(bet=bet, confidence=72.5)]
        watch = step_watch(watch, f"2020-{k:06d}", settled, WatchOptions())
    return watch


def keep(home: Path, *watches: ModelWatch, waiting: str | None = None, hours: int = 1) -> None:
    """Leave behind what a tick leaves."""
    workspace = open_workspace({"home": home})
    at = workspace.clock.now() - np.timedelta64(hours, "h")
    seats = [watch.model_id for watch in watches] + ([waiting] if waiting else [])
    kept = [
        Checkpoint(
            name=f"watch/{watch.model_id}",
            number=1,
            content={**describe_watch(watch, WatchOptions()), "inputs": None, "changes": []},
        )
        for watch in watches
    ]
    last = Checkpoint(name="watch/last", number=1, content={"at": f"{at}Z", "models": seats})
    workspace.checkpoints.save([*kept, last])


def test_a_home_without_a_model_says_what_to_do(call: Call, home: Path) -> None:
    shown = call("monitor", "--home", home)
    assert shown.code == 0
    assert "Nobody is watched" in shown.out
    assert "bellwether monitor --once" in shown.out


def test_a_check_on_a_home_without_a_model_is_no_error(call: Call, home: Path) -> None:
    shown = call("monitor", "--once", "--home", home)
    assert shown.code == 0
    assert "0 forecasts made" in shown.out
    assert "Last check" in shown.out


def test_the_table_says_who_answers_and_why(call: Call, home: Path) -> None:
    fine = lived("fine", replace(PROMISED, words="assumed from its verdict"), 0.6, 80)
    keep(home, fine, lived("lost", PROMISED, 0.3, 120), waiting="fresh")
    shown = call("monitor", "--home", home)
    assert shown.code == 0
    row = {
        name: next(line for line in shown.out.splitlines() if name in line)
        for name in ("fine", "lost")
    }
    assert "ok" in row["fine"]
    assert "the model" in row["fine"]
    assert "red" in row["lost"]
    assert "the next rung" in row["lost"]
    assert "what it promised is assumed from its verdict" in shown.out
    assert "drift is red" in shown.out
    assert "fresh: no outcome is settled yet" in shown.out


def test_programs_get_everything(call: Call, home: Path) -> None:
    keep(home, lived("lost", PROMISED, 0.3, 120))
    told = call("monitor", "--home", home, "--json").json
    [model] = told["models"]
    assert model["standing"]["condition"] == "red"
    assert model["facts"]["false_alarms_a_year"] <= 0.2
    assert told["last_check"]["condition"] == "ok"


def test_a_check_that_is_overdue_is_said_so(call: Call, home: Path) -> None:
    keep(home, lived("fine", PROMISED, 0.6, 30), hours=80)
    shown = call("monitor", "--home", home)
    assert "too long ago" in shown.out
    assert call("monitor", "--home", home, "--json").json["last_check"]["condition"] == "red"


@pytest.mark.enable_socket
def test_a_check_without_a_journal_tells_people_itself_and_once(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[dict[str, Any]] = []

    class Desk(http.server.BaseHTTPRequestHandler):
        """A receiver that keeps what it gets."""

        def do_POST(self) -> None:
            """Take a notice."""
            content = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(json.loads(content))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    keep(home, lived("m1", PROMISED, 0.58, 100))
    (home / "journal.sqlite").write_bytes(b"this was a journal once" * 100)
    with http.server.HTTPServer(("127.0.0.1", 0), Desk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setenv("BELLWETHER_ALERT_RECEIVERS", f"desk={url}")
        first, second = (call("monitor", "--once", "--home", str(home)) for _ in range(2))
        server.shutdown()
    assert first.code == second.code != 0
    assert "journal" in first.err
    assert len(got) == 1
    assert "journal cannot be read or written" in json.dumps(got)


def test_a_rebuild_says_whether_something_was_otherwise(call: Call, home: Path) -> None:
    assert call("monitor", "--rebuild", "--home", home).code == 0
    keep(home, lived("forged", PROMISED, 0.6, 30))
    found = call("monitor", "--rebuild", "--home", home, "--json")
    assert found.code == 1
    assert found.json["rebuilt"]["differing"] == ["watch/forged"]
    assert call("monitor", "--rebuild", "--home", home).code == 0

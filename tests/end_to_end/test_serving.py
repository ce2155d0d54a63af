"""The service as a user starts it: a process, a port, an answer, an end."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bellwether.bars import COLUMNS, Bars

# The one place where tests talk over a socket, and only to the process they started.
pytestmark = pytest.mark.enable_socket
MakeBars = Callable[..., Bars]


@dataclass(frozen=True, kw_only=True)
class Service:
    process: subprocess.Popen[str]
    address: str
    home: Path


def ask(service: Service, path: str, body: object = None) -> tuple[int, Any]:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{service.address}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("serving")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "bellwether", "serve", "--port", str(port), "--home", str(home)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stderr is not None
    assert "Serving on" in process.stderr.readline()
    service = Service(process=process, address=f"http://127.0.0.1:{port}", home=home)
    for _ in range(400):
        with contextlib.suppress(urllib.error.URLError):
            ask(service, "/v1/health/live")
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            pytest.fail("the service ended before it answered")
    yield service
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)


def columns(bars: Bars) -> dict[str, object]:
    shift = np.datetime64("now", "us") - bars.closed_at[-1]
    closed_at = (bars.closed_at + shift).astype(np.int64).tolist()
    return {"closed_at": closed_at, **{name: getattr(bars, name).tolist() for name in COLUMNS}}


def test_it_answers_with_no_model_installed(service: Service, make_bars: MakeBars) -> None:
    body = {"symbol": "X", "interval": "1d", **columns(make_bars(300, 3))}
    status, answer = ask(service, "/v1/predict", body)
    assert status == 200
    assert answer["source"]["kind"] == "rules"
    assert answer["fallback_reason"] == "no_model_promoted"


def test_what_it_answered_is_in_the_journal(service: Service, make_bars: MakeBars) -> None:
    body = {"symbol": "KEPT", "interval": "1d", **columns(make_bars(200, 4))}
    _, answer = ask(service, "/v1/predict", body)
    listed = subprocess.run(
        [
            *(sys.executable, "-m", "bellwether", "journal", "--symbol", "KEPT", "--verify"),
            *("--home", str(service.home), "--json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    [entry] = json.loads(listed.stdout)["entries"]
    assert entry["prediction_id"] == answer["prediction_id"]


def test_it_is_alive_and_ready_and_says_what_it_did(service: Service) -> None:
    assert ask(service, "/v1/health/live")[0] == 200
    assert ask(service, "/v1/health/ready")[0] == 200
    assert ask(service, "/v1/status")[0] == 200
    assert ask(service, "/v1/models")[1]


def test_what_cannot_be_parsed_is_a_problem_document(service: Service) -> None:
    status, problem = ask(service, "/v1/predict", {"symbol": 5})
    assert 400 <= status < 500
    assert {"type", "title", "status", "detail"} <= problem.keys()


def test_bars_that_break_the_contract_are_an_answer(service: Service, make_bars: MakeBars) -> None:
    body: dict[str, Any] = {"symbol": "X", "interval": "1d", **columns(make_bars(300, 3))}
    body["high"][-1] = 0.5 * body["low"][-1]
    status, answer = ask(service, "/v1/predict", body)
    assert (status, answer["direction"]) == (200, "HOLD")
    assert answer["fallback_reason"] == "data_contract_broken"

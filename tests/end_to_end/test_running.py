"""The service as an operator runs it: several processes, their ends, and who answers meanwhile."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.steady import PROMOTING, SOUND, steady_graph, steady_manifest

from bellwether.adapters import BundleFolder, SqlRegistry
from bellwether.bars import COLUMNS, Bars
from bellwether.clock import SystemClock
from bellwether.registry import Bundle, MarketKey, ModelRecord, make_bundle

# Real processes that share a real socket on loopback.
pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(sys.platform == "win32", reason="processes share no sockets there"),
]
MakeBars = Callable[..., Bars]
Call = Callable[..., Any]
LONGEST_WAIT = 120.0
PROGRAM = (sys.executable, "-m", "bellwether")
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)


def steady_bundle(model_id: str) -> Bundle:
    return make_bundle(steady_manifest(model_id), steady_graph(SOUND))


def fill(home: Path, *model_ids: str) -> None:
    """Register candidates in a home, each with the verdict that would promote it."""
    clock = SystemClock()
    registry, bundles = SqlRegistry(home / "registry.sqlite", clock), BundleFolder(home / "bundles")
    for model_id in model_ids:
        bundle = steady_bundle(model_id)
        bundles.put(bundle)
        registry.register(
            ModelRecord(
                model_id=model_id, market=MARKET, symbols=("WORLD",), bundle_digest=bundle.digest,
                pipeline_digest="p", snapshot_digest="s", bellwether_version="0",
                trained_at=clock.now() - np.timedelta64(10, "D"), registered_at=clock.now(),
                changed_at=clock.now(), verdict=PROMOTING.to_json(), metrics={"n": 1.5},
            )
        )  # fmt: skip
    registry.close()


@dataclass(kw_only=True)
class Service:
    process: "subprocess.Popen[str]"
    port: int
    home: Path
    lines: list[str]

    def ask(self, path: str, body: object = None) -> tuple[int, Any, str]:
        """Return status, content and who answered, over a connection of its own."""
        connection = self.connect()
        try:
            return ask(connection, path, body)
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_WAIT)

    def reasons(self) -> list[str]:
        """Return the reasons in the log so far."""
        told = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [line["reason"] for line in told if "reason" in line]

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in found.read_text(encoding="ascii").split()]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(LONGEST_WAIT)


def ask(
    connection: http.client.HTTPConnection, path: str, body: object = None
) -> tuple[int, Any, str]:
    method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
    connection.request(method, path, content, {"content-type": "application/json"})
    answer = connection.getresponse()
    read = answer.read()
    who = (answer.headers["x-request-id"] or "").partition("-")[0]
    is_json = "json" in (answer.headers["content-type"] or "")
    return answer.status, json.loads(read) if is_json else read.decode(), who


@contextlib.contextmanager
def serving(home: Path, *flags: str, **environment: str) -> Iterator[Service]:
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", "--home", str(home), *flags],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )
    assert process.stderr is not None
    lines: list[str] = [process.stderr.readline()]
    assert "Serving on" in lines[0], lines[0] + process.stderr.read()
    port = int(lines[0].partition("127.0.0.1:")[2].partition("/")[0])
    reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True)
    reader.start()
    try:
        yield Service(process=process, port=port, home=home, lines=lines)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(LONGEST_WAIT)
        finally:
            process.kill()
            reader.join(LONGEST_WAIT)
            process.stderr.close()


def wait_until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)  # other processes are watched, which tell nobody when they are ready


def question(bars: Bars) -> dict[str, object]:
    """Return the body of a question whose last bar closed a moment ago."""
    shift = np.datetime64("now", "us") - bars.closed_at[-1]
    closed_at = (bars.closed_at + shift).astype(np.int64).tolist()
    columns = {name: getattr(bars, name).tolist() for name in COLUMNS}
    return {"symbol": "WORLD", "interval": "1d", "closed_at": closed_at, **columns}


@contextlib.contextmanager
def meeting_all(service: Service, n_workers: int) -> Iterator[list[http.client.HTTPConnection]]:
    """Give a connection to each worker; they tell themselves by how they name requests."""
    with contextlib.ExitStack() as open_ones:
        found: dict[str, http.client.HTTPConnection] = {}

        def meet() -> bool:
            connection = service.connect()
            open_ones.callback(connection.close)  # kept open, so that the next goes elsewhere
            status, _, who = ask(connection, "/v1/health/live")
            assert status == 200
            found[who] = connection
            return len(found) == n_workers

        wait_until(meet)
        yield list(found.values())


# --- several workers ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("running")
    fill(home, "model-a", "model-b", "model-c")
    with serving(home, "--workers", "2") as service:
        wait_until(lambda: "started" in service.reasons())
        yield service


def test_all_workers_serve_the_champion_that_any_door_promoted(
    crew: Service, make_bars: MakeBars, call: Call
) -> None:
    body = question(make_bars(200, 5))

    def all_answer_by(model_id: str) -> bool:
        found = [ask(one, "/v1/predict", body) for one in workers]
        assert {status for status, *_ in found} == {200}
        return {answer["source"]["model_id"] for _, answer, _ in found} == {model_id}

    def agree_within_two_seconds(model_id: str) -> None:
        # A registry is read for each question; what is kept of it is kept for a second at most.
        end = time.monotonic() + 2.0
        while not all_answer_by(model_id):
            assert time.monotonic() < end

    with meeting_all(crew, 2) as workers:
        assert all_answer_by("rules")
        assert call("promote", "model-a", "--home", crew.home).code == 0
        agree_within_two_seconds("model-a")
        assert ask(workers[0], "/v1/models/model-b/promote", {"reason": "a test"})[0] == 200
        agree_within_two_seconds("model-b")
        assert call("rollback", "world", "--home", crew.home).code == 0
        agree_within_two_seconds("model-a")


def test_counts_of_all_workers_are_added_up_whoever_is_asked(
    crew: Service, make_bars: MakeBars
) -> None:
    body = question(make_bars(200, 6))

    def n_answers(connection: http.client.HTTPConnection) -> float:
        status, text, _ = ask(connection, "/metrics")
        assert status == 200
        name = "bellwether_answers_total{"
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    with meeting_all(crew, 2) as workers:
        before = {n_answers(one) for one in workers}
        for one, times in zip(workers, (2, 3), strict=True):
            for _ in range(times):
                ask(one, "/v1/predict", body)
        after = {n_answers(one) for one in workers}
        told = [ask(one, "/v1/status")[1]["answers_by_source"] for one in workers]
    assert len(before) == len(after) == 1
    assert after.pop() - before.pop() == 5
    assert told[0] == told[1]


def test_a_killed_worker_is_replaced_and_nobody_is_left_without_an_answer(
    crew: Service, make_bars: MakeBars
) -> None:
    body = question(make_bars(200, 7))
    before = crew.children()
    os.kill(before[0], signal.SIGKILL)
    n_answers = 0

    def is_replaced() -> bool:
        nonlocal n_answers
        with contextlib.suppress(ConnectionError, http.client.RemoteDisconnected):
            # A connection that the killed one had taken is lost; the next one is answered.
            assert crew.ask("/v1/predict", body)[0] == 200
            n_answers += 1
        now = crew.children()
        return len(now) == 2 and before[0] not in now

    wait_until(is_replaced)
    wait_until(lambda: "bellwether_workers_ready 2.0" in crew.ask("/metrics")[1])
    told = crew.ask("/metrics")[1]
    assert "bellwether_worker_restarts_total 1.0" in told
    assert "worker_ended" in crew.reasons()
    assert n_answers


def test_a_reload_replaces_every_worker_and_drops_no_request(
    crew: Service, make_bars: MakeBars
) -> None:
    body = question(make_bars(200, 8))
    before = set(crew.children())
    crew.process.send_signal(signal.SIGHUP)
    n_reloads = crew.reasons().count("reloaded")

    def is_done() -> bool:
        assert crew.ask("/v1/predict", body)[0] == 200
        return crew.reasons().count("reloaded") > n_reloads

    wait_until(is_done)
    wait_until(lambda: len(crew.children()) == 2)
    assert before.isdisjoint(crew.children())
    assert crew.process.poll() is None


# --- ends -----------------------------------------------------------------------------------


def begin_question(service: Service, body: object) -> tuple[socket.socket, bytes]:
    """Send the first half of a question, and return the line and the other half."""
    content = json.dumps(body).encode()
    line = socket.create_connection(("127.0.0.1", service.port), timeout=LONGEST_WAIT)
    head = (
        "POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}\r\n\r\n"
    )
    line.sendall(head.encode() + content[:100])
    return line, content[100:]


def read_all(line: socket.socket) -> bytes:
    with line:
        return b"".join(iter(lambda: line.recv(65_536), b""))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_under_way_is_finished_before_the_end(
    workers: str, tmp_path: Path, make_bars: MakeBars
) -> None:
    with serving(tmp_path, "--workers", workers) as service:
        wait_until(lambda: service.ask("/v1/health/ready")[0] == 200)
        line, rest = begin_question(service, question(make_bars(200, 9)))
        wait_until(lambda: "bellwether_requests_under_way 2.0" in service.ask("/metrics")[1])
        service.process.send_signal(signal.SIGTERM)
        refused = False
        while not refused:  # until nobody accepts any more
            try:
                socket.create_connection(("127.0.0.1", service.port), timeout=5).close()
            except OSError:
                refused = True
        assert service.process.poll() is None
        line.sendall(rest)
        answer = read_all(line)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"symbol":"WORLD"' in answer
        assert service.process.wait(LONGEST_WAIT) == 0


def test_readiness_ends_before_the_service_does(tmp_path: Path, make_bars: MakeBars) -> None:
    with serving(tmp_path, BELLWETHER_DRAIN_SECONDS="2") as service:
        wait_until(lambda: service.ask("/v1/health/ready")[0] == 200)
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: service.ask("/v1/health/ready")[0] == 503)
        assert service.ask("/v1/predict", question(make_bars(200, 9)))[0] == 200
        assert service.process.wait(LONGEST_WAIT) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_ends_at_once(workers: str, tmp_path: Path, make_bars: MakeBars) -> None:
    with serving(tmp_path, "--workers", workers, BELLWETHER_GRACE_SECONDS="60") as service:
        wait_until(lambda: service.ask("/v1/health/ready")[0] == 200)
        line, _ = begin_question(service, question(make_bars(200, 9)))
        wait_until(lambda: "bellwether_requests_under_way 2.0" in service.ask("/metrics")[1])
        service.process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):
            while True:  # until the first signal has arrived
                socket.create_connection(("127.0.0.1", service.port), timeout=5).close()
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(LONGEST_WAIT) == 128 + signal.SIGINT
        line.close()


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as service:
        wait_until(lambda: "started" in service.reasons())
        workers = service.children()
        service.process.kill()
        service.process.wait(LONGEST_WAIT)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_systemd_hears_that_it_is_ready_and_that_it_stops(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(LONGEST_WAIT)
        asked = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1500000"}
        with serving(tmp_path / "home", "--workers", "2", **asked) as service:
            heard = [systemd.recv(100)]
            while heard[-1] != b"READY=1":  # the watchdog is fed from the first moment
                heard.append(systemd.recv(100))
            assert service.ask("/v1/health/ready")[0] == 200
            while heard[-1] != b"WATCHDOG=1":
                heard.append(systemd.recv(100))
            service.process.send_signal(signal.SIGTERM)
            while heard[-1] != b"STOPPING=1":
                heard.append(systemd.recv(100))
            assert service.process.wait(LONGEST_WAIT) == 0
        assert set(heard) == {b"READY=1", b"WATCHDOG=1", b"STOPPING=1"}


# What systemd does: the socket is descriptor 3, and the process that is to take it is named.
SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "bellwether", "serve", *sys.argv[2:]])
"""


def test_a_socket_that_systemd_opened_is_served(tmp_path: Path) -> None:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        process = subprocess.Popen(
            [sys.executable, "-c", SYSTEMD, str(opened.fileno()), "--home", str(tmp_path)],
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[opened.fileno()],
        )
        port = opened.getsockname()[1]
    try:
        found = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_WAIT)
        with contextlib.closing(found) as connection:
            assert ask(connection, "/v1/health/ready")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST_WAIT) == 0
    finally:
        process.kill()
        process.communicate()


# --- what cannot be started ------------------------------------------------------------------


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_port_in_use_is_one_message(workers: str, tmp_path: Path, call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = subprocess.run(
            [*PROGRAM, "serve", "--port", str(port), "--home", str(tmp_path), "--workers", workers],
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_WAIT,
        )
    assert answer.returncode == 74
    assert answer.stderr.count("bellwether: ") == 1
    assert "another process listens" in answer.stderr
    assert "What to do: end that process, or choose another port with --port" in answer.stderr
    assert "Traceback" not in answer.stderr

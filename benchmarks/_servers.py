"""Servers to be measured: started, waited for, weighed and ended."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _load import Request

PEERS = Path(__file__).parent / "peers"
CALM = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
_INSTALL_SECONDS = 900.0
_START_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that answers.

    Parameters
    ----------
    name : str
    process : subprocess.Popen
    port : int
    start_seconds : float
        From its start to its first answer.
    """

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    start_seconds: float

    def ask(self, request: Request) -> tuple[int, Any]:
        """Return the status and the content of the answer to one request."""
        return ask(self.port, request)

    def weigh(self) -> float:
        """Return the megabytes of the process and all below it, shared pages counted once."""
        return sum(_proportional_bytes(pid) for pid in _family(self.process.pid)) / 1e6


def ask(port: int, request: Request) -> tuple[int, Any]:
    """Return the status and the content of the answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        method = "POST" if request.body else "GET"
        headers = {"content-type": request.media_type} if request.body else {}
        connection.request(method, request.path, request.body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        is_json = "json" in (answer.headers["content-type"] or "")
        return answer.status, json.loads(content) if is_json else content.decode()


@contextlib.contextmanager
def serving(
    name: str,
    command: Sequence[str],
    request: Request,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Start a server, wait for its first answer, and end it with all below it.

    Parameters
    ----------
    name : str
    command : sequence of str
        "{port}" in it is replaced.
    request : Request
        The first one it is to answer.
    folder : pathlib.Path
        For its log.
    environment : mapping, optional
    """
    port = find_port()
    words = [word.replace("{port}", str(port)) for word in command]
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as lines:
        begun = time.perf_counter()
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            env={**os.environ, **CALM, **(environment or {})},
            start_new_session=True,
        )
        try:
            seconds = _wait(process, port, request, begun, log)
            yield Server(name=name, process=process, port=port, start_seconds=seconds)
        finally:
            _end(process)


def find_port() -> int:
    """Return a port that is free at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment_of(peer: str, packages: Sequence[str]) -> Path | None:
    """Return the Python of a peer's own environment, made and filled if need be; None if not.

    Notes
    -----
    It lies in `bellwether-bench` below the user's cache folder, and is used again.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "bellwether-bench" / peer
    done, python = folder / "installed", folder / "bin" / "python"
    if done.is_file() and python.exists():
        return python
    print(f"installing {peer} into {folder}, once")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *packages],
            check=True,
            timeout=_INSTALL_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        print(f"{peer} cannot be installed and is left out: {error}")
        return None
    done.touch()
    return python


def _wait(
    process: "subprocess.Popen[bytes]", port: int, request: Request, begun: float, log: Path
) -> float:
    while time.perf_counter() - begun < _START_SECONDS:
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, _ = ask(port, request)
            if status == 200:
                return time.perf_counter() - begun
        if process.poll() is not None:
            break
        time.sleep(0.01)
    told = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"{' '.join(map(str, process.args))} gave no answer: {told}")  # type: ignore[arg-type]


def _end(process: "subprocess.Popen[bytes]") -> None:
    everybody = _family(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in everybody:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text(encoding="ascii").split():
                found += _family(int(child))
    return found


def _proportional_bytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        for line in text.splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return 0

"""What a process that only serves must never pay for."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from bellwether.http import _examples as examples

HEAVY = (
    "torch", "xgboost", "pandas", "statsmodels", "arch", "numba", "polars", "scipy", "matplotlib",
    "exchange_calendars", "sklearn",
)  # fmt: skip
CORE = """
import sys
import bellwether.service, bellwether.adapters, bellwether.bootstrap, bellwether.answering
from bellwether.answering import ChildAnswerer, ThreadAnswerer
import bellwether.answering._child, bellwether.cli._serve_app, bellwether.http
print(*[name for name in NAMES if name in sys.modules])
"""
SCRIPT = """
import asyncio, sys, pathlib
import numpy as np
from bellwether.http import FixedCalendars, HttpPorts, make_app
from bellwether.clock import FixedClock
from bellwether.registry import Serving, make_rules_bundle, open_bundle, pack_bundle
from bellwether.service import PredictPorts
from bellwether.http import _examples

class Nobody:
    def serving_symbol(self, *_): return Serving()
    def records(self): return ()
    def load(self, *_): return rules
    def path(self, _): return pathlib.Path("none")

rules = open_bundle(pack_bundle(make_rules_bundle()), "rules")
nobody, clock = Nobody(), FixedClock(np.datetime64("2019-01-02T00:00"))
predict = PredictPorts(registry=nobody, bundles=nobody, rules=nobody, clock=clock)
app = make_app(HttpPorts(predict=predict, files=nobody, calendars=FixedCalendars()))
import msgspec
body = msgspec.json.encode(_examples.PREDICT)
told = []

async def receive(): return {"type": "http.request", "body": body, "more_body": False}
async def send(message): told.append(message)

scope = {
    "type": "http", "method": "POST", "path": "/v1/predict", "raw_path": b"/v1/predict",
    "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
    "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
}
asyncio.run(app(scope, receive, send))
assert told[0]["status"] == 200, told
assert b'"rung":"rules"' in told[1]["body"], told[1]
print(*[name for name in NAMES if name in sys.modules])
"""


def run_python(script: str) -> list[str]:
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def test_serving_a_prediction_imports_no_training_library() -> None:
    names = (*HEAVY, "sqlalchemy", "pydantic")
    assert run_python(SCRIPT.replace("NAMES", repr(names))) == []


def test_the_roots_that_a_service_imports_bring_no_training_library() -> None:
    assert run_python(CORE.replace("NAMES", repr(HEAVY))) == []


def test_launching_the_inference_process_imports_nothing_of_weight() -> None:
    names = (*HEAVY, "numpy", "onnx", "onnxruntime", "sqlalchemy", "pydantic", "asyncio")
    script = "import sys\nfrom bellwether.answering import Launched\n"
    assert run_python(f"{script}print(*[name for name in {names} if name in sys.modules])") == []


@pytest.mark.enable_socket
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_neither_process_of_a_real_service_holds_a_training_library(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "bellwether", "serve", "--port=0", f"--home={tmp_path}")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as front:
        assert front.stderr is not None
        try:
            found = re.search(r"http://[\d.]+:\d+", front.stderr.readline())
            assert found is not None
            answer = json.loads(predict(found[0]))
            children = Path(f"/proc/{front.pid}/task/{front.pid}/children").read_text().split()
            loaded = {pid: loaded_by(pid) for pid in (str(front.pid), *children)}
        finally:
            front.terminate()
            front.communicate(timeout=30)
    assert answer["rung"] == "rules"
    assert answer["fallback_reason"] == "no_model_promoted"
    assert len(loaded) == 2
    for libraries in loaded.values():
        assert "onnxruntime" in libraries
        assert libraries & set(HEAVY) == set()


@pytest.mark.enable_socket
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_service_that_tells_its_evidence_leaves_the_libraries_to_another_process(
    tmp_path: Path,
) -> None:
    command = (sys.executable, "-m", "bellwether", "serve", "--port=0", f"--home={tmp_path}")
    paths = ("plan", "calibration", "ledger", "ledger/check", "account", "hit-rates", "outcomes",
             "retraining", "settings", "monitor", "alerts")  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as front:
        assert front.stderr is not None
        try:
            found = re.search(r"http://[\d.]+:\d+", front.stderr.readline())
            assert found is not None
            for path in paths:
                asked = urllib.request.Request(f"{found[0]}/v1/{path}")  # noqa: S310 - loopback
                with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
                    assert answer.status == 200
            loaded = loaded_by(str(front.pid))
        finally:
            front.terminate()
            front.communicate(timeout=30)
    assert loaded & set(HEAVY) == set()


def predict(address: str) -> bytes:
    body = json.dumps({**examples.PREDICT, "calendar": None}).encode()
    asked = urllib.request.Request(  # noqa: S310 - loopback
        f"{address}/v1/predict", data=body, headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def loaded_by(pid: str) -> set[str]:
    """Return the packages of which a process has mapped a library."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return set(re.findall(r"/site-packages/(\w+?)(?:\.libs)?/", maps))


def test_nothing_below_imports_the_door() -> None:
    source = Path(__file__).parents[2] / "src" / "bellwether"
    found = [
        path.name
        for path in source.rglob("*.py")
        if "bellwether.http" in path.read_text(encoding="utf-8")
        and path.parent.name not in ("http", "cli")
        and path.name != "_api.py"
    ]
    assert found == []

"""What a process that only serves must never pay for."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("torch", "xgboost", "pandas", "statsmodels", "arch", "numba", "polars", "sqlalchemy")
# Not yet without them: `bellwether.service` names the use cases that train beside those that
# serve, and `bellwether.validation` below them needs scipy for its statistics.
STILL = ("scipy",)
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


def test_serving_a_prediction_imports_no_training_library() -> None:
    script = SCRIPT.replace("NAMES", repr(HEAVY + STILL))
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == list(STILL)


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

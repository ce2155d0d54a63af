"""What a program that only asks must never pay for."""

import subprocess
import sys

HEAVY = (
    "numpy", "onnxruntime", "msgspec", "starlette", "uvicorn", "pydantic", "sqlalchemy", "polars",
    "typer", "scipy", "prometheus_client",
)  # fmt: skip
SCRIPT = """
import sys
from bellwether.client import Client
Client().close()
print(*[name for name in sys.modules if name.partition(".")[0] in HEAVY])
print(*[name for name in sys.modules if name.startswith("bellwether.") and "client" not in name])
"""


def test_a_client_loads_nothing_of_the_service() -> None:
    script = SCRIPT.replace("HEAVY", repr(HEAVY))
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy, ours = found.stdout.splitlines()
    assert heavy == ""
    assert set(ours.split()) <= {"bellwether._lazy", "bellwether._version", "bellwether.errors"}

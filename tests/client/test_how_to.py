"""Every example of the guide runs, one after the other."""

import asyncio
import inspect
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bellwether.bars import COLUMNS
from bellwether.client import Client

pytestmark = pytest.mark.enable_socket
Service = Any  # the class lives in conftest, which is no module
GUIDE = Path(__file__).parents[2] / "docs" / "how_to" / "use-the-client.md"
DEFAULT = "http://127.0.0.1:8017"


def test_the_guide_says_what_works(
    service: Service, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = pl.DataFrame({name: getattr(service.bars, name) for name in ("closed_at", *COLUMNS)})
    with Client(address) as client:
        known: dict[str, Any] = {"bars": bars, "other_bars": bars.to_dict()}
        examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
        assert len(examples) == 7
        for number, example in enumerate(examples):
            run(example.replace(DEFAULT, address), known)
            if number == 0:
                known["client"] = client
        assert asyncio.run(known["ask"]()) == known["prediction"]
    told = capsys.readouterr().out
    assert "rules" in told
    assert "404 unknown-model" in told


def run(example: str, known: dict[str, Any]) -> None:
    exec(compile(example, str(GUIDE), "exec"), known)  # noqa: S102 - it is our own guide


def test_the_guide_names_every_method_it_needs_to() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for name in re.findall(r"client\.(\w+)\(", text):
        assert inspect.isfunction(getattr(Client, name)), name

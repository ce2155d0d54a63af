"""The page's types are those of the service's answers."""

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_forms_of_the_page_are_those_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    page_types = importlib.import_module("page_types")
    said = "run: npm --prefix web/dashboard run types"
    assert page_types.PATH.read_text(encoding="utf-8") == page_types.describe_forms(), said

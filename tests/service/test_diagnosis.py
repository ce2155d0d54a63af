"""A diagnosis weighs what a report holds, and says what a verdict needs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from bellwether.bars import BarsImport, Severity, SourceMissing
from bellwether.service import Diagnosis, diagnose, diagnose_refusal
from bellwether.sources import read_bars
from bellwether.validation import PlannerOptions

DAY = np.timedelta64(1, "D")


def frame(n_bars: int, **changed: Any) -> pl.DataFrame:
    drawn = np.random.default_rng(1).standard_normal(n_bars)
    close = 100.0 * np.exp(np.cumsum(0.01 * drawn))
    columns = {
        "date": np.busday_offset(np.datetime64("2015-01-05"), np.arange(n_bars)),
        "open": close * 1.001,
        "high": close * 1.01,
        "low": close * 0.99,
        "close": close,
        "volume": np.full(n_bars, 1000.0),
    }
    return pl.DataFrame({**columns, **changed})


def read(table: pl.DataFrame, **flags: Any) -> BarsImport:
    return read_bars(table, symbol="X", calendar="weekdays", **flags)


def words(diagnosis: Diagnosis) -> list[str]:
    return [one.words for one in diagnosis.symptoms]


def test_bars_without_a_fault_are_a_note_and_told_what_a_verdict_needs() -> None:
    found = diagnose(read(frame(1260)), source="X.csv")
    assert (found.severity, found.symptoms, found.short_history) == (Severity.NOTE, (), None)
    assert found.plan is not None
    assert found.plan.n_needed_bars == 433
    assert "perfect judge" in found.plan.sentence


def test_what_a_verdict_needs_depends_on_the_skill_worth_finding() -> None:
    told = diagnose(read(frame(1260)), source="X", options=PlannerOptions(ic_worth_finding=0.05))
    assert told.plan is not None
    assert told.plan.n_needed_bars > 1000
    assert not told.plan.is_enough


def test_rows_that_only_repeat_or_are_not_closed_yet_are_no_warning() -> None:
    table = frame(600)
    now = np.datetime64(table["date"][-1], "us") + np.timedelta64(1, "h")
    imported = read(pl.concat([table, table[300:301]]), now=now)
    assert sorted(row.reason.split(" (")[0][:14] for row in imported.quality.refusals) == [
        "not closed yet",
        "repeats a bar",
    ]
    found = diagnose(imported, source="X")
    assert (found.severity, words(found)) == (Severity.NOTE, ["unsorted", "repeated rows"])


def test_rows_that_are_no_bars_are_a_warning_with_their_number() -> None:
    low = frame(600)["low"].to_numpy().copy()
    low[100] = 1e6
    found = diagnose(read(frame(600, low=low)), source="X")
    assert (found.severity, words(found)) == (
        Severity.WARNING,
        ["rows that are no bars (1 of 600)"],
    )


def test_bars_that_are_too_old_are_a_warning() -> None:
    table = frame(600)
    now = np.datetime64(table["date"][-1], "us") + 60 * DAY
    found = diagnose(read(table, now=now), source="X")
    assert found.severity is Severity.WARNING
    assert "HOLD" in words(found)[0]


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (slice(0, 40), "40 bars are too few"),
        (slice(0, 600, 3), "67% of the sessions have no bar"),
    ],
)
def test_poor_bars_are_an_error_that_says_why(kept: slice, told: str) -> None:
    found = diagnose(read(frame(600)[np.arange(600)[kept]]), source="X")
    assert found.severity is Severity.ERROR
    assert told in words(found)[0]
    assert found.short_history is not None


def test_bars_that_stand_still_are_an_error() -> None:
    still = {name: np.full(600, 7.0) for name in ("open", "high", "low", "close")}
    found = diagnose(read(frame(600, **still)), source="X")
    assert words(found)[0] == "poor: most closes repeat the one before"


def test_a_single_bar_has_no_plan_and_raises_nothing() -> None:
    found = diagnose(read(frame(1)), source="X")
    assert (found.severity, found.plan) == (Severity.ERROR, None)


def test_a_refused_source_is_an_error_with_its_hint() -> None:
    error = SourceMissing("X.csv", "no such file")
    found = diagnose_refusal(error, source="X.csv")
    assert (found.severity, found.quality) == (Severity.ERROR, None)
    told = json.loads(json.dumps(found.to_json()))
    assert told["refusal"]["type"] == "SourceMissing"
    assert told["refusal"]["hint"] == error.hint
    assert told["severity"] == "error"


def test_a_diagnosis_has_a_json_without_nan() -> None:
    told = json.loads(json.dumps(diagnose(read(frame(300)), source="X").to_json(), allow_nan=False))
    assert told["quality"]["n_kept"] == 300
    assert told["plan"]["is_enough"] is False
    assert "300 bars over" in told["short_history"]
    assert Path(told["source"]).name == "X"

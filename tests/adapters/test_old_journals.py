"""Journals that earlier versions wrote: they verify, and the same answers give the same chain."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from bellwether.adapters import MemoryJournal, SqlJournal
from bellwether.service import (
    Direction,
    FallbackReason,
    JournalHead,
    PastHits,
    Prediction,
    Rung,
    ServedAnswer,
    Settlement,
    SettlementOutcome,
    Source,
    SourceKind,
    Step,
)
from bellwether.service._facts import Interval, RegimeReading
from bellwether.service._why import Contribution

Part = TypeVar("Part")
DUMP = Path(__file__).with_name("journals") / "schema-1.sql"
HEAD = "5:64616a41581d133f4e2817b80277d90fa3a2a500b31b5af2d4cddf615c03a5c1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a journal as the first version left it: answers, repeats, an outcome, bars."""
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    return path


def read(told: Any, make: Callable[[Any], Part]) -> Part | None:
    return None if told is None else make(told)


def prediction_of(record: dict[str, Any]) -> Prediction:
    """Return the prediction that a record was made from."""
    told = record["prediction"]
    hits = told["past_hits"]
    return Prediction(
        **{
            name: told[name]
            for name in (
                "symbol", "interval", "horizon_bars", "probability_up", "expected_return",
                "confidence", "price", "target", "stop", "bars_digest",
            )
        },
        as_of=read(record["as_of"], lambda text: np.datetime64(text, "us")),
        direction=Direction(told["direction"]),
        interval_return=read(told["prediction_interval"], lambda found: Interval(**found)),
        past_hits=hits and PastHits(n_hits=hits["n_hits"], n_settled=hits["n_settled"]),
        regime=read(
            told["regime"],
            lambda found: RegimeReading(current=found["current"], confirmed=found["confirmed"]),
        ),
        reasons=tuple(told["reasons"]),
        source=Source(**{**told["source"], "kind": SourceKind(told["source"]["kind"])}),
        rung=Rung(told["rung"]),
        fallback_reason=read(told["fallback_reason"], FallbackReason),
        steps=tuple(
            Step(rung=Rung(one["rung"]), reason=FallbackReason(one["reason"]), detail=one["detail"])
            for one in told["steps"]
        ),
        contributions=tuple(Contribution(**one) for one in told["contributions"]),
    )  # fmt: skip


def test_an_old_journal_verifies_and_goes_on(path: Path) -> None:
    journal = SqlJournal(path)
    head = JournalHead.from_text(HEAD)
    assert journal.verify(head) == head
    entries = journal.entries().entries
    assert [entry.n_served for entry in entries] == [4, 1, 1, 1]
    assert entries[0].settlement is not None
    assert journal.window(entries[0].prediction_id) is not None
    journal.count({entries[2].prediction_id: (1, np.datetime64("2019-01-02", "us"))})
    assert journal.verify(head) == head
    journal.close()


def test_the_same_answers_give_the_same_chain_today(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT content FROM journal_records ORDER BY number").fetchall()
    records = [json.loads(text) for (text,) in rows]
    journal = MemoryJournal()
    for record in records:
        if record["kind"] == "settlement":
            outcome = Settlement(
                prediction_id=record["prediction_id"],
                closes_at=np.datetime64(record["closes_at"], "us"),
                realized_return=record["realized_return"],
                outcome=SettlementOutcome(record["outcome"]),
                settled_at=np.datetime64(record["settled_at"], "us"),
            )
            journal.settle([outcome])
        else:
            served_at = np.datetime64(record["served_at"], "us")
            answer = ServedAnswer(prediction=prediction_of(record), served_at=served_at)
            journal.append_many([answer])
    assert [record.content for record in journal._records] == [text for (text,) in rows]
    assert str(journal.verify()) == HEAD

"""When a label is decided, and when it is known."""

import numpy as np
import pytest

from bellwether.labels import LabelShapeMismatch, LabelSpan, LabelSpec

DAYS = np.arange("2020-01-01", "2020-01-06", dtype="datetime64[D]").astype("datetime64[us]")


def test_a_label_closes_at_the_bar_its_horizon_reaches() -> None:
    spans = LabelSpec(horizon_bars=2).spans(DAYS)
    assert spans.decided_at.tolist() == DAYS.tolist()
    assert spans.closes_at[:3].tolist() == DAYS[2:].tolist()
    assert spans.closed.tolist() == [True, True, True, False, False]


def test_every_label_is_open_when_the_horizon_reaches_past_all_bars() -> None:
    assert not LabelSpec(horizon_bars=9).spans(DAYS).closed.any()


def test_a_label_is_known_from_its_own_close_on() -> None:
    spans = LabelSpec(horizon_bars=2).spans(DAYS)
    assert spans.known_by(DAYS[3]).tolist() == [True, True, False, False, False]
    just_before = DAYS[3] - np.timedelta64(1, "us")
    assert spans.known_by(just_before).tolist() == [True, False, False, False, False]


def test_spans_cannot_be_written() -> None:
    spans = LabelSpec().spans(DAYS)
    assert len(spans) == 5
    with pytest.raises(ValueError, match="read-only"):
        spans.closes_at[0] = DAYS[0]


def test_a_span_has_two_ends() -> None:
    with pytest.raises(LabelShapeMismatch):
        LabelSpan(decided_at=DAYS, closes_at=DAYS[1:])

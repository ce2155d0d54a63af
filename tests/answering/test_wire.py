"""What crosses the pipe arrives as it was sent, and what is no message is known as such."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.answering._errors import Rubbish
from bellwether.answering._wire import (
    Answers,
    Batch,
    CalendarReceiver,
    CalendarSender,
    Failure,
    FrameReader,
    Ready,
    Told,
    ToParent,
    decode_for_child,
    decode_for_parent,
    encode_frame,
    pack_columns,
)
from bellwether.bars import SessionCalendar
from bellwether.registry import BundleCorrupt, BundleUnloadable
from bellwether.service import (
    Contribution,
    Direction,
    Explanation,
    FallbackReason,
    Interval,
    PastHits,
    Prediction,
    Question,
    RegimeReading,
    Rung,
    Source,
    SourceKind,
    StandingReading,
    Step,
)

numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
shares = st.floats(0.0, 1.0)
texts = st.text(max_size=20)
standings = st.builds(
    StandingReading,
    condition=texts,
    accuracy=shares,
    fallback_accuracy=shares,
    confidence_factor=shares,
    edge_factor=shares,
    as_of=texts,
)


@st.composite
def predictions(draw: st.DrawFn) -> Prediction:
    """Return any valid prediction."""
    low, high = sorted([draw(st.floats(-1.0, 5.0)), draw(st.floats(-1.0, 5.0))])
    as_of = draw(st.none() | st.integers(0, 2**52))
    return Prediction(
        symbol=draw(texts),
        interval=draw(texts),
        as_of=None if as_of is None else np.datetime64(as_of, "us"),
        horizon_bars=draw(st.integers(1, 60)),
        direction=draw(st.sampled_from(Direction)),
        probability_up=draw(st.none() | shares),
        expected_return=draw(st.none() | st.floats(-1.0, 1e9)),
        interval_return=draw(st.none() | st.just(Interval(low=low, high=high, coverage=0.8))),
        confidence=draw(st.floats(0.0, 95.0)),
        past_hits=draw(st.none() | st.builds(PastHits, n_hits=st.just(3), n_settled=st.just(5))),
        standing=draw(st.none() | standings),
        price=draw(st.none() | st.floats(0.0, 1e12)),
        target=None,
        stop=None,
        regime=draw(st.none() | st.builds(RegimeReading, current=texts, confirmed=texts)),
        reasons=tuple(draw(st.lists(texts, min_size=1, max_size=3))),
        source=Source(kind=draw(st.sampled_from(SourceKind)), age_days=draw(st.none() | numbers)),
        rung=draw(st.sampled_from(Rung)),
        fallback_reason=draw(st.none() | st.sampled_from(FallbackReason)),
        steps=tuple(
            draw(
                st.lists(
                    st.builds(
                        Step,
                        rung=st.sampled_from(Rung),
                        reason=st.sampled_from(FallbackReason),
                        detail=texts,
                    ),
                    max_size=2,
                )
            )
        ),
        bars_digest=draw(texts),
        contributions=tuple(
            draw(
                st.lists(st.builds(Contribution, feature=texts, amount=numbers), max_size=2),
            )
        ),
        explanation=draw(
            st.none()
            | st.builds(Explanation, baseline=st.none() | shares, value=shares, trouble=texts)
        ),
    )


def question(calendar: SessionCalendar | None) -> Question:
    columns = {"closed_at": np.array([1, 2], "datetime64[us]"), "open": np.array([1.0, np.nan])}
    return Question(symbol="X", interval="1d", horizon_bars=2, columns=columns, calendar=calendar)


def named(name: str) -> SessionCalendar:
    return SessionCalendar(
        name=name, closes_at=np.array(["2020-01-06T21", "2020-01-07T21"], "datetime64[us]")
    )


def name_of(calendar: SessionCalendar | None) -> str | None:
    return None if calendar is None else calendar.name


def contents(*pieces: bytes) -> list[bytes]:
    reader = FrameReader()
    return [frame for piece in pieces for frame in reader.feed(piece)]


@given(st.lists(predictions(), max_size=3))
def test_a_prediction_arrives_as_it_was_sent(sent: list[Prediction]) -> None:
    [content] = contents(encode_frame(Answers(7, sent)))
    arrived = decode_for_parent(content)
    assert isinstance(arrived, Answers)
    assert arrived.number == 7
    assert arrived.predictions == sent
    assert [one.encode() for one in arrived.predictions] == [one.encode() for one in sent]


@given(st.lists(texts, max_size=5), st.data())
def test_frames_are_put_together_from_any_pieces(said: list[str], data: st.DataObject) -> None:
    messages: list[ToParent] = [Told(30, "logger", text) for text in said]
    stream = b"".join(encode_frame(message) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[first:last] for first, last in pairwise(edges)]
    assert [decode_for_parent(content) for content in contents(*pieces)] == messages


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_message_or_rubbish(stream: bytes) -> None:
    try:
        for content in contents(stream):
            decode_for_parent(content)
    except Rubbish:
        pass


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"\x93\xa7answers\x01\x91\x80", b"\x91\xa5other", b"\x01"]
)
def test_what_is_no_message_is_rubbish(content: bytes) -> None:
    with pytest.raises(Rubbish):
        decode_for_parent(content)


def test_a_frame_of_absurd_length_is_rubbish_at_once() -> None:
    with pytest.raises(Rubbish, match="frame of 4294967295 bytes"):
        contents(b"\xff\xff\xff\xff")


@given(predictions())
def test_a_prediction_out_of_its_range_is_rubbish(sent: Prediction) -> None:
    [content] = contents(encode_frame(Answers(1, [sent])))
    said = msgspec.msgpack.decode(content)
    said[2][0]["confidence"] = 96.0
    with pytest.raises(Rubbish, match="confidence"):
        decode_for_parent(msgspec.msgpack.encode(said))


def test_a_message_without_content_arrives_too() -> None:
    [content] = contents(encode_frame(Ready()))
    assert decode_for_parent(content) == Ready()


def test_calendars_cross_once_and_are_found_again() -> None:
    sender, receiver = CalendarSender(), CalendarReceiver()
    york, tokyo = named("york"), named("tokyo")
    crossed = []
    rounds: list[list[SessionCalendar | None]] = [[york, york], [tokyo, None, york], [york]]
    for number, calendars in enumerate(rounds):
        asked = [question(calendar) for calendar in calendars]
        [content] = contents(
            encode_frame(sender.pack(number, asked, [pack_columns(one) for one in asked]))
        )
        batch = decode_for_child(content)
        assert isinstance(batch, Batch)
        crossed.append([one.name for one in batch.calendars])
        arrived = receiver.unpack(batch)
        assert [name_of(one.calendar) for one in arrived] == [name_of(one) for one in calendars]
        for one in arrived:
            np.testing.assert_array_equal(one.columns["open"], asked[0].columns["open"])
            np.testing.assert_array_equal(one.columns["closed_at"], asked[0].columns["closed_at"])
            assert one.columns["closed_at"].dtype == "datetime64[us]"
    assert crossed == [["york"], ["tokyo"], []]


def test_of_too_many_calendars_all_are_forgotten_and_sent_anew() -> None:
    sender, receiver = CalendarSender(most=2), CalendarReceiver()
    for round_number in range(3):
        for name in ("a", "b", "c"):
            asked = [question(named(name))]
            batch = sender.pack(round_number, asked, [pack_columns(asked[0])])
            [arrived] = receiver.unpack(batch)
            assert arrived.calendar is not None
            assert arrived.calendar.name == name


def test_two_calendars_of_one_name_are_two() -> None:
    sender, receiver = CalendarSender(), CalendarReceiver()
    short = SessionCalendar(name="york", closes_at=np.array(["2020-01-06T21"], "datetime64[us]"))
    asked = [question(named("york")), question(short)]
    arrived = receiver.unpack(sender.pack(1, asked, [pack_columns(one) for one in asked]))
    assert [len(one.calendar.closes_at) for one in arrived if one.calendar] == [2, 1]


def test_columns_that_are_no_numbers_do_not_cross() -> None:
    odd = replace(question(None), columns={"open": np.array(["a"])})
    with pytest.raises(ValueError, match="could not convert"):
        pack_columns(odd)


def test_an_error_of_the_registry_arrives_with_its_kind_and_its_facts() -> None:
    sent = BundleCorrupt("m.bundle", "model.onnx", "changed")
    arrived = Failure.of(sent).to_error()
    assert type(arrived) is BundleCorrupt
    assert (str(arrived), arrived.hint) == (str(sent), sent.hint)


def test_any_other_error_arrives_as_a_bundle_that_cannot_be_loaded() -> None:
    arrived = Failure.of(MemoryError()).to_error()
    assert type(arrived) is BundleUnloadable
    assert "MemoryError" in str(arrived)


def test_a_kind_that_is_not_known_is_an_error_of_the_registry() -> None:
    for kind in ("Bundle", "nothing"):
        assert Failure(kind, "a", "b", "c").to_error().was == "b"


def test_whether_it_is_asked_why_crosses_with_the_question() -> None:
    asked = [question(None), replace(question(None), why_seconds=0.1)]
    batch = CalendarSender().pack(1, asked, [pack_columns(one) for one in asked])
    [content] = contents(encode_frame(batch))
    arrived = decode_for_child(content)
    assert isinstance(arrived, Batch)
    found = CalendarReceiver().unpack(arrived)
    assert [one.why_seconds for one in found] == [None, 0.1]

"""What the inference process does with each message, played through in this process."""

import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bellwether.answering._child import Channel, ToParentHandler, serve_parent
from bellwether.answering._guarded import GuardedBundles
from bellwether.answering._trace import Lane, Phase, Trace
from bellwether.answering._wire import (
    Answers,
    Avoid,
    CalendarSender,
    FrameReader,
    Ready,
    Start,
    ToChild,
    Told,
    ToParent,
    Warm,
    Warmed,
    decode_for_parent,
    encode_frame,
    pack_columns,
)
from bellwether.registry import BundleMissing, ModelQuarantined
from bellwether.service import FallbackReason, PredictOptions, Question

pytestmark = pytest.mark.timeout(60)
Home = Any  # the class lives in conftest, which is no module


class Parent:
    """The other end: says something, and hears what comes back."""

    def __init__(self, home: Home) -> None:
        self._ours, theirs = socket.socketpair()
        self.trace = Trace()
        channel = Channel(theirs)
        start = Start(
            maker="bellwether.adapters:open_predict_ports",
            arguments={"home": str(home.folder)},
            options=PredictOptions(),
            memory_bytes=1,
            parent=1,
        )
        self._thread = threading.Thread(
            target=serve_parent, args=(channel, channel.messages(), start, self.trace)
        )
        self._thread.start()
        self._heard = self._hear()
        self._theirs = theirs

    def say(self, message: ToChild) -> None:
        self._ours.sendall(encode_frame(message))

    def hear(self) -> ToParent:
        return next(self._heard)

    def ask(self, number: int, *questions: Question) -> Answers:
        columns = [pack_columns(question) for question in questions]
        self.say(CalendarSender().pack(number, questions, columns))
        answers = self.hear()
        assert isinstance(answers, Answers)
        assert answers.number == number
        return answers

    def close(self) -> None:
        self._ours.shutdown(socket.SHUT_WR)
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._ours.close()
        self._theirs.close()

    def _hear(self) -> Iterator[ToParent]:
        reader = FrameReader()
        while piece := self._ours.recv(1 << 16):
            for content in reader.feed(piece):
                yield decode_for_parent(content)


@pytest.fixture
def parent(home: Home) -> Iterator[Parent]:
    home.promote("champion")
    made = Parent(home)
    assert made.hear() == Ready()
    yield made
    made.close()


def test_batches_are_answered_in_their_order(parent: Parent, home: Home) -> None:
    asked = home.question(calendar=None)
    answers = parent.ask(1, asked, home.question("STRANGER", calendar=None)).predictions
    assert [answer.symbol for answer in answers] == ["WORLD", "STRANGER"]
    assert parent.ask(2).predictions == []
    assert parent.trace.see(Lane.ANSWERING).phase is Phase.IDLE


def test_models_are_loaded_when_told_to(parent: Parent, home: Home) -> None:
    parent.say(Warm(1, None))
    assert parent.hear() == Warmed(1, None)
    parent.say(Warm(2, "champion"))
    assert parent.hear() == Warmed(2, None)
    home.folder.joinpath("bundles", "champion.bundle").unlink()
    parent.say(Warm(3, "champion"))
    told = parent.hear()
    assert isinstance(told, Warmed)
    assert told.failure is not None
    assert told.failure.kind == BundleMissing.__name__
    parent.say(Warm(4, None))  # who serves and cannot be loaded is a line in the log
    assert parent.hear() == Warmed(4, None)
    assert parent.trace.see(Lane.WARMING).phase is Phase.IDLE
    assert parent.trace.see(Lane.WARMING).count > 0


def test_models_in_quarantine_are_not_touched_until_it_is_over(parent: Parent, home: Home) -> None:
    [record] = home.ports.registry.records()
    asked = home.question(calendar=None)
    parent.say(Avoid({record.bundle_digest: "it is deadly"}))
    [avoided] = parent.ask(1, asked).predictions
    assert avoided.fallback_reason is FallbackReason.MODEL_QUARANTINED
    assert "it is deadly" in avoided.steps[0].detail
    parent.say(Warm(1, "champion"))
    told = parent.hear()
    assert isinstance(told, Warmed)
    assert told.failure is not None
    assert told.failure.kind == ModelQuarantined.__name__
    parent.say(Avoid({}))
    [tried] = parent.ask(2, asked).predictions
    assert tried.fallback_reason is FallbackReason.MODEL_TOO_OLD  # by the machine's own clock


def test_lines_of_the_log_go_to_the_parent() -> None:
    ours, theirs = socket.socketpair()
    logger = logging.getLogger("bellwether.answering.test")
    handler = ToParentHandler(Channel(theirs))
    logger.addHandler(handler)
    try:
        logger.warning("it is %s", "so")
    finally:
        logger.removeHandler(handler)
    [content] = FrameReader().feed(ours.recv(1 << 16))
    assert decode_for_parent(content) == Told(logging.WARNING, logger.name, "it is so")
    ours.close()
    theirs.close()


def test_a_bundle_that_leaves_a_trace_is_the_same_for_everybody(home: Home) -> None:
    home.promote("champion")
    trace, [record] = Trace(), home.ports.registry.records()
    guarded = GuardedBundles(home.ports.bundles, trace, Lane.ANSWERING, {})
    once, again = guarded.load(record), guarded.load(record)
    assert once is again
    assert once.digest == record.bundle_digest
    windows = home.bars.matrix[np.newaxis, -once.manifest.lookback_bars :]
    assert once.run(windows)["probability_up"] == pytest.approx([0.55])
    trace.close()

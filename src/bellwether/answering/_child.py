"""The inference process: reads questions from its parent, answers, and ends with it."""

import ctypes
import logging
import os
import queue
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module

from bellwether.answering._guarded import GuardedBundles
from bellwether.answering._loading import load_registered, load_serving
from bellwether.answering._trace import Lane, Phase, Trace
from bellwether.answering._wire import (
    Answers,
    Avoid,
    Batch,
    CalendarReceiver,
    Failure,
    FrameReader,
    Ready,
    Start,
    ToChild,
    Told,
    ToParent,
    Warm,
    Warmed,
    decode_for_child,
    encode_frame,
)
from bellwether.service import PredictOptions, PredictPorts, predict_many

_PIECE_BYTES = 1 << 18
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
_ORDERS_OF_THE_PARENT = ("SIGINT", "SIGTERM", "SIGHUP")


def run_child(descriptor: int, trace_descriptor: int) -> None:
    """Answer until the parent hangs up.

    Parameters
    ----------
    descriptor : int
        Socket to the parent.
    trace_descriptor : int
        File of the trace.
    """
    for name in _ORDERS_OF_THE_PARENT:  # meant for the parent, who ends this process in time
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    channel = Channel(socket.socket(fileno=descriptor))
    messages = channel.messages()
    start = next(messages, None)
    if not isinstance(start, Start):
        return
    _bind_to_parent(start.parent)
    resource.setrlimit(resource.RLIMIT_DATA, (start.memory_bytes, start.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.basicConfig(handlers=[ToParentHandler(channel)], level=logging.INFO)
    serve_parent(channel, messages, start, Trace(trace_descriptor))


def serve_parent(
    channel: "Channel", messages: Iterable[ToChild], start: Start, trace: Trace
) -> None:
    """Do what a parent's messages ask for, one after the other, until there are no more.

    Parameters
    ----------
    channel : Channel
        Where answers go.
    messages : iterable of Batch, Warm or Avoid
    start : Start
    trace : Trace
    """
    answering = _Answering(channel, _make_ports(start), start.options, trace)
    channel.send(Ready())
    for message in messages:
        if isinstance(message, Batch):
            answering.answer(message)
        elif isinstance(message, Warm):
            answering.warm(message)
        elif isinstance(message, Avoid):
            answering.avoid(message)


class Channel:
    """The socket to the parent; may be written from any thread.

    Parameters
    ----------
    connection : socket.socket
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(True)
        self._guard = threading.Lock()

    def messages(self) -> Iterator[ToChild]:
        """Yield messages until the parent hangs up."""
        reader = FrameReader()
        while piece := self._connection.recv(_PIECE_BYTES):
            for content in reader.feed(piece):
                yield decode_for_child(content)

    def send(self, message: ToParent) -> None:
        """Write a message; a parent that is gone is noticed by its silence."""
        frame = encode_frame(message)
        with self._guard:
            self._connection.sendall(frame)


class ToParentHandler(logging.Handler):
    """Hands lines of the log to the parent, whose log has one form.

    Parameters
    ----------
    channel : Channel
    """

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line."""
        self._channel.send(Told(record.levelno, record.name, self.format(record)))


class _Answering:
    """What the process does, on the thread that reads and on one that loads aside."""

    def __init__(
        self, channel: Channel, ports: PredictPorts, options: PredictOptions, trace: Trace
    ) -> None:
        self._channel = channel
        self._options = options
        self._trace = trace
        self._calendars = CalendarReceiver()
        self._avoided: dict[str, str] = {}
        self._ports, self._aside = (
            replace(ports, bundles=GuardedBundles(ports.bundles, trace, lane, self._avoided))
            for lane in Lane
        )
        self._loads: queue.SimpleQueue[Warm] = queue.SimpleQueue()
        threading.Thread(target=self._load_aside, name="warming", daemon=True).start()
        ports.rules.load()

    def answer(self, batch: Batch) -> None:
        """Answer a batch."""
        questions = self._calendars.unpack(batch)
        answers = predict_many(questions, ports=self._ports, options=self._options)
        self._trace.note(Lane.ANSWERING, Phase.IDLE)  # also where a run ended with an error
        self._channel.send(Answers(batch.number, list(answers)))

    def warm(self, message: Warm) -> None:
        """Put a model in line to be loaded."""
        self._loads.put(message)

    def avoid(self, message: Avoid) -> None:
        """Touch these models no more, and others again."""
        self._avoided.clear()
        self._avoided.update(message.bundles)

    def _load_aside(self) -> None:
        while True:
            message = self._loads.get()
            failure = None
            try:
                if message.model_id is None:
                    load_serving(self._aside)
                else:
                    load_registered(self._aside, message.model_id)
            except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told
                failure = Failure.of(error)
            self._trace.note(Lane.WARMING, Phase.IDLE)
            self._channel.send(Warmed(message.number, failure))


def _make_ports(start: Start) -> PredictPorts:
    module, _, function = start.maker.partition(":")
    make: Callable[..., PredictPorts] = getattr(import_module(module), function)
    return make(**start.arguments)


def _bind_to_parent(parent: int) -> None:
    """End with the parent even while hanging, when nobody reads that it hung up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)

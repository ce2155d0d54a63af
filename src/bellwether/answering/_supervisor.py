"""The supervisor: keeps one inference process alive, and kills it where it is no good."""

import asyncio
import contextlib
import logging
from typing import TypeAlias

from bellwether.answering._errors import InferenceProcessDown, Rubbish
from bellwether.answering._launch import Launched
from bellwether.answering._options import ChildOptions
from bellwether.answering._process import ChildProcess
from bellwether.answering._quarantine import Quarantine
from bellwether.answering._trace import Lane, Phase, Sight
from bellwether.answering._traffic import Traffic
from bellwether.answering._wire import Answers, Avoid, Ready, Start, ToParent, Warm, Warmed
from bellwether.service import FallbackReason, Fault

_TICK_SECONDS = 0.05
_MEMORY_TICKS = 5
# A tick that comes so late says that the front was held up, not the process it watches.
_HELD_UP_SECONDS = 0.25
_MOST_BACKOFF_SECONDS = 30.0
_CLOSING_SECONDS = 2.0
_Told: TypeAlias = "asyncio.Future[None]"
_log = logging.getLogger(__name__)


class Supervisor:
    """Starts the inference process, watches it, kills it and starts the next.

    Parameters
    ----------
    start : Start
    options : ChildOptions
    traffic : Traffic
    launched : Launched, optional
        The first process, if it was launched before.

    Notes
    -----
    The first process begins at once, so that it loads while the front does; it is watched from
    `attach` on. It is killed where it hangs, holds too much memory, does not start or says what
    is no message; what is under way is then answered otherwise at once.
    """

    def __init__(
        self,
        start: Start,
        options: ChildOptions,
        traffic: Traffic,
        launched: Launched | None = None,
    ) -> None:
        self._start = start
        self._options = options
        self._traffic = traffic
        self._quarantine = Quarantine(options.deaths, options.quarantine_seconds)
        self._avoided: dict[str, str] = {}
        self._dying: list[ChildProcess] = []  # killed, but not yet gone
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._began_at = self._ticked_at = self._ready_at = 0.0
        self._n_ticks = self._n_failures = self._n_warm = 0
        self._restart_at = 0.0
        self._seen: dict[Lane, tuple[Sight, float]] = {}
        self._warming: dict[int, _Told] = {}
        self._changed = asyncio.Event()
        self.is_ready = False
        self.n_restarts = 0
        self.trouble: str = "the inference process is starting"
        self._child = self._make_child(launched)

    @property
    def pid(self) -> int | None:
        """The process's number, where there is one."""
        return None if self._child is None else self._child.pid

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch from an event loop, in place of one that has ended."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._loop = loop
        self._changed = asyncio.Event()  # the one before belongs to the loop before
        self._began_at = self._ticked_at = loop.time()
        if self._child is not None:
            self._child.attach(loop)
            if self.is_ready:
                self._changed.set()
                self._traffic.open(loop, self._child.send)
        self._tick(loop)

    def close(self) -> None:
        """End the process and start no other."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._child is not None:
            self._child.end()
            self._dying.append(self._child)
            self._child = None
        for child in self._dying:
            child.reap(_CLOSING_SECONDS)
        self.is_ready = False
        self.trouble = "the service is closing"
        self._traffic.close(self.fault())
        self._drop_warming()

    def fault(self) -> Fault:
        """Return why models are not asked while the process is not ready."""
        return Fault(reason=FallbackReason.INFERENCE_PROCESS_DOWN, detail=self.trouble)

    async def wait_ready(self, seconds: float) -> bool:
        """Wait until the process can be asked, or was lost; whether it can be asked."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        return self.is_ready

    async def warm(self, model_id: str | None, seconds: float) -> None:
        """Have a model loaded aside, or all that serve.

        Raises
        ------
        RegistryError
            What the process said is wrong with the model.
        InferenceProcessDown
            If it is not ready, was lost, or not done in time.
        """
        if self._child is None or self._loop is None or not self.is_ready:
            raise InferenceProcessDown(self.trouble)
        self._n_warm += 1
        number = self._n_warm
        told: _Told = self._loop.create_future()
        self._warming[number] = told
        self._child.send(Warm(number, model_id))
        try:
            async with asyncio.timeout(seconds):
                await told
        except TimeoutError:
            raise InferenceProcessDown(f"one not done after {seconds:g} s") from None
        finally:
            self._warming.pop(number, None)

    def _hear(self, message: ToParent) -> None:
        if isinstance(message, Answers):
            self._traffic.land(message)
        elif isinstance(message, Ready):
            self._welcome()
        elif isinstance(message, Warmed):
            told = self._warming.get(message.number)
            if told is not None and not told.done():
                if message.failure is None:
                    told.set_result(None)
                else:
                    told.set_exception(message.failure.to_error())
        else:
            logging.getLogger(message.logger).log(message.level, "%s", message.text)

    def _welcome(self) -> None:
        if self.is_ready or self._child is None or self._loop is None:
            raise Rubbish("ready twice")
        self.is_ready = True
        self._ready_at = self._loop.time()
        self._avoided = self._quarantine.find_avoided(self._ready_at)
        self._child.send(Avoid(self._avoided))
        self._traffic.open(self._loop, self._child.send)
        self._changed.set()

    def _lose(self, why: str) -> None:
        """Have done with a process, remember what it died of, and see when the next begins."""
        if self._child is None or self._loop is None:
            return
        now = self._loop.time()
        sights = [self._child.trace.see(lane) for lane in Lane]
        ending = self._child.end()
        self._dying.append(self._child)
        self._child = None
        if self.is_ready and now - self._ready_at >= self._options.steady_seconds:
            self._n_failures = 0
        self._n_failures += 1
        self.is_ready = False
        guilty = [sight for sight in sights if sight.phase is not Phase.IDLE]
        for sight in guilty:
            if self._quarantine.note_death(sight.bundle_digest, sight.model_id, now):
                _log.error("reason=model_quarantined model=%s", sight.model_id)
                self._n_failures = 1  # what it died of is out of the way
        self._restart_at = now + self._backoff_seconds()
        at_work = "".join(f", at work on {sight.model_id}" for sight in guilty)
        self.trouble = f"the inference process was lost: {why}; {ending}{at_work}"
        _log.warning("reason=inference_process_down: %s", self.trouble)
        self._seen.clear()
        self._traffic.close(self.fault())
        self._drop_warming()
        self._changed.set()

    def _backoff_seconds(self) -> float:
        if self._n_failures <= 1:
            return 0.0
        doublings = min(self._n_failures - 2, 16)
        return min(self._options.backoff_seconds * 2.0**doublings, _MOST_BACKOFF_SECONDS)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._n_ticks += 1
        was_held_up = now - self._ticked_at > _TICK_SECONDS + _HELD_UP_SECONDS
        self._ticked_at = now
        self._alarm = loop.call_later(_TICK_SECONDS, self._tick, loop)
        self._dying = [child for child in self._dying if child.reap(0.0) is None]
        if self._child is None:
            if now >= self._restart_at:
                self._begin(loop)
            return
        why = None if was_held_up else self._find_fault(self._child, now)
        if why is not None:
            self._lose(why)
        elif self.is_ready:
            self._keep_up(self._child, now)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._child = self._make_child()
        if self._child is None:
            self._n_failures += 1
            self._restart_at = now + self._backoff_seconds()
            self._changed.set()
            return
        self.n_restarts += 1
        self._began_at = now
        self._changed.clear()
        self._child.attach(loop)

    def _make_child(self, launched: Launched | None = None) -> ChildProcess | None:
        try:
            return ChildProcess(self._start, self._hear, self._lose, launched)
        except OSError as error:
            self.trouble = f"no inference process can be started: {error}"
            _log.error("reason=inference_process_down: %s", self.trouble)
            return None

    def _keep_up(self, child: ChildProcess, now: float) -> None:
        avoided = self._quarantine.find_avoided(now)
        if avoided != self._avoided:
            self._avoided = avoided
            child.send(Avoid(avoided))
        silent = now - self._traffic.heard_at
        if not self._traffic.is_under_way and silent > self._options.beat_seconds:
            self._traffic.beat()

    def _find_fault(self, child: ChildProcess, now: float) -> str | None:
        if child.reap(0.0) is not None:
            return "it ended"
        if self._n_ticks % _MEMORY_TICKS == 0:
            resident = child.resident_bytes()
            if resident > self._options.memory_bytes:
                return f"it holds {resident >> 20} MiB"
        if not self.is_ready:
            late = now - self._began_at > self._options.start_seconds
            return f"not ready after {self._options.start_seconds:g} s" if late else None
        return self._find_hang(child, now)

    def _find_hang(self, child: ChildProcess, now: float) -> str | None:
        for lane in Lane:
            sight = child.trace.see(lane)
            if lane not in self._seen or self._seen[lane][0].count != sight.count:
                self._seen[lane] = sight, now
        loading = [since for sight, since in self._seen.values() if sight.phase is Phase.LOADING]
        # One thread that loads may keep the other from getting on.
        patience = self._options.load_seconds if loading else self._options.hang_seconds
        if self._traffic.is_under_way:
            loading.append(max(self._seen[Lane.ANSWERING][1], self._traffic.head_since))
        is_stuck = any(now - since > patience for since in loading)
        return f"no sign of life for {patience:g} s" if is_stuck else None

    def _drop_warming(self) -> None:
        for told in self._warming.values():
            if not told.done():
                told.set_exception(InferenceProcessDown(self.trouble))

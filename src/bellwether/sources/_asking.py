"""Asking a server with manners: paced, patient, and told apart what is worth asking again."""

import email.utils
import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from bellwether.clock import Clock, SystemClock
from bellwether.sources._provider_errors import (
    AnswerUnusable,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    ProviderUnusable,
)
from bellwether.sources._secrets import Secret, redact, redact_content, write_excerpt
from bellwether.sources._web import Answer, Ask, Unanswered, WebOptions, get, is_exposed

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 522, 524})
_BUSY = frozenset({418, 429})
_CLOSED = frozenset({401, 402, 403, 407, 451})
_SECOND = np.timedelta64(1_000_000, "us")
_EPOCH = np.datetime64(0, "us")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack:
    """An answer that asks for patience, though its status may say that all is well.

    Parameters
    ----------
    was : str
        What it says.
    seconds : float or None, default None
        How long it wants to be left alone.
    kind : {"busy", "failed", "broken"}, default "busy"
        Whether there were too many questions, nobody could answer, or the answer is damaged.
    """

    was: str
    seconds: float | None = None
    kind: Literal["busy", "failed", "broken"] = "busy"


Sender: TypeAlias = Callable[[Ask, WebOptions, Clock], Answer | Unanswered]
Judge: TypeAlias = Callable[[Answer], ComeBack | None]
"""Looks at an answer before it is used: None where it is good, ComeBack, or raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a server is asked again, and after how long.

    Parameters
    ----------
    most_attempts : int, default 4
    first_wait_seconds : float, default 1
        Doubled after each attempt, and drawn from its upper half.
    most_wait_seconds : float, default 60
        Whoever wants to be left alone for longer is not waited for.
    """

    most_attempts: int = 4
    first_wait_seconds: float = 1.0
    most_wait_seconds: float = 60.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Wire:
    """What all providers ask through.

    Parameters
    ----------
    clock : Clock
    sleep : callable of float
        Waits so many seconds.
    patience : Patience
    web : WebOptions
    send : callable
        Asks once; over the standard library by default.
    seed : int, optional
        Of the waits; by default another for each process, so that many who were turned away
        together do not come back together.
    """

    clock: Clock = field(default_factory=SystemClock)
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    patience: Patience = field(default_factory=Patience)
    web: WebOptions = field(default_factory=WebOptions)
    send: Sender = get
    seed: int | None = None

    def make_generator(self) -> np.random.Generator:
        """Return the chance of the waits."""
        if self.seed is not None:
            return np.random.default_rng(self.seed)
        moment = int((self.clock.now() - _EPOCH) / np.timedelta64(1, "us"))
        return np.random.default_rng([os.getpid(), abs(moment)])


class Asker:
    """Asks one provider's server.

    Parameters
    ----------
    provider : str
        What errors call it.
    wire : Wire
    spacing_seconds : float, default 0
        Least time between the beginnings of two questions.
    secrets : tuple of Secret, optional
        What no message may repeat, besides what an `Ask` holds.

    Notes
    -----
    Not for several threads at once: it keeps the time of its last question.
    """

    def __init__(
        self,
        provider: str,
        wire: Wire,
        *,
        spacing_seconds: float = 0.0,
        secrets: tuple[Secret, ...] = (),
    ) -> None:
        self._provider = provider
        self._wire = wire
        self._spacing = spacing_seconds
        self._secrets = secrets
        self._generator = wire.make_generator()
        self._asked_at: np.datetime64 | None = None

    def get(self, ask: Ask, judge: Judge | None = None) -> Answer:
        """Return a good answer, after as many attempts as patience allows.

        Parameters
        ----------
        ask : Ask
        judge : callable, optional
            Sees every answer but those that ask for patience by their status; by default only
            the status counts.

        Returns
        -------
        answer : Answer
            Of a status of success.

        Raises
        ------
        ProviderBusy
            If it asks for more patience than there is.
        ProviderUnreachable
            If nobody answers, or only with failures.
        ProviderRefused
            If it lets nobody in, or sends somewhere else.
        AnswerUnusable
            If it answers with any other status, or with too much.
        ProviderUnusable
            If a secret would travel without TLS.
        """
        if is_exposed(ask):
            raise ProviderUnusable(
                self._provider,
                "an address of https, since a key is sent along",
                redact(ask.url, self._hidden(ask)),
                "write https:// in provider_urls",
            )
        return self.attempt(lambda: self._look(ask, judge))

    def attempt(self, look: Callable[[], Found | ComeBack]) -> Found:
        """Return what a look at a server finds, after as many as patience allows.

        Parameters
        ----------
        look : callable
            Asks once; ComeBack where it is worth asking again.

        Raises
        ------
        ProviderBusy, ProviderUnreachable, AnswerUnusable
            If the last look says so, and whatever `look` raises.
        """
        for attempt in itertools.count(1):
            self._pace()
            found = look()
            if not isinstance(found, ComeBack):
                return found
            wait = self._find_wait(found, attempt)
            if wait is None:
                raise self._give_up(found)
            self._wire.sleep(wait)
        raise AssertionError("nobody counts so far")

    def _look(self, ask: Ask, judge: Judge | None) -> Answer | ComeBack:
        answer = self._wire.send(ask, self._wire.web, self._wire.clock)
        if isinstance(answer, Unanswered):
            if answer.is_final:
                raise AnswerUnusable(self._provider, answer.reason)
            return ComeBack(was=answer.reason, kind="failed")
        # Some repeat the key: rows of an answer may be shown, and are stored where refused.
        clean = redact_content(answer.content, self._hidden(ask))
        answer = replace(answer, content=clean)
        said = write_excerpt(answer.content, self._hidden(ask))
        if answer.status in _LATER or answer.status in _BUSY:
            was = f"the status {answer.status} ({said})"
            kind: Literal["busy", "failed"] = "busy" if answer.status in _BUSY else "failed"
            return ComeBack(was=was, seconds=self._read_wait(answer), kind=kind)
        # Who judges knows what an unknown symbol looks like here, whatever its status.
        come_back = None if judge is None else judge(answer)
        if come_back is not None:
            return come_back
        if not 200 <= answer.status < 300:
            raise self._explain_status(answer, said)
        return answer

    def _explain_status(self, answer: Answer, said: str) -> ProviderError:
        was = f"the status {answer.status} ({said})"
        if answer.status in _CLOSED:
            return ProviderRefused(self._provider, was)
        if 300 <= answer.status < 400:
            return ProviderRefused(
                self._provider,
                f"sent to another address (status {answer.status})",
                "open the provider's page in a browser: it may want a consent, or has moved",
            )
        return AnswerUnusable(self._provider, was)

    def _find_wait(self, found: ComeBack, attempt: int) -> float | None:
        """Return how long to wait before the next attempt; None where there is none."""
        patience = self._wire.patience
        if attempt >= patience.most_attempts:
            return None
        if found.seconds is not None:
            return found.seconds if found.seconds <= patience.most_wait_seconds else None
        longest = min(
            patience.first_wait_seconds * 2.0 ** (attempt - 1), patience.most_wait_seconds
        )
        return longest * (0.5 + 0.5 * float(self._generator.random()))

    def _give_up(self, found: ComeBack) -> ProviderError:
        if found.kind == "busy":
            return ProviderBusy(self._provider, found.was, found.seconds)
        if found.kind == "broken":
            return AnswerUnusable(self._provider, found.was)
        return ProviderUnreachable(self._provider, found.was)

    def _read_wait(self, answer: Answer) -> float | None:
        """Return what Retry-After asks for, in seconds or as a date."""
        asked = answer.headers.get("retry-after", "").strip()
        if asked.isascii() and asked.isdecimal() and len(asked) < 10:
            return float(asked)
        try:
            date = email.utils.parsedate_to_datetime(asked)
        except ValueError:
            return None
        now = float((self._wire.clock.now() - _EPOCH) / _SECOND)
        return max(date.timestamp() - now, 0.0)

    def _pace(self) -> None:
        now = self._wire.clock.now()
        if self._asked_at is not None:
            gone = float((now - self._asked_at) / _SECOND)
            # A clock that went back makes nobody wait longer than once.
            wait = min(self._spacing - gone, self._spacing)
            if wait > 0:
                self._wire.sleep(wait)
                now = self._wire.clock.now()
        self._asked_at = now

    def _hidden(self, ask: Ask) -> tuple[Secret, ...]:
        return (*self._secrets, *ask.secrets)

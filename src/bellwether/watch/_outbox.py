"""The outbox: notices are sent until each receiver has them, or they are too old to matter."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from bellwether.errors import RegistryError
from bellwether.watch._alert_book import AlertBook
from bellwether.watch._alert_errors import NoticeNotDelivered, NoticeRefused
from bellwether.watch._alert_notes import Delivery, DeliveryOutcome, NoticeTask
from bellwether.watch._alert_ports import AlertPorts, Notifier, OutboxOptions
from bellwether.watch._alert_state import Trouble

_LEASE = "alerts/outbox"
_SECOND = np.timedelta64(1_000_000, "us")
_log = logging.getLogger(__name__)


def deliver_notices(ports: AlertPorts, now: np.datetime64) -> tuple[Delivery, ...]:
    """Send what receivers do not have yet, and note what became of it.

    Parameters
    ----------
    ports : AlertPorts
    now : numpy.datetime64
        UTC.

    Returns
    -------
    deliveries : tuple of Delivery
        What was tried now; none where another process sends.

    Raises
    ------
    JournalUnavailable
        If the journal cannot be read, or what was sent cannot be noted; it is sent again then.

    Notes
    -----
    At least once: a notice is noted as delivered after its receiver took it. A receiver that
    cannot be reached is left alone for a while, all its notices with it, so that they stay in
    their order; one that refuses a notice gets the next.
    """
    with _sending_alone(ports, now) as is_alone:
        if not is_alone:
            return ()
        ports.book.refresh()
        done: list[Delivery] = []
        for task, receivers in ports.book.waiting():
            if _age(task, now) > ports.outbox.give_up_seconds:
                done += [_outcome(ports.book, task, name, now, "given_up") for name in receivers]
        ports.book.write(done)
        for notifier in ports.notifiers:
            done += _send_to(notifier, ports, now)
    return tuple(done)


def show_receivers(ports: AlertPorts) -> list[dict[str, Any]]:
    """Return how each receiver stands, as JSON values: what it does not have yet, and why."""
    waiting = [name for _, receivers in ports.book.waiting() for name in receivers]
    names = dict.fromkeys([*(one.name for one in ports.notifiers), *waiting])
    troubles = {name: ports.book.trouble(name) for name in names}
    return [
        {
            "name": name,
            "n_waiting": waiting.count(name),
            "n_failures": 0 if trouble is None else trouble.n_failures,
            "why": "" if trouble is None else trouble.reason,
        }
        for name, trouble in troubles.items()
    ]


@contextlib.contextmanager
def _sending_alone(ports: AlertPorts, now: np.datetime64) -> Iterator[bool]:
    """Hold the lease while sending, where there is one; without its memory everybody may send."""
    leases, owner, held = ports.checkpoints, ports.owner, True
    if leases is not None:
        try:
            held = leases.lease(_LEASE, owner, now=now, seconds=ports.outbox.lease_seconds)
        except RegistryError as error:
            _log.warning("reason=lease_unavailable: notices are sent without: %s", error)
            leases = None
    try:
        yield held
    finally:
        if leases is not None and held:
            with contextlib.suppress(RegistryError):  # it ends by itself
                leases.release(_LEASE, owner)


def _send_to(notifier: Notifier, ports: AlertPorts, now: np.datetime64) -> list[Delivery]:
    """Send one receiver what it does not have, the oldest first, until it cannot be reached."""
    name, options, book = notifier.name, ports.outbox, ports.book
    if not _may_try(book.trouble(name), now, options):
        return []
    done: list[Delivery] = []
    for task, receivers in book.waiting():
        if name not in receivers or not _may_try(
            book.trouble(name, task.notice.notice_id), now, options
        ):
            continue
        delivery = _send(notifier, book, task, now)
        book.write([delivery])
        done.append(delivery)
        is_gone = delivery.outcome == "failed" and not delivery.is_refused
        if is_gone or len(done) >= options.most_at_once:
            break
    return done


def _send(notifier: Notifier, book: AlertBook, task: NoticeTask, now: np.datetime64) -> Delivery:
    try:
        notifier.send(task.notice)
    except NoticeNotDelivered as error:
        _log.warning(
            "reason=notice_not_delivered: %s did not take %s: %s",
            notifier.name,
            task.notice.notice_id,
            error.reason,
        )
        return _outcome(book, task, notifier.name, now, "failed", error)
    return _outcome(book, task, notifier.name, now, "delivered")


def _outcome(
    book: AlertBook,
    task: NoticeTask,
    receiver: str,
    now: np.datetime64,
    outcome: DeliveryOutcome,
    error: NoticeNotDelivered | None = None,
) -> Delivery:
    return Delivery(
        notice_id=task.notice.notice_id,
        receiver=receiver,
        outcome=outcome,
        at=now,
        attempt=book.attempts(task.notice.notice_id, receiver) + 1,
        is_refused=isinstance(error, NoticeRefused),
        reason="" if error is None else error.reason,
    )


def _may_try(trouble: Trouble | None, now: np.datetime64, options: OutboxOptions) -> bool:
    if trouble is None:
        return True
    doublings = min(trouble.n_failures - 1, 60)
    wait = min(options.first_wait_seconds * 2.0**doublings, options.longest_wait_seconds)
    passed = float((now - trouble.last_at) / _SECOND)
    return passed >= wait or passed < 0.0  # a clock that was set back holds nothing up


def _age(task: NoticeTask, now: np.datetime64) -> float:
    return float((now - task.at) / _SECOND)

"""What happens to a job as server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec

from bellwether.service import JobEvent, Jobs, JobState

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.25
_HEARTBEAT = b": still here\n\n"
_ENDED = frozenset(state.value for state in JobState if state.ended)


def write_event(event: JobEvent) -> bytes:
    r"""Return an event as it is sent.

    Examples
    --------
    >>> write_event(JobEvent(number=56, name="state", data={"state": "done"}))
    b'id: 56\nevent: state\ndata: {"state":"done"}\n\n'
    """
    data = msgspec.json.encode(event.data)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.number, event.name.encode("ascii"), data)


async def tell_events(
    jobs: Jobs, job_id: str, after: int, is_leaving: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """Yield what happens to a job, until it ends or nobody is left to tell.

    Parameters
    ----------
    jobs : Jobs
    job_id : str
    after : int
        Number of the last event that is known already.
    is_leaving : callable
        Whether the service was asked to end: whoever listens comes back to the next one.

    Notes
    -----
    Where nothing happens for a while a comment is sent: it keeps whoever is in between from
    closing the connection, and tells that the one who listened has gone.
    """
    n_quiet = 0
    while not is_leaving():
        # Read before the events: what comes between the two is told by the next look.
        has_ended = (await asyncio.to_thread(jobs.get, job_id)).state.ended
        events = await asyncio.to_thread(jobs.events, job_id, after)
        for event in events:
            yield write_event(event)
            after = event.number
            if event.data.get("state") in _ENDED:
                return
        n_quiet = 0 if events else n_quiet + 1
        if has_ended and n_quiet > 1:
            return
        if n_quiet * LOOK_EVERY_SECONDS >= HEARTBEAT_SECONDS:
            n_quiet = 0
            yield _HEARTBEAT
        await asyncio.sleep(LOOK_EVERY_SECONDS)

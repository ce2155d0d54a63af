"""What can be wrong with a job before it is begun."""

from collections.abc import Sequence

from bellwether.errors import ServiceError


class JobsUnavailable(ServiceError):
    """The memory of jobs cannot be read or written.

    Parameters
    ----------
    place : str
    why : str
    """

    http_status = 503

    def __init__(self, place: str, why: str) -> None:
        self.place = place
        super().__init__(
            f"a readable and writable folder of jobs at {place}",
            why,
            "check that the place exists, has room and may be written",
        )


class TooManyJobs(ServiceError):
    """More jobs wait than are taken in.

    Parameters
    ----------
    most : int
    """

    http_status = 429

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(
            f"at most {most} jobs that wait", "one more", "wait for some to end, or cancel them"
        )


class UnknownJob(ServiceError):
    """No job with that id is known.

    Parameters
    ----------
    job_id : str
    """

    http_status = 404

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(
            "the id of a job that is still remembered",
            repr(job_id[:120]),
            "see GET /v1/jobs; those that ended long ago are forgotten",
        )


class UnknownJobKind(ServiceError):
    """Nobody here can do a job of that kind.

    Parameters
    ----------
    kind : str
    known : sequence of str
    """

    http_status = 422

    def __init__(self, kind: str, known: Sequence[str]) -> None:
        self.kind = kind
        self.known = tuple(known)
        super().__init__(
            "a job of a known kind", repr(kind[:120]), f"choose from {', '.join(known) or 'none'}"
        )

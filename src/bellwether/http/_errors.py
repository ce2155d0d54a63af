"""What is asked at the door and cannot be answered there.

::

    ServiceError
    └── RequestRefused          a request that cannot be read or may not be made
        ├── BodyMisshapen       JSON, but not of the form this route reads
        ├── BodyTooDeep         nested deeper than any question is
        ├── BodyTooLarge        more bytes than this route reads
        ├── BodyTooSlow         it did not arrive in time
        ├── BodyUnreadable      no JSON, or no frame of bars
        ├── HostUnknown         meant for another host, or a page's trick
        ├── KeyReused           an idempotency key came back with another request
        ├── KeyUnreadable       an idempotency key that is none
        ├── MediaTypeUnknown    a body of a kind that is not read here
        ├── NotReady            nobody can answer yet, or no model where one is required
        ├── QueryUnreadable     a parameter of the query is out of range
        ├── RangeUnsatisfiable  a range behind the end of the file
        ├── TooBusy             more requests at once than are let in
        └── TooManyQuestions    more symbols in a batch than are answered at once
"""

from bellwether.errors import ServiceError


class RequestRefused(ServiceError):
    """A request cannot be read, or may not be made."""

    http_status = 400

    @property
    def headers(self) -> dict[str, str]:
        """Headers that the answer carries besides."""
        return {}


class BodyMisshapen(RequestRefused):
    """A body is JSON, but not of the form this route reads.

    Parameters
    ----------
    was : str
        What was found, and where.
    """

    http_status = 422

    def __init__(self, was: str) -> None:
        super().__init__(
            "a body of the form in /v1/openapi.json", was, "correct that place in the body"
        )


class BodyTooDeep(RequestRefused):
    """A body is nested deeper than any question is.

    Parameters
    ----------
    most_levels : int
    """

    def __init__(self, most_levels: int) -> None:
        self.most_levels = most_levels
        super().__init__(
            f"JSON of at most {most_levels} levels",
            "a deeper one",
            "send columns as flat lists",
        )


class BodyTooLarge(RequestRefused):
    """A body has more bytes than this route reads.

    Parameters
    ----------
    most_bytes : int
    """

    http_status = 413

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        super().__init__(
            f"a body of at most {most_bytes} bytes",
            "a larger one",
            "send only the last bars (504 are enough), fewer symbols, or the binary form",
        )


class BodyTooSlow(RequestRefused):
    """A body did not arrive in time.

    Parameters
    ----------
    most_seconds : float
    """

    http_status = 408

    def __init__(self, most_seconds: float) -> None:
        self.most_seconds = most_seconds
        super().__init__(
            f"the whole body within {most_seconds:g} s", "a part of it", "send the request again"
        )


class BodyUnreadable(RequestRefused):
    """A body is no JSON, or no frame of bars.

    Parameters
    ----------
    expected, was, hint : str
    """


class HostUnknown(RequestRefused):
    """A request is meant for another host, as when a web page tricks a browser into sending it.

    Parameters
    ----------
    host : str
    """

    http_status = 421

    def __init__(self, host: str) -> None:
        self.host = host[:120]
        super().__init__(
            "a request for one of the hosts this service is known as",
            repr(self.host),
            "use one of its names, or add this one to the service's hosts",
        )


class KeyReused(RequestRefused):
    """An idempotency key came back with another request.

    Parameters
    ----------
    key : str
    """

    http_status = 422

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"the request that {key!r} was first sent with",
            "another one",
            "use a new Idempotency-Key for each change",
        )


class KeyUnreadable(RequestRefused):
    """An idempotency key is no key."""

    def __init__(self) -> None:
        super().__init__(
            "an Idempotency-Key of 1 to 128 letters, digits and . _ : -",
            "something else",
            "use a UUID, for instance",
        )


class MediaTypeUnknown(RequestRefused):
    """A body is of a kind that is not read here.

    Parameters
    ----------
    was : str
    known : str
        What is read.
    """

    http_status = 415

    def __init__(self, was: str, known: str) -> None:
        self.known = known
        super().__init__(f"a body of {known}", repr(was[:120]), "set Content-Type accordingly")


class NotReady(RequestRefused):
    """Nobody can answer yet, or no model can where one is required.

    Parameters
    ----------
    expected, was, hint : str
    """

    http_status = 503


class QueryUnreadable(RequestRefused):
    """A parameter of the query is out of its range.

    Parameters
    ----------
    name : str
    expected : str
    was : str
    """

    http_status = 422

    def __init__(self, name: str, expected: str, was: str) -> None:
        self.name = name
        super().__init__(f"{name} to be {expected}", repr(was[:120]), "correct it in the query")


class RangeUnsatisfiable(RequestRefused):
    """A range of bytes begins behind the end of the file.

    Parameters
    ----------
    n_bytes : int
        Length of the file.
    """

    http_status = 416

    def __init__(self, n_bytes: int) -> None:
        self.n_bytes = n_bytes
        super().__init__(
            f"a range within the {n_bytes} bytes of the file",
            "one behind its end",
            "ask for the length first, with HEAD",
        )

    @property
    def headers(self) -> dict[str, str]:
        """The length, as RFC 9110 wants it told."""
        return {"content-range": f"bytes */{self.n_bytes}"}


class TooBusy(RequestRefused):
    """More requests are under way than are let in at once.

    Parameters
    ----------
    most : int
    """

    http_status = 503

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"at most {most} requests at once", "one more", "ask again in a second")

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"retry-after": "1"}


class TooManyQuestions(RequestRefused):
    """A batch holds more symbols than are answered at once.

    Parameters
    ----------
    found, most : int
    """

    http_status = 422

    def __init__(self, found: int, most: int) -> None:
        self.found = found
        self.most = most
        super().__init__(f"at most {most} symbols in a batch", f"{found}", "send several batches")

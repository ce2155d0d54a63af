"""Why somebody is not let in, or not now.

::

    RequestRefused
    ├── KeyMissing         a key is needed, and none was sent
    ├── KeyNotAccepted     what was sent opens nothing
    ├── ScopeMissing       the key is good, but not for this
    ├── TooManyFailedKeys  one address tried too many keys that open nothing
    └── TooManyRequests    one key, or one address, asked too often
"""

import math

from bellwether.http._errors import RequestRefused
from bellwether.service import KeyFault, Scope

_CHALLENGE = 'Bearer realm="bellwether"'


class KeyMissing(RequestRefused):
    """A key is needed, and none was sent.

    Parameters
    ----------
    scope : Scope
        What the key must be for.
    """

    http_status = 401

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        super().__init__(
            f"a key with the scope {scope.value!r} in the header Authorization",
            "none",
            f"make one: bellwether keys create NAME --scope {scope.value}; "
            "then send: Authorization: Bearer KEY",
        )

    @property
    def headers(self) -> dict[str, str]:
        """What is asked for, as RFC 6750 wants it told."""
        return {"www-authenticate": _CHALLENGE}


class KeyNotAccepted(RequestRefused):
    """What was sent opens nothing.

    Parameters
    ----------
    fault : KeyFault
    """

    http_status = 401

    def __init__(self, fault: KeyFault) -> None:
        self.fault = fault
        super().__init__(
            "a key in use in the header Authorization: Bearer KEY",
            fault.value,
            "check it letter by letter, or see which are in use: bellwether keys list",
        )

    @property
    def headers(self) -> dict[str, str]:
        """What was wrong, as RFC 6750 wants it told."""
        return {"www-authenticate": f'{_CHALLENGE}, error="invalid_token"'}


class ScopeMissing(RequestRefused):
    """The key is good, but not for this.

    Parameters
    ----------
    missing : Scope
    key_id : str
    """

    http_status = 403
    missing: Scope = Scope.ADMIN

    def __init__(self, missing: Scope, key_id: str) -> None:
        self.missing = missing
        self.key_id = key_id
        super().__init__(
            f"a key with the scope {missing.value!r} ({missing.words})",
            f"key {key_id} without it",
            f"use another key, or make one: bellwether keys create NAME --scope {missing.value}",
        )

    @property
    def headers(self) -> dict[str, str]:
        """What is missing, as RFC 6750 wants it told."""
        facts = f'error="insufficient_scope", scope="{self.missing.value}"'
        return {"www-authenticate": f"{_CHALLENGE}, {facts}"}


class TooManyRequests(RequestRefused):
    """One key, or one address, asked too often.

    Parameters
    ----------
    per_minute : float
    wait_seconds : float
        Until the next request may be made.
    quota : dict of str to str
        Headers that tell the limit.
    """

    http_status = 429
    wait_seconds: float = 1.0
    quota: dict[str, str] | None = None

    def __init__(self, per_minute: float, wait_seconds: float, quota: dict[str, str]) -> None:
        self.per_minute = per_minute
        self.wait_seconds = wait_seconds
        self.quota = quota
        super().__init__(
            f"at most {per_minute:g} requests a minute",
            "one more",
            "ask again after the seconds in Retry-After; a batch is one request",
        )

    @property
    def headers(self) -> dict[str, str]:
        """When to come back, and the limit."""
        return {"retry-after": str(math.ceil(self.wait_seconds)), **(self.quota or {})}


class TooManyFailedKeys(RequestRefused):
    """One address tried too many keys that open nothing.

    Parameters
    ----------
    wait_seconds : float
        Until the next one is looked at.
    """

    http_status = 429
    wait_seconds: float = 1.0

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(
            "a key in use",
            "one more of many that open nothing",
            "correct the key; whoever else sends one from there is not held up",
        )

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"retry-after": str(math.ceil(self.wait_seconds))}

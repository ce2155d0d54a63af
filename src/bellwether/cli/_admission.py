"""Who is let in to the service: the settings of the shell as the door takes them."""

from typing import TYPE_CHECKING

from bellwether.bootstrap import Workspace
from bellwether.cli._errors import FlagsContradict, KeysNeeded

if TYPE_CHECKING:
    from bellwether.http import AccessOptions
    from bellwether.settings import Settings

OPEN, KEYS = "open", "keys"


def choose_access(*, open_access: bool | None, require_keys: bool | None) -> str | None:
    """Return the setting that the flags mean; None where neither was given.

    Raises
    ------
    FlagsContradict
        If both were.
    """
    if open_access and require_keys:
        raise FlagsContradict("--open or --require-keys", "both", "leave one of them out")
    if require_keys:
        return KEYS
    return OPEN if open_access else None


def access_options(settings: "Settings", *, is_private: bool) -> "AccessOptions":
    """Return what needs no key, how often one may ask, and from which pages.

    Parameters
    ----------
    settings : Settings
    is_private : bool
        Whether the service can be reached from this machine only.
    """
    from bellwether.http import EVERYTHING, READING, AccessOptions  # noqa: PLC0415 - an extra

    remote = READING if settings.access == OPEN else ()
    local = EVERYTHING if is_private and settings.access != KEYS else remote
    return AccessOptions(
        local=local,
        remote=remote,
        requests_per_minute=settings.requests_per_minute,
        burst=settings.requests_burst,
        cors_origins=settings.cors_origins,
    )


def check_keys(workspace: Workspace, *, is_private: bool) -> None:
    """Refuse to serve where everybody would need a key and nobody has one.

    Raises
    ------
    KeysNeeded
    """
    access = workspace.settings.access
    if access == OPEN or (is_private and access != KEYS):
        return
    now = workspace.clock.now()
    if all(key.find_fault(now) is not None for key in workspace.keys.known()):
        raise KeysNeeded(
            "a key in use, for this service asks everybody for one",
            "none",
            "make one: bellwether keys create NAME --scope predict --scope read; or let anybody "
            "predict and read: bellwether serve --open",
        )

"""What can be wrong with a command line beyond its grammar."""

from bellwether.errors import ServiceError, SettingsError


class NobodyToRollBack(ServiceError):
    """A market has no champion that could go."""


class NoSuchVerdict(ServiceError):
    """There is no verdict to show."""


class ServeExtraMissing(ServiceError):
    """The libraries of the HTTP service are not installed."""

    exit_code = 2


class SymbolNotOne(SettingsError):
    """One name for several files, or several files of one name."""


class UnreadableMapping(SettingsError):
    """A column mapping is not written as role=name."""

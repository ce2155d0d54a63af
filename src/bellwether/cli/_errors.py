"""What can be wrong with a command line beyond its grammar."""

from bellwether.errors import ServiceError, SettingsError


class IntervalUnclear(SettingsError):
    """A symbol is stored with bars of several lengths, and none of them was chosen."""


class ServeExtraMissing(ServiceError):
    """The libraries of the HTTP service are not installed."""

    exit_code = 2


class SymbolNotOne(SettingsError):
    """One name for several files, or several files of one name."""


class UnreadableMapping(SettingsError):
    """A column mapping is not written as role=name."""


class KeysNeeded(SettingsError):
    """A service would ask everybody for a key, and nobody has one."""


class FlagsContradict(SettingsError):
    """Two flags mean the opposite."""


class PlanUnclear(SettingsError):
    """Nothing was named that a plan could be made for."""


class UnreadableDuration(SettingsError):
    """A length of time is not written as a number and a unit."""


class FileInTheWay(SettingsError):
    """A file that would be written is there already."""


class FormatUnclear(SettingsError):
    """A file that is to be written has a name that tells no format."""


class FetchUnclear(SettingsError):
    """What is to be fetched, or from whom, is not said, or said twice."""

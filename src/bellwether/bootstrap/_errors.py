"""Errors of the bootstrap."""

from bellwether.errors import SettingsError


class HomeUnusable(SettingsError):
    """The home folder cannot be made or written."""

"""The version of bellwether, read by the build and written into every bundle."""

__version__ = "0.1.0"

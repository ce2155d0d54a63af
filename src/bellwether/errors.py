"""The error tree: one root, one branch a package.

::

    BellwetherError
    ├── BarsError          bars that break the data contract, files that cannot be read
    ├── FeatureError       expressions that cannot be parsed, computed or exported
    ├── LabelError         horizons and barriers that make no sense
    ├── SampleError        too little history, splits that cannot be made, leaks
    ├── RuleError          rule options out of range
    ├── ModelError         families that cannot be fitted or exported
    ├── ValidationError    evidence that is malformed
    ├── MonitorError       outcomes and options that no detector can take
    ├── RegistryError      unknown models, illegal moves, damaged bundles
    ├── ServiceError       a use case asked for what cannot be
    ├── SettingsError      unknown or unusable settings
    └── ClientError        a service that refuses, or cannot be reached

Every error says what was expected, what was found and what to do, and keeps the
three as attributes. Falling back to the rules is not an error.
"""

from typing import ClassVar


class BellwetherError(Exception):
    """Root of everything bellwether raises on purpose.

    Parameters
    ----------
    expected : str
        What would have been right, completing "expected ...".
    was : str
        What was found instead, completing "was ...".
    hint : str
        What the reader can do about it, as a full instruction.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, expected: str, was: str, hint: str) -> None:
        self.expected = expected
        self.was = was
        self.hint = hint
        super().__init__(f"expected {expected}, was {was}; {hint}")

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the three facts, so that errors cross process borders."""
        return (_rebuild, (type(self), self.expected, self.was, self.hint, dict(self.__dict__)))


def _rebuild(
    kind: type[BellwetherError], expected: str, was: str, hint: str, facts: dict[str, object]
) -> BellwetherError:
    error = kind.__new__(kind)
    BellwetherError.__init__(error, expected, was, hint)
    error.__dict__.update(facts)
    return error


class BarsError(BellwetherError):
    """Bars break the data contract, or their source cannot be read."""

    exit_code = 3
    http_status = 422


class FeatureError(BellwetherError):
    """An expression cannot be parsed, computed or exported."""

    exit_code = 4
    http_status = 422


class LabelError(BellwetherError):
    """A label's horizon or barrier makes no sense."""

    exit_code = 4
    http_status = 422


class SampleError(BellwetherError):
    """There is too little history, or a split cannot be made without a leak."""

    exit_code = 5
    http_status = 422


class RuleError(BellwetherError):
    """An option of the rules is out of its range."""

    exit_code = 4
    http_status = 422


class ModelError(BellwetherError):
    """A model family cannot be fitted, read back or exported."""

    exit_code = 6
    http_status = 500


class ValidationError(BellwetherError):
    """Evidence is malformed: the gate cannot even refuse it."""

    exit_code = 7
    http_status = 422


class MonitorError(BellwetherError):
    """Watching or retraining was given an outcome, an option or a state that it cannot take."""

    exit_code = 11
    http_status = 422


class RegistryError(BellwetherError):
    """A model is unknown, a move illegal, or a bundle damaged."""

    exit_code = 8
    http_status = 409


class ServiceError(BellwetherError):
    """A use case was asked for something that cannot be."""

    exit_code = 9
    http_status = 409


class SettingsError(BellwetherError):
    """A setting is unknown or cannot be used."""

    exit_code = 2
    http_status = 400


class ClientError(BellwetherError):
    """A service refused what it was asked, or cannot be reached."""

    exit_code = 10
    http_status = 502

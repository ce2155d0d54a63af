"""What identifies a family that somebody brought along."""

from dataclasses import asdict, dataclass
from typing import Any

from bellwether.hashing import digest_json
from bellwether.models._options import Options

OWN_PRESET = "own"
"""The one preset of a family that was brought along: its options are in its own code."""


@dataclass(frozen=True, kw_only=True)
class BroughtOptions(Options):
    """Everything that the models of a brought family hang on, as far as it can be known.

    Parameters
    ----------
    source : str
        Where it comes from: "module:name", or the path of a graph.
    content : str
        Digest of the module's source, or of the graph.
    n_steps : int
        Bars in each window.
    changes : tuple of (str, value)
        What the factory is called with.
    libraries : tuple of (str, str)
        Versions of what trains and exports it.
    trained_until : str
        Last instant that a graph's training saw; empty where it is trained here.

    Notes
    -----
    What a module imports in turn is not in the digest: put what decides a forecast into the
    module itself, or into a package with a version.
    """

    source: str
    content: str
    n_steps: int = 1
    changes: tuple[tuple[str, Any], ...] = ()
    libraries: tuple[tuple[str, str], ...] = ()
    trained_until: str = ""

    def __post_init__(self) -> None:
        """Take everything as it is: ranges are the business of whoever brought it."""

    @property
    def digest(self) -> str:
        """SHA-256 over all of it: part of a model's identity."""
        return digest_json({"family": "brought", **asdict(self)})


def family_words(name: str) -> str:
    """Return the name of a family as people say it: of their own, what stands after the colon.

    Examples
    --------
    >>> family_words("gradient_boosting"), family_words("my_models:make_forest")
    ('gradient boosting', 'make_forest')
    """
    _, colon, own = name.partition(":")
    return own if colon else name.replace("_", " ")

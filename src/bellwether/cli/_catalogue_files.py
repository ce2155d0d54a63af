"""Catalogues of features by name, and from files of the user's own."""

from pathlib import Path

from bellwether.features import (
    FeatureSet,
    UnreadableCatalogue,
    find_catalogue,
    read_catalogue,
    read_python_catalogue,
)

READERS = {".toml": read_catalogue, ".py": read_python_catalogue}


def find_features(name: str) -> FeatureSet:
    """Return a catalogue by its name, or from a TOML or Python file; Python is never run.

    Raises
    ------
    UnknownCatalogue
        If there is none of that name.
    UnreadableCatalogue
        If the file is missing or holds none.
    """
    path = Path(name)
    if path.suffix not in READERS:
        return find_catalogue(name)
    try:
        return READERS[path.suffix](path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnreadableCatalogue(
            f"a {path.suffix} file", f"nothing at {path}", "check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableCatalogue(
            "a catalogue as text in UTF-8", str(error), "save the file as UTF-8"
        ) from error

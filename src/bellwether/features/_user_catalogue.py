"""Catalogues of one's own: TOML or Python in, a checked and digested FeatureSet out, and back."""

import difflib
import re
import tomllib

from bellwether.bars import COLUMNS
from bellwether.errors import FeatureError
from bellwether.features._catalog import CATALOGUES
from bellwether.features._errors import UnreadableCatalogue
from bellwether.features._expression import Expression, sorted_nodes
from bellwether.features._feature_set import FeatureSet
from bellwether.features._python_catalogue import read_definitions
from bellwether.features._text import parse

MOST_FEATURES = 5_000
KEYS = ("name", "version", "features")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_EXAMPLE = 'name = "mine", version = "1", and [features] with lines such as roc = "close / open"'


def read_catalogue(text: str) -> FeatureSet:
    """Read a catalogue from TOML.

    Parameters
    ----------
    text : str
        ``name`` and ``version``, then a table ``[features]`` with a line for each: its name,
        and its expression as text, in the algebra's own words or in Qlib's.

    Returns
    -------
    features : FeatureSet
        In the order of the text. Its digest covers names and canonical texts, so that two
        spellings of the same features are the same catalogue.

    Raises
    ------
    UnreadableCatalogue
        If the text is no TOML, a key is missing, unknown or of another type, a name is taken
        or none, or an expression cannot be read or looks at no bar.
    InvalidFeatureSet
        If there are no features.

    Examples
    --------
    >>> features = read_catalogue('''
    ... name = "mine"
    ... version = "1"
    ... [features]
    ... momentum = "close / ref(close, 10) - 1"
    ... rsqr = "Rsquare($close, 20)"
    ... ''')
    >>> features.names, features.lookback_bars
    (('momentum', 'rsqr'), 20)
    """
    return _check_catalogue(_load(text))


def read_python_catalogue(text: str) -> FeatureSet:
    """Read a catalogue from the text of a Python file, which is parsed and never run.

    Parameters
    ----------
    text : str
        ``name = "..."`` and ``version = "..."``, then an assignment for each feature, in the
        algebra's words. A name that begins with _ is a part that later lines use, and no
        feature. Comments, texts that stand alone and ``from bellwether.features import ...``
        are passed over.

    Returns
    -------
    features : FeatureSet
        The same as from TOML: two spellings of the same features are the same catalogue.

    Raises
    ------
    UnreadableCatalogue
        If a line is anything else than an assignment of an expression, or as `read_catalogue`.
    InvalidFeatureSet
        If there are no features.

    Examples
    --------
    >>> features = read_python_catalogue('''
    ... name = "mine"
    ... version = "1"
    ... _change = close / ref(close, 1) - 1
    ... momentum = close / ref(close, 10) - 1
    ... unrest = std(_change, 20)
    ... ''')
    >>> features.names, features.lookback_bars
    (('momentum', 'unrest'), 21)
    """
    return _check_catalogue(read_definitions(text))


def _check_catalogue(content: dict[str, object]) -> FeatureSet:
    _check_keys(content)
    name, version = (_read_text(key, content[key]) for key in KEYS[:2])
    features = content["features"]
    _check_name("catalogue", name)
    if name in CATALOGUES:
        known = ", ".join(CATALOGUES)
        raise UnreadableCatalogue(f"another name than {known}", repr(name), "choose another name")
    if not isinstance(features, dict) or len(features) > MOST_FEATURES:
        raise UnreadableCatalogue(
            f"a table [features] of at most {MOST_FEATURES} lines",
            type(features).__name__ if not isinstance(features, dict) else f"{len(features)} lines",
            _EXAMPLE,
        )
    pairs = tuple((key, _read_feature(key, value)) for key, value in features.items())
    return FeatureSet(name=name, version=version, features=pairs)


def write_catalogue(features: FeatureSet) -> str:
    """Return a feature set as TOML: its names and canonical texts, one a line.

    Parameters
    ----------
    features : FeatureSet

    Returns
    -------
    text : str
        What `read_catalogue` reads, once it has a name that is not taken.
    """
    head = [f'name = "{features.name}"', f'version = "{features.version}"', "", "[features]"]
    lines = [f'{name} = "{expression}"' for name, expression in features.features]
    return "\n".join([*head, *lines]) + "\n"


def _load(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableCatalogue(
            "a catalogue in TOML", str(error), "check quotes, brackets and names"
        ) from error


def _check_keys(content: dict[str, object]) -> None:
    for key in content:
        if key not in KEYS:
            nearest = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"keys: {', '.join(KEYS)}"
            raise UnreadableCatalogue("a key of a catalogue", repr(key), hint)
    for key in KEYS:
        if key not in content:
            raise UnreadableCatalogue(f"the key {key}", "none", _EXAMPLE)


def _read_text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UnreadableCatalogue(f"a text as {key}", repr(value), _EXAMPLE)
    return value


def _check_name(kind: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UnreadableCatalogue(
            f"letters, digits, _ and - after a letter, at most 64, as the name of a {kind}",
            repr(name),
            "choose another name",
        )


def _read_feature(name: str, text: object) -> Expression:
    _check_name("feature", name)
    expression = text if isinstance(text, Expression) else _parse_feature(name, text)
    if not any(node.operator in COLUMNS for node in sorted_nodes((expression,))):
        raise UnreadableCatalogue(
            f"an expression that looks at the bars as {name}",
            str(text),
            f"use one of {', '.join(COLUMNS)}",
        )
    return expression


def _parse_feature(name: str, text: object) -> Expression:
    if not isinstance(text, str):
        raise UnreadableCatalogue(f"an expression in quotes as {name}", repr(text), _EXAMPLE)
    try:
        return parse(text)
    except FeatureError as error:
        raise UnreadableCatalogue(f"{error.expected} ({name})", error.was, error.hint) from error

"""Which column is which: the names that the usual sources of bars give them."""

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from bellwether.bars import ColumnsMissing, UnreadableBars

NEEDED = ("date", "open", "high", "low", "close")
ROLES = (
    "date", "time", "open", "high", "low", "close", "adj_close", "adjustment", "volume", "symbol",
)  # fmt: skip
ENGLISH = "English"

# In order of preference, "|" between. "time" is the clock beside a date, or the whole instant
# without one; an empty name is the index column that pandas writes. A file that has an epoch
# beside a date has its instants in the epoch. "shares" of a broker stand before a turnover.
WORDS: Mapping[str, Mapping[str, str]] = {
    ENGLISH: {
        "date": (
            "unix|unix timestamp|unix time|open time|opentime|closed at|date|datetime|date time|"
            "timestamp|observation date|trade date|tradingday|gmt time|utc|time utc|date utc|"
            "local time|date gmt|day|index|"
        ),
        "time": "time|hour",
        "open": "open|o|open price|opening price|px open",
        "high": "high|h|high price|px high",
        "low": "low|l|low price|px low",
        "close": (
            "close|c|close price|closing price|close/last|last|latest|px last|last price|price"
        ),
        "adj_close": (
            "adj close|adjclose|adjusted close|adj. close|adj close*|adjusted|close adj|adj close**"
        ),
        "adjustment": "adjustment",
        "volume": "volume|vol|v|tickvol|vol.|total volume|shares|px volume",
        "symbol": "symbol|ticker|instrument|name|tic|asset|code",
    },
    "German": {
        "date": "datum",
        "time": "uhrzeit|zeit",
        "open": "eroffnung|eroeffnung|erster|eroffn.|eroffnungskurs|eroeffnungskurs|anfang",
        "high": "hoch|tageshoch|hochst|hochstkurs|hoechstkurs",
        "low": "tief|tagestief|tiefst|tiefstkurs",
        "close": "schluss|schlusskurs|zuletzt|letzter|kurs",
        "adj_close": "bereinigter schlusskurs|schluss bereinigt",
        "volume": "stuck|stucke|stuecke|stueck|volumen",
    },
    "French": {
        "time": "heure",
        "open": "ouverture|ouv.|ouv",
        "high": "haut|plus haut|+ haut|+haut",
        "low": "bas|plus bas|+ bas|+bas",
        "close": "cloture|clot|clot.|dernier|dernier cours",
        "adj_close": "cloture ajustee",
    },
    "Spanish": {
        "date": "fecha",
        "time": "hora",
        "open": "apertura",
        "high": "maximo|max|max.",
        "low": "minimo|min|min.",
        "close": "cierre|ultimo",
        "adj_close": "cierre ajustado",
        "volume": "volumen",
    },
    "Italian": {
        "date": "data",
        "time": "ora",
        "open": "apertura",
        "high": "massimo",
        "low": "minimo",
        "close": "chiusura|ultimo",
    },
    "Polish": {
        "date": "data",
        "time": "czas|godzina",
        "open": "otwarcie|kurs otwarcia",
        "high": "najwyzszy|maks.|maks|kurs max|kurs maksymalny",
        "low": "najnizszy|kurs min|kurs minimalny",
        "close": "zamkniecie|ostatnio|kurs zamkniecia",
        "volume": "wolumen|obrot",
        "symbol": "nazwa",
    },
    "Portuguese": {"open": "abertura", "high": "maxima", "low": "minima", "close": "fechamento"},
    "Dutch": {"open": "openen", "high": "hoog", "low": "laag", "close": "slot|laatste"},
}
NAMES: Mapping[str, tuple[str, ...]] = {
    role: tuple(
        dict.fromkeys(
            name for words in WORDS.values() if role in words for name in words[role].split("|")
        )
    )
    for role in ROLES
}
_ROLE_OF = {name: role for role, names in NAMES.items() for name in names if name}
_ENGLISH_NAMES = frozenset(name for names in WORDS[ENGLISH].values() for name in names.split("|"))
SECOND_VOLUMES = ("volume ", "vol ", "volume(")
# Words in another language where English has none, as Unicode takes no stroke off an l.
_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "\xa0": " "})


def recognise_columns(
    source: str, header: Sequence[str], chosen: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return which column of a table plays which role.

    Parameters
    ----------
    source : str
        What the errors call the table.
    header : sequence of str
        Names of its columns.
    chosen : mapping of str to str, optional
        Roles whose column the user names: date, time, open, high, low, close, adj_close,
        volume, symbol.

    Returns
    -------
    columns : dict of str to str
        Role to column. Date, open, high, low and close always; the others where there are.

    Raises
    ------
    ColumnsMissing
        If a needed column is not recognised, or a chosen one is not there.
    UnreadableBars
        If a chosen role does not exist.

    Notes
    -----
    Names are compared without case, accents, blanks around them, underscores and angle
    brackets, in the languages of `WORDS`; a word before all of them ("AAPL.Open") is left out.

    Examples
    --------
    >>> header = ["<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>"]
    >>> columns = recognise_columns("x", header)
    >>> columns["date"], columns["time"], columns["close"]
    ('<DATE>', '<TIME>', '<CLOSE>')
    """
    columns = find_roles(source, header, chosen)
    missing = [role for role in NEEDED if role not in columns]
    if missing:
        raise ColumnsMissing(source, missing, header)
    return columns


def find_roles(
    source: str, header: Sequence[str], chosen: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the roles that can be told, needed or not; see `recognise_columns`."""
    chosen = dict(chosen or {})
    _check_roles(source, chosen)
    absent = [role for role, name in chosen.items() if name not in header]
    if absent:
        raise ColumnsMissing(source, [f"{role}={chosen[role]}" for role in absent], header)
    plain = dict(zip(reversed(plain_names(header)), reversed(header), strict=True))
    if header and simplify_name(header[0]):
        # Only an index stands without a name, and it stands first.
        plain.pop("", None)
    found = {role: next((n for n in names if n in plain), None) for role, names in NAMES.items()}
    columns = {role: plain[name] for role, name in found.items() if name is not None}
    volumes = [name for name in header if simplify_name(name).startswith(SECOND_VOLUMES)]
    if "volume" not in columns and volumes:
        columns["volume"] = volumes[0]
    # What the user gives one role plays no other.
    taken = set(chosen.values())
    columns = {role: name for role, name in columns.items() if name not in taken} | chosen
    if "date" not in columns and "time" in columns:
        columns["date"] = columns.pop("time")
    if simplify_name(columns.get("date", "")) in NAMES["date"][:5]:
        # The epoch is the instant; a clock beside it says the same once more.
        columns.pop("time", None)
    return columns


def plain_names(header: Sequence[str]) -> list[str]:
    """Return the names without case, accents, decoration and a word before all of them."""
    return list(_plain_names(tuple(header)))


@lru_cache(maxsize=256)
def _plain_names(header: tuple[str, ...]) -> tuple[str, ...]:
    # Asked for several times of each file, and a folder's files are written alike.
    plain = tuple(simplify_name(name) for name in header)
    prefix = find_prefix(plain)
    return tuple(name.removeprefix(prefix) for name in plain) if prefix else plain


def find_prefix(plain: Sequence[str]) -> str:
    """Return the word that stands before all names but a date's, with its dot; or nothing.

    Examples
    --------
    >>> find_prefix(["date", "aapl.open", "aapl.high", "aapl.low", "aapl.close"])
    'aapl.'
    """
    rest = [name for name in plain if name not in NAMES["date"]]
    word, dot, _ = rest[0].rpartition(".") if rest else ("", "", "")
    prefix = word + dot
    bare = {_ROLE_OF.get(name.removeprefix(prefix)) for name in rest}
    shared = len(rest) > 3 and all(name.startswith(prefix) for name in rest)
    return prefix if dot and word and shared and {"high", "low", "close"} <= bare else ""


def count_roles(names: Sequence[str]) -> int:
    """Count the different roles that the names of a line would play as a header."""
    roles = {_ROLE_OF.get(name) for name in plain_names(names)}
    return len(roles - {None})


def tell_language(names: Sequence[str]) -> str:
    """Return the language of a header: the first that has most of its names."""
    return _tell_language(frozenset(plain_names(names)))


@lru_cache(maxsize=256)
def _tell_language(plain: frozenset[str]) -> str:
    if plain <= _ENGLISH_NAMES:
        return ENGLISH

    def count(language: str) -> int:
        words = WORDS[language].values()
        return sum(bool(plain & set(one.split("|")) - {""}) for one in words)

    return max(WORDS, key=count)


@lru_cache(maxsize=4096)
def simplify_name(name: str) -> str:
    """Return a name in lower case without accents, brackets, underscores and spare blanks.

    Examples
    --------
    >>> simplify_name(" <Adj_Close> "), simplify_name("Eröffnung"), simplify_name("Zamknięcie")
    ('adj close', 'eroffnung', 'zamkniecie')
    """
    bare = name.strip().strip("<>").translate(_LETTERS).replace("_", " ").lower()
    if not bare.isascii():
        parts = unicodedata.normalize("NFKD", bare)
        bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return " ".join(bare.split())


def _check_roles(source: str, chosen: Mapping[str, str]) -> None:
    for role in chosen:
        if role not in NAMES:
            near = difflib.get_close_matches(role, NAMES, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UnreadableBars(
                source,
                "columns named by what they hold",
                repr(role),
                f"{meant}choose from {', '.join(NAMES)}",
            )

"""Secrets: passed along, used at the last moment, and never shown."""

import re
from collections.abc import Sequence
from urllib.parse import quote, quote_plus

STARS = "********"
_TIMES_QUOTED = 2
_LEAST_KEY = 8
_MOST_LETTERS, _MOST_READ = 300, 1 << 16


class Secret:
    """A text that no message, log or representation shows.

    Parameters
    ----------
    value : str

    Examples
    --------
    >>> key = Secret("swordfish")
    >>> key, f"{key}", key.reveal()
    (Secret('********'), '********', 'swordfish')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"Secret({STARS!r})"

    def __str__(self) -> str:
        return STARS

    def reveal(self) -> str:
        """Return the text itself: for the one place that sends it."""
        return self._value


def redact(text: str, secrets: Sequence[Secret]) -> str:
    """Return a text with stars for every secret in it, however it is quoted.

    Parameters
    ----------
    text : str
        What a stranger said, or an address.
    secrets : sequence of Secret

    Examples
    --------
    >>> redact("your key a/b (a%2Fb) is over its limit", [Secret("a/b")])
    'your key ******** (********) is over its limit'
    """
    for form in _find_forms(secrets):
        text = re.sub(re.escape(form), STARS, text, flags=re.IGNORECASE)
    return text


def redact_content(content: bytes, secrets: Sequence[Secret]) -> bytes:
    """Return what a stranger sent with stars for every secret in it: rows of it may be shown.

    Parameters
    ----------
    content : bytes
    secrets : sequence of Secret
        Those too short to be a key, or numbers, are let stand: they may be prices.

    Examples
    --------
    >>> redact_content(b"key swordfish, volume 12345678", [Secret("swordfish"), Secret("12345678")])
    b'key ********, volume 12345678'
    """
    telling = [one for one in _find_forms(secrets) if len(one) >= _LEAST_KEY and not one.isdigit()]
    if not telling:
        return content
    pattern = b"|".join(re.escape(form.encode("utf-8")) for form in telling)
    return re.sub(pattern, STARS.encode("ascii"), content, flags=re.IGNORECASE)


def _find_forms(secrets: Sequence[Secret]) -> list[str]:
    """Return every secret as it is and as addresses write it, the longest first."""
    forms: set[str] = set()
    for secret in secrets:
        form = secret.reveal()
        for _ in range(_TIMES_QUOTED + 1):
            forms |= {form, quote_plus(form)}
            form = quote(form, safe="")
    return sorted(filter(None, forms), key=len, reverse=True)


def write_excerpt(content: bytes, secrets: Sequence[Secret] = ()) -> str:
    r"""Return the beginning of what a stranger sent, fit for one line of a message.

    Examples
    --------
    >>> write_excerpt(b"Too many\n\x1b[31mrequests. ")
    'Too many ?[31mrequests'
    """
    text = redact(content[:_MOST_READ].decode("utf-8", errors="replace"), secrets)
    line = " ".join(text.split())
    shown = "".join(letter if letter.isprintable() else "?" for letter in line)
    told = shown[:_MOST_LETTERS].rstrip(".,; ") or "nothing"
    return f"{told} (...)" if len(shown) > _MOST_LETTERS else told

"""Which of the stored forms of a file somebody can read."""

from collections.abc import Sequence

IDENTITY = "identity"
_ANY = "*"


def choose_encoding(accepted: str, offered: Sequence[str]) -> str:
    """Return the content coding to send, by an Accept-Encoding header.

    Parameters
    ----------
    accepted : str
        The header; an empty one accepts the file as it is only.
    offered : sequence of str
        Codings there are besides the file as it is, the best first.

    Returns
    -------
    coding : str
        One of `offered`, or "identity": what refuses everything gets the file as it is, which
        RFC 9110 allows.

    Examples
    --------
    >>> choose_encoding("gzip, deflate, br", ["br", "gzip"])
    'br'
    >>> choose_encoding("br;q=0, *;q=0.1", ["br", "gzip"])
    'gzip'
    >>> choose_encoding("gzip;q=0.2, identity", ["br", "gzip"])
    'identity'
    """
    weights = _read_weights(accepted)
    others = weights.get(_ANY, 0.0)
    # Who names codings and not the plain file would rather have one of those.
    plain = weights.get(IDENTITY, 0.0)
    best, weight = IDENTITY, plain
    for coding in reversed(offered):
        found = weights.get(coding, others)
        if found > 0 and found >= weight:
            best, weight = coding, found
    return best


def _read_weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for entry in accepted.lower().split(","):
        coding, *parameters = (part.strip() for part in entry.split(";"))
        if coding:
            weights["gzip" if coding == "x-gzip" else coding] = _read_weight(parameters)
    return weights


def _read_weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0

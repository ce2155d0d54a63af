"""How a source of bars was written, as far as it was found out."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The dialect of a source, and what decided about it.

    Parameters
    ----------
    name : str
        What the dialect is called: "Yahoo", "MetaTrader 5", "Qlib".
    facts : tuple of str
        What was detected, and by which evidence, in plain words.

    Examples
    --------
    >>> Layout(name="plain", facts=("dates are day-first: 31.12.2020",)).to_json()
    {'name': 'plain', 'facts': ['dates are day-first: 31.12.2020']}
    """

    name: str
    facts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the layout as JSON values."""
        return {"name": self.name, "facts": list(self.facts)}

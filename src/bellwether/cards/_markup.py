"""HTML as values: whatever is not markup already is escaped, so nothing can slip through."""

from collections.abc import Iterable
from html import escape

from bellwether.cards._format import printable

VOID = frozenset({"br", "link", "meta"})


class Markup(str):
    """A piece of finished HTML."""

    __slots__ = ()


Child = str | None
Attribute = str | float | bool | None


def element(name: str, *children: Child, **attributes: Attribute) -> Markup:
    """Return one element.

    Parameters
    ----------
    name : str
    *children : str, Markup or None
        Text is escaped, markup is not, None is left out.
    **attributes : str, float, bool or None
        Underscores become dashes and a last one is dropped (`class_`); None and False are
        left out.

    Returns
    -------
    markup : Markup

    Examples
    --------
    >>> element("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    start = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if name in VOID:
        return Markup(start)
    return Markup(f"{start}{join(children)}</{name}>")


def join(parts: Iterable[Child], between: str = "") -> Markup:
    """Return parts as one piece of markup, text among them escaped.

    Examples
    --------
    >>> join(["a&b", element("br"), None])
    'a&amp;b<br>'
    """
    return Markup(between.join(_escaped(part) for part in parts if part is not None))


def _escaped(part: str) -> str:
    return part if isinstance(part, Markup) else escape(printable(part))


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.removesuffix("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(printable(str(value)))}"'
